"""`python worker.py` as its supervisor sees it: what it refuses at once, and what its first lines say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from wiring.settings import QUEUES

ROOT = Path(__file__).resolve().parents[2]
KNOWN = f"known: {', '.join(QUEUES)}, pms-*"
#: Nobody listens there.
NOWHERE = "127.0.0.1:1"


def worker(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CHAIRFLOW_", "TEMPORAL_"))}
    return subprocess.run(
        [sys.executable, "worker.py", *arguments],
        env={**ours, "TEMPORAL_ADDRESS": NOWHERE, **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("nope", f'there is no queue "nope"; {KNOWN}'),
        ("core,mesaging", f'there is no queue "mesaging"; {KNOWN}'),
        (" , ", f"names no queue; {KNOWN}"),
    ],
)
def test_an_unknown_queue_is_refused_at_once_with_those_there_are(asked: str, words: str) -> None:
    from_command = worker("--queues", asked)
    from_environment = worker(CHAIRFLOW_QUEUES=asked)

    assert (from_command.returncode, from_command.stderr) == (2, f"--queues: {words}\n")
    assert (from_environment.returncode, from_environment.stderr) == (2, f"CHAIRFLOW_QUEUES: {words}\n")


def test_the_first_lines_say_where_it_looks_for_temporal_and_what_it_serves() -> None:
    process = subprocess.Popen(
        [sys.executable, "worker.py", "--queues", "messaging, core"],
        env={**os.environ, "TEMPORAL_ADDRESS": NOWHERE, "TEMPORAL_NAMESPACE": "glow", "CHAIRFLOW_LOG_JSON": "true"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    told: dict[str, dict[str, object]] = {}
    for line in process.stdout:
        record = json.loads(line)
        told[record["event"]] = record
        if record["event"] == "worker.temporal_away":
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()

    starting = told["worker.starting"]
    assert (starting["temporal"], starting["namespace"], starting["queues"]) == (NOWHERE, "glow", ["messaging", "core"])
    assert told["worker.temporal_away"]["temporal"] == NOWHERE

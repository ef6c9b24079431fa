"""How a command's process ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_COMMAND = """
import asyncio, atexit, contextlib, sys
from cli import command_context, main
from cli.errors import CannotDo
from wiring.settings import given_settings

def command():
    sys.stdout.write("said")
    if {connects}:
        with contextlib.suppress(CannotDo):
            asyncio.run(command_context.connected(given_settings()))
    sys.exit({code})

atexit.register(sys.stdout.write, " torn down")
main.app = command
main.run()
"""


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize(("connects", "said"), [(False, "said torn down"), (True, "said")])
def test_a_command_that_reached_for_temporal_leaves_without_tearing_python_down_under_its_threads(
    connects: bool, said: str, code: int
) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _COMMAND.format(connects=connects, code=code)],
        cwd=ROOT,
        env={"TEMPORAL_ADDRESS": "127.0.0.1:1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.stdout, ended.returncode) == (said, code), ended.stderr

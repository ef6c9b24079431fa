"""All sandboxes in one process, as `python -m sandboxes` runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from sandboxes.__main__ import VENDORS

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "sandboxes", *arguments]


def test_all_of_them_run_in_one_process_and_end_quickly(tmp_path: Path) -> None:
    config = tmp_path / "sandboxes.json"
    config.write_text(json.dumps({"twilio": {"practice_name": "Glow Clinic"}, "slack": {"team_domain": "glow-two"}}))
    ports = [word for vendor in VENDORS for word in (f"--{vendor}-port", "auto")]
    process = subprocess.Popen(
        command("--config", str(config), *ports), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        urls: dict[str, str] = json.loads(process.stdout.readline())
        states = {vendor: httpx.get(f"{url}/_control/state").json()["vendor"] for vendor, url in urls.items()}
        name = httpx.get(f"{urls['twilio']}/_control/config").json()["practice_name"]
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=20)

    assert states == {vendor: vendor for vendor in VENDORS}
    assert name == "Glow Clinic"
    assert (process.returncode, errors) == (0, "")


def test_what_cannot_run_is_said_in_words(tmp_path: Path) -> None:
    config = tmp_path / "sandboxes.json"
    config.write_text(json.dumps({"slack": {"colour": "red"}}))
    wishes = [
        ["--slack-port", "auto", "--config", str(config)],
        ["--twilio-port", "auto", "--host", "0.0.0.0"],
        ["--twilio-port", "many"],
        [],
    ]

    runs = [subprocess.run(command(*wish), cwd=ROOT, capture_output=True, text=True, check=False) for wish in wishes]

    assert [run.returncode for run in runs] == [2, 2, 2, 2]
    for run, words in zip(runs, ("colour", "loopback", "--twilio-port", "at least one port"), strict=True):
        assert words in run.stderr

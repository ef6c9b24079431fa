"""`chairflow dev` says when a part of it dies, and ends: a worker that is gone must not look like a quiet day."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.dev_stack import stay_until_a_part_ends
from cli.errors import FAILED, CannotDo
from wiring import child_processes


def test_a_part_that_dies_ends_everything_by_its_name_and_with_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "worker-1.log"
    lasting = child_processes.start(["sleep", "600"], log=tmp_path / "api.log")
    dying = child_processes.start(["sh", "-c", "echo ready; echo no memory left; kill -KILL $$"], log=log)
    dying.wait()

    with pytest.raises(CannotDo) as refused:
        stay_until_a_part_ends()
    child_processes.stop(dying)
    child_processes.stop(lasting)

    told = str(refused.value)
    assert f"The end of {log}:\nready\nno memory left\n" in told
    assert told.endswith(
        f"\nworker-1 ended by itself (killed by SIGKILL). Its log: {log}\n"
        "Everything else is stopped too. Start again with: make dev"
    )
    assert refused.value.code == FAILED
    assert "api ended" not in told

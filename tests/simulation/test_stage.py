"""The stage says which of its parts died, as `make dev` does, and not of those it ended itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulation.stage import Stage, StageFailed, StageOptions
from wiring import child_processes


def test_a_part_that_dies_while_it_starts_is_told_with_the_cut_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stage = Stage(StageOptions(folder=tmp_path))
    log = tmp_path / "worker-2.log"
    stage.workers[1] = child_processes.start(["sleep", "600"], log=tmp_path / "worker-1.log")
    stage.workers[2] = child_processes.start(["sh", "-c", "seq 1 40; printf '%0500d' 0; exit 3"], log=log)
    stage.workers[2].wait()
    stage.stop_worker(1, kill=True)

    with pytest.raises(StageFailed) as refused:
        stage.wait_until_ready()
    stage.close()

    assert str(refused.value).splitlines() == [
        f"The end of {log}:",
        *map(str, range(34, 41)),
        "0" * 79 + "…",
        f"worker-2 ended by itself (exit code 3). Its log: {log}",
    ]
    assert [one for one in child_processes.ended() if one.log == log] == []

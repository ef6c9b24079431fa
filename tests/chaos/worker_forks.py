"""Workers that are there in a moment: a process that has imported everything forks one whenever it is asked to.

Killing a worker forty times would otherwise be mostly waiting for imports. What is forked is the ordinary worker.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from simulation.stage import ROOT

QUEUES = "core,messaging,pms-*"


class Nursery:
    """Starts and kills one worker at a time."""

    def __init__(self, *, log: Path, environ: dict[str, str]) -> None:
        self._log: IO[bytes] = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.worker_forks"],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.pid: int | None = None

    def start(self) -> None:
        """Has a worker forked."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.pid = int(self._process.stdout.readline())

    def kill(self) -> None:
        """As a power cut does."""
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self.pid = None

    def close(self) -> None:
        self.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def main() -> None:

    import worker
    from wiring.build import build_activities, build_database
    from wiring.settings import load_settings

    settings = load_settings()
    build_activities(settings, database=build_database(settings))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    pids = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    pid = 0
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.argv = ["worker", "--queues", QUEUES]
            os._exit(worker.main())
        os.write(pids, f"{pid}\n".encode())
    # Whoever asked is gone; so is their worker then.
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()

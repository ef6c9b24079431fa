"""Child processes that do not outlive us: servers of a laptop, a demo and the tests."""

from __future__ import annotations

import atexit
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
#: A log's line is JSON and may be several screens long; its end still has to leave the headline in sight.
_LAST_LINES: Final = 8
_LINE_LENGTH: Final = 200

#: Children that were started and not stopped, with their logs.
_minded: dict[subprocess.Popen[bytes], Path | None] = {}


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A child that ended though nobody stopped it; `name` is its log's."""

    name: str
    code: int
    log: Path | None
    last_lines: tuple[str, ...]

    @property
    def headline(self) -> str:
        """What ended, how, and where to read why."""
        how = f"exit code {self.code}"
        if self.code < 0:
            how = f"killed by {signal.Signals(-self.code).name}"
        return f"{self.name} ended by itself ({how})." + (f" Its log: {self.log}" if self.log else "")


def told(gone: Sequence[Ended]) -> str:
    """The ends of their logs first, and last what happened: that has to stay in sight at a terminal's bottom."""
    lines: list[str] = []
    for one in gone:
        if one.last_lines:
            lines += [f"The end of {one.log}:", *one.last_lines]
    return "\n".join([*lines, *(one.headline for one in gone)])


def start(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    environ: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a command, its output in `log`, with `environ` on top of our own environment.

    It has a process group of its own, so that Ctrl-C reaches us first and we end it in our order. It is ended at our
    exit at the latest. On Linux the kernel ends it when we die, however we die; that is bound to the *thread* that
    started it, so it is only asked for on the main thread.
    """
    sink = None if log is None else log.open("ab")
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if sink is None else sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
            process_group=0,
            user=user,
            preexec_fn=_die_with_parent(death_signal),
        )
    finally:
        if sink is not None:
            sink.close()
    _minded[process] = log
    atexit.register(stop, process)
    return process


def stop(process: subprocess.Popen[bytes], *, with_signal: signal.Signals = signal.SIGTERM, within: float = 10) -> None:
    """Asks a child to end, and kills it when it has not done so in time. Does nothing to one that has ended."""
    _minded.pop(process, None)
    if process.poll() is not None:
        return
    process.send_signal(with_signal)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ended() -> tuple[Ended, ...]:
    """Every child that has ended without being stopped, the first started first."""
    return tuple(
        Ended(
            name=f"process {process.pid}" if log is None else log.stem,
            code=process.returncode,
            log=log,
            last_lines=_end_of(log),
        )
        for process, log in list(_minded.items())
        if process.poll() is not None
    )


def _end_of(log: Path | None) -> tuple[str, ...]:
    """The last lines, each cut to a terminal's; none where the log is gone with the folder it stood in."""
    if log is None or not log.exists():
        return ()
    longest = min(_LINE_LENGTH, shutil.get_terminal_size(fallback=(_LINE_LENGTH, 24)).columns)
    lines = log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    return tuple(line if len(line) <= longest else f"{line[: longest - 1]}…" for line in lines)


def free_port() -> int:
    """A loopback port nobody listens on now. Another process may still take it before we do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return None
    # Loaded before the fork: the child may only make plain system calls.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # we died between fork and prctl
            os._exit(1)

    return arrange

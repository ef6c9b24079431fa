"""Lines for a person who waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

# How often a log file, which can't redraw a line, hears that work goes on.
_LOG_SECONDS = 20


class SetupError(Exception):
    """Set-up can't go on; the text is one line that names what is missing and the way out."""


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def give_up(text: str) -> NoReturn:
    """Ends the command with the way out on one line."""
    print(f"✗ {text}", file=sys.stderr, flush=True)
    raise SystemExit(1)


@contextmanager
def progress(what: str) -> Iterator[None]:
    """Says what is being done and, where it takes over two seconds, for how long already."""
    started = time.monotonic()
    done = threading.Event()

    def tick() -> None:
        tty = sys.stdout.isatty()
        while not done.wait(2 if tty else _LOG_SECONDS):
            elapsed = int(time.monotonic() - started)
            print(
                f"\r  {what} … {elapsed} s " if tty else f"  {what} … {elapsed} s", end="" if tty else "\n", flush=True
            )

    ticker = threading.Thread(target=tick, daemon=True)
    print(f"  {what} …", end="" if sys.stdout.isatty() else "\n", flush=True)
    ticker.start()
    outcome = "stopped"
    try:
        yield
        outcome = "done"
    finally:
        done.set()
        ticker.join()
        start_of_line = "\r" if sys.stdout.isatty() else ""
        print(f"{start_of_line}  {what}: {outcome} in {time.monotonic() - started:.0f} s", flush=True)


def run(command: Sequence[str | Path], *, cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> str:
    """Runs a command to its end and returns its output; raises `SetupError` with its last lines where it fails."""
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=None if environ is None else dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        name = Path(str(command[0])).name
        raise SetupError(f"{name} failed ({finished.returncode}): " + " | ".join(line.strip() for line in said[-4:]))
    return finished.stdout

"""Where the Temporal CLI, which carries the development server, comes from.

In this order: `TEMPORAL_CLI` or a `temporal` on PATH that is new enough; the official download; a build from
`tools/temporal/go.mod` where Go is at hand. What was fetched or built once is kept for this user, so that a fresh clone
does neither again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.progress import SetupError, progress, run, say

# Time skipping per workflow and fairness came with server 1.32; CLI 1.9 is the first official one to carry it.
LEAST_SERVER: Final = (1, 32)
DOWNLOAD_VERSION: Final = "v1.9.1"
DOWNLOAD_HOST: Final = "https://temporal.download"
REACHABLE_WITHIN_SECONDS: Final = 5

GO_MODULE: Final = Path(__file__).parent / "temporal"
_CLI_PACKAGE: Final = "github.com/temporalio/cli"
_WAY_OUT: Final = "put Temporal CLI >= 1.9 on PATH (https://docs.temporal.io/cli), or name it in TEMPORAL_CLI"


def find() -> Path | None:
    """The CLI to use, without fetching or building anything. Raises `SetupError` where TEMPORAL_CLI is no use."""
    asked_for = os.environ.get("TEMPORAL_CLI")
    if asked_for:
        path = Path(asked_for).expanduser()
        if not is_new_enough(path):
            raise SetupError(
                f"TEMPORAL_CLI={asked_for} is no Temporal CLI with server >= {_least()}: unset it, or {_WAY_OUT}"
            )
        return path
    on_path = shutil.which("temporal")
    if on_path is not None and is_new_enough(Path(on_path)):
        return Path(on_path)
    return next((path for path in (_downloaded(), _built()) if path.is_file()), None)


def obtain(python: Path) -> Path:
    """The CLI to use, fetched or built where it must be. `python` has the Temporal SDK, which does the download."""
    found = find()
    if found is not None:
        return found
    with _one_at_a_time():
        found = find()  # another make may have just finished
        if found is not None:
            return found
        refused = _download(python)
        if refused is None:
            return _downloaded()
        say(f"  no official Temporal CLI ({refused}); building it from its Go module instead")
        return _build(refused)


def is_new_enough(path: Path) -> bool:
    """Whether `--version` names a server with what we need: `temporal version 1.9.0 (Server 1.32.0, UI 2.51.0)`."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    named = re.search(r"\bServer (\d+)\.(\d+)", answer.stdout)
    return named is not None and (int(named[1]), int(named[2])) >= LEAST_SERVER


def cache() -> Path:
    """This user's folder for CLIs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "chairflow" / "temporal"


def _least() -> str:
    return ".".join(str(part) for part in LEAST_SERVER)


def _downloaded() -> Path:
    return cache() / f"official-{DOWNLOAD_VERSION}" / "temporal"


def _built() -> Path:
    return cache() / hashlib.sha256((GO_MODULE / "go.sum").read_bytes()).hexdigest()[:16] / "temporal"


def _download(python: Path) -> str | None:
    """Fetches the official CLI through the SDK and tries it. Returns why it could not be had, or `None`."""
    try:
        urllib.request.urlopen(urllib.request.Request(DOWNLOAD_HOST, method="HEAD"), timeout=REACHABLE_WITHIN_SECONDS)
    except urllib.error.HTTPError:
        pass  # it answered
    except OSError as error:
        return f"{DOWNLOAD_HOST.removeprefix('https://')} can't be reached: {getattr(error, 'reason', error)}"
    target = _downloaded()
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".download-") as folder:
        try:
            with progress(f"Temporal CLI {DOWNLOAD_VERSION}: downloading"):
                run([python, Path(__file__).with_name("fetch_temporal.py"), DOWNLOAD_VERSION, folder])
        except SetupError as error:
            return str(error)
        fetched = [path for path in Path(folder).iterdir() if is_new_enough(path)]
        if not fetched:
            return f"{DOWNLOAD_VERSION} has no server >= {_least()}"
        target.parent.mkdir(exist_ok=True)
        fetched[0].rename(target)
    return None


def _build(refused: str) -> Path:
    go = shutil.which("go")
    if go is None:
        raise SetupError(f"no Temporal CLI: {refused}, and there is no Go to build it with; install Go, or {_WAY_OUT}")
    version = _cli_version()
    target = _built()
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as folder:
        fresh = Path(folder) / "temporal"
        stamp = f"-s -w -X {_CLI_PACKAGE}/internal/temporalcli.Version={version}"
        command: list[str | Path] = [
            go,
            "build",
            "-trimpath",
            "-ldflags",
            stamp,
            "-o",
            fresh,
            f"{_CLI_PACKAGE}/cmd/temporal",
        ]
        try:
            with progress(f"Temporal CLI {version}: building (once per user; about five minutes)"):
                run(command, cwd=GO_MODULE, environ={**os.environ, "CGO_ENABLED": "0"})
        except SetupError as error:
            raise SetupError(f"no Temporal CLI: {refused}, and the build failed; {_WAY_OUT}. {error}") from None
        if not is_new_enough(fresh):
            raise SetupError(f"the Temporal CLI just built has no server >= {_least()}: {_WAY_OUT}")
        fresh.rename(target)
    return target


def _cli_version() -> str:
    named = re.search(rf"^\s*{re.escape(_CLI_PACKAGE)} v(\S+)", (GO_MODULE / "go.mod").read_text(), re.MULTILINE)
    if named is None:
        raise SetupError(f"{GO_MODULE / 'go.mod'} does not require {_CLI_PACKAGE}")
    return named[1]


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two makes must not build twice: the second waits and then finds the first one's."""
    try:
        cache().mkdir(parents=True, exist_ok=True)
        lock = (cache() / ".lock").open("w")
    except OSError as error:
        raise SetupError(
            f"can't write {cache()} ({error.strerror}): set XDG_CACHE_HOME to a folder you may write"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress("Temporal CLI: waiting for another set-up to finish it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Makes a checkout ready to run: virtual environment and Temporal CLI. Run by `make` with the machine's own Python.

A second run finds everything in place and ends at once.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python is exactly who reads this)
    sys.exit(f"✗ Python {sys.version.split()[0]} is too old: 3.11 or later is needed; name one: make PYTHON=python3.12")

import hashlib
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import temporal_cli  # noqa: E402 (needs the path above)
from tools.progress import SetupError, give_up, progress, run, say  # noqa: E402

VENV: Final = ROOT / ".venv"
LOCK: Final = ROOT / "requirements.lock"
STAMP: Final = VENV / ".chairflow-lock"

_COMMAND: Final = """#!{python}
from cli.main import run

run()
"""


def main() -> None:
    try:
        python = _environment()
        cli = temporal_cli.obtain(python)
    except SetupError as error:
        give_up(str(error))
    except KeyboardInterrupt:
        give_up("stopped; make setup goes on from here")
    say(f"  ready: {VENV.relative_to(ROOT)}, Temporal CLI {cli}")


def _environment() -> Path:
    """The virtual environment, holding what the lock names and nothing unhashed. Returns its Python."""
    python = VENV / "bin" / "python"
    wanted = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted and python.exists():
        return python
    if _is_of_another_python(VENV):
        shutil.rmtree(VENV)
    if not python.exists():
        with progress(f"virtual environment with Python {sys.version_info.major}.{sys.version_info.minor}"):
            _create()
    with progress("packages of requirements.lock (hashes checked)"):
        try:
            run(
                [
                    python,
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--require-hashes",
                    "-r",
                    LOCK,
                ]
            )
        except SetupError as error:
            raise SetupError(f"packages could not be installed; is the package index reachable? {error}") from None
    _name_the_checkout(python)
    STAMP.write_text(wanted)
    return python


def _create() -> None:
    try:
        run([sys.executable, "-m", "venv", VENV])
    except SetupError as error:
        shutil.rmtree(VENV, ignore_errors=True)  # half an environment would pass for a whole one
        raise SetupError(f"no virtual environment; on Debian and Ubuntu: apt install python3-venv. {error}") from None


def _name_the_checkout(python: Path) -> None:
    """Lets the environment import this checkout, and gives it the `chairflow` command, without building a package."""
    folder = run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]).strip()
    (Path(folder) / "chairflow.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "chairflow"
    command.write_text(_COMMAND.format(python=python))
    command.chmod(0o755)


def _is_of_another_python(venv: Path) -> bool:
    config = venv / "pyvenv.cfg"
    if not config.is_file():
        return False
    ours = f"{sys.version_info.major}.{sys.version_info.minor}."
    versions = [
        line.partition("=")[2].strip() for line in config.read_text().splitlines() if line.startswith("version")
    ]
    return not any(version.startswith(ours) for version in versions)


def _fingerprint() -> str:
    """Changes with the lock, with Python, and with the place: an environment that was moved is no use."""
    digest = hashlib.sha256(LOCK.read_bytes())
    digest.update(f"{sys.version_info[:2]} {ROOT}".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()

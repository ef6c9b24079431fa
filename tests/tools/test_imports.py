"""What a folder may import from outside the project, and who may read the environment.

Directions between our own folders are `.importlinter`'s; it can't say "the standard library and nothing else", and does
not see `worker.py`, which is a module.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {
    *("activities", "api", "benchmarks", "cli", "contracts", "domain", "inbox", "migrations", "models"),
    *("operations", "sandboxes", "simulation", "tools", "vendors", "wiring", "workflows"),
}
#: `wiring/settings.py` reads it through pydantic-settings; these hand it on whole to a child, and read nothing of it.
ENVIRONMENT_READERS = {
    "wiring/child_processes.py",
    "simulation/stage.py",
}


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"{folder}/ has no modules: is it still called that?"
    return found


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def strangers(folder: str, *allowed: str) -> list[str]:
    """Imports of a folder's modules from outside the standard library and the places allowed."""
    return [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(folder)
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not any(name == place or name.startswith(f"{place}.") for place in allowed)
    ]


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("domain", ["domain"]),
        ("tools", ["tools", "temporalio"]),  # the SDK in one script that runs in the finished environment
        ("workflows", ["workflows", "domain", "contracts", "temporalio", "pydantic"]),
        ("contracts", ["contracts", "domain", "pydantic"]),
    ],
)
def test_a_folder_imports_no_stranger(folder: str, allowed: list[str]) -> None:
    assert strangers(folder, *allowed) == []


def test_what_runs_before_the_environment_needs_only_the_standard_library() -> None:
    before = [path for path in modules("tools") if path.name != "fetch_temporal.py"]

    assert [
        f"{path.name}: {name}"
        for path in before
        for name in imports(path)
        if name.split(".")[0] not in {*sys.stdlib_module_names, "tools"}
    ] == []


def test_only_the_command_line_starts_from_worker_py() -> None:
    above = {"cli", "simulation", "benchmarks"}

    assert [
        str(path.relative_to(ROOT))
        for folder in FOLDERS - above
        for path in modules(folder)
        if "worker" in {name.split(".")[0] for name in imports(path)}
    ] == []


def test_only_the_settings_read_the_environment() -> None:
    """`tools/` runs before there are settings, `sandboxes/` are not ours to configure; neither is asked."""
    asked = [path for folder in FOLDERS - {"tools", "sandboxes"} for path in modules(folder)]

    readers = {str(path.relative_to(ROOT)) for path in [*asked, ROOT / "worker.py"] if _reads_environment(path)}

    assert readers == ENVIRONMENT_READERS


def _reads_environment(path: Path) -> bool:
    """Whether a module touches `os.environ` or `os.getenv`; handing `os.environ` whole to a child counts too."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv", "environb"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        for node in ast.walk(ast.parse(path.read_text()))
    ) or any(name == "dotenv" for name in imports(path))

"""A local day and a local date are worked out in one place, `domain/wall_time.py`: midnight is not always there, and a
day is not always 24 hours long."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("domain", "workflows", "activities", "operations", "inbox", "models", "api", "cli", "contracts", "wiring")


def made_by_hand(source: str) -> list[str]:
    """`….replace(hour=…)` and `….astimezone(…).date()`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        of = node.func.value
        is_midnight = node.func.attr == "replace" and any(one.arg == "hour" for one in node.keywords)
        is_date = (
            node.func.attr == "date"
            and isinstance(of, ast.Call)
            and isinstance(of.func, ast.Attribute)
            and of.func.attr == "astimezone"
            and not ast.unparse(of).endswith("astimezone(UTC)")
        )
        if is_midnight or is_date:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_local_days_and_dates_come_from_one_place(folder: str) -> None:
    paths = [path for path in sorted((ROOT / folder).rglob("*.py")) if path != ROOT / "domain/wall_time.py"]

    found = {str(path.relative_to(ROOT)): made_by_hand(path.read_text()) for path in paths}

    assert {path: calls for path, calls in found.items() if calls} == {}


def test_days_made_by_hand_are_seen() -> None:
    source = "at.replace(hour=0, minute=0)\nat.astimezone(zone).date()\nat.astimezone(UTC).date()\nat.date()"

    assert made_by_hand(source) == ["at.replace(hour=0, minute=0)", "at.astimezone(zone).date()"]

"""No duration as a literal in a workflow: what a practice decides comes in a payload from its policy, and what the
protocol asks for has a name and a reason (docs: STYLE.md *Workflows tell the story*)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "workflows").rglob("*.py"))
#: Where timeouts and retries of Temporal stand, each with its reason.
OPTIONS = ROOT / "workflows" / "options.py"


def literals(source: str) -> list[str]:
    """Durations with numbers in them that are not a named constant of the module with its reason above it."""
    lines, tree = source.splitlines(), ast.parse(source)
    named: set[int] = set()
    for statement in tree.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        names = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        constant = all(isinstance(name, ast.Name) and name.id.isupper() for name in names)
        if constant and lines[statement.lineno - 2].startswith("#:"):
            named |= {id(node) for node in ast.walk(statement)}
    return [ast.unparse(node) for node in ast.walk(tree) if _is_duration(node) and id(node) not in named]


def _is_duration(node: ast.AST) -> bool:
    """`timedelta(minutes=5)`, `sleep(30)`, `wait_condition(…, timeout=60)`."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    given = [*node.args, *(one.value for one in node.keywords)]
    if called == "timedelta":
        return any(_has_number(one) for one in given)
    if called == "sleep":
        return any(isinstance(one, ast.Constant) and isinstance(one.value, int | float) for one in given)
    return any(
        "timeout" in (one.arg or "") and isinstance(one.value, ast.Constant) and one.value.value is not None
        for one in node.keywords
    )


def _has_number(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Constant) and isinstance(one.value, int | float) for one in ast.walk(node))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_workflow_says_no_duration_itself(path: Path) -> None:
    assert literals(path.read_text()) == []


@pytest.mark.parametrize("path", [path for path in MODULES if path != OPTIONS], ids=lambda path: path.name)
def test_retries_stand_in_one_place(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]

    assert [ast.unparse(one) for one in calls if ast.unparse(one.func).endswith("RetryPolicy")] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("#: A vendor gets a few attempts.\nWAIT = timedelta(seconds=5)", []),
        ("WAIT = timedelta(seconds=5)", ["timedelta(seconds=5)"]),
        ("def run():\n    await pause(timedelta(minutes=5))", ["timedelta(minutes=5)"]),
        ("def run():\n    await workflow.sleep(30)", ["workflow.sleep(30)"]),
        ("def run():\n    await wait_condition(done, timeout=60)", ["wait_condition(done, timeout=60)"]),
        ("def run():\n    start = at + timedelta(minutes=order.minutes)", []),
        ("def run():\n    start = at + timedelta()", []),
    ],
)
def test_literals_are_seen(source: str, found: list[str]) -> None:
    assert literals(source) == found

"""Workflow code names nothing that a replay could answer differently."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from temporalio import activity

import workflows
from tests.workflows.fake_activities import QUEUES
from wiring.build import build_activities, build_database
from wiring.settings import Settings

FOLDER = Path(next(iter(workflows.__path__)))
MODULES = sorted(FOLDER.rglob("*.py"))

#: Beside the standard library.
ALLOWED = ("domain", "contracts", "workflows", "temporalio", "pydantic")
#: Zone data and chance differ between a run and its replay; so does everything that reads the machine.
FORBIDDEN = {"zoneinfo", "random", "uuid", "secrets", "time", "os", "socket", "threading", "subprocess", "asyncio"}
#: Calls that read a clock, an identity or chance, by their last two names.
FORBIDDEN_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.monotonic",
    "uuid.uuid4",
    "random.random",
    "asyncio.sleep",
}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module or "")
    return names


def called(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names.add(f"{node.value.id}.{node.attr}")
    return names


def kept(tree: ast.Module) -> list[int]:
    """Lines of what workflows of one process could tell each other: a module's own collections, and what is made
    global."""
    made = [node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    collections = [value.lineno for value in made if isinstance(value, mutable)]
    return collections + [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Global)]


def offences(source: str) -> list[str]:
    """What in a module a replay could answer differently."""
    tree = ast.parse(source)
    found = []
    for name in sorted(imported(tree)):
        root = name.partition(".")[0]
        ours = any(name == allowed or name.startswith(f"{allowed}.") for allowed in ALLOWED)
        if root in FORBIDDEN or not (ours or root in sys.stdlib_module_names):
            found.append(f"imports {name}")
    found += [f"uses {name}" for name in sorted(called(tree) & FORBIDDEN_CALLS)]
    return found + [f"line {line}: what a module keeps is shared by all workflows" for line in kept(tree)]


@pytest.mark.parametrize("module", MODULES, ids=[path.name for path in MODULES])
def test_a_workflow_module_reads_no_clock_no_chance_and_no_world(module: Path) -> None:
    assert offences(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import random",
        "from zoneinfo import ZoneInfo",
        "from models.offers import Offer",
        "import httpx",
        "from operations.gate import MessageGate",
        "from datetime import datetime\nat = datetime.now()",
        "SEEN = []",
        "COUNT = 0\ndef count() -> None:\n    global COUNT",
    ],
)
def test_the_check_itself_finds_what_must_not_be_there(source: str) -> None:
    assert len(offences(source)) == 1


def test_every_contract_is_served_from_the_queue_its_workflow_asks(settings: Settings) -> None:
    """The made-up world of these tests stands where the product's activities stand."""
    made = build_activities(settings, database=build_database(settings))

    served = {
        queue: {activity._Definition.must_from_callable(one).name for one in made.of_queue(queue)} for queue in QUEUES
    }

    assert served == {queue: {call.name for call in calls} for queue, calls in QUEUES.items()}

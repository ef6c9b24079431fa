"""Every setting and every field of the policy is read by something: one that is not promises what does not happen."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from domain import policy
from wiring.settings import VENDORS, Settings

ROOT = Path(__file__).parent.parent.parent
PRODUCT = (
    *("activities", "api", "cli", "contracts", "domain", "inbox", "models", "operations", "simulation", "vendors"),
    *("wiring", "workflows"),
)
#: Checks values and hands none on.
CHECKING = ROOT / "models" / "policy_json.py"
#: What the code calls a part of the policy beside its own name.
ALSO_CALLED = {policy.GapFillPolicy: "gap_fill", policy.BookingPolicy: "booking", policy.ContactPolicy: "contact"}
ALSO_CALLED |= {policy.TaskPolicy: "task", policy.Weights: "weights", policy.AnswersPolicy: "answers"}
ALSO_CALLED |= {policy.PatiencePolicy: "patience", policy.PlacingPolicy: "placing", policy.BuffersPolicy: "buffers"}
ALSO_CALLED |= {policy.PolicyLayer: "layer"}


def sources() -> Iterator[Path]:
    for folder in PRODUCT:
        yield from (ROOT / folder).rglob("*.py")
    yield ROOT / "worker.py"


def reads(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(owner, attribute) of all that is read; an owner is what it is called at the end, or what it was made from, or
    the vendor whose account a parameter is."""
    made_from: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            kind = called(node.annotation)
            if kind.endswith("Settings"):
                made_from[node.arg] = kind.removesuffix("Settings").lower()
        if isinstance(node, ast.Assign):
            made_from |= dict(assigned(node.targets[0], node.value))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            owner = called(node.value)
            yield owner, node.attr
            yield made_from.get(owner, owner), node.attr


def assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Name):
        yield target.id, called(value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from assigned(one, its)


def called(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def all_reads() -> dict[str, set[str]]:
    """Attributes read, by what they were read from."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sources():
        if path == CHECKING:
            continue
        for part in functions(ast.parse(path.read_text("utf-8"))):
            for owner, attribute in reads(part):
                found[owner].add(attribute)
    return found


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Each on its own, so that a name stands for one thing."""
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


READ = all_reads()


def policy_fields() -> list[tuple[Any, str]]:
    kinds = [kind for kind in vars(policy).values() if isinstance(kind, type) and is_dataclass(kind)]
    return [(kind, field.name) for kind in kinds for field in fields(kind)]


@pytest.mark.parametrize(("kind", "field"), policy_fields(), ids=lambda one: getattr(one, "__name__", one))
def test_a_field_of_the_policy_is_read(kind: type, field: str) -> None:
    assert field in READ["policy"] | READ[ALSO_CALLED.get(kind, "policy")], "nothing reads it: use it, or take it out"


@pytest.mark.parametrize("field", sorted(set(Settings.model_fields) - set(VENDORS)))
def test_a_setting_is_read(field: str) -> None:
    assert field in READ["settings"] | READ["_settings"] | READ["self"], "nothing reads it: use it, or take it out"


def vendor_fields() -> list[tuple[str, str]]:
    kinds = {name: Settings.model_fields[name].annotation for name in VENDORS}
    return [(name, field) for name, kind in kinds.items() for field in model_of(kind).model_fields]


def model_of(annotation: Any) -> Any:
    return next(one for one in annotation.__args__ if hasattr(one, "model_fields"))


@pytest.mark.parametrize(("vendor", "field"), vendor_fields())
def test_a_vendors_setting_is_read(vendor: str, field: str) -> None:
    assert field in READ[vendor], "nothing reads it: use it, or take it out"

"""`docs/policy.md` names every field of the policy with its default, and none that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.policy import PracticePolicy
from models.policy_json import policy_to_json

DOCS = Path(__file__).parent.parent / "docs" / "policy.md"


def fields(document: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from fields(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", shown(value)


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def test_the_docs_say_what_the_code_says() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| `(.*?)` \| .{10,} \|$", DOCS.read_text("utf-8"), re.MULTILINE)

    assert dict(rows) == dict(fields(policy_to_json(PracticePolicy())))

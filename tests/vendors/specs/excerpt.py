"""Cuts operations out of a vendor's own OpenAPI document, word for word but for its prose.

Run with the vendor's document at hand, see README.md beside this file:

    python -m tests.vendors.specs.excerpt twilio_api_v2010.json twilio_messages.json "POST /2010-04-01/…" "GET /…"

Nothing of a request's rules is changed on the way; what a sandbox makes stricter stands in the sandbox.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import yaml

_PROSE: Final = frozenset(
    {"description", "summary", "example", "examples", "externalDocs", "x-twilio", "tags", "title", "$id", "$schema"}
)
_FOLDER: Final = Path(__file__).parent


def excerpt(document: dict[str, Any], operations: list[str]) -> dict[str, Any]:
    """The operations' parameters, request bodies and answers, and all they refer to."""
    paths: dict[str, Any] = {}
    for operation in operations:
        method, _, path = operation.partition(" ")
        paths.setdefault(path, {})[method.lower()] = _without_prose(document["paths"][path][method.lower()])
    components: dict[str, Any] = {}
    waiting = _references(paths)
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = _without_prose(document["components"][kind][name])
            waiting |= _references(components[kind][name])
    return {
        "openapi": document["openapi"],
        "info": {"title": document["info"]["title"], "version": document["info"]["version"]},
        "paths": paths,
        "components": components,
    }


def _without_prose(value: Any, *, names: bool = False) -> Any:
    """`names`: the keys are a schema's own field names, of which one may well be called "description"."""
    if isinstance(value, list):
        return [_without_prose(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_prose(one, names=key == "properties" and not names)
        for key, one in value.items()
        if names or key not in _PROSE
    }


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {found for one in value for found in _references(one)}
    if not isinstance(value, dict):
        return set()
    here = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return here | {found for one in value.values() for found in _references(one)}


def main() -> None:
    source, name, *operations = sys.argv[1:]
    # JSON is YAML too.
    cut = excerpt(yaml.safe_load(Path(source).read_text("utf-8")), operations)
    (_FOLDER / name).write_text(json.dumps(cut, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""Checks requests and answers against the reduced extract of a vendor's own OpenAPI document.

An extract is JSON beside the package that serves it: `x-extract` names source and licence, `operations` the request
and answer schemas, `$defs` what they refer to. Descriptions are left out, `nullable` is written as JSON Schema, and
request objects take no properties but the named ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator


@dataclass(frozen=True)
class Problem:
    """Where a document leaves its schema: the path with dots, what is wrong, and the keyword that says so."""

    path: str
    message: str
    keyword: str


class SpecExtract:
    """A vendor's operations, ready to check against."""

    def __init__(self, package: str) -> None:
        document: dict[str, Any] = json.loads(resources.files(package).joinpath("spec.json").read_text("utf-8"))
        self._definitions = document["$defs"]
        self._validators = {
            f"{operation}.{side}": Draft202012Validator({**schema, "$defs": self._definitions})
            for operation, sides in document["operations"].items()
            for side, schema in sides.items()
        }
        self._requests = {name: sides.get("request", {}) for name, sides in document["operations"].items()}

    def properties(self, operation: str) -> Mapping[str, Any]:
        """Return the schemas of a request's properties by name, references resolved."""
        found: dict[str, Any] = {}
        for name, schema in self._requests[operation]["properties"].items():
            found[name] = self._definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
        return found

    def problems(self, what: str, document: Any) -> list[Problem]:
        """Return what is wrong with a document; `what` is `<operation>.request` or `<operation>.response`."""
        errors = sorted(self._validators[what].iter_errors(document), key=lambda error: [str(p) for p in error.path])
        return [
            Problem(
                path=".".join(str(part) for part in error.path), message=error.message, keyword=str(error.validator)
            )
            for error in errors
        ]

    def must_fit(self, what: str, document: Any) -> None:
        """Raise when an answer of ours is not what the vendor's document promises: that is a bug here."""
        problems = self.problems(what, document)
        if problems:
            raise AssertionError(f"{what} leaves the vendor's schema at {problems[0].path!r}: {problems[0].message}")

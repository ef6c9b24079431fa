"""A vendor's own OpenAPI document as the judge of what comes in and what goes out.

An extract is the vendor's document cut down to the operations served, word for word but for its prose; `x-extract`
names source and licence. Arguments it does not name are refused, in the query and in the body, and so are values of
another type. Answers carry what it names: `present` leaves out the rest, and raises where something is missing or of
another type, since that is a bug of the sandbox.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from sandboxes.common.schema_check import Problem

JSON = "application/json"
_FORMATS = FormatChecker(("date", "uuid"))


@_FORMATS.checks("date-time")
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*", value) is not None


@dataclass(frozen=True)
class Call:
    """A request as its operation reads it."""

    operation: Operation
    path: Mapping[str, str]
    query: Mapping[str, Any]
    """By the names of the parameters; a deep object such as `start_at[gte]=…` is a mapping."""
    body: Any


class OpenApi:
    """The operations of one document."""

    def __init__(self, package: str, name: str = "spec.json") -> None:
        self.document: dict[str, Any] = json.loads(resources.files(package).joinpath(name).read_text("utf-8"))
        self.operations = [
            Operation(self, method.upper(), path, described)
            for path, methods in self.document["paths"].items()
            for method, described in methods.items()
        ]

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation a request means, with the values in its path; a written-out path comes first."""
        found = [
            (operation, match.groupdict())
            for operation in self.operations
            if operation.method == method and (match := operation.pattern.fullmatch(path))
        ]
        return min(found, key=lambda pair: len(pair[1])) if found else None

    def knows_path(self, path: str) -> bool:
        """Return whether the path exists, be it with other methods."""
        return any(operation.pattern.fullmatch(path) for operation in self.operations)

    def resolved(self, value: Any) -> Any:
        """Follow a reference."""
        while "$ref" in value:
            _, _, kind, name = value["$ref"].split("/")
            value = self.document["components"][kind][name]
        return value

    @cached_property
    def components(self) -> Any:
        """The components as JSON Schema, which takes no field that it does not name."""
        return _closed(self.document["components"], by_name=True)


class Operation:
    """One method of one path."""

    def __init__(self, document: OpenApi, method: str, path: str, described: Mapping[str, Any]) -> None:
        self._document = document
        self._described = described
        self.method = method
        self.id: str = described["operationId"]
        self.pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes a token needs; the first of several ways in counts."""
        ways = self._described.get("security") or [{}]
        return frozenset(scope for scopes in ways[0].values() for scope in scopes)

    @cached_property
    def parameters(self) -> list[Mapping[str, Any]]:
        """All parameters, references resolved."""
        return [self._document.resolved(each) for each in self._described.get("parameters", [])]

    @property
    def statuses(self) -> frozenset[int]:
        """The statuses it is described to answer with."""
        return frozenset(int(status) for status in self._described["responses"])

    def fields_of(self, status: int) -> frozenset[str]:
        """Return the names of the fields an answer of this status has; none where the document is silent."""
        described = self._document.resolved(self._described["responses"].get(str(status), {}))
        schema = described.get("content", {}).get(JSON, {}).get("schema", {})
        return frozenset(self._document.resolved(schema).get("properties", {}))

    @property
    def media(self) -> tuple[str, ...]:
        """The content types its body may have; none where it takes no body."""
        if "requestBody" not in self._described:
            return ()
        return tuple(self._document.resolved(self._described["requestBody"])["content"])

    def read_query(self, pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the query as values, and what is wrong with it."""
        known = {each["name"]: each for each in self.parameters if each["in"] == "query"}
        given: dict[str, Any] = {}
        problems: list[Problem] = []
        for name, text in pairs:
            deep = re.fullmatch(r"(\w+)\[(\w+)\]", name)
            if name in known:
                schema = self._document.resolved(known[name]["schema"])
                if schema.get("type") == "array":
                    given.setdefault(name, []).append(text)
                else:
                    given[name] = _typed(text, schema.get("type"))
            elif deep and known.get(deep[1], {}).get("style") == "deepObject":
                given.setdefault(deep[1], {})[deep[2]] = text
            else:
                problems.append(Problem(name, f"property {name} should not exist", "additionalProperties"))
        for name, parameter in known.items():
            if name in given:
                problems += self._against(parameter["schema"], given[name], name)
            elif parameter.get("required"):
                problems.append(Problem(name, f"{name} should not be empty", "required"))
        return given, problems

    def path_problems(self, values: Mapping[str, str]) -> list[Problem]:
        """Return what is wrong with the values in the path."""
        known = {each["name"]: each for each in self.parameters if each["in"] == "path"}
        return [found for name, value in values.items() for found in self._against(known[name]["schema"], value, name)]

    def body_problems(self, media: str, body: Any) -> list[Problem]:
        """Return what is wrong with a body of one of its content types."""
        described = self._document.resolved(self._described["requestBody"])["content"][media]
        return self._against(described["schema"], body, "")

    def body_types(self, media: str) -> dict[str, str | None]:
        """Return the type of each property of a form."""
        described = self._document.resolved(self._described["requestBody"])["content"][media]
        schema = self._document.resolved(described["schema"])
        return {name: self._document.resolved(each).get("type") for name, each in schema["properties"].items()}

    def present(self, status: int, answer: Any) -> Any:
        """Return what the document shows of an answer; raises AssertionError where it is not as described."""
        described = self._described["responses"].get(str(status))
        if described is None:
            raise AssertionError(f"{self.id} never answers {status}")
        schema = described.get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            return answer
        shown = self._shown(schema, answer)
        problems = self._against(schema, shown, "")
        if problems:
            raise AssertionError(
                f"{self.id} {status} leaves the document at {problems[0].path!r}: {problems[0].message}"
            )
        return shown

    def _shown(self, schema: Any, value: Any) -> Any:
        schema = self._document.resolved(schema)
        if "allOf" in schema and len(schema["allOf"]) == 1:
            schema = self._document.resolved(schema["allOf"][0])
        if isinstance(value, list):
            return [self._shown(schema.get("items", {}), each) for each in value]
        if not isinstance(value, Mapping):
            return value
        named = schema.get("properties")
        if not named:
            return value
        return {name: self._shown(named[name], each) for name, each in value.items() if name in named}

    def _against(self, schema: Any, value: Any, name: str) -> list[Problem]:
        whole = {**_closed(self._document.resolved(schema)), "components": self._document.components}
        errors = Draft202012Validator(whole, format_checker=_FORMATS).iter_errors(value)
        return [
            Problem(
                ".".join(str(part) for part in (name, *error.path) if part != ""), error.message, str(error.validator)
            )
            for error in sorted(errors, key=lambda error: [str(part) for part in error.path])
        ]


def _path(*parts: str | int) -> str:
    return ".".join(str(part) for part in parts if part != "")


def typed_form(pairs: Iterable[tuple[str, str]], types: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields of a form as values of the types described."""
    return {name: _typed(text, types.get(name)) for name, text in pairs}


def _typed(text: str, kind: str | None) -> Any:
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _closed(schema: Any, *, by_name: bool = False) -> Any:
    """The schema with OpenAPI 3.0's `nullable` in JSON Schema's words, taking no field it does not name."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if by_name:
        return {name: _closed(each, by_name="schemas" in schema) for name, each in schema.items()}
    closed = {
        key: _closed(value, by_name=key == "properties")
        for key, value in schema.items()
        if key not in ("nullable", "deprecated")
    }
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        closed["type"] = [schema["type"], "null"]
    if isinstance(schema.get("properties"), dict) and schema["properties"] and "anyOf" not in schema:
        closed.setdefault("additionalProperties", False)
    return closed

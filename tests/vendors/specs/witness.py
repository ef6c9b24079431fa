"""Judges an adapter's requests by what the vendor itself published (excerpts beside this file).

It shares no line with an adapter or a sandbox: a mistake those two have in common shows here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
from jsonschema import Draft202012Validator, FormatChecker

_FOLDER = Path(__file__).parent
_FORMATS = FormatChecker()


@_FORMATS.checks("phone-number")
def _is_phone_number(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\+[1-9]\d{6,14}", value) is not None


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"https?://[^\s/?#]+\S*", value) is not None


class Witness:
    """The vendor's document for some operations."""

    def __init__(self, name: str) -> None:
        self.document: dict[str, Any] = json.loads((_FOLDER / name).read_text("utf-8"))

    def problems(self, request: httpx.Request) -> list[str]:
        """What the document says against a request: path, query, body; a name it does not know is one too."""
        found = self._operation(request)
        if found is None:
            return [f"{request.method} {request.url.path} is no operation of the vendor's"]
        operation, in_path = found
        parameters = [self._resolved(one) for one in operation.get("parameters", [])]
        return [
            *self._values("path", parameters, in_path.items()),
            *self._values("query", parameters, request.url.params.multi_items()),
            *self._headers(parameters, request),
            *self._body(operation, request),
        ]

    def _operation(self, request: httpx.Request) -> tuple[dict[str, Any], dict[str, str]] | None:
        for template, methods in self.document["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+?)", re.escape(template))
            match = re.fullmatch(pattern, request.url.path)
            if match and request.method.lower() in methods:
                return methods[request.method.lower()], match.groupdict()
        return None

    def _values(self, place: str, parameters: list[Any], given: Iterable[tuple[str, str]]) -> list[str]:
        known = dict(self._known(place, parameters))
        values = _gathered(given, {name: self._resolved(one["schema"]) for name, one in known.items()})
        missing = [name for name, one in known.items() if one.get("required") and name not in values]
        return [
            *(f"{place}: {name} is missing" for name in missing),
            *(f"{place}: {name} is unknown" for name in values if name not in known),
            *(
                f"{place}: {problem}"
                for name, value in values.items()
                if name in known
                for problem in self._against(known[name]["schema"], value, name)
            ),
        ]

    def _known(self, place: str, parameters: list[Any]) -> Iterator[tuple[str, Any]]:
        """Names of a place; a "deep object" is written as one name for each of its properties."""
        for one in parameters:
            if one["in"] == place and one.get("style") == "deepObject":
                for name, schema in self._resolved(one["schema"])["properties"].items():
                    yield f"{one['name']}[{name}]", {"schema": schema}
            elif one["in"] == place:
                yield one["name"], one

    def _headers(self, parameters: list[Any], request: httpx.Request) -> list[str]:
        """The headers that the document speaks of; every request has others beside them."""
        named = {one["name"].lower(): one["name"] for one in parameters if one["in"] == "header"}
        given = [(named[name], value) for name, value in request.headers.items() if name in named]
        return self._values("header", parameters, given)

    def _body(self, operation: Mapping[str, Any], request: httpx.Request) -> list[str]:
        if "requestBody" not in operation:
            return ["body: none is expected"] if request.content else []
        content = self._resolved(operation["requestBody"])["content"]
        kind = request.headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            return [f"body: {kind or 'no content type'} is not among {', '.join(content)}"]
        schema = self._resolved(content[kind]["schema"])
        if kind == "application/json":
            value = json.loads(request.content)
        else:
            fields = {name: self._resolved(one) for name, one in schema["properties"].items()}
            value = _gathered(parse_qsl(request.content.decode(), keep_blank_values=True), fields)
        return [f"body: {problem}" for problem in self._against(schema, value, "")]

    def _against(self, schema: Any, value: Any, name: str) -> list[str]:
        whole = {**_closed(self._resolved(schema)), "components": self._components}
        errors = Draft202012Validator(whole, format_checker=_FORMATS).iter_errors(value)
        return [": ".join([*_path(name, *error.path), error.message]) for error in errors]

    @cached_property
    def _components(self) -> Any:
        return {kind: {name: _closed(one) for name, one in all_.items()} for kind, all_ in self._raw.items()}

    @property
    def _raw(self) -> Mapping[str, Mapping[str, Any]]:
        components: Mapping[str, Mapping[str, Any]] = self.document["components"]
        return components

    def _resolved(self, value: Any) -> Any:
        while "$ref" in value:
            _, _, kind, name = value["$ref"].split("/")
            value = self._raw[kind][name]
        return value


def _path(*parts: str | int) -> list[str]:
    path = ".".join(str(part) for part in parts if part != "")
    return [path] if path else []


def _gathered(pairs: Iterable[tuple[str, str]], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Texts of a form or a query as the values their schemas speak of; a name given twice is a list."""
    gathered: dict[str, Any] = {}
    for name, text in pairs:
        schema = schemas.get(name, {})
        if schema.get("type") == "array":
            gathered.setdefault(name, []).append(text)
        elif name in gathered:
            gathered[name] = [gathered[name], text]
        else:
            gathered[name] = _typed(text, schema.get("type"))
    return gathered


def _typed(text: str, kind: str | None) -> Any:
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _closed(schema: Any) -> Any:
    """The schema with OpenAPI 3.0's `nullable` in JSON Schema's words, taking no field it does not name."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(one) for key, one in schema.items() if key != "nullable"}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        closed["type"] = [schema["type"], "null"]
    if isinstance(schema.get("properties"), dict) and "type" in schema and isinstance(schema["type"], str):
        closed.setdefault("additionalProperties", False)
    return closed

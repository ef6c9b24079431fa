"""The schema: `schema.graphql` with its scalars given their checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from graphql import GraphQLError, GraphQLObjectType, GraphQLScalarType, GraphQLSchema, assert_valid_schema, build_schema

from sandboxes.boulevard.views import instant_text

T = TypeVar("T")


@cache
def load_schema(*, without: tuple[str, ...] = ()) -> GraphQLSchema:
    """Read the SDL and give its scalars their input and output forms; leave out fields such as `Client.notes`. Read
    once: it takes a tenth of a second, and a test sandbox is begun anew for each test."""
    schema = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
    _form(schema, "DateTime", reads=_instant, writes=instant_text)
    _form(schema, "NaiveDateTime", reads=_wall_clock, writes=datetime.isoformat)
    _form(schema, "Date", reads=_date, writes=date.isoformat)
    _form(schema, "Money", reads=_integer, writes=_integer)
    for name in ("Tz", "PhoneNumber", "QueryString"):
        _form(schema, name, reads=_text, writes=_text)
    for name in without:
        kind, _, field = name.partition(".")
        holder = schema.type_map.get(kind)
        if not isinstance(holder, GraphQLObjectType) or field not in holder.fields:
            raise ValueError(f"{name} is not a field of the schema")
        del holder.fields[field]
    assert_valid_schema(schema)
    return schema


def _form(schema: GraphQLSchema, name: str, *, reads: Callable[[Any], Any], writes: Callable[[Any], Any]) -> None:
    scalar = schema.type_map[name]
    if not isinstance(scalar, GraphQLScalarType):
        raise TypeError(f"{name} is not a scalar of the schema")
    for method in ("coerce_input_value", "parse_value"):  # graphql-core knows each by its old and its new name
        setattr(scalar, method, reads)
    for method in ("coerce_output_value", "serialize"):
        setattr(scalar, method, writes)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise GraphQLError(f"a string is wanted, not {value!r}")
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise GraphQLError(f"integer cents are wanted, not {value!r}")
    return value


def _instant(value: Any) -> datetime:
    instant = _parsed(datetime.fromisoformat, value, "an ISO 8601 instant")
    if instant.tzinfo is None:
        raise GraphQLError(f"an offset or Z is wanted on {value!r}")
    return instant


def _wall_clock(value: Any) -> datetime:
    wall = _parsed(datetime.fromisoformat, value, "a wall-clock time such as 2026-03-04T10:30:00")
    if wall.tzinfo is not None:
        raise GraphQLError(f"no offset is wanted on {value!r}: it is read in the location's zone")
    return wall


def _date(value: Any) -> date:
    return _parsed(date.fromisoformat, value, "a date such as 2026-03-04")


def _parsed(parse: Callable[[str], T], value: Any, wanted: str) -> T:
    try:
        return parse(_text(value))
    except ValueError:
        raise GraphQLError(f"{wanted} is wanted, not {value!r}") from None

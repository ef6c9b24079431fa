"""The text filter of `appointments(query:)` and `timeblocks(query:)`.

Known of the vendor: comparisons joined by AND, strings in apostrophes with backslash escapes, five fields. Anything
else is refused here, so that a client cannot lean on a filter nobody has seen.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandboxes.boulevard.ids import bare
from sandboxes.practice.errors import Refused

FIELDS = ("id", "startAt", "createdAt", "cancelled", "staffId")

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_]\w*)|(?P<comparison>>=|<=|!=|=|>|<)|'(?P<text>(?:\\.|[^'\\])*)'|(?P<wrong>\S))", re.DOTALL
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}

Value = str | bool | datetime


@dataclass(frozen=True)
class Condition:
    """One comparison of the filter."""

    field: str
    comparison: str
    value: Value

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether a row with these facts passes; `staffId` is a collection, as a visit may have several providers."""
        compare = _COMPARISONS[self.comparison]
        if self.field == "staffId":
            found = self.value in facts["staffId"]
            return found if self.comparison == "=" else not found
        return compare(facts[self.field], self.value)


def parse(query: str | None) -> tuple[Condition, ...]:
    """The conditions of a filter, all of which must hold; raises `Refused` where the vendor would."""
    if query is None or not query.strip():
        return ()
    tokens = _tokens(query)
    conditions = []
    while True:
        if len(tokens) < 3:
            raise Refused("Invalid query: expected a field, a comparison and a value")
        conditions.append(_condition(tokens.pop(0), tokens.pop(0), tokens.pop(0)))
        if not tokens:
            return tuple(conditions)
        kind, joint = tokens.pop(0)
        if kind != "word" or joint.upper() != "AND":
            raise Refused(f"Invalid query: expected AND, found {joint!r}")


def _tokens(query: str) -> list[tuple[str, str]]:
    tokens = []
    for match in _TOKEN.finditer(query.rstrip()):
        kind = match.lastgroup or "wrong"
        if kind == "wrong":
            raise Refused(f"Invalid query: {match['wrong']!r} at character {match.start('wrong')} is not understood")
        tokens.append((kind, match[kind]))
    return tokens


def _condition(field: tuple[str, str], comparison: tuple[str, str], value: tuple[str, str]) -> Condition:
    name = field[1]
    if field[0] != "word" or name not in FIELDS:
        raise Refused(f"Invalid query: cannot filter by {name!r}; fields are {', '.join(FIELDS)}")
    if comparison[0] != "comparison":
        raise Refused(f"Invalid query: expected a comparison after {name}, found {comparison[1]!r}")
    if name not in ("startAt", "createdAt") and comparison[1] not in ("=", "!="):
        raise Refused(f"Invalid query: {name} can only be compared with = and !=")
    return Condition(name, comparison[1], _value(name, value))


def _value(field: str, token: tuple[str, str]) -> Value:
    kind, text = token
    if field == "cancelled":
        if kind != "word" or text not in ("true", "false"):
            raise Refused(f"Invalid query: cancelled is true or false, not {text!r}")
        return text == "true"
    if kind != "text":
        raise Refused(f"Invalid query: the value of {field} belongs in apostrophes")
    text = re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    if field in ("id", "staffId"):
        return bare(text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"Invalid query: {field} wants an ISO 8601 instant, not {text!r}") from None
    if instant.tzinfo is None:
        raise Refused(f"Invalid query: {field} wants an offset or Z on {text!r}")
    return instant

"""Filters, order and pages of a list."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cmp_to_key
from typing import Any, Generic, TypeVar

RowT = TypeVar("RowT")
Facts = Mapping[str, Any]

_MOST_IN_A_LIST = 100


class BadList(Exception):
    """A filter, an order or a cursor that makes no sense."""


@dataclass(frozen=True)
class Listing(Generic[RowT]):
    """Rows with what can be asked of them: instants, texts, or sets of texts, by the names of the filters."""

    rows: Sequence[RowT]
    facts: Callable[[RowT], Facts]

    def page(self, query: Mapping[str, Any], *, limit: int) -> tuple[list[RowT], str | None]:
        """Return the rows of a page and the cursor of the next, None at the end."""
        filters = {name: value for name, value in query.items() if isinstance(value, Mapping)}
        rows = [row for row in self.rows if all(_passes(self.facts(row)[name], ops) for name, ops in filters.items())]
        order = _order(query.get("sort"))
        keyed = [(self._key(row, order), row) for row in rows]

        def by_key(one: tuple[list[str], RowT], other: tuple[list[str], RowT]) -> int:
            return _compared(one[0], other[0], order)

        keyed.sort(key=cmp_to_key(by_key))
        if query.get("page[cursor]"):
            after = _read_cursor(query["page[cursor]"], len(order) + 1)
            keyed = [(key, row) for key, row in keyed if _compared(key, after, order) > 0]
        shown = keyed[:limit]
        cursor = _cursor(shown[-1][0]) if len(keyed) > limit else None
        return [row for _, row in shown], cursor

    def _key(self, row: RowT, order: Sequence[tuple[str, bool]]) -> list[str]:
        facts = self.facts(row)
        try:
            values = [facts[name] for name, _ in order]
        except KeyError as unknown:
            raise BadList(f"sort: {unknown.args[0]} is not sortable") from None
        return [*(_text(value) for value in values), str(facts["public_id"])]


def _passes(value: Any, operations: Mapping[str, str]) -> bool:
    return all(_holds(value, operation, wanted) for operation, wanted in operations.items())


def _holds(value: Any, operation: str, wanted: str) -> bool:
    if isinstance(value, datetime):
        return _compares(value, operation, _instant(wanted))
    if operation in ("eq", "ne"):
        listed = wanted.split(",")
        if len(listed) > _MOST_IN_A_LIST:
            raise BadList(f"at most {_MOST_IN_A_LIST} values can be listed")
        among = bool(set(listed) & value) if isinstance(value, frozenset) else value in listed
        return among if operation == "eq" else not among
    text = str(value)
    match operation:
        case "co":
            return wanted.casefold() in text.casefold()
        case "sw":
            return text.casefold().startswith(wanted.casefold())
        case _:
            return _compares(text, operation, wanted)


def _compares(value: Any, operation: str, wanted: Any) -> bool:
    match operation:
        case "eq":
            return bool(value == wanted)
        case "ne":
            return bool(value != wanted)
        case "gt":
            return bool(value > wanted)
        case "gte":
            return bool(value >= wanted)
        case "lt":
            return bool(value < wanted)
        case "lte":
            return bool(value <= wanted)
        case _:
            raise BadList(f"{operation} is no operation on a time")


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadList(f"{text} is not an ISO 8601 time") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _order(sort: str | None) -> list[tuple[str, bool]]:
    """The fields to sort by, and whether each is turned round."""
    return [(name.removeprefix("-"), name.startswith("-")) for name in (sort or "").split(",") if name]


def _compared(one: Sequence[str], other: Sequence[str], order: Sequence[tuple[str, bool]]) -> int:
    turned = [*(descending for _, descending in order), False]
    for mine, theirs, descending in zip(one, other, turned, strict=True):
        if mine != theirs:
            return (1 if mine > theirs else -1) * (-1 if descending else 1)
    return 0


def _text(value: Any) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def _cursor(key: Sequence[str]) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _read_cursor(cursor: str, length: int) -> list[str]:
    try:
        key = json.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, ValueError):
        raise BadList("page[cursor] is not valid") from None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(part, str) for part in key):
        raise BadList("page[cursor] is not valid")
    return key

"""Column types and table arguments every table shares.

Each table carries `practice_id`, and every foreign key carries it too, so that a row of one practice can never point
at another's. Repositories take the practice first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, ForeignKeyConstraint, Interval, TypeDecorator, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB, TSTZRANGE, Range
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import SchemaItem

from domain.ranges import TimeRange


class Instant(TypeDecorator[datetime]):
    """An aware instant; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value


class Stretch(TypeDecorator[TimeRange]):
    """A half-open range of time, as `domain.ranges.TimeRange`."""

    impl = TSTZRANGE
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, TimeRange):
            return Range(value.start, value.end, bounds="[)")
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> TimeRange | None:
        return None if value is None else TimeRange(value.lower, value.upper)


class Json(TypeDecorator[Any]):
    """A JSON document."""

    impl = JSONB
    cache_ok = True


class Duration(TypeDecorator[timedelta]):
    """A length of time."""

    impl = Interval
    cache_ok = True


def of_practice(*references: tuple[str, str], extra: tuple[SchemaItem, ...] = ()) -> tuple[SchemaItem, ...]:
    """Table arguments of a practice's table: its own (practice, id) key and foreign keys that carry the practice.

    `references` are pairs of a column and the table it points at.
    """
    return (
        UniqueConstraint("practice_id", "id"),
        *(
            ForeignKeyConstraint(["practice_id", column], [f"{table}.practice_id", f"{table}.id"])
            for column, table in references
        ),
        *extra,
    )

"""What the admin API lists and reads. Newest first, by cursor; rows become plain dictionaries of their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment, Opening
from models.effects import Message
from models.inbox import Delivery, Receipt
from models.offers import Offer
from models.tasks import Decision, Task


class Thing(StrEnum):
    """What can be listed."""

    GAP_FILL = "gap_fill"
    BOOKING = "booking"
    OFFER = "offer"
    MESSAGE = "message"
    TASK = "task"
    RECEIPT = "receipt"
    DELIVERY = "delivery"
    DECISION = "decision"


@dataclass(frozen=True, kw_only=True)
class Page:
    """`next_cursor` is None on the last page."""

    rows: tuple[dict[str, Any], ...]
    next_cursor: int | None


_TABLES: Final[dict[Thing, type[SQLModel]]] = {
    Thing.GAP_FILL: Opening,
    Thing.BOOKING: Appointment,
    Thing.OFFER: Offer,
    Thing.MESSAGE: Message,
    Thing.TASK: Task,
    Thing.RECEIPT: Receipt,
    Thing.DELIVERY: Delivery,
    Thing.DECISION: Decision,
}

#: Permissions by themselves (a link's token), or of no use outside.
_WITHHELD: Final = frozenset({"practice_id", "token", "workflow_key", "lease_until"})


def listed(
    session: Session,
    practice_id: int,
    thing: Thing,
    *,
    where: Mapping[str, Any],
    cursor: int | None,
    limit: int,
) -> Page:
    """Rows of this practice whose columns have these values, below the cursor."""
    table: Any = _TABLES[thing]
    query = select(table).where(table.practice_id == practice_id).order_by(table.id.desc()).limit(limit + 1)
    for name, value in where.items():
        query = query.where(getattr(table, name) == value)
    if cursor is not None:
        query = query.where(table.id < cursor)
    rows = session.execute(query).scalars().all()
    more = len(rows) > limit
    return Page(rows=tuple(map(_plain, rows[:limit])), next_cursor=rows[limit - 1].id if more else None)


def read(session: Session, practice_id: int, thing: Thing, ref: int) -> dict[str, Any] | None:
    table: Any = _TABLES[thing]
    row = session.execute(select(table).where(table.practice_id == practice_id, table.id == ref)).scalar_one_or_none()
    return None if row is None else _plain(row)


def segments(session: Session, practice_id: int, appointment_id: int) -> tuple[dict[str, Any], ...]:
    """The services of a mirrored visit, in order."""
    rows = session.execute(
        select(AppointmentSegment)
        .where(
            col(AppointmentSegment.practice_id) == practice_id,
            col(AppointmentSegment.appointment_id) == appointment_id,
        )
        .order_by(col(AppointmentSegment.position))
    ).scalars()
    return tuple(map(_plain, rows))


def task_exists(session: Session, practice_id: int, task_id: int) -> bool:
    found = session.execute(select(col(Task.id)).where(col(Task.practice_id) == practice_id, col(Task.id) == task_id))
    return found.first() is not None


def _plain(row: SQLModel) -> dict[str, Any]:
    # Attributes, not `model_dump`, which would take a TimeRange apart.
    plain: dict[str, Any] = {}
    for name in type(row).model_fields:
        value = getattr(row, name)
        if name in _WITHHELD:
            continue
        if isinstance(value, TimeRange):
            plain |= {"starts_at": value.start, "ends_at": value.end}
        else:
            plain[name] = value
    return plain

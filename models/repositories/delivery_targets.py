"""Where a message for a journey has to go, and what that journey is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, null, select, update
from sqlmodel import Session, SQLModel, col

from domain.journey_names import Journey
from models.calendar import Appointment, Opening
from models.inbox import Receipt
from models.tasks import Task


@dataclass(frozen=True, kw_only=True)
class JourneySubject:
    """References only."""

    client_id: int | None = None
    appointment_id: int | None = None
    slot_start: datetime | None = None
    location_id: int | None = None


def _query(table: type[SQLModel], *columns: Any) -> Any:
    row: Any = table
    return select(row.id.label("ref"), *columns).where(
        row.practice_id == bindparam("practice_id"), row.id == any_(bindparam("refs", type_=ARRAY(BigInteger)))
    )


#: By reference: the client, the appointment, the start and the place of what a journey is about.
_ABOUT: Final = {
    Journey.BOOKING: _query(
        Appointment,
        col(Appointment.client_id),
        col(Appointment.id),
        col(Appointment.starts_at),
        col(Appointment.location_id),
    ),
    Journey.GAP_FILL: _query(
        Opening, null(), col(Opening.appointment_id), func.lower(col(Opening.during)), col(Opening.location_id)
    ),
    Journey.TASK: _query(Task, col(Task.client_id), col(Task.appointment_id), null(), null()),
    Journey.REPLY: _query(Receipt, col(Receipt.parsed)["about"]["client_id"].as_integer(), null(), null(), null()),
}


def about(session: Session, practice_id: int, journey: Journey, refs: Collection[int]) -> dict[int, JourneySubject]:
    """What journeys of one kind are about, as far as our tables know; by reference."""
    rows = session.connection().execute(_ABOUT[journey], {"practice_id": practice_id, "refs": list(refs)})
    return {
        row[0]: JourneySubject(client_id=row[1], appointment_id=row[2], slot_start=row[3], location_id=row[4])
        for row in rows
    }


def ensure_turn_after(session: Session, practice_id: int, appointment_id: int, *, ended: int, begin: bool) -> int:
    """The turn that follows an ended one. With `begin` there is one afterwards, also when the ended booking did not
    close its turn itself (it was terminated by hand)."""
    if begin:
        session.execute(
            update(Appointment)
            .where(
                col(Appointment.practice_id) == practice_id,
                col(Appointment.id) == appointment_id,
                col(Appointment.turn) <= ended,
            )
            .values(turn=ended + 1)
        )
    turn: int = session.execute(
        select(col(Appointment.turn)).where(
            col(Appointment.practice_id) == practice_id, col(Appointment.id) == appointment_id
        )
    ).scalar_one()
    return turn

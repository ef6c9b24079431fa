"""Where a message for a journey has to go, and what that journey is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, null, select, update
from sqlmodel import Session, col

from domain.journeys import Journey
from models.calendar import Appointment, Opening
from models.inbox import Receipt
from models.tasks import Task


@dataclass(frozen=True, kw_only=True)
class About:
    """References only."""

    client_id: int | None = None
    appointment_id: int | None = None
    slot_start: datetime | None = None


def about(session: Session, practice_id: int, journey: Journey, ref: int) -> About:
    """What a journey is about, as far as our tables know."""
    match journey:
        case Journey.BOOKING:
            query = select(col(Appointment.client_id), col(Appointment.id), col(Appointment.starts_at)).where(
                col(Appointment.practice_id) == practice_id, col(Appointment.id) == ref
            )
        case Journey.GAP_FILL:
            query = select(null(), col(Opening.appointment_id), func.lower(col(Opening.during))).where(
                col(Opening.practice_id) == practice_id, col(Opening.id) == ref
            )
        case Journey.TASK:
            query = select(col(Task.client_id), col(Task.appointment_id), null()).where(
                col(Task.practice_id) == practice_id, col(Task.id) == ref
            )
        case Journey.REPLY:
            query = select(col(Receipt.parsed)["about"]["client_id"].as_integer(), null(), null()).where(
                col(Receipt.practice_id) == practice_id, col(Receipt.id) == ref
            )
    row = session.execute(query).one_or_none()
    return About() if row is None else About(client_id=row[0], appointment_id=row[1], slot_start=row[2])


def turn_after(session: Session, practice_id: int, appointment_id: int, *, ended: int, begin: bool) -> int:
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

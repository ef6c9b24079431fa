"""Appointments the practice system named that were not read yet."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from domain.calendar import VisitState
from models.calendar import Appointment

#: The newest: what was named an hour ago stands among them, what was never read for weeks need not.
_MOST: Final = 50


def newest(session: Session, practice_id: int) -> tuple[tuple[int, int], ...]:
    """(appointment, turn) of those named last."""
    rows = session.execute(
        select(col(Appointment.id), col(Appointment.turn))
        .where(col(Appointment.practice_id) == practice_id, col(Appointment.state) == VisitState.UNREAD.value)
        .order_by(col(Appointment.id).desc())
        .limit(_MOST)
    )
    return tuple((row[0], row[1]) for row in rows)

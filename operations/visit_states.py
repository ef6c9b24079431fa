"""What a visit's state is where the practice system tells less than all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from domain import effect_keys
from domain.calendar import Visit, VisitState
from models.repositories import effects
from vendors.pms.base import Shows


def known_state(session: Session, practice_id: int, visit: Visit, shows: Shows, *, now: datetime) -> Visit:
    """The visit with what we know ourselves.

    Where a confirmation cannot be told from a booking, a visit is confirmed once its client has said so to us. Where
    nobody says that a visit is over, one whose client had arrived is over at its end.
    """
    if not shows.confirmations and visit.state in {VisitState.BOOKED, VisitState.CONFIRMED} and visit.segments:
        confirmed = confirmed_here(session, practice_id, visit)
        return replace(visit, state=VisitState.CONFIRMED if confirmed else VisitState.BOOKED)
    if not shows.completions and visit.state is VisitState.ARRIVED and visit.segments and visit.during.end <= now:
        return replace(visit, state=VisitState.COMPLETED)
    return visit


def confirmed_here(session: Session, practice_id: int, visit: Visit) -> bool:
    """Whether the client has confirmed the visit, at the time it stands at."""
    said = effects.by_key(session, practice_id, effect_keys.confirm_visit_key(visit.appointment_id, visit.during.start))
    return said is not None and said.state == "done"

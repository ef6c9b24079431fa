"""Who would fit a stretch of time: the ranked list with its reasons. Sends nothing, changes nothing.

Decides on the mirror, as of the last look at the practice system; a fill looks live before it offers.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from domain.calendar import Cause
from domain.matching import Ranking, Slot, rank, services_that_fit
from domain.ranges import TimeRange
from models.repositories import calendar, practices, waitlist
from models.repositories.practices import PracticeFacts


def who_would_fit(
    session: Session, practice: PracticeFacts, *, location_id: int, provider_id: int, during: TimeRange, now: datetime
) -> Ranking:
    """Rank the waitlist for this stretch. `location_id` and `provider_id` must be the practice's own."""
    matrix = practices.matrix(session, practice.id)
    zone = matrix.location(location_id).zone
    slot = Slot(location_id=location_id, provider_id=provider_id, during=during, cause=Cause.STAFF)
    on = during.start.astimezone(ZoneInfo(zone)).date()
    day = calendar.day(session, practice.id, location_id, during, now=now)
    services = services_that_fit(slot=slot, matrix=matrix, day=day, on=on, policy=practice.policy)
    candidates = waitlist.candidates(
        session,
        practice.id,
        opening_id=None,
        slot=slot,
        service_ids=tuple(service.id for service in services),
        now=now,
        zone=zone,
    )
    return rank(slot=slot, candidates=candidates, matrix=matrix, day=day, now=now, zone=zone, policy=practice.policy)

"""Who would fit a stretch of time: the ranked list with its reasons, and what stands in the way of the time itself.

Sends nothing, changes nothing. Decides on the mirror, as of the last look at the practice system; a fill looks live
before it offers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from domain.calendar import Cause, Day
from domain.matching import Candidate, Ranking, Slot, rank, services_that_fit
from domain.offer_history import remembered_since
from domain.ranges import TimeRange
from domain.time_obstacles import Obstacle, nearest_free, what_stands_in_the_way
from domain.wall_time import local_date, local_day
from models import request_limits
from models.repositories import calendar, practices, waitlist
from models.repositories.practices import PracticeFacts

#: How far ahead of the day asked for (of today, if that is past) the nearest free stretch is looked for.
_LOOK_AHEAD: Final = timedelta(days=7)
#: Of the processor's time. A list of thousands over a long stretch would take many.
_RANKING_SECONDS: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class WhoFits:
    """`nearest` is the provider's nearest free stretch, where this one is not wholly free."""

    ranking: Ranking
    in_the_way: tuple[Obstacle, ...]
    nearest: TimeRange | None
    #: No service fits, whoever would come.
    nothing_fits: bool = False

    @property
    def is_closed(self) -> bool:
        """Whether the time is taken or closed, in whole or in part. A neighbour's buffers take nothing: who is placed
        keeps clear of them."""
        return self.nothing_fits or any(one.during is not None and not one.is_buffer for one in self.in_the_way)


def who_would_fit(
    session: Session, practice: PracticeFacts, *, location_id: int, provider_id: int, during: TimeRange, now: datetime
) -> WhoFits:
    """Rank the waitlist for this stretch. `location_id` and `provider_id` must be the practice's own."""
    matrix, policy = practices.matrix(session, practice.id), practice.at(location_id).policy
    zone = matrix.location(location_id).zone
    slot = Slot(location_id=location_id, provider_id=provider_id, during=during, cause=Cause.STAFF)
    week = _week(session, practice.id, slot, now=now, zone=zone)
    day = _day(session, practice.id, slot, week, zone=zone)
    on = local_date(during.start, zone)
    services = services_that_fit(slot=slot, matrix=matrix, day=day, on=on, policy=policy)

    def waiting(service_ids: Iterable[int]) -> tuple[Candidate, ...]:
        return waitlist.candidates(
            session,
            practice.id,
            opening_id=None,
            slot=slot,
            service_ids=service_ids,
            now=now,
            zone=zone,
            past_since=remembered_since(now=now, policy=policy.gap_fill),
        )

    candidates: tuple[Candidate, ...] = ()
    if during.end > now:
        candidates = waiting(service.id for service in services)
        # Those who wait for what does not fit are refused by a rule too, and staff want to read which.
        known = {one.entry.id for one in candidates}
        others = waiting(service.id for service in matrix.services if service not in services)
        candidates += tuple(one for one in others if one.entry.id not in known)
    ranking = rank(
        slot=slot,
        candidates=candidates,
        matrix=matrix,
        day=day,
        now=now,
        zone=zone,
        policy=policy,
        enough=request_limits.enough(_RANKING_SECONDS),
    )
    in_the_way = what_stands_in_the_way(
        slot=slot, matrix=matrix, day=day, candidates=len(ranking.ranked), now=now, policy=policy
    )
    taken = not services or any(one.during is not None for one in in_the_way)
    nearest = nearest_free(slot=slot, matrix=matrix, day=week, now=now, policy=policy) if taken else None
    return WhoFits(ranking=ranking, in_the_way=in_the_way, nearest=nearest, nothing_fits=not services)


def _week(session: Session, practice_id: int, slot: Slot, *, now: datetime, zone: str) -> Day:
    """The mirror from the stretch's own date on, whole dates: a shift that ends hours before the stretch is seen."""
    begin = local_day(on=local_date(max(slot.during.start, now), zone), zone=zone).start
    week = TimeRange(begin, max(begin + _LOOK_AHEAD, slot.during.end))
    return calendar.day(session, practice_id, slot.location_id, week, now=now)


def _day(session: Session, practice_id: int, slot: Slot, week: Day, *, zone: str) -> Day:
    """The week as far as it says something of the stretch's date.

    A date that was read and has no shift is a day off, in a week that has some. Of a date that was never read nothing
    is known, and the shifts of other dates must not make it one.
    """
    on = local_date(slot.during.start, zone)
    date = local_day(on=on, zone=zone)
    told = any(one.provider_id == slot.provider_id and one.during.overlaps(date) for one in week.shifts)
    if told or calendar.read_before(session, practice_id, slot.location_id, slot.provider_id, on):
        return week
    return replace(week, shifts=())

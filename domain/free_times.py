"""Times that are free for a client who asks for another: around the hour they named, spread where they named none.

Staff book them, so what the client once wished and how soon it is are no rules; who may give it, where and with what,
and what is safe for them still are. A provider whose shifts nobody knows has no free time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from domain.calendar import Cause, Day
from domain.catalogue import Matrix
from domain.clients import WeeklyWindow
from domain.fitting import Candidate, Fit, fit_on
from domain.inquiries import WishedTime
from domain.placing import Board, Slot, eligible
from domain.policy import PracticePolicy, policy_for
from domain.ranges import TimeRange
from domain.wall_time import ONE_DAY, local_date, local_day, wall_ranges

#: Where a day is cut, so that the times named are not all of its first hour.
_CUTS: Final = (time(0), time(11), time(14), time(17))
#: Around the hour they named, in steps, so that the nearest of each side is found.
_AROUND: Final = tuple(timedelta(minutes=one) for one in (-180, -90, -45, 0, 180))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A wish for another time. `start` and `end` are of what they were offered or have; `provider_ids` those they want,
    none for any, the first named first."""

    wished: WishedTime
    zone: str
    start: datetime | None = None
    end: datetime | None = None
    provider_ids: tuple[int, ...] = ()
    not_provider_id: int | None = None
    #: Named first where several are free.
    prefers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """`known`: the shifts of somebody who gives it are known on one of the days. `exactly`: the first is what they
    asked for."""

    fits: tuple[Fit, ...] = ()
    known: bool = False
    exactly: bool = False


def dates_meant(asked: Asked, *, now: datetime, within: timedelta) -> tuple[date, ...]:
    """The days to look at, the likeliest first; none where they asked for one beyond `within`."""
    today = local_date(now, asked.zone)
    about = today if asked.start is None else max(today, local_date(asked.start, asked.zone))
    wished, last = asked.wished, max(today, about) + within
    if wished.on is not None:
        return (wished.on,) if today <= wished.on <= last else ()
    if wished.earlier and asked.start is not None:
        return tuple(_days(today, about))
    if wished.earliest is not None or wished.latest is not None:
        first = max(today, wished.earliest or today)
        return tuple(_days(first, min(wished.latest or first + within, first + within)))
    days = list(_days(about if wished.at or wished.later or asked.start is not None else today, last))
    if wished.windows:
        weekdays = {one.weekday for one in wished.windows}
        days = [one for one in days if one.weekday() in weekdays]
    return tuple(days)


def free_times(
    *,
    asked: Asked,
    days: Iterable[tuple[date, Day]],
    matrix: Matrix,
    candidate: Candidate,
    taken: Sequence[tuple[int, TimeRange]],
    now: datetime,
    policy: PracticePolicy,
    most: int,
) -> Found:
    """The first few. `taken`: what is on offer to others, by provider. The candidate's own visit that is to be moved is
    left out of its visits and of the days."""
    found: list[Fit] = []
    known = False
    exact: list[Fit] = []
    for on, day in days:
        providers = _providers(asked, day, matrix, candidate, on)
        known = known or bool(providers)
        of_day: list[Fit] = []
        for provider_id, shift in providers:
            for hours, before in _stretches(asked, on, shift):
                fit = _fit(hours, provider_id, asked, day, matrix, candidate, now=now, policy=policy)
                if fit is None or not asked.start != fit.start < before or _on_offer(fit, provider_id, taken):
                    continue
                of_day.append(fit)
        if _is_day_meant(on, asked):
            exact += [one for one in of_day if _is_asked_for(one.start, asked)]
        found += _nearest(of_day, asked)
        if len({one.start for one in found}) >= most or (exact and asked.wished.at):
            break
    best = exact[:1] or _apart(found)[:most]
    return Found(fits=tuple(sorted(best, key=lambda one: one.start)), known=known, exactly=bool(exact))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def _providers(asked: Asked, day: Day, matrix: Matrix, candidate: Candidate, on: date) -> list[tuple[int, TimeRange]]:
    """Who gives one of the services there on that day, and when they work."""
    services = [found for one in candidate.entry.service_ids if (found := matrix.find_service(one)) is not None]
    order = {provider: place for place, provider in enumerate(asked.provider_ids)}
    able = {
        one.id
        for one in matrix.providers
        if (not order or one.id in order)
        and one.id != asked.not_provider_id
        and any(eligible(provider=one, service=service, on=on) is None for service in services)
    }
    whole = local_day(on=on, zone=asked.zone)
    working = [
        (one.provider_id, one.during) for one in day.shifts if one.provider_id in able and one.during.overlaps(whole)
    ]
    return sorted(working, key=lambda one: (one[0] != asked.prefers, order.get(one[0], 0), one[1].start, one[0]))


def _stretches(asked: Asked, on: date, shift: TimeRange) -> Iterator[tuple[TimeRange, datetime]]:
    """Where a visit may lie, and before when it begins."""
    wished, zone = asked.wished, asked.zone
    if wished.at:
        hours = [_from(on, minutes, zone) for minutes in wished.at]
        pieces = [TimeRange(at + before, at + after) for at in hours for before, after in pairwise(_AROUND)]
    elif wished.windows:
        pieces = [
            piece
            for one in wished.windows
            if one.weekday == on.weekday()
            for piece in wall_ranges(on=on, start=one.start, end=one.end, zone=zone)
        ]
    else:
        ends = (*_CUTS[1:], time(0))
        cuts = (
            WeeklyWindow(weekday=on.weekday(), start=start, end=end) for start, end in zip(_CUTS, ends, strict=True)
        )
        pieces = [piece for one in cuts for piece in wall_ranges(on=on, start=one.start, end=one.end, zone=zone)]
    for piece in pieces:
        start, end = max(piece.start, shift.start), shift.end
        if wished.later and asked.end is not None:
            start = max(start, asked.end)
        if wished.windows:
            end = min(end, piece.end)
        if wished.earlier and asked.start is not None:
            end = min(end, asked.start)
        if start < min(end, piece.end):
            yield TimeRange(start, end), min(end, piece.end)


def _fit(
    hours: TimeRange,
    provider_id: int,
    asked: Asked,
    day: Day,
    matrix: Matrix,
    candidate: Candidate,
    *,
    now: datetime,
    policy: PracticePolicy,
) -> Fit | None:
    slot = Slot(location_id=day.location_id, provider_id=provider_id, during=hours, cause=Cause.STAFF)
    board = Board(slot=slot, matrix=matrix, day=day, zone=asked.zone, policy=policy)
    theirs = policy_for(policy, location_id=day.location_id, service_ids=candidate.entry.service_ids)
    fit = fit_on(board, candidate, now=now + theirs.gap_fill.lead_time, policy=policy, by_hand=True)
    return fit if isinstance(fit, Fit) and not fit.consult_instead else None


def _on_offer(fit: Fit, provider_id: int, taken: Sequence[tuple[int, TimeRange]]) -> bool:
    visit = TimeRange(fit.start, fit.end)
    return any(one == provider_id and during.overlaps(visit) for one, during in taken)


def _is_asked_for(start: datetime, asked: Asked) -> bool:
    local = start.astimezone(ZoneInfo(asked.zone))
    return local.hour * 60 + local.minute in asked.wished.at


def _is_day_meant(on: date, asked: Asked) -> bool:
    """Who asks for an hour alone means the day of what they were offered: that hour of another day is no yes."""
    wished = asked.wished
    names_days = wished.on or wished.windows or wished.earliest or wished.latest
    return bool(names_days) or asked.start is None or on == local_date(asked.start, asked.zone)


def _nearest(fits: list[Fit], asked: Asked) -> list[Fit]:
    """Around the hour they named; else as the day goes."""
    if not asked.wished.at:
        return sorted(fits, key=lambda one: one.start)

    def away(fit: Fit) -> float:
        hours = (_from(local_date(fit.start, asked.zone), one, asked.zone) for one in asked.wished.at)
        return min(abs((fit.start - one).total_seconds()) for one in hours)

    return sorted(fits, key=away)


def _apart(fits: list[Fit]) -> list[Fit]:
    """One of each start."""
    first: dict[datetime, Fit] = {}
    for one in fits:
        first.setdefault(one.start, one)
    return list(first.values())


def _from(on: date, minutes: int, zone: str) -> datetime:
    return datetime.combine(on, time(minutes // 60, minutes % 60), tzinfo=ZoneInfo(zone))

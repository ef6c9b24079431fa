"""Boulevard's shifts for one local date. Pure.

The rows of `shifts` are weekly templates without dates: a weekday (0 is Sunday) with clock times, a window of dates and
an interval in weeks. They come whatever date was asked for, so each is looked at here. Rows that are not `available`
(time off) take away what others give. A row without a staff member is nobody's and is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.ranges import TimeRange
from vendors.pms.base import PmsBlock, PmsShift, PmsUnread
from vendors.pms.boulevard.ids import urn
from vendors.pms.boulevard.translate import nothing

Row = Mapping[str, Any]

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_WHOLE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Roster:
    """What the rows mean for one date: who works when, and who is off. Time off is a block as well as no shift, since
    without any shift a provider's hours count as not known. Who has rows that recur, and none that gives hours on the
    date, is off all of it; a row for one date says nothing of others."""

    shifts: tuple[PmsShift, ...]
    time_off: tuple[PmsBlock, ...]
    unread: tuple[PmsUnread, ...]


class _Unreadable(Exception):
    """A field of a row; the text is its name."""


def roster(rows: Iterable[Any], *, day: date, zone: ZoneInfo) -> Roster:
    """Expand the templates for this date. A row that cannot be read gives no shift, and takes the day where it is
    time off; either way it is told."""
    rostered: dict[str, None] = {}
    given: list[tuple[str, TimeRange]] = []
    taken: list[tuple[str, TimeRange]] = []
    unread: list[PmsUnread] = []
    for row in rows:
        if not isinstance(row, Mapping):
            unread.append(nothing("shift"))
            continue
        staff = row.get("staffId")
        if not isinstance(staff, str) or not staff:
            continue
        provider = urn("Staff", staff)
        available = row.get("available")
        if available is not False and not _is_for_one_date(row):
            rostered[provider] = None
        try:
            if not _falls_on(row, day):
                continue
            if not isinstance(available, bool):
                raise _Unreadable("available")
            stretch = _stretch(row, day, zone, time_off=not available)
            if stretch is not None:
                (given if available else taken).append((provider, stretch))
        except _Unreadable as field:
            unread.append(
                PmsUnread(
                    kind="shift",
                    ref=None,
                    provider_ref=provider,
                    start=None,
                    end=None,
                    unread=(f"shift.{field}",),
                    occupies=available is False,
                )
            )
    whole = TimeRange(_instant(day, timedelta(), zone), _instant(day, _WHOLE_DAY, zone))
    works = {provider for provider, _ in given}
    taken += [(provider, whole) for provider in rostered if provider not in works]
    return Roster(
        shifts=tuple(
            PmsShift(provider_ref=provider, start=left.start, end=left.end)
            for provider, stretch in given
            for left in stretch.minus(tuple(one for whose, one in taken if whose == provider))
        ),
        time_off=tuple(
            PmsBlock(ref=f"shift:{day}", provider_ref=provider, start=stretch.start, end=stretch.end, not_at_work=True)
            for provider, stretch in taken
        ),
        unread=tuple(unread),
    )


def _falls_on(row: Row, day: date) -> bool:
    # A part that can be read and rules the date out is enough, whatever the others say.
    if any(_rules_out(row, field, day) for field in ("day", "recurrenceStart", "recurrenceEnd")):
        return False
    if _weekday(row) is None:
        raise _Unreadable("day")
    begins, _ = _date(row, "recurrenceStart"), _date(row, "recurrenceEnd")
    # Zero stands in rows that do not recur; their window is all there is to them.
    weeks = _integer(row, "recurrenceInterval") or 1
    if weeks < 0 or (weeks > 1 and begins is None):
        raise _Unreadable("recurrenceInterval")
    return begins is None or (_week(day) - _week(begins)).days // 7 % weeks == 0


def _rules_out(row: Row, field: str, day: date) -> bool:
    if field == "day":
        return _weekday(row) not in {None, day.isoweekday() % 7}
    try:
        limit = _date(row, field)
    except _Unreadable:
        return False
    return limit is not None and (day < limit if field == "recurrenceStart" else day > limit)


def _weekday(row: Row) -> int | None:
    """0 is Sunday; None for what is no weekday."""
    weekday = row.get("day")
    return weekday if isinstance(weekday, int) and not isinstance(weekday, bool) and 0 <= weekday <= 6 else None


def _is_for_one_date(row: Row) -> bool:
    try:
        begins, ends = _date(row, "recurrenceStart"), _date(row, "recurrenceEnd")
    except _Unreadable:
        return False
    return begins is not None and begins == ends


def _week(day: date) -> date:
    """The Sunday its week begins with."""
    return day - timedelta(days=day.isoweekday() % 7)


def _stretch(row: Row, day: date, zone: ZoneInfo, *, time_off: bool) -> TimeRange | None:
    """The instants from clock to clock. One that ends at or before its start ends on the next day; without clocks,
    time off is the whole day. None within the hour that is skipped when the clocks go forward."""
    start = timedelta() if time_off and row.get("clockIn") is None else _clock(row, "clockIn")
    end = _WHOLE_DAY if time_off and row.get("clockOut") is None else _clock(row, "clockOut")
    if start == _WHOLE_DAY:
        raise _Unreadable("clockIn")
    if start == end and start:
        raise _Unreadable("clockOut")
    if end <= start:
        end += _WHOLE_DAY
    begins, ends = _instant(day, start, zone), _instant(day, end, zone)
    return TimeRange(begins, ends) if begins < ends else None


def _instant(day: date, clock: timedelta, zone: ZoneInfo) -> datetime:
    # Wall clock first, zone last: a day of 23 hours still ends at its midnight.
    return (datetime.combine(day, time.min) + clock).replace(tzinfo=zone).astimezone(UTC)


def _clock(row: Row, field: str) -> timedelta:
    """Since midnight on the wall clock; "24:00:00" is the end of the day."""
    value = row.get(field)
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise _Unreadable(field)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    since = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if minutes > 59 or seconds > 59 or since > _WHOLE_DAY:
        raise _Unreadable(field)
    return since


def _integer(row: Row, field: str) -> int | None:
    value = row.get(field)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _Unreadable(field)


def _date(row: Row, field: str) -> date | None:
    value = row.get(field)
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        raise _Unreadable(field) from None

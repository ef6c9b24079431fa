"""Wall time of a zone as instants, right on the nights the clocks change.

A stretch of wall time on a date is the set of instants whose wall clock shows a time inside it. On an ordinary day
that is one range; in the hour that happens twice it may be two, in the hour that is left out none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from domain.ranges import TimeRange

MIDNIGHT = time(0, 0)
ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def local_day(*, on: date, zone: str) -> TimeRange:
    """The instants of a local date; 23 or 25 hours long when the clocks change."""
    return TimeRange(_first_instant(on, zone), _first_instant(on + ONE_DAY, zone))


@lru_cache(maxsize=16384)
def wall_ranges(*, on: date, start: time, end: time, zone: str) -> tuple[TimeRange, ...]:
    """The instants of `on` from `start` until just before `end`; an `end` of midnight is the end of the day."""
    last = datetime.combine(on + ONE_DAY if end == MIDNIGHT else on, end)
    first = datetime.combine(on, start)
    ranges: list[TimeRange] = []
    for piece, offset in _pieces(on, zone):
        begin = max(piece.start, (first - offset).replace(tzinfo=UTC))
        finish = min(piece.end, (last - offset).replace(tzinfo=UTC))
        if begin >= finish:
            continue
        if ranges and ranges[-1].end == begin:
            ranges[-1] = TimeRange(ranges[-1].start, finish)
        else:
            ranges.append(TimeRange(begin, finish))
    return tuple(ranges)


def local_date(at: datetime, zone: str) -> date:
    """The date a calendar on the wall shows at that instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def days_earlier(at: datetime, days: int, zone: str) -> datetime:
    """The same time on the wall, so many days before; a time left out by the clocks becomes the next that exists."""
    wall = at.astimezone(ZoneInfo(zone))
    return (wall.replace(tzinfo=None) - days * ONE_DAY).replace(tzinfo=ZoneInfo(zone), fold=wall.fold).astimezone(UTC)


def merged(ranges: list[TimeRange]) -> tuple[TimeRange, ...]:
    """Ranges in order, those that meet or overlap joined into one."""
    joined: list[TimeRange] = []
    for one in sorted(ranges):
        if joined and one.start <= joined[-1].end:
            joined[-1] = TimeRange(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return tuple(joined)


@lru_cache(maxsize=4096)
def _pieces(on: date, zone: str) -> tuple[tuple[TimeRange, timedelta], ...]:
    """The local day cut where the clocks change, each piece with its offset from UTC."""
    day = local_day(on=on, zone=zone)
    tz = ZoneInfo(zone)
    pieces: list[tuple[TimeRange, timedelta]] = []
    begin = day.start
    while begin < day.end:
        offset = _offset(begin, tz)
        finish = begin
        # Clocks change on a quarter of an hour in every zone in use; a step never jumps over two changes.
        while finish < day.end and _offset(finish, tz) == offset:
            finish += timedelta(minutes=15)
        finish = min(finish, day.end)
        pieces.append((TimeRange(begin, finish), offset))
        begin = finish
    return tuple(pieces)


def _offset(at: datetime, tz: ZoneInfo) -> timedelta:
    offset = at.astimezone(tz).utcoffset()
    assert offset is not None  # a ZoneInfo always knows its offset
    return offset


def _first_instant(on: date, zone: str) -> datetime:
    """The first instant whose wall clock shows this date; midnight itself may not exist."""
    tz = ZoneInfo(zone)
    at = datetime.combine(on, MIDNIGHT, tzinfo=tz).astimezone(UTC)
    # In a gap, the naive midnight maps to an instant after it on the far side; its wall is already this date.
    while at.astimezone(tz).date() < on:
        at += timedelta(minutes=15)
    while (at - timedelta(minutes=15)).astimezone(tz).date() >= on:
        at -= timedelta(minutes=15)
    return at

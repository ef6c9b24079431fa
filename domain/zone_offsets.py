"""A zone's clock as a short list of offsets: a workflow, which may not look into the zone data, tells times with it.

Zone data may change between two runs of a workflow's code, so it travels as it was when the journey began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

#: Longer than any visit is booked ahead; after it the last offset goes on.
_AHEAD: Final = timedelta(days=400)
_AN_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class ZoneOffset:
    """From `since` on the zone's clock is `offset` ahead of UTC and is called `name` ("EST")."""

    since: datetime
    offset: timedelta
    name: str


def zone_offsets(*, zone: str, at: datetime) -> tuple[ZoneOffset, ...]:
    """The offsets of the zone from the day before `at` on, for a good year."""
    return _from(zone, at.astimezone(UTC).date() - timedelta(days=1))


def local(instant: datetime, offsets: Sequence[ZoneOffset]) -> datetime:
    """The instant on that clock; in UTC where nothing is known of the zone."""
    known = next((one for one in reversed(offsets) if one.since <= instant), offsets[0] if offsets else None)
    return instant.astimezone(UTC if known is None else timezone(known.offset, known.name))


@lru_cache(maxsize=256)
def _from(zone: str, day: date) -> tuple[ZoneOffset, ...]:
    clock = ZoneInfo(zone)
    first = datetime.combine(day, time(), UTC)
    found: list[ZoneOffset] = []
    # Clocks change on the full hour of UTC, or at a half or quarter past: an hour's error is told for an hour at most.
    for hours in range(_AHEAD // _AN_HOUR):
        instant = first + hours * _AN_HOUR
        seen = instant.astimezone(clock)
        offset, name = seen.utcoffset() or timedelta(), seen.tzname() or zone
        if not found or (found[-1].offset, found[-1].name) != (offset, name):
            found.append(ZoneOffset(since=instant, offset=offset, name=name))
    return tuple(found)

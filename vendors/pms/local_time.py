"""Local dates as a PMS means them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.wall_time import local_day
from vendors.errors import BadAnswer


def day_bounds(day: date, zone: str, *, vendor: str) -> tuple[datetime, datetime]:
    """A local date as a half-open range; 23 or 25 hours long when the clocks change. Raises `BadAnswer`."""
    zone_info(zone, vendor=vendor)
    whole = local_day(on=day, zone=zone)
    return whole.start, whole.end


def zone_info(name: str, *, vendor: str) -> ZoneInfo:
    """Raises `BadAnswer` for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadAnswer(f"the time zone {name!r} is not known", vendor=vendor, operation="location") from error

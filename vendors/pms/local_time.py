"""Local dates as a PMS means them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vendors.errors import BadAnswer


def day_bounds(day: date, zone: str, *, vendor: str) -> tuple[datetime, datetime]:
    """A local date as a half-open range; 23 or 25 hours long when the clocks change. Raises `BadAnswer`."""
    tz = zone_info(zone, vendor=vendor)
    return (
        datetime.combine(day, time.min, tz).astimezone(UTC),
        datetime.combine(day + timedelta(days=1), time.min, tz).astimezone(UTC),
    )


def zone_info(name: str, *, vendor: str) -> ZoneInfo:
    """Raises `BadAnswer` for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadAnswer(f"the time zone {name!r} is not known", vendor=vendor, operation="location") from error

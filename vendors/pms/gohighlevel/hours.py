"""When a user works: their availability schedules, or the opening hours of the calendars they are on. Pure.

A rule for a date takes the place of the rules for its weekday. That several schedules of one user add up is read out
of the documentation, which does not say so: a schedule holds for the calendars it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.weekdays import ENGLISH
from vendors.pms.base import PmsBlock, PmsShift, PmsUnread
from vendors.pms.gohighlevel.rest import VENDOR
from vendors.pms.gohighlevel.translate import Row, members, text
from vendors.pms.local_time import day_bounds, zone_info

_DAYS = tuple(names[0] for names in ENGLISH)


def of_schedules(schedules: Iterable[Row], *, user: str, day: date, zone: str) -> list[PmsShift | PmsUnread] | None:
    """The stretches of one local date at the location; None where the user has no schedule."""
    standing = [one for one in schedules if one.get("deleted") is not True]
    if not standing:
        return None
    found: list[PmsShift | PmsUnread] = []
    bounds = day_bounds(day, zone, vendor=VENDOR)
    for schedule in standing:
        own_zone = text(schedule, "timezone") or zone
        # A schedule of another zone may reach into the date from the day before or after.
        for at in (day - timedelta(days=1), day, day + timedelta(days=1)):
            for interval in _intervals(schedule, at):
                stretch = _stretch(interval, at, own_zone)
                if stretch is None:
                    found.append(_unread(user, "rules.intervals"))
                elif stretch[0] < bounds[1] and bounds[0] < stretch[1]:
                    start, end = max(stretch[0], bounds[0]), min(stretch[1], bounds[1])
                    found.append(PmsShift(provider_ref=user, start=start, end=end))
    return list(dict.fromkeys(found))


def is_on_a_calendar(calendars: Iterable[Row], *, user: str) -> bool:
    """Whether any calendar of theirs says when it is open."""
    return any(user in members(calendar) and calendar.get("openHours") for calendar in calendars)


def off(*, user: str, day: date, zone: str) -> PmsBlock:
    """The date of a user whose schedule gives it no hours."""
    start, end = day_bounds(day, zone, vendor=VENDOR)
    return PmsBlock(ref=f"schedule:{day}", provider_ref=user, start=start, end=end, not_at_work=True)


def of_calendars(calendars: Iterable[Row], *, user: str, day: date, zone: str) -> list[PmsShift | PmsUnread]:
    """The opening hours of the calendars that a user is on, on one local date."""
    found: list[PmsShift | PmsUnread] = []
    for calendar in calendars:
        if user not in members(calendar):
            continue
        for row in _of_date(calendar, day) or _of_weekday(calendar, day):
            for hours in row.get("hours") or ():
                stretch = _opening(hours, day, zone)
                if stretch is None:
                    found.append(_unread(user, "openHours.hours"))
                else:
                    found.append(PmsShift(provider_ref=user, start=stretch[0], end=stretch[1]))
    return list(dict.fromkeys(found))


def _of_date(calendar: Row, day: date) -> list[Row]:
    rows = calendar.get("availabilities")
    return [
        one
        for one in (rows if isinstance(rows, list) else ())
        if isinstance(one, Mapping) and str(one.get("date"))[:10] == day.isoformat() and one.get("deleted") is not True
    ]


def _of_weekday(calendar: Row, day: date) -> list[Row]:
    rows = calendar.get("openHours")
    return [
        one
        for one in (rows if isinstance(rows, list) else ())
        # 0 is Sunday.
        if isinstance(one, Mapping) and day.isoweekday() % 7 in (one.get("daysOfTheWeek") or ())
    ]


def _intervals(schedule: Row, day: date) -> list[Any]:
    rules = [one for one in schedule.get("rules") or () if isinstance(one, Mapping)]
    dated = [one for one in rules if one.get("type") == "date" and one.get("date") == day.isoformat()]
    weekly = [one for one in rules if one.get("type") == "wday" and one.get("day") == _DAYS[day.weekday()]]
    return [interval for one in dated or weekly for interval in one.get("intervals") or ()]


def _stretch(interval: Any, day: date, zone: str) -> tuple[datetime, datetime] | None:
    if not isinstance(interval, Mapping):
        return None
    try:
        start, end = (time.fromisoformat(str(interval[field]).zfill(5)) for field in ("from", "to"))
    except (KeyError, ValueError):
        return None
    return _between(day, start, end, zone)


def _opening(hours: Any, day: date, zone: str) -> tuple[datetime, datetime] | None:
    try:
        start, end = (time(int(hours[f"{which}Hour"]), int(hours[f"{which}Minute"])) for which in ("open", "close"))
    except (KeyError, TypeError, ValueError):
        return None
    return _between(day, start, end, zone)


def _between(day: date, start: time, end: time, zone: str) -> tuple[datetime, datetime] | None:
    tz = zone_info(zone, vendor=VENDOR)
    if start == end == time.min:
        return None
    # Midnight as an end is that of the next day.
    ends_on = day + timedelta(days=1) if end == time.min else day
    first, last = datetime.combine(day, start, tz), datetime.combine(ends_on, end, tz)
    return (first, last) if first < last else None


def _unread(user: str, field: str) -> PmsUnread:
    return PmsUnread(kind="shift", ref=None, provider_ref=user, start=None, end=None, unread=(field,), occupies=False)

"""A user's availability schedule: rules for weekdays, and rules for dates, which take their place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sandboxes.practice.records import Location, Shift, Staff
from sandboxes.practice.store import Store

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
#: A rule knows no beginning, end or rhythm; a template that has one is written out for so long.
_BEFORE, _AHEAD = timedelta(days=7), timedelta(days=90)


def rules_of(store: Store, staff: Staff, location: Location, today: date) -> list[dict[str, Any]]:
    """The rules of one user at a location; none where nobody has entered hours."""
    shifts = [
        shift
        for shift in store.shifts.values()
        if shift.location_id == location.id and shift.staff_id in (None, staff.id)
    ]
    plain = [shift for shift in shifts if _is_plain(shift)]
    others = [shift for shift in shifts if not _is_plain(shift)]
    weekly: dict[int, list[Shift]] = defaultdict(list)
    for shift in plain:
        weekly[shift.weekday].append(shift)
    return [
        *({"type": "wday", "day": _DAYS[day], "intervals": _intervals(weekly[day])} for day in sorted(weekly)),
        *(
            {
                "type": "date",
                "date": day.isoformat(),
                "intervals": _intervals(shift for shift in shifts if shift.falls_on(day)),
            }
            for day in sorted(_dates(others, today))
        ),
    ]


def _is_plain(shift: Shift) -> bool:
    return shift.available and shift.begins is None and shift.ends is None and shift.every_weeks == 1


def _dates(shifts: Iterable[Shift], today: date) -> set[date]:
    found: set[date] = set()
    for shift in shifts:
        if shift.begins is not None and shift.begins == shift.ends:
            found.add(shift.begins)
            continue
        day = today - _BEFORE
        while day <= today + _AHEAD:
            if shift.falls_on(day):
                found.add(day)
            day += timedelta(days=1)
    return found


def _intervals(shifts: Iterable[Shift]) -> list[dict[str, str]]:
    """The stretches of work, or none on a day off."""
    listed = list(shifts)
    if any(not shift.available for shift in listed):
        return []
    spans = sorted({(shift.clock_in, shift.clock_out) for shift in listed})
    return [{"from": f"{start:%H:%M}", "to": f"{end:%H:%M}"} for start, end in spans]

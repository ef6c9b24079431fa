"""Free slots: a member's shifts, less blocks and other visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandboxes.practice.records import Location, Service, Staff
from sandboxes.practice.store import Store, overlap


@dataclass
class Availability:
    """Questions about one practice's calendar."""

    store: Store
    interval: timedelta

    def starts(
        self, service: Service, location: Location, members: Iterable[Staff], begins: datetime, ends: datetime
    ) -> list[datetime]:
        """The starts within a half-open range at which some member is free for the service's length."""
        length = timedelta(minutes=service.default_duration + service.clean_up)
        found = {
            start
            for staff in members
            for start in self._grid(staff, location, begins, ends)
            if self.is_free(staff, location, start, start + length)
        }
        return sorted(found)

    def is_free(
        self, staff: Staff, location: Location, begins: datetime, ends: datetime, *, besides: str | None = None
    ) -> bool:
        """Whether the person works over the whole range and has nothing else in it."""
        day = location.wall(begins).date()
        today = [
            (shift.available, *shift.range_on(day, location))
            for shift in self.store.shifts.values()
            if shift.location_id == location.id and shift.staff_id in (None, staff.id) and shift.falls_on(day)
        ]
        works = any(opens <= begins and ends <= closes for available, opens, closes in today if available)
        off = any(overlap((opens, closes), (begins, ends)) for available, opens, closes in today if not available)
        return works and not off and not self.store.busy(staff.id, begins, ends, besides=besides)

    def _grid(self, staff: Staff, location: Location, begins: datetime, ends: datetime) -> Iterator[datetime]:
        day, last = location.wall(begins).date(), location.wall(ends).date()
        while day <= last:
            for shift in self.store.shifts.values():
                fits = shift.location_id == location.id and shift.staff_id in (None, staff.id) and shift.available
                if fits and shift.falls_on(day):
                    start, closes = shift.range_on(day, location)
                    while start < closes:
                        if begins <= start < ends:
                            yield start
                        start += self.interval
            day += timedelta(days=1)

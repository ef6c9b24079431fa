"""All the practice's records, by bare id, and the questions asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sandboxes.practice.errors import UnknownId
from sandboxes.practice.ids import Ids
from sandboxes.practice.records import (
    Appointment,
    Client,
    Location,
    Segment,
    Service,
    Shift,
    Staff,
    Timeblock,
)

RecordT = TypeVar("RecordT")


@dataclass
class Store:
    """Plain dictionaries in the order of creation."""

    ids: Ids
    business_name: str = "Practice"
    locations: dict[str, Location] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)
    shifts: dict[str, Shift] = field(default_factory=dict)
    timeblocks: dict[str, Timeblock] = field(default_factory=dict)
    odd: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id, what some fields of a record read like instead; see `/_control/odd`."""

    def new_id(self) -> str:
        return self.ids.new()

    def location(self, given: str) -> Location:
        return self._named(self.locations, "Location", given)

    def service(self, given: str) -> Service:
        return self._named(self.services, "Service", given)

    def staff_member(self, given: str) -> Staff:
        return self._named(self.staff, "Staff", given)

    def client(self, given: str) -> Client:
        return self._named(self.clients, "Client", given)

    def appointment(self, given: str) -> Appointment:
        return self._named(self.appointments, "Appointment", given)

    def timeblock(self, given: str) -> Timeblock:
        return self._named(self.timeblocks, "Timeblock", given)

    def _named(self, records: dict[str, RecordT], kind: str, given: str) -> RecordT:
        try:
            return records[self.ids.accept(kind, given)]
        except KeyError:
            raise UnknownId(kind, given) from None

    def live_segments(self, *, besides: str | None = None) -> Iterator[tuple[Appointment, Segment]]:
        """Every segment of an appointment that stands, those of the appointment `besides` left out."""
        for appointment in self.appointments.values():
            if appointment.stands and appointment.id != besides:
                for segment in appointment.segments:
                    yield appointment, segment

    def busy(self, staff_id: str, start: datetime, end: datetime, *, besides: str | None = None) -> bool:
        """Whether a visit or a timeblock of this person touches the half-open range."""
        for appointment, segment in self.live_segments(besides=besides):
            if segment.staff_id == staff_id and overlap(appointment.range_of(segment), (start, end)):
                return True
        return any(
            block.staff_id in (None, staff_id)
            and not block.cancelled
            and overlap((block.start_at, block.end_at), (start, end))
            for block in self.timeblocks.values()
        )

    def free_room(
        self, service: Service, location_id: str, start: datetime, end: datetime, *, besides: str | None
    ) -> str | None:
        """The first of the service's rooms that no other visit is in."""
        used = {
            segment.room
            for appointment, segment in self.live_segments(besides=besides)
            if segment.room
            and appointment.location_id == location_id
            and overlap(appointment.range_of(segment), (start, end))
        }
        return next((room for room in service.rooms if room not in used), None)


def overlap(first: tuple[datetime, datetime], second: tuple[datetime, datetime]) -> bool:
    """Whether two half-open ranges share a moment."""
    return first[0] < second[1] and second[0] < first[1]


def by_start(appointments: Iterable[Appointment]) -> list[Appointment]:
    return sorted(appointments, key=lambda appointment: (appointment.start_at, appointment.id))

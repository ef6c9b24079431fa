"""The booking flow of the Admin API: a draft collects clients and services, `bookingComplete` commits it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandboxes.boulevard.ids import accept
from sandboxes.practice.calendar import API, Calendar
from sandboxes.practice.errors import Refused, UnknownId
from sandboxes.practice.records import Appointment, Warned
from sandboxes.practice.store import Store
from sandboxes.practice.visit_scheduling import Wanted, lay_out, warnings


@dataclass
class DraftService:
    id: str
    booking_client_id: str
    service_id: str
    staff_id: str | None
    duration: int
    clean_up: int


@dataclass
class Draft:
    """A booking before `bookingComplete`: nothing of it is on the calendar."""

    id: str
    location_id: str
    start_at: datetime
    clients: dict[str, str | None]
    """bookingClientId → clientId."""
    services: list[DraftService] = field(default_factory=list)
    completed: bool = False


@dataclass
class Drafts:
    """Drafts never lapse here; how long the vendor keeps them is unknown."""

    store: Store
    calendar: Calendar
    drafts: dict[str, Draft] = field(default_factory=dict)

    def draft(self, given: str) -> Draft:
        """A draft by its id; raises UnknownId."""
        try:
            return self.drafts[accept("Booking", given)]
        except KeyError:
            raise UnknownId("Booking", given) from None

    def create(self, *, location_id: str, client_id: str | None, start_time: datetime) -> Draft:
        """Open a draft; `start_time` is the location's wall clock."""
        location = self.store.location(location_id)
        client = self.store.client(client_id).id if client_id else None
        draft = Draft(
            id=self.store.new_id(),
            location_id=location.id,
            start_at=location.instant(start_time),
            clients={self.store.new_id(): client},
        )
        self.drafts[draft.id] = draft
        return draft

    def add_service(
        self, *, booking_id: str, booking_client_id: str, service_id: str, staff_id: str | None
    ) -> tuple[Draft, DraftService]:
        """Append a service; it starts where the one before it ends."""
        draft = self._open(booking_id)
        service = self.store.service(service_id)
        line = DraftService(
            id=self.store.new_id(),
            booking_client_id=self._client_of(draft, booking_client_id),
            service_id=service.id,
            staff_id=self.store.staff_member(staff_id).id if staff_id else None,
            duration=service.default_duration,
            clean_up=service.clean_up,
        )
        draft.services.append(line)
        return draft, line

    def remove_service(self, *, booking_id: str, booking_service_id: str) -> Draft:
        """Take a service out; later ones move up."""
        draft = self._open(booking_id)
        draft.services.remove(self._service_of(draft, booking_service_id))
        return draft

    def set_durations(
        self, *, booking_id: str, booking_service_id: str, duration: int | None, clean_up: int | None
    ) -> Draft:
        """Make one service or its clean-up longer or shorter than usual; what is not given stays."""
        draft = self._open(booking_id)
        if (duration is not None and duration <= 0) or (clean_up is not None and clean_up < 0):
            raise Refused("duration must be positive")
        line = self._service_of(draft, booking_service_id)
        line.duration = line.duration if duration is None else duration
        line.clean_up = line.clean_up if clean_up is None else clean_up
        return draft

    def set_client(self, *, booking_id: str, booking_client_id: str, client_id: str) -> Draft:
        """Say who a draft is for."""
        draft = self._open(booking_id)
        draft.clients[self._client_of(draft, booking_client_id)] = self.store.client(client_id).id
        return draft

    def warnings(self, draft: Draft) -> list[Warned]:
        """What completing the draft as it stands would collide with; a service without a provider with nobody."""
        found = []
        for _, lines in self._by_client(draft):
            segments = lay_out(self._wanted([line for line in lines if line.staff_id], fallback=""), self.store)
            found += warnings(self.store, draft.location_id, draft.start_at, segments)
        return found

    def complete(
        self, *, booking_id: str, book_with_staff_id: str, booked_by_type: str
    ) -> tuple[list[Appointment], list[Warned]]:
        """Commit: one appointment for each client of the draft, and what each collides with as it is written."""
        draft = self._open(booking_id)
        fallback = self.store.staff_member(book_with_staff_id).id
        visits = list(self._by_client(draft))
        if not visits:
            raise Refused("The booking has no services")
        if any(draft.clients[booking_client_id] is None for booking_client_id, _ in visits):
            raise Refused("The booking has no client")
        draft.completed = True
        warned = self.warnings(draft)
        return [
            self.calendar.book(
                API,
                location=self.store.locations[draft.location_id],
                client=self.store.client(draft.clients[booking_client_id] or ""),
                start_at=draft.start_at,
                wanted=self._wanted(lines, fallback=fallback),
                booked_by_type=booked_by_type,
            )
            for booking_client_id, lines in visits
        ], warned

    def _by_client(self, draft: Draft) -> Iterator[tuple[str, list[DraftService]]]:
        for booking_client_id in draft.clients:
            lines = [line for line in draft.services if line.booking_client_id == booking_client_id]
            if lines:
                yield booking_client_id, lines

    def _wanted(self, lines: list[DraftService], *, fallback: str) -> list[Wanted]:
        return [
            Wanted(
                service=self.store.services[line.service_id],
                staff=self.store.staff[line.staff_id or fallback],
                duration=line.duration,
                clean_up=line.clean_up,
                staff_requested=line.staff_id is not None,
                id=line.id,
            )
            for line in lines
        ]

    def _open(self, booking_id: str) -> Draft:
        draft = self.draft(booking_id)
        if draft.completed:
            raise Refused("The booking is completed already", code="CONFLICT")
        return draft

    def _client_of(self, draft: Draft, given: str) -> str:
        booking_client_id = accept("BookingClient", given)
        if booking_client_id not in draft.clients:
            raise UnknownId("BookingClient", given)
        return booking_client_id

    def _service_of(self, draft: Draft, given: str) -> DraftService:
        for line in draft.services:
            if line.id == accept("BookingService", given):
                return line
        raise UnknownId("BookingService", given)

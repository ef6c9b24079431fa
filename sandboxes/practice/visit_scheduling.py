"""How the services of a visit are laid out, which rooms they take, and what they collide with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sandboxes.practice.records import Appointment, Segment, Service, Staff, Warned
from sandboxes.practice.store import Store


@dataclass(frozen=True)
class Wanted:
    """One service of a visit to be booked; without a duration the service's own."""

    service: Service
    staff: Staff
    duration: int | None = None
    clean_up: int | None = None
    staff_requested: bool = True
    id: str | None = None


def lay_out(wanted: Sequence[Wanted], store: Store) -> list[Segment]:
    """The services of a visit laid end to end, each behind the clean-up of the one before (ours)."""
    segments: list[Segment] = []
    offset = 0
    for each in wanted:
        duration = each.service.default_duration if each.duration is None else each.duration
        clean_up = each.service.clean_up if each.clean_up is None else each.clean_up
        segments.append(
            Segment(
                id=each.id or store.new_id(),
                service_id=each.service.id,
                staff_id=each.staff.id,
                offset=offset,
                duration=duration,
                clean_up=clean_up,
                price=each.service.default_price,
                staff_requested=each.staff_requested,
            )
        )
        offset += duration + clean_up
    return segments


def warnings(
    store: Store, location_id: str, start_at: datetime, segments: Sequence[Segment], *, besides: str | None = None
) -> list[Warned]:
    """What a visit collides with; `besides` is the appointment that is itself being changed.

    A timeblock counts as being booked; work outside of a shift is nothing to warn of.
    """
    visit = Appointment("", location_id, "", start_at, list(segments), start_at, "")
    found = []
    for segment in segments:
        start, end = visit.range_of(segment)
        service, staff = store.services[segment.service_id], store.staff[segment.staff_id]
        codes = []
        if store.busy(staff.id, start, end, besides=besides):
            codes.append("STAFF_DOUBLE_BOOKED")
        if service.rooms and store.free_room(service, location_id, start, end, besides=besides) is None:
            codes.append("RESOURCE_DOUBLE_BOOKED")
        if staff.service_ids is not None and service.id not in staff.service_ids:
            codes.append("STAFF_DOES_NOT_PERFORM_SERVICE")
        found += [Warned(code, staff.id, service.id, segment.id) for code in codes]
    return found


def take_rooms(store: Store, appointment: Appointment) -> None:
    """Give each segment the first free room of its service, or the first one at all: rooms only ever warn."""
    for segment in appointment.segments:
        service = store.services[segment.service_id]
        if service.rooms:
            start, end = appointment.range_of(segment)
            free = store.free_room(service, appointment.location_id, start, end, besides=appointment.id)
            segment.room = free or service.rooms[0]

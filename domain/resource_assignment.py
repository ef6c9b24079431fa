"""Rooms and devices for visits whose PMS does not tell: an inferred, marked assignment.

The same rules that place an offer: a room of the kind the service asks for, at the visit's location, free with its
buffers; likewise a device (`domain.resources.pick`). The same day always ends in the same rooms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.calendar import Day, Segment, Visit
from domain.catalogue import Matrix
from domain.ranges import TimeRange
from domain.resources import pick


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """The visit with its rooms and devices. `missing` names, in words, what was not to be had."""

    visit: Visit
    inferred: bool
    missing: tuple[str, ...]


def assign(*, visit: Visit, matrix: Matrix, day: Day) -> Assignment:
    """Fill in what the PMS left open; what it told stands."""
    segments: list[Segment] = []
    missing: list[str] = []
    inferred = False
    for segment in visit.segments:
        service = matrix.find_service(segment.service_id)
        if service is None:
            segments.append(segment)  # nobody can say what it needs
            continue
        used = _used(visit, day, segment.occupied, segments)
        if segment.room_id is None and service.room_kind is not None:
            room = pick(
                matrix.rooms,
                kind=service.room_kind,
                location_id=visit.location_id,
                used={number for kind, number in used if kind == "room"},
            )
            if room is None:
                missing.append(f"no {service.room_kind} is free then")
            else:
                segment, inferred = replace(segment, room_id=room.id), True
        if segment.device_id is None and service.device_kind is not None:
            device = pick(
                matrix.devices,
                kind=service.device_kind,
                location_id=visit.location_id,
                used={number for kind, number in used if kind == "device"},
            )
            if device is None:
                missing.append(f"no {service.device_kind} is free then")
            else:
                segment, inferred = replace(segment, device_id=device.id), True
        segments.append(segment)
    return Assignment(visit=replace(visit, segments=tuple(segments)), inferred=inferred, missing=tuple(missing))


def _used(visit: Visit, day: Day, during: TimeRange, own: list[Segment]) -> set[tuple[str, int]]:
    """Rooms and devices that somebody else (or an earlier segment) uses in this stretch."""
    others = [
        segment
        for other in day.visits
        if other.appointment_id != visit.appointment_id and other.state.occupies
        for segment in other.segments
    ]
    used: set[tuple[str, int]] = set()
    for segment in (*others, *day.holds, *own):
        if not segment.occupied.overlaps(during):
            continue
        if segment.room_id is not None:
            used.add(("room", segment.room_id))
        if segment.device_id is not None:
            used.add(("device", segment.device_id))
    return used

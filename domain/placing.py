"""What an opening has room for, whoever comes: who may give a service, when, in which room, with which device.

Buffers are kept against everything else of that day. A room or device somebody uses without our knowing which one
counts against every one of its kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from domain.calendar import Cause, Day, Segment
from domain.catalogue import Device, Matrix, Provider, Room, Service
from domain.clients import WeeklyWindow
from domain.missing_pms_refs import what_lacks_reference
from domain.policy import BuffersPolicy, PlacingPolicy, PracticePolicy, policy_for
from domain.ranges import TimeRange
from domain.rejections import Rejection, Rule
from domain.resources import ResourceT, pick
from domain.wall_time import local_date, merged, wall_ranges


@dataclass(frozen=True, kw_only=True)
class Slot:
    """An opening as rules see it."""

    location_id: int
    provider_id: int
    during: TimeRange
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class Placing:
    """One way to place services in the slot; `on` is the local date. Which room and device is decided when the visit is
    written."""

    start: datetime
    end: datetime
    on: date
    segments: tuple[Segment, ...]
    #: The local date it ends on.
    ends_on: date


def eligible(*, provider: Provider, service: Service, on: date) -> Rejection | None:
    """Whether the provider may give the service on that local date: listed by the practice *and* certified then."""
    if service.id not in provider.service_ids:
        return Rejection(
            rule=Rule.PROVIDER_NOT_LISTED, words=f"{provider.display_name} is not listed for {service.name}."
        )
    valid = {held.kind for held in provider.credentials if held.expires_on is None or held.expires_on >= on}
    ever = {held.kind for held in provider.credentials}
    for group in service.requirements.all_of:
        if valid.isdisjoint(group):
            wanted = " or ".join(group)
            if ever.isdisjoint(group):
                words = f"{provider.display_name} has no {wanted} credential, which {service.name} requires."
                return Rejection(rule=Rule.CREDENTIAL_MISSING, words=words)
            words = f"The {wanted} credential of {provider.display_name} has expired by {on:%b} {on.day}."
            return Rejection(rule=Rule.CREDENTIAL_EXPIRED, words=words)
    return None


def free_stretches(*, slot: Slot, day: Day) -> tuple[TimeRange, ...]:
    """What is left of the slot: without the provider's visits, holds and blocks, within their shifts where known."""
    left = slot.during.minus(_provider_busy(slot, day))
    shifts = merged([shift.during for shift in day.shifts if shift.provider_id == slot.provider_id])
    if not shifts:
        return left
    return tuple(
        TimeRange(max(one.start, shift.start), min(one.end, shift.end))
        for one in left
        for shift in shifts
        if one.overlaps(shift)
    )


def services_that_fit(*, slot: Slot, matrix: Matrix, day: Day, on: date, policy: PracticePolicy) -> tuple[Service, ...]:
    """Every service the slot's provider may give then, for which there is time, a room and a device, and which can be
    booked: the practice system knows service, provider and place."""
    place, provider = matrix.location(slot.location_id), matrix.provider(slot.provider_id)
    return tuple(
        service
        for service in services_with_room(slot=slot, matrix=matrix, day=day, on=on, policy=policy)
        if what_lacks_reference(place, provider, service) is None
    )


def services_with_room(
    *, slot: Slot, matrix: Matrix, day: Day, on: date, policy: PracticePolicy
) -> tuple[Service, ...]:
    """Every service the slot's provider may give then and for which there is time, a room and a device, also such as
    cannot be booked: whoever waits for one is refused by that rule, and not left out."""
    zone = matrix.location(slot.location_id).zone
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, policy=policy)
    provider = matrix.provider(slot.provider_id)
    return tuple(
        service
        for service in matrix.services
        if eligible(provider=provider, service=service, on=on) is None
        and not isinstance(board.placings((service.id,)), Rejection)
    )


class Board:
    """One slot's facts, worked out once and asked for every candidate."""

    def __init__(self, *, slot: Slot, matrix: Matrix, day: Day, zone: str, policy: PracticePolicy) -> None:
        self.slot = slot
        self.zone = zone
        self.services = {service.id: service for service in matrix.services}
        self.provider = matrix.provider(slot.provider_id)
        self.location = matrix.location(slot.location_id)
        self.stretches = free_stretches(slot=slot, day=day)
        self._policy = policy
        self._busy = _provider_busy(slot, day)
        self._places = Places(matrix=matrix, day=day, location_id=slot.location_id)
        self._hours: dict[tuple[tuple[WeeklyWindow, ...], tuple[date, date]], tuple[TimeRange, ...]] = {}
        self._known: dict[tuple[int, ...], tuple[Placing, ...] | Rejection] = {}
        self._eligible: dict[tuple[int, date], Rejection | None] = {}
        self._placed: dict[tuple[int, datetime], Segment | Rejection] = {}

    def placings(self, service_ids: tuple[int, ...]) -> tuple[Placing, ...] | Rejection:
        """Every start at which these services, one after the other, have all they need; earliest first."""
        if service_ids not in self._known:
            self._known[service_ids] = self._placings(service_ids)
        return self._known[service_ids]

    def hours(self, windows: tuple[WeeklyWindow, ...], dates: tuple[date, date]) -> tuple[TimeRange, ...]:
        """A client's windows on those dates as instants; windows that meet are one. Many clients have the same."""
        if (windows, dates) not in self._hours:
            self._hours[windows, dates] = merged(
                [
                    hours
                    for on in set(dates)
                    for window in windows
                    if window.weekday == on.weekday()
                    for hours in wall_ranges(on=on, start=window.start, end=window.end, zone=self.zone)
                ]
            )
        return self._hours[windows, dates]

    def keeps(self, segments: tuple[Segment, ...]) -> bool:
        """Whether a visit that was planned before still has all it needs: its time, and some room and device."""
        return all(self._keeps(one) for one in segments)

    def _keeps(self, segment: Segment) -> bool:
        if not any(stretch.contains(segment.during) for stretch in self.stretches):
            return False
        if any(segment.occupied.overlaps(other) for other in self._busy):
            return False
        service = None if segment.service_id is None else self.services.get(segment.service_id)
        return service is None or not (
            isinstance(self._places.free_room(service, segment.occupied), Rejection)
            or isinstance(self._places.free_device(service, segment.occupied), Rejection)
        )

    def _placings(self, service_ids: tuple[int, ...]) -> tuple[Placing, ...] | Rejection:
        if any(one not in self.services for one in service_ids):
            return Rejection(rule=Rule.SERVICE_UNKNOWN, words="Waits for a service that is not offered any more.")
        services = [self.services[one] for one in service_ids]
        policy = policy_for(self._policy, location_id=self.location.id, service_ids=service_ids)
        offsets, span = self._offsets(services, policy.buffers)
        starts = self._starts(services[0], span, policy.placing)
        if not starts:
            minutes = int(span.total_seconds() // 60)
            words = f"{_names(services)} takes {minutes} minutes, more than is free."
            return Rejection(rule=Rule.TOO_LONG, words=words)
        found: list[Placing] = []
        refusals: list[Rejection] = []
        for start in starts:
            placed = self._place(services, offsets, start, span)
            if isinstance(placed, Rejection):
                refusals.append(placed)
            else:
                found.append(placed)
        return tuple(found) if found else refusals[0]

    def _offsets(self, services: list[Service], buffers: BuffersPolicy) -> tuple[list[timedelta], timedelta]:
        """When each service starts after the first, and how long the visit is; buffers between services are kept."""
        offsets, at = [timedelta()], services[0].duration
        for before, after in pairwise(services):
            at += max(buffers.between_services, before.buffer_after + after.buffer_before)
            offsets.append(at)
            at += after.duration
        return offsets, at

    def _starts(self, first: Service, span: timedelta, placing: PlacingPolicy) -> list[datetime]:
        starts: set[datetime] = set()
        for stretch in self.stretches:
            own = {stretch.start, stretch.start + first.buffer_before}
            at = _next_on_grid(stretch.start, placing.start_grid)
            while at + span <= stretch.end:
                own.add(at)
                at += placing.start_grid
            starts |= {one for one in own if one + span <= stretch.end}
        return sorted(starts)

    def _place(
        self, services: list[Service], offsets: list[timedelta], start: datetime, span: timedelta
    ) -> Placing | Rejection:
        on = local_date(start, self.zone)
        segments: list[Segment] = []
        for service, offset in zip(services, offsets, strict=True):
            if (refused := self._may_give(service, on)) is not None:
                return refused
            placed = self._segment(service, start + offset)
            if isinstance(placed, Rejection):
                return placed
            segments.append(placed)
        end = start + span
        return Placing(start=start, end=end, on=on, segments=tuple(segments), ends_on=local_date(end, self.zone))

    def _may_give(self, service: Service, on: date) -> Rejection | None:
        if (service.id, on) not in self._eligible:
            self._eligible[service.id, on] = eligible(provider=self.provider, service=service, on=on)
        return self._eligible[service.id, on]

    def _segment(self, service: Service, start: datetime) -> Segment | Rejection:
        """A service at a time, worked out once: visits of several services meet the same ones again and again."""
        if (service.id, start) not in self._placed:
            self._placed[service.id, start] = self._segment_there(service, start)
        return self._placed[service.id, start]

    def _segment_there(self, service: Service, start: datetime) -> Segment | Rejection:
        during = TimeRange(start, start + service.duration)
        needed = during.widened(before=service.buffer_before, after=service.buffer_after)
        if any(needed.overlaps(other) for other in self._busy):
            words = f"The buffers of {service.name} would run into the provider's next or last visit."
            return Rejection(rule=Rule.PROVIDER_BUSY, words=words)
        # That some are free is enough: fills of one moment would choose the same (`with_places`).
        for free in (self._places.free_room(service, needed), self._places.free_device(service, needed)):
            if isinstance(free, Rejection):
                return free
        return Segment(
            service_id=service.id,
            provider_id=self.provider.id,
            room_id=None,
            device_id=None,
            during=during,
            buffer_before=service.buffer_before,
            buffer_after=service.buffer_after,
        )


class Places:
    """The rooms and devices of a location on a day, and who uses them when."""

    def __init__(self, *, matrix: Matrix, day: Day, location_id: int) -> None:
        self._services = {service.id: service for service in matrix.services}
        self._rooms, self._devices, self._location_id = matrix.rooms, matrix.devices, location_id
        self._read_day(day)

    def free_room(self, service: Service, needed: TimeRange) -> Room | Rejection | None:
        if service.room_kind is None:
            return None
        free = self._free(self._rooms, service.room_kind, self._room_busy, self._rooms_unknown, needed)
        if free is not None:
            return free
        # A practice may write "laser room" or just "laser".
        kind = service.room_kind if "room" in service.room_kind.lower() else f"{service.room_kind} room"
        return Rejection(rule=Rule.ROOM_BUSY, words=f"No {kind} is free for {service.name} then.")

    def free_device(self, service: Service, needed: TimeRange) -> Device | Rejection | None:
        if service.device_kind is None:
            return None
        free = self._free(self._devices, service.device_kind, self._device_busy, self._devices_unknown, needed)
        if free is not None:
            return free
        return Rejection(rule=Rule.DEVICE_BUSY, words=f"No {service.device_kind} is free for {service.name} then.")

    def _free(
        self,
        resources: Sequence[ResourceT],
        kind: str,
        busy: Mapping[int, list[TimeRange]],
        unknown: Mapping[str, list[TimeRange]],
        needed: TimeRange,
    ) -> ResourceT | None:
        return pick(
            resources,
            kind=kind,
            location_id=self._location_id,
            used={one.id for one in resources if one.kind == kind and _any_overlap(needed, busy[one.id])},
            used_unseen=sum(needed.overlaps(other) for other in unknown[kind]),
        )

    def _read_day(self, day: Day) -> None:
        """Who uses which room and device when; and how many of a kind are used without our knowing which."""
        self._room_busy: dict[int, list[TimeRange]] = defaultdict(list)
        self._device_busy: dict[int, list[TimeRange]] = defaultdict(list)
        self._rooms_unknown: dict[str, list[TimeRange]] = defaultdict(list)
        self._devices_unknown: dict[str, list[TimeRange]] = defaultdict(list)
        for segment in occupying_segments(day):
            service = None if segment.service_id is None else self._services.get(segment.service_id)
            if segment.room_id is not None:
                self._room_busy[segment.room_id].append(segment.occupied)
            elif service is not None and service.room_kind is not None:
                self._rooms_unknown[service.room_kind].append(segment.occupied)
            if segment.device_id is not None:
                self._device_busy[segment.device_id].append(segment.occupied)
            elif service is not None and service.device_kind is not None:
                self._devices_unknown[service.device_kind].append(segment.occupied)


def with_places(
    segments: tuple[Segment, ...], *, matrix: Matrix, day: Day, location_id: int
) -> tuple[Segment, ...] | Rejection:
    """A visit about to be written, with a room and a device that are free for each segment, whichever those are; what
    was chosen before does not count."""
    places = Places(matrix=matrix, day=day, location_id=location_id)
    placed: list[Segment] = []
    for segment in segments:
        if segment.service_id is None:
            placed.append(segment)
            continue
        service = matrix.service(segment.service_id)
        room, device = places.free_room(service, segment.occupied), places.free_device(service, segment.occupied)
        if isinstance(room, Rejection):
            return room
        if isinstance(device, Rejection):
            return device
        placed.append(replace(segment, room_id=room.id if room else None, device_id=device.id if device else None))
    return tuple(placed)


def occupying_segments(day: Day) -> tuple[Segment, ...]:
    """All that takes a provider, room or device on that day: live visits and our own holds. Of visits at other places
    only their providers count here."""
    return (
        *(segment for visit in day.visits if visit.state.occupies for segment in visit.segments),
        *day.holds,
        *(
            replace(segment, service_id=None, room_id=None, device_id=None, anybodys=False)
            for visit in day.elsewhere
            if visit.state.occupies
            for segment in visit.segments
        ),
    )


def _provider_busy(slot: Slot, day: Day) -> tuple[TimeRange, ...]:
    return (
        *(segment.occupied for segment in occupying_segments(day) if segment.takes(slot.provider_id)),
        *(block.during for block in (*day.blocks, *day.blocked_elsewhere) if block.provider_id == slot.provider_id),
    )


def _any_overlap(one: TimeRange, others: list[TimeRange]) -> bool:
    return any(one.overlaps(other) for other in others)


def _next_on_grid(at: datetime, grid: timedelta) -> datetime:
    """The mark at or after, counted in UTC: every zone in use is whole quarters of an hour away from it."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at + (-((at - epoch) % grid)) % grid


def _names(services: list[Service]) -> str:
    return " and ".join(service.name for service in services)

"""A second, plain answer to "who fits, and when": minute by minute, without ranges, caches or cleverness."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import Day, Segment, Visit, VisitState
from domain.catalogue import Matrix, Prerequisite, Provider, Service
from domain.clients import Channel, MessageKind
from domain.matching import Candidate, Slot
from domain.policy import PracticePolicy
from domain.ranges import TimeRange

STEP = timedelta(minutes=5)
LIVE = {"booked", "confirmed", "arrived", "active", "completed"}

#: (service ids, start, consult instead, rooms, devices) of the fit.
Found = tuple[tuple[int, ...], datetime, bool, tuple[int | None, ...], tuple[int | None, ...]]


def ticks(during: TimeRange) -> set[datetime]:
    found, one = set(), during.start
    while one < during.end:
        found.add(one)
        one += STEP
    return found


def buffered(segment: Segment) -> set[datetime]:
    return ticks(TimeRange(segment.during.start - segment.buffer_before, segment.during.end + segment.buffer_after))


def live_segments(day: Day) -> list[Segment]:
    return [segment for visit in day.visits if visit.state.value in LIVE for segment in visit.segments] + list(
        day.holds
    )


def may_give(provider: Provider, service: Service, on: date) -> bool:
    def holds(kind: str) -> bool:
        return any(
            held.kind == kind and (held.expires_on is None or on <= held.expires_on) for held in provider.credentials
        )

    return service.id in provider.service_ids and all(
        any(holds(kind) for kind in group) for group in service.requirements.all_of
    )


def first_fit(
    *, slot: Slot, candidate: Candidate, matrix: Matrix, day: Day, now: datetime, zone: str, policy: PracticePolicy
) -> Found | None:
    entry, client = candidate.entry, candidate.client
    if (
        (entry.location_id not in {None, slot.location_id})
        or (entry.provider_ids and slot.provider_id not in entry.provider_ids)
        or (
            entry.miles_declared is not None
            and entry.miles_away is not None
            and entry.miles_away > entry.miles_declared
        )
        or client.phone is None
        or Channel.SMS in client.opted_out | client.undeliverable
        or (Channel.SMS, MessageKind.OFFER) not in client.consent.granted
        or candidate.open_offer
        or candidate.offered_already
        or candidate.offers_today >= policy.contact.offers_per_day
        or candidate.offers_this_week >= policy.contact.offers_per_week
    ):
        return None
    wishes = [entry.service_ids] if entry.together else [(one,) for one in entry.service_ids]
    consults = sorted(service.id for service in matrix.services if service.is_consult)
    for wish in wishes:
        starts = [
            found
            for start in possible_starts(slot, matrix, day, wish)
            if (found := one_start(start, wish, slot, candidate, matrix, day, now, zone, policy)) is not None
        ]
        prepared = [found for found in starts if ready(wish, matrix, candidate, found[0], zone)]
        if prepared:
            return (wish, prepared[0][0], False, prepared[0][1], prepared[0][2])
        if not starts:
            continue
        for consult in consults:
            for start in possible_starts(slot, matrix, day, (consult,)):
                found = one_start(start, (consult,), slot, candidate, matrix, day, now, zone, policy)
                if found is not None and ready((consult,), matrix, candidate, start, zone):
                    return ((consult,), start, True, found[1], found[2])
    return None


def possible_starts(slot: Slot, matrix: Matrix, day: Day, wish: tuple[int, ...]) -> list[datetime]:
    free = free_ticks(slot, day)
    first = matrix.service(wish[0])
    begins = {one for one in free if one - STEP not in free or splits(slot, day, one)}
    return sorted(
        one
        for one in free
        if (one - datetime(1970, 1, 1, tzinfo=UTC)) % timedelta(minutes=15) == timedelta()
        or one in begins
        or one - first.buffer_before in begins
    )


def splits(slot: Slot, day: Day, at: datetime) -> bool:
    """Two shifts that meet are one; nothing else parts free time without a gap."""
    return at == slot.during.start


def free_ticks(slot: Slot, day: Day) -> set[datetime]:
    free = ticks(slot.during) - provider_ticks(slot, day)
    shifts = [shift for shift in day.shifts if shift.provider_id == slot.provider_id]
    if shifts:
        free &= set().union(*(ticks(shift.during) for shift in shifts))
    return free


def provider_ticks(slot: Slot, day: Day) -> set[datetime]:
    taken: set[datetime] = set()
    for segment in live_segments(day):
        if segment.provider_id == slot.provider_id:
            taken |= buffered(segment)
    for block in day.blocks:
        if block.provider_id == slot.provider_id:
            taken |= ticks(block.during)
    return taken


def one_start(
    start: datetime,
    wish: tuple[int, ...],
    slot: Slot,
    candidate: Candidate,
    matrix: Matrix,
    day: Day,
    now: datetime,
    zone: str,
    policy: PracticePolicy,
) -> tuple[datetime, tuple[int | None, ...], tuple[int | None, ...]] | None:
    """The rooms and devices of a visit at this start, or None."""
    entry = candidate.entry
    services = [matrix.service(one) for one in wish]
    on = start.astimezone(ZoneInfo(zone)).date()
    rooms: list[int | None] = []
    devices: list[int | None] = []
    cursor = start
    for number, service in enumerate(services):
        if number:
            last = services[number - 1]
            cursor += max(policy.buffers.between_services, last.buffer_after + service.buffer_before)
        if not may_give(matrix.provider(slot.provider_id), service, on):
            return None
        needed = ticks(TimeRange(cursor - service.buffer_before, cursor + service.duration + service.buffer_after))
        if needed & provider_ticks(slot, day):
            return None
        room = pick(
            service.room_kind,
            {
                room.id
                for room in matrix.rooms
                if room.kind == service.room_kind and room.location_id == slot.location_id
            },
            [
                (segment.room_id, matrix.service(segment.service_id).room_kind, segment)
                for segment in live_segments(day)
            ],
            needed,
        )
        device = pick(
            service.device_kind,
            {
                one.id
                for one in matrix.devices
                if one.kind == service.device_kind and one.location_id == slot.location_id
            },
            [
                (segment.device_id, matrix.service(segment.service_id).device_kind, segment)
                for segment in live_segments(day)
            ],
            needed,
        )
        if room == 0 or device == 0:
            return None
        rooms.append(room)
        devices.append(device)
        cursor += service.duration
    whole = ticks(TimeRange(start, cursor))
    if not whole <= free_ticks(slot, day):
        return None
    if start < now + policy.gap_fill.lead_time or start < now + entry.minimum_notice:
        return None
    if (entry.earliest_date and on < entry.earliest_date) or (entry.latest_date and on > entry.latest_date):
        return None
    if entry.windows and not all(inside_a_window(one, candidate, zone) for one in whole):
        return None
    for own in candidate.visits:
        if own.state.value in LIVE and whole & set().union(*(span_of(own),)):
            return None
    if not clinically_safe(services, on, cursor, candidate, matrix, zone):
        return None
    return start, tuple(rooms), tuple(devices)


def pick(
    kind: str | None, known: set[int], uses: list[tuple[int | None, str | None, Segment]], needed: set[datetime]
) -> int | None:
    """The lowest free one; None when nothing is needed; 0 when there is none."""
    if kind is None:
        return None
    free = {one for one in known if not any(used == one and buffered(segment) & needed for used, _, segment in uses)}
    somewhere = [
        1 for used, of_kind, segment in uses if used is None and of_kind == kind and buffered(segment) & needed
    ]
    return min(free) if len(free) > len(somewhere) else 0


def span_of(own: Visit) -> set[datetime]:
    start = min(segment.during.start for segment in own.segments)
    end = max(segment.during.end for segment in own.segments)
    return ticks(TimeRange(start, end))


def inside_a_window(at: datetime, candidate: Candidate, zone: str) -> bool:
    wall = at.astimezone(ZoneInfo(zone))
    return any(
        window.weekday == wall.weekday()
        and window.start <= wall.time()
        and (wall.time() < window.end or window.end == datetime.min.time())
        for window in candidate.entry.windows
    )


def clinically_safe(
    services: list[Service], on: date, end: datetime, candidate: Candidate, matrix: Matrix, zone: str
) -> bool:
    kinds = {service.kind for service in services}
    later = sorted(
        (
            own
            for own in candidate.visits
            if own.state in (VisitState.BOOKED, VisitState.CONFIRMED)
            and min(segment.during.start for segment in own.segments) >= end
            and {matrix.service(segment.service_id).kind for segment in own.segments} <= kinds
        ),
        key=lambda own: (min(segment.during.start for segment in own.segments), own.appointment_id),
    )

    def treatments(visits: list[Visit]) -> list[tuple[str, date]]:
        return [
            (matrix.service(segment.service_id).kind, segment.during.start.astimezone(ZoneInfo(zone)).date())
            for own in visits
            for segment in own.segments
        ]

    given_up = treatments(later[:1])
    kept = treatments([own for own in candidate.visits if own.state.value in LIVE and own not in later[:1]])
    told = [(one.kind, one.on) for one in candidate.client.treatments if (one.kind, one.on) not in given_up]
    return all(
        abs((on - when).days) * timedelta(days=1) >= service.earliest_interval
        for service in services
        if service.earliest_interval is not None
        for kind, when in kept + told
        if kind == service.kind
    )


def ready(wish: tuple[int, ...], matrix: Matrix, candidate: Candidate, start: datetime, zone: str) -> bool:
    on = start.astimezone(ZoneInfo(zone)).date()
    validity = {
        Prerequisite.EXAM: candidate.client.exam_valid_until,
        Prerequisite.CONSULT: candidate.client.consult_valid_until,
    }
    for one in wish:
        prerequisite = matrix.service(one).prerequisite
        if prerequisite is not Prerequisite.NONE:
            valid_until = validity[prerequisite]
            if valid_until is None or valid_until < on:
                return False
    return True

"""What stands in the way of a stretch of time itself, whoever would come; and the nearest one that is free.

For a person who asks. A fill needs only `filling.worth_filling`, which gives the first rule that says no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.calendar import Day, Segment, Visit
from domain.catalogue import Matrix, Provider
from domain.filling import worth_filling
from domain.messages.facts import clock_time
from domain.missing_pms_refs import what_lacks_reference
from domain.placing import Board, Slot, eligible, free_stretches, services_that_fit
from domain.policy import PracticePolicy
from domain.ranges import TimeRange
from domain.rejections import Rejection, Rule
from domain.wall_time import local_date, local_day, merged


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """A rule that refuses the time, or some of it (`during`). `words` name no client; `appointment_id` leads to one."""

    rule: Rule
    words: str
    during: TimeRange | None = None
    appointment_id: int | None = None
    #: Only the buffers of a visit beside the stretch reach into it.
    is_buffer: bool = False


def what_stands_in_the_way(
    *, slot: Slot, matrix: Matrix, day: Day, candidates: int, now: datetime, policy: PracticePolicy
) -> tuple[Obstacle, ...]:
    """Every rule that refuses the stretch or a part of it; empty when it is free and somebody fits.

    `candidates` is how many clients do. `day` covers the whole local date, so that a shift which ends hours before the
    stretch is known.
    """
    zone = matrix.location(slot.location_id).zone
    if slot.during.end <= now:
        there = now.astimezone(ZoneInfo(zone))
        words = f"It is past: it is {there:%a %b} {there.day}, {clock_time(now, zone)} there now."
        return (Obstacle(rule=Rule.PAST, words=words, during=slot.during),)
    found: list[Obstacle] = []
    if slot.during.start < now:
        words = f"The part until {clock_time(now, zone)} is past."
        found.append(Obstacle(rule=Rule.PAST, words=words, during=TimeRange(slot.during.start, now)))
    provider = matrix.provider(slot.provider_id)
    lacking = what_lacks_reference(matrix.location(slot.location_id), provider)
    if lacking is not None:
        found.append(Obstacle(rule=lacking.rule, words=lacking.words))
    found += _outside_shift(slot, provider, day, zone)
    found += _taken(slot, provider, day, zone)
    on = local_date(slot.during.start, zone)
    services = services_that_fit(slot=slot, matrix=matrix, day=day, on=on, policy=policy)
    if not services:
        found += _why_nothing_fits(slot, matrix, provider, day, policy)
    verdict = worth_filling(slot=slot, services=services, candidates=candidates, now=now, policy=policy.gap_fill)
    if verdict is not None:
        found.append(Obstacle(rule=verdict.rule, words=verdict.words))
    return tuple(found)


def nearest_free(*, slot: Slot, matrix: Matrix, day: Day, now: datetime, policy: PracticePolicy) -> TimeRange | None:
    """The provider's free stretch nearest to the slot that some service fits; rather one as long as the slot.

    Looked for in the shifts that `day` holds, from `now` on; None where there is none, or no shift is known.
    """
    zone = matrix.location(slot.location_id).zone
    own = merged([shift.during for shift in day.shifts if shift.provider_id == slot.provider_id])
    free = [
        one
        for shift in own
        if shift.end > now
        for one in free_stretches(slot=replace(slot, during=TimeRange(max(shift.start, now), shift.end)), day=day)
    ]

    def nearness(one: TimeRange) -> tuple[bool, float, datetime]:
        apart = max(one.start - slot.during.end, slot.during.start - one.end)
        return one.length < slot.during.length, max(0.0, apart.total_seconds()), one.start

    return next(
        (
            one
            for one in sorted(free, key=nearness)
            if services_that_fit(
                slot=replace(slot, during=one),
                matrix=matrix,
                day=day,
                on=local_date(one.start, zone),
                policy=policy,
            )
        ),
        None,
    )


def _outside_shift(slot: Slot, provider: Provider, day: Day, zone: str) -> Iterator[Obstacle]:
    """Where no shift of the provider's is known, nothing is."""
    shifts = merged([shift.during for shift in day.shifts if shift.provider_id == provider.id])
    if not shifts or not (outside := slot.during.minus(shifts)):
        return
    date = local_day(on=local_date(slot.during.start, zone), zone=zone)
    hours = " and ".join(_hours(one, zone) for one in shifts if one.overlaps(date))
    words = f"works {hours} that day." if hours else "does not work that day."
    for one in outside[:1]:
        yield Obstacle(rule=Rule.OUTSIDE_SHIFT, words=f"{provider.display_name} {words}", during=one)


def _taken(slot: Slot, provider: Provider, day: Day, zone: str) -> list[Obstacle]:
    """Bookings, blocks and holds of the provider that touch the stretch, in their order."""
    name = provider.display_name
    found: list[Obstacle] = []

    def add(during: TimeRange, words: str, appointment_id: int | None = None, *, is_buffer: bool = False) -> None:
        if during.overlaps(slot.during):
            found.append(
                Obstacle(
                    rule=Rule.PROVIDER_BUSY,
                    words=words,
                    during=during,
                    appointment_id=appointment_id,
                    is_buffer=is_buffer,
                )
            )

    for visit in (*day.visits, *day.elsewhere):
        here = visit.location_id == day.location_id
        for segment in visit.segments:
            if visit.state.occupies and (segment.takes(provider.id) if here else segment.provider_id == provider.id):
                words = _booking(visit, segment, provider, zone, here=here)
                beside = not segment.during.overlaps(slot.during)
                if beside:
                    words += f"; its buffers take {_hours(segment.occupied, zone).removeprefix('from ')}"
                add(segment.occupied, f"{words}.", visit.appointment_id, is_buffer=beside)
    for block, place in (
        *((one, "") for one in day.blocks),
        *((one, " of another place") for one in day.blocked_elsewhere),
    ):
        if block.provider_id != provider.id:
            continue
        what = "has something that could not be read" if block.unread else "is blocked"
        words = f"{name} {what} in the calendar{place} {_hours(block.during, zone)}."
        add(block.during, f"{name} does not work here {_hours(block.during, zone)}." if block.not_at_work else words)
    for held in day.holds:
        if held.provider_id == provider.id:
            add(held.occupied, f"{name} is held {_hours(held.occupied, zone)} for a client who is being booked.")
    return sorted(found, key=lambda one: one.during.start if one.during else slot.during.start)


def _booking(visit: Visit, segment: Segment, provider: Provider, zone: str, *, here: bool) -> str:
    hours = _hours(segment.during, zone)
    if segment.anybodys:
        return f"Booking {visit.appointment_id} {hours} names no provider in the calendar; it may be anybody's"
    place = "" if here else " at another place"
    return f"{provider.display_name} has booking {visit.appointment_id}{place} then, {hours}"


def _why_nothing_fits(
    slot: Slot, matrix: Matrix, provider: Provider, day: Day, policy: PracticePolicy
) -> Iterator[Obstacle]:
    """What each service the provider is listed for lacks: a certificate, a room, a device, or time in what is free."""
    zone = matrix.location(slot.location_id).zone
    on = local_date(slot.during.start, zone)
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, policy=policy)
    listed = [service for service in matrix.services if service.id in provider.service_ids]
    if not listed:
        yield Obstacle(rule=Rule.PROVIDER_NOT_LISTED, words=f"{provider.display_name} is not listed for any service.")
    said: set[str] = set()
    for service in listed:
        refused = (
            what_lacks_reference(service)
            or eligible(provider=provider, service=service, on=on)
            or board.placings((service.id,))
        )
        # Without any free time the calendar has said why.
        if not isinstance(refused, Rejection) or refused.words in said or not board.stretches:
            continue
        said.add(refused.words)
        yield Obstacle(rule=refused.rule, words=refused.words)


def _hours(during: TimeRange, zone: str) -> str:
    return f"from {clock_time(during.start, zone)} to {clock_time(during.end, zone)}"

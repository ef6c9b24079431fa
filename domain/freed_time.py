"""What a change frees: the difference between what was known of a visit or a day and what is now.

A visit's occupation is its segments with their buffers, per provider; segments of one provider that follow each
other are one stretch, their gap included. Freed is what the old occupied, the new does not, and still lies ahead.
"""

from __future__ import annotations

from datetime import datetime

from domain.calendar import Cause, Day, Freed, Visit, VisitState
from domain.placing import occupying_segments
from domain.policy import PracticePolicy
from domain.ranges import TimeRange
from domain.wall_time import merged


def diff(*, before: Visit | None, after: Visit | None, now: datetime, policy: PracticePolicy) -> tuple[Freed, ...]:
    """What a change of one visit frees, in order of provider and time.

    A visit that was merged, voided, mistaken or is unknown to the PMS now frees nothing: it may never have been one.
    """
    if before is None or after is None or not before.state.occupies:
        return ()
    match after.state:
        case VisitState.CANCELLED:
            return _freed(before, None, cause=Cause.CANCELLATION, now=now, policy=policy)
        case VisitState.NO_SHOW:
            missed = _freed(before, None, cause=Cause.NO_SHOW, now=now, policy=policy)
            return tuple(one for one in missed if one.during.length >= policy.gap_fill.no_show_remaining)
        case VisitState.VOID | VisitState.GONE | VisitState.UNREAD:
            return ()
        case _:
            return _freed(before, after, cause=Cause.MOVE, now=now, policy=policy)


def diff_day(*, before: Day, after: Day, now: datetime) -> tuple[Freed, ...]:
    """What a change of blocks and shifts frees, in order of provider and time.

    Visits are compared by `diff`; here they only take away from what is freed. A day whose shifts were not known at
    all before frees nothing by them: the first sight of a roster adds no hours to it.
    """
    providers = sorted(
        {block.provider_id for block in before.blocks if not block.unread}
        | {shift.provider_id for shift in after.shifts}
    )
    freed: list[Freed] = []
    for provider in providers:
        taken = _taken(after, provider)
        shifts_now = _shifts(after, provider)
        added = _minus(shifts_now, _shifts(before, provider)) if before.shifts else ()
        unblocked = _minus(_blocks(before, provider, read=True), _blocks(after, provider))
        if shifts_now:
            unblocked = _within(unblocked, shifts_now)
        found = [(one, Cause.SHIFT_ADDED) for one in _minus(added, taken)]
        found += [(one, Cause.BLOCK_REMOVED) for one in _minus(_minus(unblocked, taken), added)]
        freed += [
            Freed(location_id=after.location_id, provider_id=provider, during=ahead, cause=cause, appointment_id=None)
            for one, cause in sorted(found)
            if (ahead := _ahead(one, now)) is not None
        ]
    return tuple(freed)


def taken_by_day(*, before: Day, after: Day, provider_id: int, here: bool) -> tuple[TimeRange, ...]:
    """What a change of blocks and shifts takes of a provider's time, in order: blocks that are new, wherever the
    provider is then; and with `here` hours that they work at this place no longer."""
    if not here:
        return _minus(_busy(after, provider_id), _busy(before, provider_id))
    off = _minus(_blocks(after, provider_id), _blocks(before, provider_id))
    dropped = _minus(_shifts(before, provider_id), _shifts(after, provider_id))
    return merged([*off, *dropped])


def occupation(*, visit: Visit, policy: PracticePolicy) -> dict[int, tuple[TimeRange, ...]]:
    """What a visit takes of each provider that it names, buffers and the gaps between their own consecutive segments
    included. Nobody can say whose time it was where it names none, so that is no one's to free."""
    taken: dict[int, list[TimeRange]] = {}
    last_provider: int | None = None
    for segment in sorted(visit.segments, key=lambda segment: segment.during.start):
        if segment.provider_id is None:
            last_provider = None
            continue
        stretches = taken.setdefault(segment.provider_id, [])
        last = stretches[-1] if stretches else None
        follows = last is not None and segment.provider_id == last_provider
        if last is not None and follows and segment.occupied.start - last.end <= policy.buffers.between_services:
            stretches[-1] = TimeRange(min(last.start, segment.occupied.start), max(last.end, segment.occupied.end))
        else:
            stretches.append(segment.occupied)
        last_provider = segment.provider_id
    return {provider: merged(stretches) for provider, stretches in taken.items()}


def _freed(
    before: Visit, after: Visit | None, *, cause: Cause, now: datetime, policy: PracticePolicy
) -> tuple[Freed, ...]:
    if before.location_id is None:
        return ()  # nothing is offered at a place that we do not keep
    still = occupation(visit=after, policy=policy) if after is not None else {}
    anybodys = tuple(one.occupied for one in (after.segments if after is not None else ()) if one.anybodys)
    return tuple(
        Freed(
            location_id=before.location_id,
            provider_id=provider,
            during=ahead,
            cause=cause,
            appointment_id=before.appointment_id,
        )
        for provider, stretches in sorted(occupation(visit=before, policy=policy).items())
        for one in _minus(stretches, merged([*still.get(provider, ()), *anybodys]))
        if (ahead := _ahead(one, now)) is not None
    )


def _ahead(one: TimeRange, now: datetime) -> TimeRange | None:
    """The part that has not passed."""
    if one.end <= now:
        return None
    return TimeRange(max(one.start, now), one.end)


def _minus(ones: tuple[TimeRange, ...], others: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
    return tuple(left for one in ones for left in one.minus(others))


def _within(ones: tuple[TimeRange, ...], others: tuple[TimeRange, ...]) -> tuple[TimeRange, ...]:
    return tuple(
        TimeRange(max(one.start, other.start), min(one.end, other.end))
        for one in ones
        for other in others
        if one.overlaps(other)
    )


def _taken(day: Day, provider: int) -> tuple[TimeRange, ...]:
    segments = [segment.occupied for segment in occupying_segments(day) if segment.takes(provider)]
    away = [one.during for one in day.blocked_elsewhere if one.provider_id == provider]
    return merged([*segments, *_blocks(day, provider), *away])


def _blocks(day: Day, provider: int, *, read: bool = False) -> tuple[TimeRange, ...]:
    """With `read` only what was a block for certain: what nobody could read frees nothing when it goes."""
    return merged([one.during for one in day.blocks if one.provider_id == provider and not (read and one.unread)])


def _busy(day: Day, provider: int) -> tuple[TimeRange, ...]:
    """Blocks that hold wherever the provider is."""
    return merged([one.during for one in day.blocks if one.provider_id == provider and not one.not_at_work])


def _shifts(day: Day, provider: int) -> tuple[TimeRange, ...]:
    return merged([shift.during for shift in day.shifts if shift.provider_id == provider])

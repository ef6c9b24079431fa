"""Writes the mirror and what its changes free, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from activities import outgoing
from domain.assignment import Assignment, assign
from domain.calendar import Cause, Freed, Segment, Visit
from domain.catalogue import Matrix
from domain.diff import diff
from domain.ranges import TimeRange
from models.repositories import calendar, openings
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts

#: A stretch left over is an opening of its own from this length on.
SMALLEST_OPENING = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Mirrored:
    """What writing a visit led to."""

    openings: tuple[int, ...]
    assignment: Assignment


def write(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    *,
    before: Visit | None,
    after: Visit,
    now: datetime,
    receipt_id: int | None = None,
    offer_id: int | None = None,
    given_up_for: int | None = None,
    make_openings: bool = True,
) -> Mirrored:
    """Make the mirror say `after`; open what it frees, withdraw what it takes.

    `given_up_for` is the opening whose winner gave this visit up: what that frees is a link of its chain, and there is
    none past the policy's end. The caller holds the appointment's lock.
    """
    assignment = Assignment(visit=after, inferred=False, missing=())
    if after.state.occupies and after.segments and after.location_id is not None:
        around = after.during
        assignment = assign(
            visit=after,
            matrix=matrix,
            day=calendar.day(session, practice.id, after.location_id, around, now=now, but_held_for=after.client_id),
        )
    calendar.write_visit(
        session, practice.id, assignment.visit, now=now, inferred=assignment.inferred, offer_id=offer_id
    )
    made: list[int] = []
    cause, chain_depth = None, 0
    if given_up_for is not None:
        cause, chain_depth = Cause.SWAP, openings.get(session, practice.id, given_up_for).chain_depth + 1
        make_openings = make_openings and chain_depth <= practice.policy.gap_fill.chain_depth
    if make_openings:
        for freed in diff(before=before, after=after, now=now, policy=practice.policy.gap_fill):
            opening_id = open_up(
                session, practice, freed, now=now, cause=cause, chain_depth=chain_depth, receipt_id=receipt_id
            )
            if opening_id is not None:
                made.append(opening_id)
    if after.state.occupies:
        for segment in assignment.visit.segments:
            for provider_id in _whose(segment, after, matrix):
                withdraw_over(session, practice, provider_id, segment.occupied, now=now)
    return Mirrored(openings=tuple(made), assignment=assignment)


def _whose(segment: Segment, visit: Visit, matrix: Matrix) -> tuple[int, ...]:
    """Whose time it takes: its provider's, or where it may be anybody's, everybody's at that place."""
    if segment.anybodys:
        return tuple(one.id for one in matrix.providers if visit.location_id in one.location_ids)
    return () if segment.provider_id is None else (segment.provider_id,)


def open_up(
    session: Session,
    practice: PracticeFacts,
    freed: Freed,
    *,
    now: datetime,
    cause: Cause | None = None,
    chain_depth: int = 0,
    receipt_id: int | None = None,
) -> int | None:
    """A live opening and the start of its fill; None when a live one covers it."""
    if cause is not None:
        freed = Freed(
            location_id=freed.location_id,
            provider_id=freed.provider_id,
            during=freed.during,
            cause=cause,
            appointment_id=freed.appointment_id,
        )
    opening_id = openings.create(session, practice.id, freed, now=now, chain_depth=chain_depth, receipt_id=receipt_id)
    if opening_id is not None:
        outgoing.start_fill(session, practice.id, opening_id, now=now, receipt_id=receipt_id)
    return opening_id


def withdraw_over(
    session: Session, practice: PracticeFacts, provider_id: int, occupied: TimeRange, *, now: datetime
) -> None:
    """Somebody booked over a live opening: its fill is told, and what is left of the time is an opening of its own."""
    for opening in openings.live_over(session, practice.id, provider_id, occupied):
        openings.close(session, practice.id, opening.id, state="withdrawn", now=now)
        outgoing.opening_taken(session, practice.id, opening.id, now=now)
        open_remainder(session, practice, opening, (occupied,), now=now)


def open_remainder(
    session: Session, practice: PracticeFacts, opening: OpeningRow, taken: tuple[TimeRange, ...], *, now: datetime
) -> None:
    """What a visit leaves of an opening's time, with the same cause and depth in its chain."""
    for left in opening.during.minus(taken):
        if left.length >= SMALLEST_OPENING and left.start > now:
            open_up(
                session,
                practice,
                Freed(
                    location_id=opening.location_id,
                    provider_id=opening.provider_id,
                    during=left,
                    cause=opening.cause,
                    appointment_id=opening.appointment_id,
                ),
                now=now,
                chain_depth=opening.chain_depth,
            )


def keep_known(before: Visit | None, after: Visit) -> Visit:
    """Rooms and devices inferred earlier stay while their segment stands where it stood; so does the place of a visit
    whose place the PMS leaves out."""
    if before is None:
        return after
    if after.location_id is None and after.location_ref is None:
        after = replace(after, location_id=before.location_id, location_ref=before.location_ref)
    known = {(one.service_id, one.provider_id, one.during): one for one in before.segments}
    segments = []
    for segment in after.segments:
        old = known.get((segment.service_id, segment.provider_id, segment.during))
        if old is not None:
            segment = replace(
                segment, room_id=segment.room_id or old.room_id, device_id=segment.device_id or old.device_id
            )
        segments.append(segment)
    return replace(after, segments=tuple(segments))

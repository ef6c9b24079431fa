"""Writes the mirror and what its changes free, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from domain.calendar import Cause, Freed, Segment, Visit
from domain.catalogue import Matrix
from domain.freed_time import diff
from domain.placing import Board, Slot, free_stretches
from domain.ranges import TimeRange
from domain.resource_assignment import Assignment, assign
from models.repositories import calendar, offers, openings
from models.repositories.offers import OfferRow
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts
from operations import journey_deliveries

#: A stretch left over is an opening of its own from this length on.


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
    won_of: int | None = None,
) -> Mirrored:
    """Make the mirror say `after`; open what it frees, and tell fills what it takes.

    `given_up_for` is the opening whose winner gave this visit up: what that frees is a link of its chain, and there is
    none past the policy's end. `won_of` is the opening that the visit was won of: its fill knows. The caller holds the
    appointment's lock.
    """
    practice = practice.at(after.location_id, (one.service_id for one in after.segments))
    assignment = Assignment(visit=after, inferred=False, missing=())
    if after.state.occupies and after.segments and after.location_id is not None:
        around = after.during
        assignment = assign(
            visit=after,
            matrix=matrix,
            day=calendar.day(session, practice.id, after.location_id, around, now=now, but_held_for=after.client_id),
        )
    calendar.write_visit(
        session,
        practice.id,
        assignment.visit,
        now=now,
        inferred=assignment.inferred,
        offer_id=offer_id,
        receipt_id=receipt_id,
    )
    made: list[int] = []
    cause, chain_depth = None, 0
    if given_up_for is not None:
        cause, chain_depth = Cause.SWAP, openings.get(session, practice.id, given_up_for).chain_depth + 1
        make_openings = make_openings and chain_depth <= practice.policy.gap_fill.chain_depth
    if make_openings:
        for freed in diff(before=before, after=after, now=now, policy=practice.policy):
            opening_id = open_up(
                session, practice, freed, now=now, cause=cause, chain_depth=chain_depth, receipt_id=receipt_id
            )
            if opening_id is not None:
                made.append(opening_id)
    if after.state.occupies:
        for segment in assignment.visit.segments:
            for provider_id in _whose(segment, after, matrix):
                give_way(session, practice, provider_id, segment.occupied, now=now, but=won_of)
        if after.segments:
            _meet_others(session, practice, matrix, assignment.visit, now=now, but=won_of)
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
    """A live opening and the start of its fill. Where live ones cover a part of the time, their fills look again, and
    the rest is an opening of its own; None when they cover it all."""
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
        journey_deliveries.start_fill(session, practice.id, opening_id, now=now, receipt_id=receipt_id)
        return opening_id
    live = [
        one for one in openings.live_over(session, practice.id, freed.provider_id, freed.during) if one.state == "live"
    ]
    for one in live:
        journey_deliveries.opening_changed(session, practice.id, one.id, now=now)
    beside = [
        open_up(
            session,
            practice,
            replace(freed, during=left),
            now=now,
            chain_depth=chain_depth,
            receipt_id=receipt_id,
        )
        for left in freed.during.minus(tuple(one.during for one in live))
        if live and left.length >= practice.at(freed.location_id).policy.placing.smallest_opening
    ]
    return next((one for one in beside if one is not None), None)


def give_way(
    session: Session,
    practice: PracticeFacts,
    provider_id: int,
    taken: TimeRange,
    *,
    now: datetime,
    but: int | None = None,
    location_id: int | None = None,
) -> None:
    """Somebody took time of live openings, or of those at one location. A fill goes on with what is left of its own,
    and looks at what it has offered; one that has nothing left is told so. Where a person was to finish a booking in
    that time, what is left is an opening of its own."""
    for opening in openings.live_over(session, practice.id, provider_id, taken):
        if opening.id == but or location_id not in {None, opening.location_id}:
            continue
        if opening.state == "live" and left_of(session, practice, opening, (taken,), now=now):
            journey_deliveries.opening_changed(session, practice.id, opening.id, now=now)
            continue
        openings.close(session, practice.id, opening.id, state="withdrawn", now=now)
        journey_deliveries.opening_taken(session, practice.id, opening.id, now=now)
        open_remainder(session, practice, opening, (taken,), now=now)


def _meet_others(
    session: Session, practice: PracticeFacts, matrix: Matrix, visit: Visit, *, now: datetime, but: int | None
) -> None:
    """Fills of other providers look again where this visit has one of their clients, or a room or device of theirs."""
    providers = {segment.provider_id for segment in visit.segments}
    met: dict[int, list[OfferRow]] = defaultdict(list)
    for offer in offers.standing_then(session, practice.id, visit.during):
        met[offer.opening_id].append(offer)
    for opening_id, standing in met.items():
        opening = openings.get(session, practice.id, opening_id)
        if opening_id == but or opening.provider_id in providers:
            continue
        if any(offer.client_id == visit.client_id for offer in standing) or _in_need(
            session, practice, matrix, opening, standing, now=now
        ):
            journey_deliveries.opening_changed(session, practice.id, opening_id, now=now)


def _in_need(
    session: Session,
    practice: PracticeFacts,
    matrix: Matrix,
    opening: OpeningRow,
    standing: list[OfferRow],
    *,
    now: datetime,
) -> bool:
    """Whether any of these has no room or device left."""
    board = Board(
        slot=_slot(opening),
        matrix=matrix,
        day=calendar.day(session, practice.id, opening.location_id, opening.during, now=now),
        zone=matrix.location(opening.location_id).zone,
        policy=practice.policy,
    )
    return not all(board.keeps(offer.segments) for offer in standing)


def _slot(opening: OpeningRow) -> Slot:
    return Slot(
        location_id=opening.location_id,
        provider_id=opening.provider_id,
        during=opening.during,
        cause=opening.cause,
    )


def left_of(
    session: Session, practice: PracticeFacts, opening: OpeningRow, taken: tuple[TimeRange, ...], *, now: datetime
) -> tuple[TimeRange, ...]:
    """What of an opening's time is ahead and neither `taken` nor anybody's, by the mirror. What is held for a client
    who said yes to it counts as its own."""
    smallest = practice.at(opening.location_id).policy.placing.smallest_opening
    if not any(left.end - max(left.start, now) >= smallest for left in opening.during.minus(taken)):
        return ()
    day = calendar.day(session, practice.id, opening.location_id, opening.during, now=now)
    return tuple(
        TimeRange(max(left.start, now), left.end)
        for free in free_stretches(slot=_slot(opening), day=replace(day, holds=()))
        for left in free.minus(taken)
        if left.end - max(left.start, now) >= smallest
    )


def open_remainder(
    session: Session, practice: PracticeFacts, opening: OpeningRow, taken: tuple[TimeRange, ...], *, now: datetime
) -> None:
    """What a visit leaves of an opening's time, with the same cause and depth in its chain."""
    for left in left_of(session, practice, opening, taken, now=now):
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
    """Rooms and devices inferred earlier stay while their segment stands where it stood, and so does a price that the
    PMS leaves out; so does the place of a visit whose place it leaves out."""
    if before is None:
        return after
    if after.location_id is None and after.location_ref is None:
        after = replace(after, location_id=before.location_id, location_ref=before.location_ref)
    known = {(one.service_id, one.provider_id, one.during): one for one in before.segments}
    there = {(one.provider_id, one.during): one for one in before.segments}
    segments = []
    for segment in after.segments:
        old = known.get((segment.service_id, segment.provider_id, segment.during))
        if segment.service_id is None and (old := there.get((segment.provider_id, segment.during))) is not None:
            # Nobody can say what the new service needs, so what the one before had is not free.
            segment = replace(segment, buffer_before=old.buffer_before, buffer_after=old.buffer_after)
        if old is not None:
            segment = replace(
                segment,
                room_id=segment.room_id or old.room_id,
                device_id=segment.device_id or old.device_id,
                price_cents=old.price_cents if segment.price_cents is None else segment.price_cents,
            )
        segments.append(segment)
    return replace(after, segments=tuple(segments))

"""Holds: the lock on provider, room, device and client before the PMS is asked.

Whoever takes one has locked (location, day) first (`calendar.lock_day`). The exclusion constraint is the last word;
a deadlock there means "try again", never "taken" (the database raises `OperationalError`, the activity is retried).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from domain.calendar import Segment
from domain.ranges import TimeRange
from models.offers import Hold, HoldResource, Offer

KINDS = {"provider": 0, "room": 1, "device": 2, "client": 3}
#: The states of a hold that keeps others out.
STANDING = ("held", "unknown")


@dataclass(frozen=True, kw_only=True)
class HoldRow:
    id: int
    state: str
    expires_at: datetime


def by_key(session: Session, practice_id: int, key: str) -> HoldRow | None:
    row = session.execute(
        select(Hold).where(col(Hold.practice_id) == practice_id, col(Hold.key) == key)
    ).scalar_one_or_none()
    return None if row is None or row.id is None else HoldRow(id=row.id, state=row.state, expires_at=row.expires_at)


def release_expired(session: Session, practice_id: int, *, now: datetime) -> None:
    """Give back what ran out; a hold whose write is unknown does not before its visit would be over."""
    expired = (
        session.execute(
            update(Hold)
            .where(col(Hold.practice_id) == practice_id, col(Hold.state).in_(STANDING), col(Hold.expires_at) <= now)
            .values(state="released", released_at=now)
            .returning(col(Hold.id))
        )
        .scalars()
        .all()
    )
    if expired:
        session.execute(
            update(HoldResource)
            .where(col(HoldResource.practice_id) == practice_id, col(HoldResource.hold_id).in_(expired))
            .values(released_at=now)
        )


def take(
    session: Session,
    practice_id: int,
    *,
    key: str,
    opening_id: int,
    offer_id: int,
    client_id: int,
    segments: tuple[Segment, ...],
    now: datetime,
    expires_at: datetime,
) -> HoldRow | None:
    """Hold everything the visit needs, all or nothing; None when another hold is in the way.

    Taking it again under the same key answers the hold as it stands; a released one is taken anew.
    """
    known = session.execute(
        select(Hold).where(col(Hold.practice_id) == practice_id, col(Hold.key) == key).with_for_update()
    ).scalar_one_or_none()
    if known is not None and known.id is not None and known.state != "released":
        return HoldRow(id=known.id, state=known.state, expires_at=known.expires_at)
    try:
        with session.begin_nested():
            if known is None:
                known = Hold(
                    practice_id=practice_id,
                    key=key,
                    opening_id=opening_id,
                    offer_id=offer_id,
                    taken_at=now,
                    expires_at=expires_at,
                )
                session.add(known)
            else:
                known.state, known.taken_at, known.expires_at, known.released_at = "held", now, expires_at, None
            session.flush()
            assert known.id is not None
            for kind, resource_id, during in _resources(client_id, segments):
                session.add(
                    HoldResource(
                        practice_id=practice_id,
                        hold_id=known.id,
                        kind=kind,
                        resource_id=resource_id,
                        resource_key=resource_id * 4 + KINDS[kind],
                        during=during,
                    )
                )
            session.flush()
    except IntegrityError:
        return None
    return HoldRow(id=known.id, state=known.state, expires_at=known.expires_at)


def finish(session: Session, practice_id: int, hold_id: int, *, state: str, now: datetime) -> None:
    """The visit is in the mirror ("written"), or nothing came of it ("released"): its resources are free again."""
    session.execute(
        update(Hold)
        .where(col(Hold.practice_id) == practice_id, col(Hold.id) == hold_id)
        .values(state=state, released_at=now)
    )
    session.execute(
        update(HoldResource)
        .where(
            col(HoldResource.practice_id) == practice_id,
            col(HoldResource.hold_id) == hold_id,
            col(HoldResource.released_at).is_(None),
        )
        .values(released_at=now)
    )


def unknown(session: Session, practice_id: int, hold_id: int) -> None:
    """Nobody can say whether the PMS took the visit: the hold stays until somebody can, or the visit would be over."""
    over = (
        select(func.max(func.upper(col(HoldResource.during))))
        .where(col(HoldResource.practice_id) == practice_id, col(HoldResource.hold_id) == hold_id)
        .scalar_subquery()
    )
    session.execute(
        update(Hold)
        .where(col(Hold.practice_id) == practice_id, col(Hold.id) == hold_id, col(Hold.state) == "held")
        .values(state="unknown", expires_at=func.greatest(col(Hold.expires_at), over))
    )


def _resources(client_id: int, segments: tuple[Segment, ...]) -> list[tuple[str, int, TimeRange]]:
    """One row per resource and merged stretch: two segments of one visit may touch with their buffers."""
    wanted: dict[tuple[str, int], list[TimeRange]] = {}
    for segment in segments:
        if segment.provider_id is not None:
            wanted.setdefault(("provider", segment.provider_id), []).append(segment.occupied)
        if segment.room_id is not None:
            wanted.setdefault(("room", segment.room_id), []).append(segment.occupied)
        if segment.device_id is not None:
            wanted.setdefault(("device", segment.device_id), []).append(segment.occupied)
        wanted.setdefault(("client", client_id), []).append(segment.during)
    return [
        (kind, resource_id, during)
        for (kind, resource_id), ranges in sorted(wanted.items())
        for during in _merged(ranges)
    ]


def _merged(ranges: list[TimeRange]) -> list[TimeRange]:
    merged: list[TimeRange] = []
    for during in sorted(ranges):
        if merged and during.start <= merged[-1].end:
            merged[-1] = TimeRange(merged[-1].start, max(merged[-1].end, during.end))
        else:
            merged.append(during)
    return merged


def keep(session: Session, practice_id: int, opening_id: int, *, until: datetime) -> None:
    """A person finishes the booking: what is held for it stays held until then, or until they have answered."""
    session.execute(
        update(Hold)
        .where(
            col(Hold.practice_id) == practice_id,
            col(Hold.opening_id) == opening_id,
            col(Hold.state).in_(STANDING),
            col(Hold.expires_at) < until,
        )
        .values(expires_at=until)
    )


def offers_held(session: Session, practice_id: int, opening_id: int) -> dict[int, int]:
    """The standing holds of an opening: by offer, the hold."""
    rows = session.execute(
        select(col(Hold.offer_id), col(Hold.id)).where(
            col(Hold.practice_id) == practice_id, col(Hold.opening_id) == opening_id, col(Hold.state).in_(STANDING)
        )
    )
    return {row[0]: row[1] for row in rows}


def being_booked(session: Session, practice_id: int, opening_id: int) -> bool:
    """Whether somebody said yes to the opening and their visit is being written, or about to be."""
    held = exists().where(
        col(Hold.practice_id) == practice_id, col(Hold.opening_id) == opening_id, col(Hold.state).in_(STANDING)
    )
    claimed = exists().where(
        col(Offer.practice_id) == practice_id,
        col(Offer.opening_id) == opening_id,
        col(Offer.claimed_at).is_not(None),
        col(Offer.state).in_(("open", "expired")),
    )
    answer: bool = session.execute(select(held | claimed)).scalar_one()
    return answer

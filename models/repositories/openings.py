"""Openings: made from what a change freed, closed once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, and_, exists, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from domain.calendar import Cause, Freed
from domain.ranges import TimeRange
from models.calendar import Opening
from models.offers import Hold, Offer

#: What an offer that is not made again keeps of the one that was.
_CARRIED = (
    "client_id",
    "entry_id",
    "phone",
    "wave",
    "starts_at",
    "ends_at",
    "plan",
    "consult_instead",
    "score",
    "chosen_by",
)


@dataclass(frozen=True, kw_only=True)
class OpeningRow:
    id: int
    location_id: int
    provider_id: int
    during: TimeRange
    cause: Cause
    state: str
    chain_depth: int
    appointment_id: int | None
    created_at: datetime


def create(
    session: Session,
    practice_id: int,
    freed: Freed,
    *,
    now: datetime,
    chain_depth: int = 0,
    receipt_id: int | None = None,
) -> int | None:
    """A live opening; None when a live one of this provider overlaps (its fill then covers the time)."""
    session.flush()  # the visit that left the time
    made: int | None = session.execute(
        insert(Opening)
        .values(
            practice_id=practice_id,
            location_id=freed.location_id,
            provider_id=freed.provider_id,
            during=freed.during,
            cause=freed.cause.value,
            appointment_id=freed.appointment_id,
            chain_depth=chain_depth,
            state="live",
            created_at=now,
            receipt_id=receipt_id,
        )
        .on_conflict_do_nothing()
        .returning(col(Opening.id))
    ).scalar_one_or_none()
    return made


def get(session: Session, practice_id: int, opening_id: int, *, lock: bool = False) -> OpeningRow:
    """Raises `sqlalchemy.exc.NoResultFound` when the practice has no such opening."""
    query = select(Opening).where(col(Opening.practice_id) == practice_id, col(Opening.id) == opening_id)
    return _row(session.execute(query.with_for_update() if lock else query).scalar_one())


def close(session: Session, practice_id: int, opening_id: int, *, state: str, now: datetime) -> bool:
    """End a live opening; False when it had ended already."""
    done = session.execute(
        update(Opening)
        .where(
            col(Opening.practice_id) == practice_id,
            col(Opening.id) == opening_id,
            col(Opening.state).in_(("live", "handed_over") if state != "handed_over" else ("live",)),
        )
        .values(state=state, closed_at=now)
        .returning(col(Opening.id))
    )
    return done.scalar_one_or_none() is not None


def live_over(session: Session, practice_id: int, provider_id: int, during: TimeRange) -> tuple[OpeningRow, ...]:
    """Openings of a provider that a stretch touches and that are live, or held for a client whose booking a person
    finishes: a booking by hand over one withdraws it."""
    held = exists().where(
        col(Hold.practice_id) == practice_id,
        col(Hold.opening_id) == col(Opening.id),
        col(Hold.state).in_(("held", "unknown")),
    )
    return tuple(
        _row(row)
        for row in session.execute(
            select(Opening).where(
                col(Opening.practice_id) == practice_id,
                col(Opening.provider_id) == provider_id,
                or_(col(Opening.state) == "live", and_(col(Opening.state) == "handed_over", held)),
                col(Opening.during).op("&&")(func.tstzrange(during.start, during.end, "[)")),
            )
        ).scalars()
    )


def carry_over(session: Session, practice_id: int, opening_id: int, *, into: int, promised: int | None) -> None:
    """Whoever was asked about an opening has heard of this time: the next opening of the same time does not ask them
    again. Who said yes to it in vain is asked, but for `promised`, whose booking could not be finished."""
    before = select(
        col(Offer.practice_id),
        literal(into),
        *(col(getattr(Offer, name)) for name in _CARRIED),
        literal("suppressed"),
        func.gen_random_uuid().cast(String),
        literal("not asked: they were asked about this time before"),
    ).where(
        col(Offer.practice_id) == practice_id,
        col(Offer.opening_id) == opening_id,
        col(Offer.state).not_in(("planned", "replaced")),
        or_(col(Offer.claimed_at).is_(None), col(Offer.state) == "declined", col(Offer.client_id) == promised),
    )
    columns = ("practice_id", "opening_id", *_CARRIED, "state", "token", "closing")
    session.execute(
        insert(Offer)
        .from_select(columns, before)
        .on_conflict_do_nothing(
            index_elements=["practice_id", "opening_id", "client_id"], index_where=text("state <> 'replaced'")
        )
    )


def live_after(
    session: Session, practice_id: int, *, start: datetime, within: timedelta, limit: int = 20
) -> tuple[OpeningRow, ...]:
    """Live openings that begin in a stretch of time, soonest first: the next best thing for somebody who lost one."""
    return tuple(
        _row(row)
        for row in session.execute(
            select(Opening)
            .where(
                col(Opening.practice_id) == practice_id,
                col(Opening.state) == "live",
                func.lower(col(Opening.during)) >= start,
                func.lower(col(Opening.during)) < start + within,
            )
            .order_by(func.lower(col(Opening.during)))
            .limit(limit)
        ).scalars()
    )


def _row(row: Opening) -> OpeningRow:
    assert row.id is not None
    return OpeningRow(
        id=row.id,
        location_id=row.location_id,
        provider_id=row.provider_id,
        during=row.during,
        cause=Cause(row.cause),
        state=row.state,
        chain_depth=row.chain_depth,
        appointment_id=row.appointment_id,
        created_at=row.created_at,
    )

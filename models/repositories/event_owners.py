"""Whose events are: practices by their ids or by the slugs of webhooks' URLs, many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, String, any_, bindparam, or_, select
from sqlmodel import Session, col

from domain.clock import WALL_CLOCK, PracticeClock
from models.practice import Clock, Practice


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """As an event names its practice: by the connection it came through, else by the slug of the URL it came to."""

    slug: str
    practice_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class EventOwner:
    """As much of a practice as it takes to keep its event."""

    practice_id: int
    clock: PracticeClock


_CLOCK: Final = (col(Clock.anchor_real), col(Clock.anchor_practice), col(Clock.rate))
_OWNERS: Final[Any] = (
    select(col(Practice.id).label("practice_id"), col(Practice.slug).label("slug"), *_CLOCK)
    .outerjoin(Clock, col(Clock.practice_id) == col(Practice.id))
    .where(
        or_(
            col(Practice.slug) == any_(bindparam("slugs", type_=ARRAY(String))),
            col(Practice.id) == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        )
    )
)


def owners(session: Session, addressees: Iterable[Addressee]) -> dict[Addressee, EventOwner]:
    """Each one's practice. Who is nobody's is left out."""
    asked = set(addressees)
    by_slug: dict[str, EventOwner] = {}
    by_id: dict[int, EventOwner] = {}
    rows = session.connection().execute(
        _OWNERS,
        {
            "slugs": sorted({one.slug for one in asked if one.practice_id is None}),
            "ids": sorted({one.practice_id for one in asked if one.practice_id is not None}),
        },
    )
    for row in rows:
        clock = (
            WALL_CLOCK
            if row.rate is None
            else PracticeClock(anchor_real=row.anchor_real, anchor_practice=row.anchor_practice, rate=row.rate)
        )
        by_slug[row.slug] = by_id[row.practice_id] = EventOwner(practice_id=row.practice_id, clock=clock)
    found = {one: by_slug.get(one.slug) if one.practice_id is None else by_id.get(one.practice_id) for one in asked}
    return {one: owner for one, owner in found.items() if owner is not None}

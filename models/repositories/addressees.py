"""Whose events are: practices by the slug of a webhook's URL and by their addresses at vendors, many at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, CompoundSelect, String, any_, bindparam, null, select, union_all
from sqlmodel import Session, col

from domain.clock import WALL_CLOCK, PracticeClock
from models.practice import Clock, Connection, Practice


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """As an event names its practice: by the slug of the URL it came to, or by its own address at the vendor."""

    slug: str
    vendor: str
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Owner:
    """As much of a practice as it takes to keep its event."""

    practice_id: int
    clock: PracticeClock


_CLOCK: Final = (col(Clock.anchor_real), col(Clock.anchor_practice), col(Clock.rate))


def _one_of(name: str) -> ColumnElement[Any]:
    return any_(bindparam(name, type_=ARRAY(String)))


_OWNERS: Final[CompoundSelect[Any]] = union_all(
    select(
        col(Practice.id).label("practice_id"),
        col(Practice.slug).label("slug"),
        null().label("vendor"),
        null().label("address"),
        *_CLOCK,
    )
    .outerjoin(Clock, col(Clock.practice_id) == col(Practice.id))
    .where(col(Practice.slug) == _one_of("slugs")),
    select(col(Connection.practice_id), null(), col(Connection.vendor), col(Connection.address), *_CLOCK)
    .outerjoin(Clock, col(Clock.practice_id) == col(Connection.practice_id))
    .where(col(Connection.vendor) == _one_of("vendors"), col(Connection.address) == _one_of("addresses")),
)


def owners(session: Session, addressees: Iterable[Addressee]) -> dict[Addressee, Owner]:
    """Each one's practice: whose address it names, else the one of the URL. Who is nobody's is left out."""
    asked = set(addressees)
    by_slug: dict[str, Owner] = {}
    by_address: dict[tuple[str, str], Owner] = {}
    rows = session.connection().execute(
        _OWNERS,
        {
            "slugs": sorted({one.slug for one in asked}),
            "vendors": sorted({one.vendor for one in asked}),
            "addresses": sorted({one.address for one in asked if one.address}),
        },
    )
    for row in rows:
        clock = (
            WALL_CLOCK
            if row.rate is None
            else PracticeClock(anchor_real=row.anchor_real, anchor_practice=row.anchor_practice, rate=row.rate)
        )
        owner = Owner(practice_id=row.practice_id, clock=clock)
        if row.slug is not None:
            by_slug[row.slug] = owner
        else:
            by_address[row.vendor, row.address] = owner
    found = {one: by_address.get((one.vendor, one.address or "")) or by_slug.get(one.slug) for one in asked}
    return {one: owner for one, owner in found.items() if owner is not None}

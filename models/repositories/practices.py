"""Practices: who they are, what they decided, and what they offer."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from domain.catalogue import (
    Credential,
    Device,
    Location,
    Matrix,
    Prerequisite,
    Provider,
    Requirements,
    Room,
    Service,
)
from domain.clock import WALL_CLOCK, PracticeClock
from domain.policy import PracticePolicy, policy_for
from models import matrix as tables
from models.policy_json import PolicyInvalid, policy_from_json, policy_to_json
from models.practice import Clock, Practice
from models.practice import Location as LocationRow
from models.repositories import zones

__all__ = [
    "PolicyInvalid",
    "PracticeFacts",
    "all_ids",
    "by_slug",
    "load",
    "load_with_matrix",
    "matrix",
    "policy_from_json",
    "policy_to_json",
    "save_policy",
]


@dataclass(frozen=True, kw_only=True)
class PracticeFacts:
    """A practice with its policy and clock."""

    id: int
    slug: str
    name: str
    short_name: str
    phone: str | None
    postal_address: str | None
    pms_kind: str
    policy: PracticePolicy
    clock: PracticeClock
    paused: bool
    #: Where no place is known, times are told in this zone (`domain.catalogue.home_zone`).
    zone: str = "UTC"

    def at(self, location_id: int | None, service_ids: Iterable[int | None] = ()) -> PracticeFacts:
        """The practice with the policy that holds at that place for those services (`domain.policy.policy_for`)."""
        policy = policy_for(self.policy, location_id=location_id, service_ids=service_ids)
        return self if policy is self.policy else replace(self, policy=policy)


def load(session: Session, practice_id: int) -> PracticeFacts:
    """Raises `sqlalchemy.exc.NoResultFound` when there is no such practice."""
    return _facts(*session.execute(_practices().where(col(Practice.id) == practice_id)).one())


def load_with_matrix(session: Session, practice_id: int) -> tuple[PracticeFacts, Matrix]:
    """Both in one statement, unless the catalogue has changed since this process read it. Raises as `load` does."""
    # The version as a column of its own: a row that this transaction has read before would give it as it was then.
    wanted = _practices().add_columns(col(Practice.catalogue_version)).where(col(Practice.id) == practice_id)
    practice, clock, zone, version = session.execute(wanted).one()
    return _facts(practice, clock, zone), _matrix_of(session, practice_id, version)


def by_slug(session: Session, slug: str) -> PracticeFacts | None:
    """The practice of a webhook's URL."""
    found = session.execute(_practices().where(col(Practice.slug) == slug)).one_or_none()
    return None if found is None else _facts(*found)


def all_ids(session: Session) -> tuple[int, ...]:
    """Every practice, in the order they joined."""
    return tuple(session.execute(select(col(Practice.id)).order_by(col(Practice.id))).scalars())


def save_policy(session: Session, practice_id: int, policy: PracticePolicy) -> None:
    """Replace the practice's policy as a whole."""
    practice = session.execute(select(Practice).where(col(Practice.id) == practice_id)).scalar_one()
    practice.policy = policy_to_json(policy)


#: The matrices this process read last, by practice, each with the version it is of. An installation may have more
#: practices than a process has room for.
_MOST_REMEMBERED: Final = 500
_remembered: OrderedDict[int, tuple[UUID, Matrix]] = OrderedDict()
_remembering: Final = Lock()


def matrix(session: Session, practice_id: int) -> Matrix:
    """Services, staff, rooms and devices, by id.

    What is no longer active stays in it, because visits of the past name it, but nobody is listed for it. It is read
    from the tables only when its version is new to this process: it changes with an import and nothing else.
    """
    version = session.execute(select(col(Practice.catalogue_version)).where(col(Practice.id) == practice_id)).scalar()
    return _read_matrix(session, practice_id) if version is None else _matrix_of(session, practice_id, version)


def _matrix_of(session: Session, practice_id: int, version: UUID) -> Matrix:
    """The version is read before the tables: should they change in between, the newer matrix stands under a version
    that nobody reads again."""
    with _remembering:
        if (known := _remembered.get(practice_id)) is not None and known[0] == version:
            _remembered.move_to_end(practice_id)
            return known[1]
    found = _read_matrix(session, practice_id)
    with _remembering:
        _remembered[practice_id] = (version, found)
        _remembered.move_to_end(practice_id)
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return found


def _read_matrix(session: Session, practice_id: int) -> Matrix:
    def rows(table: type[SQLModel]) -> list[Any]:
        columns: Any = table
        return list(
            session.execute(select(table).where(columns.practice_id == practice_id).order_by(columns.id)).scalars()
        )

    services, providers = rows(tables.Service), rows(tables.Provider)
    active = {one.id for one in services if one.active}
    locations, listed, credentials = defaultdict(list), defaultdict(set), defaultdict(list)
    for place in rows(tables.ProviderLocation):
        locations[place.provider_id].append(place.location_id)
    for pair in rows(tables.ServiceProvider):
        if pair.service_id in active:
            listed[pair.provider_id].add(pair.service_id)
    for held in rows(tables.Credential):
        credentials[held.provider_id].append(Credential(kind=held.kind, expires_on=held.expires_on))
    return Matrix(
        services=tuple(_service(one) for one in services),
        providers=tuple(
            Provider(
                id=one.id,
                first_name=one.first_name,
                display_name=one.display_name,
                pms_ref=one.pms_ref,
                location_ids=tuple(sorted(locations[one.id])),
                service_ids=frozenset(listed[one.id]) if one.active else frozenset(),
                credentials=tuple(sorted(credentials[one.id], key=lambda held: held.kind)),
            )
            for one in providers
        ),
        rooms=tuple(
            Room(id=one.id, location_id=one.location_id, kind=one.kind, name=one.name, pms_ref=one.pms_ref)
            for one in rows(tables.Room)
        ),
        devices=tuple(
            Device(id=one.id, location_id=one.location_id, kind=one.kind, name=one.name, pms_ref=one.pms_ref)
            for one in rows(tables.Device)
        ),
        locations=tuple(
            Location(
                id=one.id,
                name=one.name,
                zone=one.zone,
                postcode=one.postcode,
                pms_ref=one.pms_ref,
                address=one.address,
                parking=one.parking,
            )
            for one in rows(LocationRow)
        ),
    )


def _practices() -> Any:
    zone = zones.of_practice(col(Practice.id))
    return select(Practice, Clock, zone).outerjoin(Clock, col(Clock.practice_id) == col(Practice.id))


def _facts(practice: Practice, clock: Clock | None, zone: str) -> PracticeFacts:
    assert practice.id is not None
    return PracticeFacts(
        id=practice.id,
        slug=practice.slug,
        name=practice.name,
        short_name=practice.short_name,
        phone=practice.phone,
        postal_address=practice.postal_address,
        pms_kind=practice.pms_kind,
        policy=policy_from_json(practice.policy),
        clock=WALL_CLOCK
        if clock is None
        else PracticeClock(anchor_real=clock.anchor_real, anchor_practice=clock.anchor_practice, rate=clock.rate),
        paused=practice.paused,
        zone=zone,
    )


def _service(row: tables.Service) -> Service:
    assert row.id is not None
    return Service(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        pms_ref=row.pms_ref,
        duration=row.duration,
        buffer_before=row.buffer_before,
        buffer_after=row.buffer_after,
        requirements=Requirements(all_of=tuple(tuple(group) for group in row.requirements)),
        room_kind=row.room_kind,
        device_kind=row.device_kind,
        earliest_interval=row.earliest_interval,
        due_interval=row.due_interval,
        price_cents=row.price_cents,
        high_value=row.high_value,
        prerequisite=Prerequisite(row.prerequisite),
        is_consult=row.is_consult,
    )

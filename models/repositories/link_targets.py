"""What stands behind the links clients and staff are given. A token is random and is itself the permission."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select
from sqlmodel import Session, col

from domain import effect_keys
from models.calendar import Opening
from models.client import Client
from models.effects import Intent, Message
from models.matrix import Provider
from models.offers import Offer
from models.practice import Location, Practice
from models.repositories import tasks
from models.tasks import Task


@dataclass(frozen=True, kw_only=True)
class OfferBehind:
    """An offer as its client may see it: no names, no treatments."""

    practice_id: int
    practice_name: str
    practice_phone: str | None
    offer_id: int
    opening_id: int
    state: str
    opening_state: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None
    claimed_at: datetime | None
    provider_first_name: str
    location_name: str
    location_address: str | None
    zone: str
    client_id: int
    consult_instead: bool

    @property
    def claimable(self) -> bool:
        return self.state in ("open", "expired", "declined") and self.opening_state == "live"


@dataclass(frozen=True, kw_only=True)
class TaskBehind:
    """A task as staff see it behind its link."""

    practice_id: int
    practice_name: str
    task_id: int
    kind: str
    title: str
    body: str
    draft: str | None
    shortlist: tuple[dict[str, Any], ...]
    choices: tuple[dict[str, Any], ...]
    safe_default: str
    state: str
    due_at: datetime
    settled_at: datetime | None
    resolution: dict[str, Any] | None
    resolved_by: str | None
    zone: str
    #: Whom it is about, where it is about one client: what to call them, and where.
    client_id: int | None
    client_name: str | None
    client_phone: str | None
    #: How far the text its answer sent has come by the carrier's word, once there is one.
    text_state: str | None = None


def offer(session: Session, token: str) -> OfferBehind | None:
    row = session.execute(
        select(Offer, Opening, Practice, Provider, Location)
        .join(
            Opening, and_(col(Opening.practice_id) == col(Offer.practice_id), col(Opening.id) == col(Offer.opening_id))
        )
        .join(Practice, col(Practice.id) == col(Offer.practice_id))
        .join(
            Provider,
            and_(col(Provider.practice_id) == col(Opening.practice_id), col(Provider.id) == col(Opening.provider_id)),
        )
        .join(
            Location,
            and_(col(Location.practice_id) == col(Opening.practice_id), col(Location.id) == col(Opening.location_id)),
        )
        .where(col(Offer.token) == token)
    ).one_or_none()
    if row is None:
        return None
    found, opening, practice, provider, location = row
    return OfferBehind(
        practice_id=practice.id,
        practice_name=practice.short_name,
        practice_phone=practice.phone,
        offer_id=found.id,
        opening_id=opening.id,
        state=found.state,
        opening_state=opening.state,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        expires_at=found.expires_at,
        claimed_at=found.claimed_at,
        provider_first_name=provider.first_name,
        location_name=location.name,
        location_address=location.address,
        zone=location.zone,
        client_id=found.client_id,
        consult_instead=found.consult_instead,
    )


def task(session: Session, token: str) -> TaskBehind | None:
    row = session.execute(
        select(Task, Practice, Client)
        .join(Practice, col(Practice.id) == col(Task.practice_id))
        .outerjoin(
            Client, and_(col(Client.practice_id) == col(Task.practice_id), col(Client.id) == col(Task.client_id))
        )
        .where(col(Task.token) == token)
    ).one_or_none()
    if row is None:
        return None
    found, practice, client = row
    return TaskBehind(
        practice_id=practice.id,
        practice_name=practice.short_name,
        task_id=found.id,
        kind=found.kind,
        title=found.title,
        body=found.body,
        draft=found.draft,
        shortlist=tuple(found.shortlist),
        choices=tuple(found.choices),
        safe_default=found.safe_default,
        state=found.state,
        due_at=found.due_at,
        settled_at=found.settled_at,
        resolution=found.resolution,
        resolved_by=found.resolved_by,
        zone=tasks.zone_of(session, practice.id, opening_id=found.opening_id, appointment_id=found.appointment_id),
        client_id=found.client_id,
        client_name=f"{client.first_name} {client.last_name}" if client is not None else _nobody(found),
        client_phone=found.phone if client is None else client.phone,
        text_state=_text_state(session, practice.id, found.id),
    )


def _nobody(task: Task) -> str | None:
    return None if task.phone is None else "A number we do not know"


def _text_state(session: Session, practice_id: int, task_id: int) -> str | None:
    state: str | None = session.execute(
        select(col(Message.state))
        .join(
            Intent, and_(col(Intent.practice_id) == col(Message.practice_id), col(Intent.id) == col(Message.intent_id))
        )
        .where(col(Intent.practice_id) == practice_id, col(Intent.key) == effect_keys.draft_key(task_id))
    ).scalar_one_or_none()
    return state

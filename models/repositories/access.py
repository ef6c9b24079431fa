"""API keys, requests that were made before, and who read sealed payloads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from models.access import ApiKey, ApiRequest, SealedRead


@dataclass(frozen=True, kw_only=True)
class KeyFacts:
    """Who calls: a key of one practice. `role`: "viewer", "staff" or "admin"."""

    id: int
    practice_id: int
    role: str
    label: str


@dataclass(frozen=True, kw_only=True)
class ListedKey:
    """A key as an administrator sees it."""

    id: int
    role: str
    label: str
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that changes something. `outcome` is None while the first one is still under way."""

    is_new: bool
    operation: str
    outcome: dict[str, Any] | None


def create_key(session: Session, practice_id: int, *, digest: str, role: str, label: str, now: datetime) -> int:
    """Keep a new key by its digest; the key itself is shown once and kept nowhere."""
    made: int = session.execute(
        insert(ApiKey)
        .values(practice_id=practice_id, digest=digest, role=role, label=label, created_at=now)
        .returning(col(ApiKey.id))
    ).scalar_one()
    return made


def keys(session: Session, practice_id: int) -> tuple[ListedKey, ...]:
    """Every key of the practice, live and revoked, oldest first; none can be made out from it."""
    rows = session.execute(
        select(ApiKey).where(col(ApiKey.practice_id) == practice_id).order_by(col(ApiKey.id))
    ).scalars()
    return tuple(
        ListedKey(id=row.id or 0, role=row.role, label=row.label, created_at=row.created_at, revoked_at=row.revoked_at)
        for row in rows
    )


def revoke_key(session: Session, practice_id: int, key_id: int, *, now: datetime) -> bool:
    done = session.execute(
        update(ApiKey)
        .where(col(ApiKey.practice_id) == practice_id, col(ApiKey.id) == key_id, col(ApiKey.revoked_at).is_(None))
        .values(revoked_at=now)
        .returning(col(ApiKey.id))
    )
    return done.first() is not None


def by_digest(session: Session, digest: str) -> KeyFacts | None:
    """The live key of this digest. The one lookup that knows no practice: the key names it."""
    row = session.execute(
        select(ApiKey).where(col(ApiKey.digest) == digest, col(ApiKey.revoked_at).is_(None))
    ).scalar_one_or_none()
    if row is None:
        return None
    return KeyFacts(id=row.id or 0, practice_id=row.practice_id, role=row.role, label=row.label)


def begin_request(
    session: Session, practice_id: int, *, request_id: str, operation: str, asked_by: str, now: datetime
) -> Asked:
    """Note a request before it is tried, or find what became of it."""
    made = session.execute(
        insert(ApiRequest)
        .values(practice_id=practice_id, request_id=request_id, operation=operation, asked_by=asked_by, asked_at=now)
        .on_conflict_do_nothing(index_elements=["practice_id", "request_id"])
        .returning(col(ApiRequest.id))
    ).first()
    row = session.execute(
        select(ApiRequest).where(col(ApiRequest.practice_id) == practice_id, col(ApiRequest.request_id) == request_id)
    ).scalar_one()
    return Asked(is_new=made is not None, operation=row.operation, outcome=row.outcome)


def finish_request(session: Session, practice_id: int, request_id: str, outcome: dict[str, Any]) -> None:
    """Keep the answer; the first one stands."""
    session.execute(
        update(ApiRequest)
        .where(
            col(ApiRequest.practice_id) == practice_id,
            col(ApiRequest.request_id) == request_id,
            col(ApiRequest.outcome).is_(None),
        )
        .values(outcome=outcome)
    )


def outcome_of(session: Session, practice_id: int, request_id: str) -> dict[str, Any] | None:
    outcome: dict[str, Any] | None = session.execute(
        select(col(ApiRequest.outcome)).where(
            col(ApiRequest.practice_id) == practice_id, col(ApiRequest.request_id) == request_id
        )
    ).scalar_one_or_none()
    return outcome


def log_read(
    session: Session,
    *,
    role: str,
    reader: str,
    origin: str | None,
    namespace: str | None,
    payloads: int,
    now: datetime,
) -> None:
    """Somebody opened sealed payloads."""
    session.execute(
        insert(SealedRead).values(
            role=role, reader=reader, origin=origin, namespace=namespace, payloads=payloads, read_at=now
        )
    )

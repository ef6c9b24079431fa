"""Receipts: one event from outside, as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from models.inbox import Receipt


class Purpose(StrEnum):
    """What a receipt is about, whichever vendor it came from."""

    PMS = "pms"
    TEXT = "text"
    TEXT_STATUS = "text_status"
    MAIL_STATUS = "mail_status"
    PRESS = "press"
    #: What staff or a claim page asked for, so that it leads back to somebody as an event does.
    ADMIN = "admin"


class ReceiptState(StrEnum):
    NEW = "new"
    ROUTED = "routed"
    IGNORED = "ignored"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts:
    """A receipt as routing and the answering journey need it.

    `outcome` is routing's verdict in one word ("late_yes", "ask_which", "claim", …) and `about` names what it is about
    by our own ids: "offer_id", "appointment_id", "client_id", "question_ids", "words".
    """

    id: int
    practice_id: int
    vendor: str
    purpose: str
    event_key: str
    event_type: str
    parsed: Mapping[str, Any]
    received_at: datetime
    practice_at: datetime
    state: str
    outcome: str | None
    repeats: int

    @property
    def about(self) -> Mapping[str, Any]:
        about: Mapping[str, Any] = self.parsed.get("about") or {}
        return about


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """`facts` of a new receipt; None for a repeat of a known event."""

    id: int
    facts: ReceiptFacts | None

    @property
    def is_new(self) -> bool:
        return self.facts is not None


def record(
    session: Session,
    practice_id: int,
    *,
    vendor: str,
    purpose: str,
    event_key: str,
    event_type: str,
    parsed: Mapping[str, Any],
    payload: str,
    received_at: datetime,
    practice_at: datetime,
    state: str = ReceiptState.NEW.value,
) -> Recorded:
    """Keep an event; a repeat is counted on the first one's row."""
    arrived = insert(Receipt).values(
        practice_id=practice_id,
        vendor=vendor,
        purpose=purpose,
        event_key=event_key,
        event_type=event_type,
        parsed=dict(parsed),
        payload=payload,
        received_at=received_at,
        practice_at=practice_at,
        state=state,
        repeats=0,
    )
    counted = arrived.on_conflict_do_update(
        index_elements=["practice_id", "vendor", "event_key"], set_={"repeats": col(Receipt.repeats) + 1}
    )
    row = session.execute(counted.returning(col(Receipt.id), col(Receipt.repeats))).one()
    facts = ReceiptFacts(
        id=row.id,
        practice_id=practice_id,
        vendor=vendor,
        purpose=purpose,
        event_key=event_key,
        event_type=event_type,
        parsed=parsed,
        received_at=received_at,
        practice_at=practice_at,
        state=state,
        outcome=None,
        repeats=0,
    )
    return Recorded(id=row.id, facts=facts if row.repeats == 0 else None)


def get(session: Session, practice_id: int, receipt_id: int) -> ReceiptFacts | None:
    row = session.execute(
        select(Receipt).where(col(Receipt.practice_id) == practice_id, col(Receipt.id) == receipt_id)
    ).scalar_one_or_none()
    return None if row is None else _facts(row)


def next_unrouted(session: Session) -> tuple[int, int] | None:
    """(practice, receipt) whose first routing failed, locked; None when there is none another process does not have."""
    row = session.execute(
        select(col(Receipt.practice_id), col(Receipt.id))
        .where(col(Receipt.state) == ReceiptState.NEW.value)
        .order_by(col(Receipt.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def settle(
    session: Session,
    practice_id: int,
    receipt_id: int,
    *,
    state: ReceiptState,
    outcome: str,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Write what routing made of it."""
    values: dict[str, Any] = {"state": state.value, "outcome": outcome}
    if about:
        values["parsed"] = col(Receipt.parsed).op("||")({"about": dict(about)})
    session.execute(
        update(Receipt).where(col(Receipt.practice_id) == practice_id, col(Receipt.id) == receipt_id).values(**values)
    )


def _facts(row: Receipt) -> ReceiptFacts:
    assert row.id is not None  # read from the database
    return ReceiptFacts(
        id=row.id,
        practice_id=row.practice_id,
        vendor=row.vendor,
        purpose=row.purpose,
        event_key=row.event_key,
        event_type=row.event_type,
        parsed=row.parsed,
        received_at=row.received_at,
        practice_at=row.practice_at,
        state=row.state,
        outcome=row.outcome,
        repeats=row.repeats,
    )

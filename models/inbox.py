"""What came from outside and what is on its way to a journey."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


class Receipt(SQLModel, table=True):
    """One event from outside, as it came; never changed but for its routing.

    `state`: "new" → "routed" | "ignored" (documented, no use to us) | "unknown" (kept and reported) | "failed".
    """

    __table_args__ = of_practice(
        extra=(
            Index("receipt_event", "practice_id", "vendor", "event_key", unique=True),
            Index("receipt_new", "id", postgresql_where=text("state = 'new'")),
        )
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    vendor: str
    #: "pms", "text", "text_status", "mail_status", "press", "admin".
    purpose: str
    event_key: str
    event_type: str
    #: What the adapter read, in the port's own words; routing needs nothing else.
    parsed: dict[str, Any] = Field(sa_type=Json)
    #: As it came; what is no text Postgres can store stands here as `models.storable_text.as_kept` has it.
    payload: str
    #: Real time of arrival and the practice's clock at that moment.
    received_at: datetime = Field(sa_type=Instant)
    practice_at: datetime = Field(sa_type=Instant)
    state: str = "new"
    outcome: str | None = None
    repeats: int = 0


class Delivery(SQLModel, table=True):
    """One message for one journey, waiting to be handed over by the relay.

    `journey` and `ref` (with `turn`) name the workflow; `message` is its signal or update, `body` the message's fields.
    `state`: "waiting" → "done" | "over" (the journey had ended; the outcome says what was done about it) | "dead".
    """

    __table_args__ = of_practice(
        ("receipt_id", "receipt"),
        extra=(
            Index("delivery_key", "practice_id", "key", unique=True),
            Index("delivery_waiting", "workflow_key", "id", postgresql_where=text("state = 'waiting'")),
            # The relay's claim walks the waiting ones oldest first, however many are done.
            Index("delivery_line", "id", postgresql_where=text("state = 'waiting'")),
            # What a person waits for, however many hints are in line.
            Index(
                "delivery_awaited",
                "workflow_key",
                postgresql_where=text("state = 'waiting' AND message <> 'pms_changed'"),
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    receipt_id: int | None = Field(default=None, sa_type=BigInteger)
    #: Deduplicates: the same event routed twice makes one delivery.
    key: str
    journey: str
    ref: int = Field(sa_type=BigInteger)
    turn: int = 0
    #: `journey:practice:ref:turn`: messages of one workflow leave in order.
    workflow_key: str
    #: "start", "signal", "signal_with_start" or "update".
    action: str
    message: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    state: str = "waiting"
    attempts: int = 0
    #: Real time; a relay process that dies gives its rows back when the lease runs out.
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    not_before: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = None

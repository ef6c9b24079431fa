"""What we did to the world, noted before it is tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


class Intent(SQLModel, table=True):
    """An outward effect with our key.

    `state`: "planned" → "trying" → "done" | "refused" | "unknown" (it may have happened: read back before repeating);
    or "held" until `held_until`, or "suppressed". `workflow_id` is the journey that wanted it.
    """

    __table_args__ = of_practice(
        ("client_id", "client"),
        extra=(Index("intent_key", "practice_id", "key", unique=True), Index("intent_state", "practice_id", "state")),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    key: str
    #: "text", "mail", "card", "pms_book", "pms_cancel", "pms_confirm".
    effect: str
    workflow_id: str
    client_id: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "planned"
    attempts: int = 0
    planned_at: datetime = Field(sa_type=Instant)
    #: Real time of the last attempt; read-back grace is counted on the wall clock.
    tried_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    held_until: datetime | None = Field(default=None, sa_type=Instant)
    #: The vendor's own id once known.
    vendor_ref: str | None = Field(default=None, index=True)
    reason: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class Message(SQLModel, table=True):
    """What a client was told, or told us; `intent_id` for ours. `state` follows the vendor's reports."""

    __table_args__ = of_practice(
        ("client_id", "client"),
        ("intent_id", "intent"),
        extra=(
            Index("message_ref", "practice_id", "vendor_ref"),
            Index("message_client", "practice_id", "client_id", "at"),
            Index("message_address", "practice_id", "address", "at"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int | None = Field(default=None, sa_type=BigInteger)
    intent_id: int | None = Field(default=None, sa_type=BigInteger, unique=True)
    direction: str
    channel: str
    #: "appointment", "offer" or "marketing" for ours; None for theirs.
    kind: str | None = None
    template: str | None = None
    address: str
    #: The number of the practice's that it came to or left from; None for a mail, and for a text of before it was kept.
    our_number: str | None = None
    subject: str | None = None
    body: str
    state: str
    error_code: str | None = None
    vendor_ref: str | None = None
    receipt_id: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)

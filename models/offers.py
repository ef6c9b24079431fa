"""Offers, the questions they ask, and the holds of those who said yes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Index, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql import column
from sqlmodel import Field, SQLModel

from domain.ranges import TimeRange
from models.base import Instant, Json, Stretch, of_practice

#: Where an offer keeps others from its phone: it is open, or planned and about to be sent.
HOLDS_PHONE: Final = "state = 'open' OR state = 'planned' AND reserved_until IS NOT NULL"


class Offer(SQLModel, table=True):
    """One opening offered to one client.

    `state`: "planned" → "open" (handed to the vendor, or perhaps so) → "won" | "lost" | "declined" | "expired" |
    "withdrawn" | "replaced" (its time was taken, and its client was offered another of the same opening) |
    "handed_over" (they said yes, and a person finishes it); or "suppressed" when the gate let nothing out. An expired
    offer may still win while nobody else has.
    `plan` is the visit it would become: segments with service, provider and times; room and device once it is held.
    """

    __table_args__ = of_practice(
        ("opening_id", "opening"),
        ("client_id", "client"),
        ("entry_id", "waitlist_entry"),
        extra=(
            Index("offer_one_open_per_phone", "practice_id", "phone", unique=True, postgresql_where=text(HOLDS_PHONE)),
            Index(
                "offer_once",
                "practice_id",
                "opening_id",
                "client_id",
                unique=True,
                postgresql_where=text("state <> 'replaced'"),
            ),
            Index("offer_token", "token", unique=True),
            Index("offer_of_client", "practice_id", "client_id", "sent_at"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    opening_id: int = Field(sa_type=BigInteger)
    client_id: int = Field(sa_type=BigInteger)
    entry_id: int | None = Field(default=None, sa_type=BigInteger)
    phone: str
    wave: int
    state: str = "planned"
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    plan: list[dict[str, Any]] = Field(sa_type=Json)
    consult_instead: bool = False
    score: float = 0.0
    #: Random, unguessable; stands in the claim link.
    token: str
    #: A planned offer keeps its phone until then; one that is not to be sent gives it up.
    reserved_until: datetime | None = Field(default=None, sa_type=Instant)
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    #: The one closing message, or why there was none.
    closing: str | None = None
    #: Who it was chosen by: "rank", "staff", "next_best".
    chosen_by: str = "rank"


class Question(SQLModel, table=True):
    """Something a client was asked and may still answer; a reply is matched to the open ones of its phone."""

    __table_args__ = of_practice(
        ("client_id", "client"),
        ("offer_id", "offer"),
        ("appointment_id", "appointment"),
        ("entry_id", "waitlist_entry"),
        extra=(
            Index("question_phone", "practice_id", "phone", postgresql_where=text("closed_at IS NULL")),
            Index("question_offer", "practice_id", "offer_id", unique=True),
            Index("question_entry", "practice_id", "entry_id", unique=True),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    phone: str
    client_id: int = Field(sa_type=BigInteger)
    #: "offer", "appointment" or "when_suits".
    kind: str
    offer_id: int | None = Field(default=None, sa_type=BigInteger)
    appointment_id: int | None = Field(default=None, sa_type=BigInteger)
    #: A wish is asked about once, which days and hours suit it.
    entry_id: int | None = Field(default=None, sa_type=BigInteger)
    asked_at: datetime = Field(sa_type=Instant)
    #: No longer answerable; a late YES still finds the offer through it until `forget_at`.
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    forget_at: datetime | None = Field(default=None, sa_type=Instant)


class Hold(SQLModel, table=True):
    """Our lock on what a visit needs, taken before the PMS is asked.

    `state`: "held" → "written" | "released"; "unknown" while nobody can say whether the PMS took it: such a hold
    becomes a Task and outlasts every deadline but the visit's end.
    """

    __table_args__ = of_practice(
        ("opening_id", "opening"),
        ("offer_id", "offer"),
        extra=(Index("hold_key", "practice_id", "key", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    key: str
    opening_id: int | None = Field(default=None, sa_type=BigInteger)
    offer_id: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "held"
    taken_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    released_at: datetime | None = Field(default=None, sa_type=Instant)


class HoldResource(SQLModel, table=True):
    """One provider, room, device or client held for a stretch, buffers included.

    `resource_key` is `resource_id * 4 + kind` so that ids of different kinds never meet: without btree_gist a text
    column cannot stand in an exclusion constraint.
    """

    __tablename__ = "hold_resource"
    __table_args__ = of_practice(
        ("hold_id", "hold"),
        extra=(
            ExcludeConstraint(
                (func.int8range(column("resource_key"), column("resource_key"), "[]"), "&&"),
                (column("during"), "&&"),
                where=text("released_at IS NULL"),
                using="gist",
                name="hold_resource_once",
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    hold_id: int = Field(sa_type=BigInteger, index=True)
    #: "provider", "room", "device" or "client".
    kind: str
    resource_id: int = Field(sa_type=BigInteger)
    resource_key: int = Field(sa_type=BigInteger)
    during: TimeRange = Field(sa_type=Stretch)
    released_at: datetime | None = Field(default=None, sa_type=Instant)

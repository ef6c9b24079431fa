"""A practice, its clock, its places and the outside systems it is connected to."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Uuid, text
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


def new_public_id() -> str:
    """A connection's name in webhook URLs: not to be guessed, and never a practice's slug, which has no underscore."""
    return f"c_{secrets.token_hex(16)}"


class Practice(SQLModel, table=True):
    """One tenant. `policy` is `domain.policy.PracticePolicy` as JSON; `slug` stands in webhook URLs."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    slug: str = Field(unique=True)
    name: str
    #: How texts name the practice; short, and not revealing a treatment.
    short_name: str
    phone: str | None = None
    postal_address: str | None = None
    pms_kind: str
    policy: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    #: A paused practice sends no offers; events are still recorded.
    paused: bool = False
    #: Another one whenever its services, staff, rooms, devices or places change: the database sees to it (migration
    #: 0013), whoever changes them. Never used twice, so that what was rolled back is never taken for what stands.
    catalogue_version: UUID = Field(
        default_factory=uuid4, sa_type=Uuid, sa_column_kwargs={"server_default": text("gen_random_uuid()")}
    )


class Clock(SQLModel, table=True):
    """The practice's clock (`domain.clock.PracticeClock`): one row a practice; none means the wall clock."""

    practice_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(ForeignKey("practice.id"),))
    anchor_real: datetime = Field(sa_type=Instant)
    anchor_practice: datetime = Field(sa_type=Instant)
    rate: float


class Connection(SQLModel, table=True):
    """A practice's account at one vendor, as one number, mailbox, business or workspace.

    `address` is how the vendor names it: business id, our number, sender address, team id. `location_id`: the place it
    serves; none means every place that has no connection of its own for the same purpose. Credentials are sealed
    (`wiring.sealing`); a connection without any uses the environment's account of the same vendor.
    """

    __table_args__ = of_practice(
        ("location_id", "location"),
        extra=(
            Index("connection_public_id", "public_id", unique=True),
            # A number, business or mailbox belongs to one practice; a workspace may serve several places and practices.
            Index(
                "connection_address",
                "vendor",
                "address",
                unique=True,
                postgresql_where=text("off_at IS NULL AND purpose <> 'chat'"),
            ),
            Index(
                "connection_chat",
                "practice_id",
                "vendor",
                "address",
                unique=True,
                postgresql_where=text("off_at IS NULL AND purpose = 'chat' AND location_id IS NULL"),
            ),
            Index(
                "connection_chat_of_location",
                "practice_id",
                "location_id",
                unique=True,
                postgresql_where=text("off_at IS NULL AND purpose = 'chat' AND location_id IS NOT NULL"),
            ),
            # A visit must not be looked for in two calendars.
            Index(
                "connection_pms",
                "practice_id",
                unique=True,
                postgresql_where=text("off_at IS NULL AND purpose = 'pms'"),
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    #: Stands in the URL the vendor calls.
    public_id: str = Field(default_factory=new_public_id)
    #: "pms", "sms", "email" or "chat".
    purpose: str
    vendor: str
    address: str
    location_id: int | None = Field(default=None, sa_type=BigInteger)
    #: The vendor signed an agreement for health data; only then may the practice choose to name services.
    baa_on_file: bool = False
    names_services: bool = False
    #: What is no secret: hosts, paces, channels.
    options: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    #: The vendor's settings that are secrets, as JSON, sealed.
    credentials: bytes | None = Field(default=None, sa_type=LargeBinary)
    #: The key that opens `credentials`.
    key_id: str | None = None
    #: What the vendor renews from time to time, sealed: access and refresh token. Renewing changes no `version`.
    tokens: bytes | None = Field(default=None, sa_type=LargeBinary)
    tokens_key_id: str | None = None
    #: What it can and cannot do, as it was told when it was connected.
    capabilities: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    #: Raised with every change that a client of this account must know of.
    version: int = 1
    #: Neither called nor listened to since.
    off_at: datetime | None = Field(default=None, sa_type=Instant)
    #: Real time of its newest event, to within some seconds.
    last_heard_at: datetime | None = Field(default=None, sa_type=Instant)
    last_failure_at: datetime | None = Field(default=None, sa_type=Instant)
    #: `vendors.errors`' word for it.
    last_failure_kind: str | None = None


class StaffAccount(SQLModel, table=True):
    """Somebody who may answer for the practice from its staff chat, known there by `chat_user`, the vendor's own id.

    One who has left stays as a row, `active` no more: tasks of the past name them.
    """

    __tablename__ = "staff_account"
    __table_args__ = of_practice(extra=(Index("staff_account_chat_user", "practice_id", "chat_user", unique=True),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    name: str
    chat_user: str
    active: bool = True


class Location(SQLModel, table=True):
    """A place, with the IANA zone every message about it speaks in."""

    __table_args__ = of_practice(
        extra=(
            Index("location_ref", "practice_id", "pms_ref", unique=True),
            Index("location_name", "practice_id", "name"),
        )
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    name: str
    zone: str
    postcode: str
    #: As people find it: street, floor, town; on the claim page and in calendars.
    address: str | None = None
    #: Where to leave a car, in a few words.
    parking: str | None = None
    pms_ref: str | None = None

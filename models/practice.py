"""A practice, its clock, its places and the outside systems it is connected to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, Uuid, text
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


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
    """An outside system of a practice. `address` is how it names the practice: business id, our number, team id."""

    __table_args__ = of_practice(extra=(Index("connection_address", "vendor", "address", unique=True),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    #: "pms", "sms", "email" or "chat".
    purpose: str
    vendor: str
    address: str
    #: The vendor signed an agreement for health data; only then may the practice choose to name services.
    baa_on_file: bool = False
    names_services: bool = False
    options: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


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

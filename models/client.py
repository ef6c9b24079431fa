"""Clients, what they agreed to and what was noted about them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.base import Instant, of_practice


class Client(SQLModel, table=True):
    """A patient; vendors say client, and so do we. `phone` is E.164, `email` lower-case."""

    __table_args__ = of_practice(
        ("preferred_provider_id", "provider"),
        extra=(
            Index("client_ref", "practice_id", "pms_ref", unique=True),
            Index("client_phone", "practice_id", "phone"),
            Index("client_email", "practice_id", "email"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    first_name: str
    last_name: str
    pms_ref: str | None = None
    phone: str | None = None
    #: A line behind a switchboard, in full: never texted, never in the place of a phone that can be.
    phone_with_extension: str | None = None
    email: str | None = None
    postcode: str | None = None
    zone: str | None = None
    #: On file, and what they last wrote to us in; the first counts more. None where nobody has said.
    language: str | None = None
    wrote_in: str | None = None
    #: "sms", "email" or "voice": what the client said they prefer, and where they last answered.
    stated_channel: str | None = None
    last_answered_channel: str | None = None
    preferred_provider_id: int | None = Field(default=None, sa_type=BigInteger)
    vip: bool = False
    exam_valid_until: date | None = None
    consult_valid_until: date | None = None


class SecondPhone(SQLModel, table=True):
    """A second phone (E.164) that a client writes from. Texts of ours go to the one on their row."""

    __tablename__ = "second_phone"
    __table_args__ = of_practice(
        ("client_id", "client"),
        extra=(Index("second_phone_once", "practice_id", "phone", "client_id", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int = Field(sa_type=BigInteger)
    phone: str
    since: datetime = Field(sa_type=Instant)


class ClientNote(SQLModel, table=True):
    """A dated remark with its author."""

    __tablename__ = "client_note"
    __table_args__ = of_practice(("client_id", "client"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int = Field(sa_type=BigInteger, index=True)
    noted_on: date
    author: str
    text: str


class ClientTreatment(SQLModel, table=True):
    """A treatment a client had: imported history, or a completed visit of the mirror."""

    __tablename__ = "client_treatment"
    __table_args__ = of_practice(
        ("client_id", "client"),
        extra=(Index("client_treatment_once", "practice_id", "client_id", "kind", "treated_on", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int = Field(sa_type=BigInteger)
    kind: str
    treated_on: date


class ConsentGrant(SQLModel, table=True):
    """A client's consent for one kind of message on one channel; revoked when `revoked_at` is set."""

    __tablename__ = "consent_grant"
    __table_args__ = of_practice(
        ("client_id", "client"),
        extra=(Index("consent_once", "practice_id", "client_id", "channel", "kind", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int = Field(sa_type=BigInteger)
    channel: str
    kind: str
    granted_at: datetime = Field(sa_type=Instant)
    #: Where it came from: "import", "form", "pms", "text".
    source: str
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Undeliverable(SQLModel, table=True):
    """A phone or mailbox that takes no messages by the word of its carrier: no such number, a landline, blocked."""

    __table_args__ = of_practice(
        extra=(Index("undeliverable_address", "practice_id", "channel", "address", unique=True),)
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    channel: str
    address: str
    since: datetime = Field(sa_type=Instant)
    #: The vendor's own code.
    code: str
    #: It wrote to us since, and so can be written to.
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)


class OptOut(SQLModel, table=True):
    """A phone or mailbox that said STOP to this practice; whoever of several clients uses it."""

    __tablename__ = "opt_out"
    __table_args__ = of_practice(extra=(Index("opt_out_address", "practice_id", "channel", "address", unique=True),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    channel: str
    address: str
    opted_out_at: datetime = Field(sa_type=Instant)
    #: How we learned it: "reply", "vendor", "staff".
    source: str
    resubscribed_at: datetime | None = Field(default=None, sa_type=Instant)

"""Our mirror of the PMS's calendar, and the openings made from its changes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql import column
from sqlmodel import Field, SQLModel

from domain.ranges import TimeRange
from models.base import Duration, Instant, Json, Stretch, of_practice


class Appointment(SQLModel, table=True):
    """A visit that lives in the PMS. `state` is `domain.calendar.VisitState`; `turn` counts its bookings' lives.

    The row exists from the first event that names it ("unread"), so that it has an id of ours before it is fetched.
    """

    __table_args__ = of_practice(
        ("location_id", "location"),
        ("client_id", "client"),
        extra=(
            Index("appointment_ref", "practice_id", "pms_ref", unique=True),
            Index("appointment_day", "practice_id", "location_id", "starts_at"),
            Index("appointment_client", "practice_id", "client_id", "starts_at"),
            Index("appointment_unknown", "practice_id", postgresql_where=text("location_ref IS NOT NULL")),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    pms_ref: str
    location_id: int | None = Field(default=None, sa_type=BigInteger)
    client_id: int | None = Field(default=None, sa_type=BigInteger)
    #: The PMS's reference of a place that the matrix lacks.
    location_ref: str | None = None
    state: str = "unread"
    starts_at: datetime | None = Field(default=None, sa_type=Instant)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    turn: int = 0
    #: The offer whose claim made this visit, when one of ours did.
    offer_id: int | None = Field(default=None, sa_type=BigInteger)
    read_at: datetime | None = Field(default=None, sa_type=Instant)


class AppointmentSegment(SQLModel, table=True):
    """One service of a mirrored visit. `inferred` marks a room and device that our rules chose, not the PMS.

    Where the matrix lacks the service or the provider, its reference stands instead. With neither a provider nor a
    reference of one the segment may be anybody's.
    """

    __tablename__ = "appointment_segment"
    __table_args__ = of_practice(
        ("appointment_id", "appointment"),
        ("service_id", "service"),
        ("provider_id", "provider"),
        ("room_id", "room"),
        ("device_id", "device"),
        extra=(
            Index("segment_position", "practice_id", "appointment_id", "position", unique=True),
            Index("segment_during", "during", postgresql_using="gist"),
            Index(
                "segment_unknown",
                "practice_id",
                postgresql_where=text("service_ref IS NOT NULL OR provider_ref IS NOT NULL"),
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    appointment_id: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=SmallInteger)
    service_id: int | None = Field(default=None, sa_type=BigInteger)
    provider_id: int | None = Field(default=None, sa_type=BigInteger)
    service_ref: str | None = None
    provider_ref: str | None = None
    room_id: int | None = Field(default=None, sa_type=BigInteger)
    device_id: int | None = Field(default=None, sa_type=BigInteger)
    inferred: bool = False
    during: TimeRange = Field(sa_type=Stretch)
    buffer_before: timedelta = Field(default=timedelta(), sa_type=Duration)
    buffer_after: timedelta = Field(default=timedelta(), sa_type=Duration)
    #: What the PMS charges for it, in cents; None where it does not tell.
    price_cents: int | None = None


class AppointmentChange(SQLModel, table=True):
    """One change of a mirrored visit, as the mirror came to say it: reports are made from these, and no row of it is
    ever changed or deleted (the database refuses).

    `what` names what changed, in the words of `domain.visit_changes.Changed`: "seen" for the first reading.
    `segments` holds the visit as it is after the change, one object a segment in their order,
    with our ids, the PMS's references of what the matrix lacks, times in ISO 8601 and the price in cents.
    """

    __tablename__ = "appointment_change"
    __table_args__ = of_practice(
        ("appointment_id", "appointment"),
        extra=(
            Index("appointment_change_at", "practice_id", "at"),
            Index("appointment_change_of", "practice_id", "appointment_id", "id"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    appointment_id: int = Field(sa_type=BigInteger)
    #: The practice's time at which the mirror took it over.
    at: datetime = Field(sa_type=Instant)
    what: list[str] = Field(sa_type=Json)
    state_before: str
    state: str
    starts_at_before: datetime | None = Field(default=None, sa_type=Instant)
    starts_at: datetime | None = Field(default=None, sa_type=Instant)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    location_id: int | None = Field(default=None, sa_type=BigInteger)
    client_id: int | None = Field(default=None, sa_type=BigInteger)
    segments: list[dict[str, Any]] = Field(sa_type=Json)
    #: The webhook that told of it, where one did.
    receipt_id: int | None = Field(default=None, sa_type=BigInteger)


class DayRead(SQLModel, table=True):
    """When a provider's local date was last read from the PMS; without one, a day has no `before` to compare with."""

    __tablename__ = "day_read"
    __table_args__ = of_practice(
        ("location_id", "location"),
        ("provider_id", "provider"),
        extra=(Index("day_read_once", "practice_id", "location_id", "provider_id", "day", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    location_id: int = Field(sa_type=BigInteger)
    provider_id: int = Field(sa_type=BigInteger)
    day: date
    read_at: datetime = Field(sa_type=Instant)


class DayStretch(SQLModel, table=True):
    """A shift or a block of a provider as last read; `kind` is "shift", "block", "off" where they do not work at
    this location, or "unread" for what takes the time and could not be read."""

    __tablename__ = "day_stretch"
    __table_args__ = of_practice(
        ("location_id", "location"),
        ("provider_id", "provider"),
        extra=(Index("day_stretch_day", "practice_id", "location_id", "provider_id", "day"),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    location_id: int = Field(sa_type=BigInteger)
    provider_id: int = Field(sa_type=BigInteger)
    day: date
    kind: str
    pms_ref: str | None = None
    during: TimeRange = Field(sa_type=Stretch)


class Opening(SQLModel, table=True):
    """A free stretch of one provider with its cause. Live openings of a provider cannot overlap.

    `state`: "live", then "filled", "withdrawn" (someone else took it), "lapsed" (nobody in time), "declined" (not
    worth filling, see its decision) or "handed_over" (a person has it).
    """

    __table_args__ = of_practice(
        ("location_id", "location"),
        ("provider_id", "provider"),
        ("appointment_id", "appointment"),
        extra=(
            ExcludeConstraint(
                (func.int8range(column("provider_id"), column("provider_id"), "[]"), "&&"),
                (column("during"), "&&"),
                where=text("state = 'live'"),
                using="gist",
                name="opening_live_once",
            ),
            Index("opening_state", "practice_id", "state"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    location_id: int = Field(sa_type=BigInteger)
    provider_id: int = Field(sa_type=BigInteger)
    during: TimeRange = Field(sa_type=Stretch)
    cause: str
    appointment_id: int | None = Field(default=None, sa_type=BigInteger)
    state: str = "live"
    chain_depth: int = 0
    created_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    #: The receipt that told of it, for the way back from a filled chair to the event.
    receipt_id: int | None = Field(default=None, sa_type=BigInteger)

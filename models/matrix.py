"""The service-provider-room matrix as tables."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.base import Duration, Json, of_practice


class Provider(SQLModel, table=True):
    """Someone who treats clients."""

    __table_args__ = of_practice(
        extra=(
            Index("provider_ref", "practice_id", "pms_ref", unique=True),
            Index("provider_name", "practice_id", "display_name"),
        )
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    first_name: str
    #: As the practice writes it: "NP Martinez", "Dr. Lee".
    display_name: str
    pms_ref: str | None = None
    active: bool = True


class ProviderLocation(SQLModel, table=True):
    """Where a provider works."""

    __tablename__ = "provider_location"
    __table_args__ = of_practice(
        ("provider_id", "provider"),
        ("location_id", "location"),
        extra=(Index("provider_location_pair", "practice_id", "provider_id", "location_id", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    provider_id: int = Field(sa_type=BigInteger)
    location_id: int = Field(sa_type=BigInteger)


class Credential(SQLModel, table=True):
    """A certificate or licence of a provider; `kind` is a lower-case code ("rn", "neurotoxin")."""

    __table_args__ = of_practice(
        ("provider_id", "provider"),
        extra=(Index("credential_kind", "practice_id", "provider_id", "kind", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    provider_id: int = Field(sa_type=BigInteger)
    kind: str
    number: str | None = None
    expires_on: date | None = None


class Service(SQLModel, table=True):
    """A service of the catalogue; `requirements` is a list of groups, all needed, any of each group's kinds enough."""

    __table_args__ = of_practice(
        extra=(
            Index("service_code", "practice_id", "code", unique=True),
            Index("service_ref", "practice_id", "pms_ref", unique=True),
        )
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    code: str
    name: str
    kind: str
    pms_ref: str | None = None
    duration: timedelta = Field(sa_type=Duration)
    buffer_before: timedelta = Field(default=timedelta(), sa_type=Duration)
    buffer_after: timedelta = Field(default=timedelta(), sa_type=Duration)
    requirements: list[list[str]] = Field(default_factory=list, sa_type=Json)
    room_kind: str | None = None
    device_kind: str | None = None
    earliest_interval: timedelta | None = Field(default=None, sa_type=Duration)
    due_interval: timedelta | None = Field(default=None, sa_type=Duration)
    price_cents: int = 0
    high_value: bool = False
    #: "none", "exam" or "consult".
    prerequisite: str = "none"
    is_consult: bool = False
    active: bool = True


class ServiceProvider(SQLModel, table=True):
    """The practice lists this provider for this service; credentials must agree as well."""

    __tablename__ = "service_provider"
    __table_args__ = of_practice(
        ("service_id", "service"),
        ("provider_id", "provider"),
        extra=(Index("service_provider_pair", "practice_id", "service_id", "provider_id", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    service_id: int = Field(sa_type=BigInteger)
    provider_id: int = Field(sa_type=BigInteger)


class Room(SQLModel, table=True):
    """A room of a kind; ours where the PMS does not tell."""

    __table_args__ = of_practice(
        ("location_id", "location"), extra=(Index("room_name", "practice_id", "location_id", "name"),)
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    location_id: int = Field(sa_type=BigInteger)
    kind: str
    name: str
    pms_ref: str | None = None


class Device(SQLModel, table=True):
    """A device of a kind."""

    __table_args__ = of_practice(
        ("location_id", "location"), extra=(Index("device_name", "practice_id", "location_id", "name"),)
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    location_id: int = Field(sa_type=BigInteger)
    kind: str
    name: str
    pms_ref: str | None = None

"""Who may call the API, what they asked, and who read sealed payloads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.base import Instant, Json, of_practice


class ApiKey(SQLModel, table=True):
    """A key of the admin API, kept as HMAC-SHA-256 with the pepper. `role`: "viewer", "staff" or "admin"."""

    __tablename__ = "api_key"
    __table_args__ = of_practice(extra=(Index("api_key_digest", "digest", unique=True),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    digest: str
    role: str
    label: str
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class ApiRequest(SQLModel, table=True):
    """A request that changes something, and its outcome: asking again with the same id answers the same."""

    __tablename__ = "api_request"
    __table_args__ = of_practice(extra=(Index("api_request_once", "practice_id", "request_id", unique=True),))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    request_id: str
    operation: str
    asked_by: str
    asked_at: datetime = Field(sa_type=Instant)
    outcome: dict[str, Any] | None = Field(default=None, sa_type=Json)


class SealedRead(SQLModel, table=True):
    """One read of sealed payloads through the codec endpoint. No practice: payloads of many may be in one page."""

    __tablename__ = "sealed_read"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    role: str
    reader: str
    origin: str | None = None
    namespace: str | None = None
    payloads: int
    read_at: datetime = Field(sa_type=Instant)

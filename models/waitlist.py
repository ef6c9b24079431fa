"""Who waits for what."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from models.base import Duration, Instant, of_practice


class WaitlistEntry(SQLModel, table=True):
    """A client's wish; see `domain.clients.WaitlistEntry` for the meaning of each column."""

    __tablename__ = "waitlist_entry"
    __table_args__ = of_practice(
        ("client_id", "client"),
        ("location_id", "location"),
        extra=(
            # Carries all that narrows, so that only entries that may fit are read from the table itself.
            Index(
                "waitlist_active",
                "practice_id",
                "id",
                postgresql_include=["client_id", "location_id", "earliest_date", "latest_date", "minimum_notice"],
                postgresql_where=text("state = 'active'"),
            ),
            Index("waitlist_import_key", "practice_id", "import_key", unique=True),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    client_id: int = Field(sa_type=BigInteger, index=True)
    location_id: int | None = Field(default=None, sa_type=BigInteger)
    #: "active", "paused", "fulfilled" or "removed".
    state: str = "active"
    together: bool = False
    earliest_date: date | None = None
    latest_date: date | None = None
    minimum_notice: timedelta = Field(default=timedelta(), sa_type=Duration)
    miles_declared: float | None = None
    miles_away: float | None = None
    flexibility: int = Field(default=1, sa_type=SmallInteger)
    priority: int = Field(default=0, sa_type=SmallInteger)
    joined_at: datetime = Field(sa_type=Instant)
    last_offered_at: datetime | None = Field(default=None, sa_type=Instant)
    #: The entry's own key in the practice's list, so that a second import updates instead of adding.
    import_key: str | None = None


class WaitlistService(SQLModel, table=True):
    """A service an entry waits for; `position` orders a combination."""

    __tablename__ = "waitlist_service"
    __table_args__ = of_practice(
        ("entry_id", "waitlist_entry"),
        ("service_id", "service"),
        extra=(
            Index("waitlist_service_pair", "practice_id", "service_id", "entry_id", unique=True),
            Index("waitlist_service_entry", "practice_id", "entry_id"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    entry_id: int = Field(sa_type=BigInteger)
    service_id: int = Field(sa_type=BigInteger)
    position: int = Field(default=0, sa_type=SmallInteger)


class WaitlistProvider(SQLModel, table=True):
    """A provider an entry insists on; none means any."""

    __tablename__ = "waitlist_provider"
    __table_args__ = of_practice(
        ("entry_id", "waitlist_entry"),
        ("provider_id", "provider"),
        extra=(Index("waitlist_provider_pair", "practice_id", "entry_id", "provider_id", unique=True),),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    entry_id: int = Field(sa_type=BigInteger)
    provider_id: int = Field(sa_type=BigInteger)


class WaitlistWindow(SQLModel, table=True):
    """A stretch of a weekday the client can come, in the location's wall time; none means any time."""

    __tablename__ = "waitlist_window"
    __table_args__ = of_practice(
        ("entry_id", "waitlist_entry"),
        extra=(
            Index(
                "waitlist_window_entry",
                "practice_id",
                "entry_id",
                postgresql_include=["weekday", "start_time", "end_time"],
            ),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    practice_id: int = Field(sa_type=BigInteger, foreign_key="practice.id")
    entry_id: int = Field(sa_type=BigInteger)
    weekday: int = Field(sa_type=SmallInteger)
    start_time: time
    end_time: time

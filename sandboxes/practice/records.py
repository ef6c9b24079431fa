"""The practice's records. Ids are as `ids.py` makes them; a dialect may write them otherwise on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo


@dataclass
class Location:
    id: str
    name: str
    tz: str
    business_name: str
    external_id: str | None = None
    is_remote: bool = False
    phone_number: str | None = None
    contact_email: str | None = None
    address: dict[str, str] | None = None
    hours: Any = None
    allow_online_booking: bool = True

    def instant(self, wall: datetime) -> datetime:
        """The instant of a wall-clock time here; a time the clocks skip or repeat is read as its first pass."""
        return wall.replace(tzinfo=ZoneInfo(self.tz)).astimezone(UTC)

    def wall(self, instant: datetime) -> datetime:
        """An instant with this location's offset."""
        return instant.astimezone(ZoneInfo(self.tz))


@dataclass
class Service:
    id: str
    name: str
    default_duration: int
    default_price: int = 0
    description: str | None = None
    category_id: str | None = None
    category_name: str | None = None
    addon: bool = False
    external_id: str | None = None
    clean_up: int = 0
    """Minutes kept free behind it."""
    rooms: tuple[str, ...] = ()
    """Rooms any of which this service can use. They only feed RESOURCE_DOUBLE_BOOKED."""


@dataclass
class Staff:
    id: str
    first_name: str
    last_name: str = ""
    display_name: str | None = None
    external_id: str | None = None
    email: str | None = None
    mobile_phone: str | None = None
    role_id: str | None = None
    role_name: str | None = None
    service_ids: frozenset[str] | None = None
    """Services this person performs; None means all."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Client:
    id: str
    first_name: str
    last_name: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    mobile_phone: str | None = None
    external_id: str | None = None
    dob: date | None = None
    account_balance: int = 0
    primary_location_id: str | None = None
    notes: list[dict[str, str]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    marketing_settings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Segment:
    """One service of a visit; segments follow one another by `offset`, in minutes after the visit's start."""

    id: str
    service_id: str
    staff_id: str
    offset: int
    duration: int
    """Without the clean-up."""
    price: int
    staff_requested: bool
    clean_up: int = 0
    room: str | None = None

    @property
    def total(self) -> int:
        return self.duration + self.clean_up


@dataclass
class Cancellation:
    reason: str
    notes: str | None
    cancelled_at: datetime


@dataclass
class Appointment:
    id: str
    location_id: str
    client_id: str
    start_at: datetime
    segments: list[Segment]
    created_at: datetime
    booked_by_type: str
    state: str = "BOOKED"
    notes: str | None = None
    cancellation: Cancellation | None = None
    tags: list[str] = field(default_factory=list)
    custom_fields: Any = None
    updated_at: datetime | None = None
    """When it was last changed; None while it is as it was booked."""
    deleted: bool = False
    arrived_at: datetime | None = None

    @property
    def cancelled(self) -> bool:
        return self.state == "CANCELLED"

    @property
    def stands(self) -> bool:
        """Whether it takes its provider's time."""
        return not self.cancelled and not self.deleted

    @property
    def duration(self) -> int:
        return max((segment.offset + segment.total for segment in self.segments), default=0)

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.duration)

    def range_of(self, segment: Segment) -> tuple[datetime, datetime]:
        """When this segment runs, half open, its clean-up included."""
        start = self.start_at + timedelta(minutes=segment.offset)
        return start, start + timedelta(minutes=segment.total)


@dataclass
class Shift:
    """A weekly template of work, or of time off where it is not `available`.

    A stretch on one date is a template that begins and ends on it. `clock_out` of midnight is the end of the day.
    """

    id: str
    location_id: str
    staff_id: str | None
    weekday: int
    """0 is Sunday."""
    clock_in: time
    clock_out: time
    begins: date | None = None
    ends: date | None = None
    every_weeks: int = 1
    available: bool = True
    unavailable_reason: str | None = None

    def falls_on(self, day: date) -> bool:
        """Whether the template means this date."""
        if day.isoweekday() % 7 != self.weekday or not (self.begins or day) <= day <= (self.ends or day):
            return False
        return self.begins is None or (_sunday(day) - _sunday(self.begins)).days % (7 * self.every_weeks) == 0

    def range_on(self, day: date, location: Location) -> tuple[datetime, datetime]:
        """Its instants on a date it falls on; one that ends before it begins ends on the next day."""
        last = day if self.clock_out > self.clock_in else day + timedelta(days=1)
        return (
            location.instant(datetime.combine(day, self.clock_in)),
            location.instant(datetime.combine(last, self.clock_out)),
        )


@dataclass
class Timeblock:
    id: str
    location_id: str
    staff_id: str | None
    start_at: datetime
    duration: int
    created_at: datetime
    title: str | None = None
    reason: str | None = None
    cancelled: bool = False

    @property
    def end_at(self) -> datetime:
        return self.start_at + timedelta(minutes=self.duration)


@dataclass(frozen=True)
class Warned:
    """Something a visit collides with: told, never enforced. Codes: STAFF_DOUBLE_BOOKED, RESOURCE_DOUBLE_BOOKED and
    STAFF_DOES_NOT_PERFORM_SERVICE."""

    code: str
    staff_id: str
    service_id: str
    segment_id: str


def _sunday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.isoweekday() % 7)

"""`POST /_control/seed`: a whole practice as one JSON document.

```json
{"business": {"name": "Glow"},
 "locations": [{"id": "…", "name": "Main", "tz": "America/New_York", "external_id": null}],
 "staff": [{"id": "…", "first_name": "Ann", "last_name": "Lee", "role": "RN", "services": ["<service id>"]}],
 "services": [{"id": "…", "name": "Filler", "duration": 60, "price": 65000, "category": "Injectables",
               "rooms": ["Room 1"]}],
 "clients": [{"id": "…", "first_name": "Mia", "last_name": "Poe", "email": "…", "mobile_phone": "+1…",
              "marketing_settings": [{"type": "APPOINTMENT", "sms": true, "email": true, "push": false}]}],
 "shifts": [{"staff": "…", "location": "…", "date": "2026-03-04", "clock_in": "09:00", "clock_out": "17:00"},
            {"staff": "…", "location": "…", "weekday": 3, "clock_in": "09:00", "clock_out": "24:00"}],
 "timeblocks": [{"staff": "…", "location": "…", "start": "2026-03-04T12:00", "duration": 60, "title": "Lunch"}],
 "appointments": [{"id": "…", "client": "…", "location": "…", "start": "2026-03-04T10:30", "state": "BOOKED",
                   "services": [{"service": "…", "staff": "…", "duration": 60}]}]}
```

Every list may be left out and is added to what is there. Ids are the dialect's, and may be left out where nothing
refers to them. `location` may be left out while there is one location. A `start` without an offset is the location's
wall clock. `staff[].services` left out means all; cancelled appointments name their `reason`. No webhook is sent.
"""

from __future__ import annotations

from datetime import date, datetime, time
from datetime import date as date_  # a row has a field of this name
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sandboxes.practice.calendar import SEED, Calendar, Weekly
from sandboxes.practice.errors import Refused
from sandboxes.practice.records import Cancellation, Client, Location, Service, Staff
from sandboxes.practice.store import Store
from sandboxes.practice.visit_scheduling import Wanted


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = None


class BusinessRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


class LocationRow(_Row):
    name: str
    tz: str
    external_id: str | None = None
    phone_number: str | None = None
    contact_email: str | None = None
    address: dict[str, str] | None = None
    is_remote: bool = False

    @field_validator("tz")
    @classmethod
    def _is_a_zone(cls, tz: str) -> str:
        try:
            ZoneInfo(tz)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{tz!r} is not an IANA zone") from None
        return tz


class StaffRow(_Row):
    first_name: str
    last_name: str = ""
    display_name: str | None = None
    external_id: str | None = None
    email: str | None = None
    mobile_phone: str | None = None
    role: str | None = None
    services: tuple[str, ...] | None = None


class ServiceRow(_Row):
    name: str
    duration: int = Field(gt=0)
    price: int = 0
    description: str | None = None
    category: str | None = None
    addon: bool = False
    external_id: str | None = None
    rooms: tuple[str, ...] = ()
    clean_up: int = Field(default=0, ge=0)


class ClientRow(_Row):
    first_name: str
    last_name: str = ""
    email: str | None = None
    mobile_phone: str | None = None
    external_id: str | None = None
    dob: date | None = None
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    marketing_settings: tuple[dict[str, Any], ...] = ()


class ShiftRow(_Row):
    """On one `date`, or every week (or every so many) on a `weekday`, 0 for Sunday."""

    staff: str | None
    location: str | None = None
    date: date_ | None = None
    weekday: int | None = Field(default=None, ge=0, le=6)
    begins: date_ | None = None
    ends: date_ | None = None
    every_weeks: int = Field(default=1, ge=1)
    clock_in: time
    clock_out: time
    available: bool = True
    unavailable_reason: str | None = None

    @field_validator("clock_out", mode="before")
    @classmethod
    def _end_of_day(cls, clock: Any) -> Any:
        return time.min if clock in ("24:00", "24:00:00") else clock

    @model_validator(mode="after")
    def _has_a_date(self) -> ShiftRow:
        if (self.date is None) == (self.weekday is None):
            raise ValueError("a shift has either a date or a weekday")
        return self

    @property
    def when(self) -> date_ | Weekly:
        if self.date is not None:
            return self.date
        return Weekly(self.weekday or 0, self.begins, self.ends, self.every_weeks)


class TimeblockRow(_Row):
    staff: str | None
    location: str | None = None
    start: datetime
    duration: int
    title: str | None = None
    reason: str | None = None


class VisitService(BaseModel):
    """One service of a visit, in a seed or booked by hand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    staff: str
    duration: int | None = Field(default=None, gt=0)
    staff_requested: bool = True


class AppointmentRow(_Row):
    client: str
    location: str | None = None
    start: datetime
    services: tuple[VisitService, ...] = Field(min_length=1)
    state: Literal["RESERVED", "BOOKED", "CONFIRMED", "ARRIVED", "ACTIVE", "FINAL", "CANCELLED"] = "BOOKED"
    reason: str = "CLIENT_CANCEL"
    notes: str | None = None


class Seed(BaseModel):
    """The document; see the top of this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    business: BusinessRow | None = None
    locations: tuple[LocationRow, ...] = ()
    staff: tuple[StaffRow, ...] = ()
    services: tuple[ServiceRow, ...] = ()
    clients: tuple[ClientRow, ...] = ()
    shifts: tuple[ShiftRow, ...] = ()
    timeblocks: tuple[TimeblockRow, ...] = ()
    appointments: tuple[AppointmentRow, ...] = ()


def plant(store: Store, calendar: Calendar, seed: Seed, *, now: datetime) -> dict[str, int]:
    """Add a seed's records and return how many there were of each; raises `Refused` on a reference to nothing."""
    if seed.business:
        store.business_name = seed.business.name
    _plant_catalogue(store, seed)
    _plant_clients(store, calendar, seed, now)
    _plant_calendar(store, calendar, seed, now)
    return {name: len(rows) for name, rows in seed if isinstance(rows, tuple)}


def the_location(store: Store, given: str | None) -> Location:
    """The location named, or the only one there is."""
    if given is not None:
        return store.location(given)
    if len(store.locations) != 1:
        raise Refused(f"name a location: there are {len(store.locations)}")
    return next(iter(store.locations.values()))


def at(location: Location, start: datetime) -> datetime:
    """An instant, from one or from the location's wall clock."""
    return location.instant(start) if start.tzinfo is None else start


def wanted(store: Store, services: tuple[VisitService, ...]) -> list[Wanted]:
    """The services of a visit with their records."""
    return [
        Wanted(
            service=store.service(row.service),
            staff=store.staff_member(row.staff),
            duration=row.duration,
            staff_requested=row.staff_requested,
        )
        for row in services
    ]


def _plant_catalogue(store: Store, seed: Seed) -> None:
    for row in seed.locations:
        place = Location(
            id=_id(store, "Location", row.id),
            name=row.name,
            tz=row.tz,
            business_name=store.business_name,
            external_id=row.external_id,
            is_remote=row.is_remote,
            phone_number=row.phone_number,
            contact_email=row.contact_email,
            address=row.address,
        )
        store.locations[place.id] = place
    for offered in seed.services:
        service = Service(
            id=_id(store, "Service", offered.id),
            name=offered.name,
            default_duration=offered.duration,
            default_price=offered.price,
            description=offered.description,
            category_id=offered.category,
            category_name=offered.category,
            addon=offered.addon,
            external_id=offered.external_id,
            rooms=offered.rooms,
            clean_up=offered.clean_up,
        )
        store.services[service.id] = service
    for person in seed.staff:
        performs = None if person.services is None else frozenset(store.service(each).id for each in person.services)
        staff = Staff(
            id=_id(store, "Staff", person.id),
            first_name=person.first_name,
            last_name=person.last_name,
            display_name=person.display_name,
            external_id=person.external_id,
            email=person.email,
            mobile_phone=person.mobile_phone,
            role_id=person.role,
            role_name=person.role,
            service_ids=performs,
        )
        store.staff[staff.id] = staff


def _plant_clients(store: Store, calendar: Calendar, seed: Seed, now: datetime) -> None:
    for row in seed.clients:
        client = Client(
            id=_id(store, "Client", row.id),
            first_name=row.first_name,
            last_name=row.last_name,
            created_at=now,
            updated_at=now,
            email=row.email,
            mobile_phone=row.mobile_phone,
            external_id=row.external_id,
            dob=row.dob,
            notes=[{"id": store.new_id(), "text": text} for text in row.notes],
            tags=list(row.tags),
            marketing_settings=list(row.marketing_settings),
        )
        calendar.add_client(SEED, client)


def _plant_calendar(store: Store, calendar: Calendar, seed: Seed, now: datetime) -> None:
    for shift in seed.shifts:
        calendar.put_shift(
            SEED,
            location=the_location(store, shift.location),
            staff=store.staff_member(shift.staff) if shift.staff else None,
            when=shift.when,
            clock_in=shift.clock_in,
            clock_out=shift.clock_out,
            available=shift.available,
            unavailable_reason=shift.unavailable_reason,
        )
    for block in seed.timeblocks:
        location = the_location(store, block.location)
        calendar.add_timeblock(
            SEED,
            location=location,
            staff=store.staff_member(block.staff) if block.staff else None,
            start_at=at(location, block.start),
            duration=block.duration,
            title=block.title,
            reason=block.reason,
            timeblock_id=_id(store, "Timeblock", block.id),
        )
    for visit in seed.appointments:
        location = the_location(store, visit.location)
        cancellation = None
        if visit.state == "CANCELLED":
            cancellation = Cancellation(reason=visit.reason, notes=None, cancelled_at=now)
        calendar.book(
            SEED,
            location=location,
            client=store.client(visit.client),
            start_at=at(location, visit.start),
            wanted=wanted(store, visit.services),
            notes=visit.notes,
            state=visit.state,
            appointment_id=_id(store, "Appointment", visit.id),
            cancellation=cancellation,
        )


def _id(store: Store, kind: str, given: str | None) -> str:
    return store.ids.accept(kind, given) if given else store.new_id()

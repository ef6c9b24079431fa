"""What a practice offers, who may give it, and where: the service-provider-room matrix as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

Found = TypeVar("Found")


class NotInMatrix(LookupError):
    """Something was taken for granted that the practice's matrix does not have."""


class Prerequisite(StrEnum):
    """What must be valid before a service may be given."""

    NONE = "none"
    #: A good-faith exam by a prescriber, usually valid for a year (FIELD.md G3).
    EXAM = "exam"
    CONSULT = "consult"


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """Credential kinds as *all of (any of …)*: `(("neurotoxin",), ("rn", "np", "pa"))`. Kinds are lower-case codes."""

    all_of: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service of the catalogue. `kind` groups services that count as the same treatment (for intervals and swaps)."""

    id: int
    code: str
    name: str
    kind: str
    pms_ref: str | None
    duration: timedelta
    buffer_before: timedelta
    buffer_after: timedelta
    requirements: Requirements
    room_kind: str | None
    device_kind: str | None
    #: Clinical minimum since the last treatment of this kind; never undercut.
    earliest_interval: timedelta | None
    due_interval: timedelta | None
    price_cents: int
    high_value: bool
    prerequisite: Prerequisite
    #: A consult that prepares for other services; what is offered to a client whose exam or consult is not valid.
    is_consult: bool = False


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A certificate or licence. Valid through `expires_on`; None never expires."""

    kind: str
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Someone who treats clients. `service_ids` is the practice's own listing; credentials decide as well."""

    id: int
    first_name: str
    display_name: str
    pms_ref: str | None
    location_ids: tuple[int, ...]
    service_ids: frozenset[int]
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What one visit at a time may use; told apart by its id, never by its name (`domain.resources`)."""

    id: int
    location_id: int
    kind: str
    name: str
    pms_ref: str | None = None


@dataclass(frozen=True, kw_only=True)
class Room(Resource):
    """Where a service is given."""


@dataclass(frozen=True, kw_only=True)
class Device(Resource):
    """What a service is given with."""


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place of the practice; `zone` is an IANA name, and every message speaks in it."""

    id: int
    name: str
    zone: str
    postcode: str
    pms_ref: str | None
    #: As people find it, and where they leave a car.
    address: str | None = None
    parking: str | None = None


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """Everything about one practice's services, staff and rooms that rules ask for."""

    services: tuple[Service, ...]
    providers: tuple[Provider, ...]
    rooms: tuple[Room, ...]
    devices: tuple[Device, ...]
    locations: tuple[Location, ...]

    def service(self, service_id: int | None) -> Service:
        """Raises `NotInMatrix`; of what the PMS shows, ask `find_service`."""
        return _there(self.find_service(service_id), f"service {service_id}")

    def provider(self, provider_id: int | None) -> Provider:
        """Raises `NotInMatrix`; of what the PMS shows, ask `find_provider`."""
        return _there(self.find_provider(provider_id), f"provider {provider_id}")

    def location(self, location_id: int | None) -> Location:
        """Raises `NotInMatrix`; of what the PMS shows, ask `find_location`."""
        return _there(self.find_location(location_id), f"location {location_id}")

    def find_service(self, service_id: int | None) -> Service | None:
        return next((one for one in self.services if one.id == service_id), None)

    def find_provider(self, provider_id: int | None) -> Provider | None:
        return next((one for one in self.providers if one.id == provider_id), None)

    def find_location(self, location_id: int | None) -> Location | None:
        return next((one for one in self.locations if one.id == location_id), None)

    @property
    def only_location(self) -> Location | None:
        """Where everything is that names no place; None where the practice has several places."""
        return next(iter(self.locations)) if len(self.locations) == 1 else None

    def zone(self, location_id: int | None, provider_ids: Iterable[int | None] = ()) -> str:
        """The zone of the place; of one we do not keep, that of the places these providers work at otherwise, else
        the practice's own."""
        theirs = (
            place
            for provider_id in provider_ids
            if (provider := self.find_provider(provider_id)) is not None
            for place in provider.location_ids
        )
        places = (self.find_location(place) for place in (location_id, *theirs))
        known = next((place for place in places if place is not None), None)
        return home_zone(self.locations) if known is None else known.zone


class _Zoned(Protocol):
    """A place, as a value or as a row."""

    @property
    def zone(self) -> str: ...


def home_zone(places: Iterable[_Zoned]) -> str:
    """The practice's own zone, in which what is of no place is told: that of the place it joined with. `places` are in
    the order they joined; UTC where there is none. Queries say it as `models.repositories.zones` does."""
    return next((place.zone for place in places), "UTC")


def _there(found: Found | None, what: str) -> Found:
    if found is None:
        raise NotInMatrix(what)
    return found

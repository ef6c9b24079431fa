"""What the demo's practices offer: three providers, four rooms and six services, the same for every seed.

The services, who gives them and where follow the field's own service matrix; what is not in it (prices, intervals) are
ordinary figures of the trade.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Place:
    """A practice and its one location."""

    name: str
    short_name: str
    slug: str
    zone: str
    postcode: str
    #: As a letter needs it, and the part of it that people say.
    address: str
    street: str
    #: Where the desk sends people who come by car.
    garage: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Room:
    name: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """One line of the matrix. `requires` is all of (any of …)."""

    code: str
    name: str
    kind: str
    minutes: int
    buffer_minutes: int
    price_cents: int
    room_kind: str
    requires: tuple[tuple[str, ...], ...]
    device_kind: str | None = None
    earliest_interval: timedelta | None = None
    due_interval: timedelta | None = None
    high_value: bool = False
    prerequisite: str = "none"
    is_consult: bool = False

    @property
    def occupied_minutes(self) -> int:
        return self.minutes + self.buffer_minutes


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Someone who treats clients."""

    key: str
    first_name: str
    last_name: str
    display_name: str
    role: str
    services: tuple[str, ...]
    credentials: tuple[tuple[str, date | None], ...]
    starts_hour: int


PLACE: Final = Place(
    name="Juniper Aesthetics",
    short_name="Juniper",
    slug="juniper",
    zone="America/New_York",
    postcode="10011",
    address="210 West 18th Street, New York, NY 10011",
    street="210 West 18th Street",
    garage="garage at 230 West 18th Street",
    phone="+12125550100",
)

#: The practices that share an installation in `make demo PMS=all`, in the order of their systems there.
NEIGHBOURS: Final = (
    PLACE,
    Place(
        name="Marigold Skin Studio",
        short_name="Marigold",
        slug="marigold",
        zone="America/New_York",
        postcode="10003",
        address="41 East 11th Street, New York, NY 10003",
        street="41 East 11th Street",
        garage="garage at 21 East 12th Street",
        phone="+12125550120",
    ),
    Place(
        name="Larkspur Aesthetics",
        short_name="Larkspur",
        slug="larkspur",
        zone="America/New_York",
        postcode="11201",
        address="88 Remsen Street, Brooklyn, NY 11201",
        street="88 Remsen Street",
        garage="garage at 75 Henry Street",
        phone="+17185550140",
    ),
    Place(
        name="Wisteria Med Spa",
        short_name="Wisteria",
        slug="wisteria",
        zone="America/New_York",
        postcode="10024",
        address="305 Amsterdam Avenue, New York, NY 10024",
        street="305 Amsterdam Avenue",
        garage="garage at 201 West 75th Street",
        phone="+16465550160",
    ),
)

ROOMS: Final = (
    Room(name="Treatment 1", kind="treatment"),
    Room(name="Treatment 2", kind="treatment"),
    Room(name="Laser suite", kind="laser"),
    Room(name="Facial suite", kind="facial"),
)

#: One laser; its room is its own.
DEVICES: Final = (("Alexandrite laser", "laser"),)

_PRESCRIBER: Final = ("rn", "np", "pa", "md")

SERVICES: Final = (
    Service(
        code="TOX",
        name="Neuromodulator injection",
        kind="neuromodulator",
        minutes=30,
        buffer_minutes=15,
        price_cents=42_000,
        room_kind="treatment",
        requires=(("neurotoxin",), _PRESCRIBER),
        earliest_interval=timedelta(days=84),
        due_interval=timedelta(days=105),
        prerequisite="exam",
    ),
    Service(
        code="FILLER",
        name="Dermal filler",
        kind="filler",
        minutes=45,
        buffer_minutes=15,
        price_cents=78_000,
        room_kind="treatment",
        requires=(("filler",), _PRESCRIBER),
        earliest_interval=timedelta(days=14),
        due_interval=timedelta(days=270),
        prerequisite="exam",
    ),
    Service(
        code="LASER",
        name="Laser hair removal",
        kind="laser_hair",
        minutes=60,
        buffer_minutes=20,
        price_cents=32_000,
        room_kind="laser",
        requires=(("laser_safety",),),
        device_kind="laser",
        earliest_interval=timedelta(days=28),
        due_interval=timedelta(days=42),
    ),
    Service(
        code="HYDRA",
        name="HydraFacial",
        kind="facial",
        minutes=75,
        buffer_minutes=10,
        price_cents=24_500,
        room_kind="facial",
        requires=(("esthetician",),),
        earliest_interval=timedelta(days=14),
        due_interval=timedelta(days=30),
    ),
    Service(
        code="LIFT",
        name="Full-face filler plan",
        kind="filler_plan",
        minutes=90,
        buffer_minutes=15,
        price_cents=240_000,
        room_kind="treatment",
        requires=(("filler",), ("md",)),
        earliest_interval=timedelta(days=180),
        high_value=True,
        prerequisite="exam",
    ),
    Service(
        code="CONSULT",
        name="Consultation with exam",
        kind="consult",
        minutes=30,
        buffer_minutes=0,
        price_cents=0,
        room_kind="treatment",
        requires=(("np", "pa", "md"),),
        is_consult=True,
    ),
)

_NEVER: Final = None

PROVIDERS: Final = (
    Provider(
        key="lee",
        first_name="Hana",
        last_name="Lee",
        display_name="Dr. Lee",
        role="MD",
        services=("TOX", "FILLER", "LIFT", "CONSULT"),
        credentials=(("md", _NEVER), ("neurotoxin", date(2028, 6, 30)), ("filler", date(2028, 6, 30))),
        starts_hour=8,
    ),
    Provider(
        key="martinez",
        first_name="Elena",
        last_name="Martinez",
        display_name="NP Martinez",
        role="NP",
        services=("TOX", "FILLER", "CONSULT"),
        credentials=(("np", _NEVER), ("neurotoxin", date(2028, 1, 31)), ("filler", date(2028, 1, 31))),
        starts_hour=8,
    ),
    Provider(
        key="rivera",
        first_name="Noa",
        last_name="Rivera",
        display_name="Esthetician Rivera",
        role="Esthetician",
        services=("LASER", "HYDRA"),
        credentials=(("esthetician", _NEVER), ("laser_safety", date(2028, 3, 31))),
        starts_hour=9,
    ),
)


def service(code: str) -> Service:
    """The service of this code."""
    return next(one for one in SERVICES if one.code == code)

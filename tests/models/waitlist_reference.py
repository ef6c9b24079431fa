"""A made-up practice as plain values, and each candidate put together the slow way: what the query is held against."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from domain.calendar import Cause, Visit
from domain.catalogue import Device, Location, Matrix, Prerequisite, Provider, Requirements, Room, Service
from domain.clients import Channel, Client, WaitlistEntry
from domain.matching import Candidate, Slot
from domain.ranges import TimeRange

#: Two weeks before the clocks change in the United States, so that slots fall on both sides of that night.
NOW = datetime(2026, 10, 20, 15, 30, tzinfo=UTC)
#: Numbers of two openings: another practice day's, and the one being filled.
OTHER, THIS = 0, 1
KINDS = ("tox", "filler", "laser", "consult")


@dataclass
class World:
    """What is true of one practice. `candidate` puts it together the slow way, entry by entry."""

    practice_id: int
    matrix: Matrix
    people: dict[int, Client] = field(default_factory=dict)
    visits: dict[int, list[Visit]] = field(default_factory=dict)
    entries: list[WaitlistEntry] = field(default_factory=list)
    active: set[int] = field(default_factory=set)
    stopped: set[tuple[Channel, str]] = field(default_factory=set)
    returned: set[tuple[Channel, str]] = field(default_factory=set)
    #: Of other openings: phones with an open offer; of this one: clients it was offered to.
    busy: set[str] = field(default_factory=set)
    offered: set[int] = field(default_factory=set)
    #: When each phone was sent an offer.
    texts: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def opening_id(self) -> int:
        return self.practice_id + THIS

    def candidate(self, entry: WaitlistEntry, zone: str) -> Candidate:
        person = self.people[entry.client_id]
        midnight = NOW.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0)
        sent = [at for phone, at in self.texts if phone == person.phone]
        return Candidate(
            entry=entry,
            client=replace(
                person,
                opted_out=frozenset(channel for channel, phone in self.stopped if phone == person.phone),
            ),
            visits=tuple(one for one in self.visits[person.id] if one.state.occupies and one.during.end > NOW),
            open_offer=person.phone in self.busy,
            offered_already=person.id in self.offered,
            offers_today=sum(at >= midnight for at in sent),
            offers_this_week=sum(at >= NOW - timedelta(days=7) for at in sent),
        )


def catalogue(base: int) -> Matrix:
    """Ids start at `base`, so that worlds of two practices share one database."""
    minutes = {"tox": 30, "filler": 45, "laser": 60, "consult": 30}
    services = tuple(
        Service(
            id=base + number,
            code=kind.upper(),
            name=kind,
            kind=kind,
            pms_ref=f"service-{base + number}",
            duration=timedelta(minutes=minutes[kind]),
            buffer_before=timedelta(),
            buffer_after=timedelta(minutes=15 if kind == "laser" else 0),
            requirements=Requirements(),
            room_kind="laser" if kind == "laser" else "treatment",
            device_kind="laser" if kind == "laser" else None,
            earliest_interval=timedelta(days=30) if kind in {"tox", "laser"} else None,
            due_interval=None,
            price_cents=10_000,
            high_value=False,
            prerequisite={"tox": Prerequisite.EXAM, "filler": Prerequisite.CONSULT}.get(kind, Prerequisite.NONE),
            is_consult=kind == "consult",
        )
        for number, kind in enumerate(KINDS)
    )
    locations = tuple(
        Location(id=base + number, name=f"L{number}", zone=zone, postcode="10011", pms_ref=f"place-{base + number}")
        for number, zone in enumerate(("America/New_York", "America/Chicago"))
    )
    providers = tuple(
        Provider(
            id=base + number,
            first_name=f"P{number}",
            display_name=f"P{number}",
            pms_ref=f"staff-{base + number}",
            location_ids=tuple(one.id for one in locations),
            service_ids=frozenset(one.id for one in services[number:]),
            credentials=(),
        )
        for number in range(3)
    )
    return Matrix(
        services=services,
        providers=providers,
        rooms=tuple(
            Room(id=base + 2 * number + step, location_id=place.id, kind=kind, name=kind)
            for number, place in enumerate(locations)
            for step, kind in enumerate(("treatment", "laser"))
        ),
        devices=tuple(
            Device(id=base + number, location_id=place.id, kind="laser", name="laser")
            for number, place in enumerate(locations)
        ),
        locations=locations,
    )


def slot(random: Random, matrix: Matrix) -> Slot:
    """A stretch within five weeks: business hours mostly, now and then the night the clocks change, or midnight."""
    place = random.choice(matrix.locations)
    if random.random() < 0.15:
        on, hour = date(2026, 11, 1), random.choice((0, 1))
    else:
        on, hour = NOW.date() + timedelta(days=random.randint(0, 35)), random.choice((7, 9, 10, 12, 13, 15, 17, 18, 23))
    wall = datetime.combine(on, time(hour, random.choice((0, 15, 20, 30))), tzinfo=ZoneInfo(place.zone))
    start = max(wall.astimezone(UTC), NOW - timedelta(hours=1))
    return Slot(
        location_id=place.id,
        provider_id=random.choice(matrix.providers).id,
        during=TimeRange(start, start + timedelta(minutes=random.choice((30, 45, 60, 90, 150)))),
        cause=Cause.CANCELLATION,
    )

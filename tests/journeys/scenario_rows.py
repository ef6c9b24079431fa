"""What a corner stands on: its rows in our database, and the same as records of the practice system."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session

from models.client import Client, ConsentGrant
from models.matrix import Credential, Device, Provider, ProviderLocation, Room, Service, ServiceProvider
from models.practice import Location
from models.waitlist import WaitlistEntry, WaitlistService
from simulation.stage import Stage
from tests.journeys.house import ZONE, ref

AREA_CODES: Final = ("212", "646", "917", "347", "718")


def phone_of(number: int) -> str:
    return f"+1{AREA_CODES[number // 10_000]}555{number % 10_000:04d}"


def staff_ref(corner: int, place: int) -> str:
    """A corner's first, second … provider."""
    return ref("Staff", corner * 10 + place)


@dataclass(frozen=True)
class Place:
    """The rows of a corner's location, its service and who gives it."""

    location_id: int
    service_id: int
    provider_ids: tuple[int, ...]


def furnish(
    stage: Stage,
    *,
    practice_id: int,
    number: int,
    day: date,
    providers: int,
    rooms: int,
    devices: int,
    minutes: int,
    service: dict[str, Any],
) -> Place:
    """A location with staff, rooms and a service, open on `day` and the days around it."""
    names = [("Ana", "Ben", "Cleo", "Dan")[place] for place in range(providers)]
    with stage.database().transaction() as session:
        location = Location(
            practice_id=practice_id,
            name=f"House {number}",
            zone=ZONE,
            postcode="10001",
            pms_ref=ref("Location", number),
        )
        visit = Service(
            practice_id=practice_id,
            code=f"visit{number}",
            name=f"Visit {number}",
            kind=f"visit{number}",
            pms_ref=ref("Service", number),
            duration=timedelta(minutes=minutes),
            room_kind="room",
            device_kind="device" if devices else None,
            **{"price_cents": 40000, **service},
        )
        people = [
            Provider(
                practice_id=practice_id,
                first_name=name,
                display_name=f"{name} {number}",
                pms_ref=staff_ref(number, place),
            )
            for place, name in enumerate(names, start=1)
        ]
        session.add_all([location, visit, *people])
        session.flush()
        for place in range(1, rooms + 1):
            session.add(Room(practice_id=practice_id, location_id=location.id or 0, kind="room", name=f"Room {place}"))
        for place in range(1, devices + 1):
            session.add(
                Device(practice_id=practice_id, location_id=location.id or 0, kind="device", name=f"Device {place}")
            )
        for one in people:
            provider = one.id or 0
            session.add(ProviderLocation(practice_id=practice_id, provider_id=provider, location_id=location.id or 0))
            session.add(Credential(practice_id=practice_id, provider_id=provider, kind="rn"))
            session.add(ServiceProvider(practice_id=practice_id, provider_id=provider, service_id=visit.id or 0))
        made = Place(
            location_id=location.id or 0,
            service_id=visit.id or 0,
            provider_ids=tuple(one.id or 0 for one in people),
        )
    _open(stage, number=number, day=day, names=names, minutes=minutes)
    return made


def _open(stage: Stage, *, number: int, day: date, names: Sequence[str], minutes: int) -> None:
    """The same in the practice system, with shifts from the day before to the day after."""
    stage.sandboxes.boulevard.ask(
        "POST",
        "seed",
        {
            "locations": [{"id": ref("Location", number), "name": f"House {number}", "tz": ZONE}],
            "services": [
                {
                    "id": ref("Service", number),
                    "name": f"Visit {number}",
                    "duration": minutes,
                    "price": 40000,
                }
            ],
            "staff": [
                {"id": staff_ref(number, place), "first_name": name, "last_name": "Lee", "role": "RN"}
                for place, name in enumerate(names, start=1)
            ],
            "shifts": [
                {
                    "staff": staff_ref(number, place),
                    "location": ref("Location", number),
                    "date": (day + timedelta(days=ahead)).isoformat(),
                    "clock_in": "09:00",
                    "clock_out": "18:00",
                }
                for place in range(1, len(names) + 1)
                for ahead in (-1, 0, 1)
            ],
        },
    )


def add_clients(session: Session, *, practice_id: int, numbers: Sequence[int], since: datetime) -> list[int]:
    """Clients who may be texted and mailed since then; returns their ids."""
    ids = []
    for number in numbers:
        client = Client(
            practice_id=practice_id,
            first_name=f"Client{number}",
            last_name="Poe",
            pms_ref=ref("Client", number),
            phone=phone_of(number),
            email=f"client{number}@example.com",
        )
        session.add(client)
        session.flush()
        ids.append(client.id or 0)
        for channel, kind in itertools.product(("sms", "email"), ("appointment", "offer")):
            session.add(
                ConsentGrant(
                    practice_id=practice_id,
                    client_id=client.id or 0,
                    channel=channel,
                    kind=kind,
                    granted_at=since,
                    source="import",
                )
            )
    return ids


def add_to_waitlist(session: Session, place: Place, *, practice_id: int, client_id: int, since: datetime) -> None:
    """Somebody waits for the corner's service there."""
    entry = WaitlistEntry(practice_id=practice_id, client_id=client_id, location_id=place.location_id, joined_at=since)
    session.add(entry)
    session.flush()
    session.add(WaitlistService(practice_id=practice_id, entry_id=entry.id or 0, service_id=place.service_id))


def seed_clients(stage: Stage, numbers: Sequence[int]) -> None:
    """The same people in the practice system."""
    stage.sandboxes.boulevard.ask(
        "POST",
        "seed",
        {
            "clients": [
                {
                    "id": ref("Client", number),
                    "first_name": f"Client{number}",
                    "last_name": "Poe",
                    "mobile_phone": phone_of(number),
                    "email": f"client{number}@example.com",
                }
                for number in numbers
            ]
        },
    )

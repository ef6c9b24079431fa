"""A small practice, the same in our tables and in the Boulevard sandbox, for journeys played for real."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from domain.clock import PracticeClock
from domain.policy import PracticePolicy
from models.client import Client, ConsentGrant
from models.matrix import Credential, Provider, ProviderLocation, Room, Service, ServiceProvider
from models.practice import Connection, Location, Practice
from models.repositories.practices import policy_to_json
from models.waitlist import WaitlistEntry, WaitlistService
from simulation.sandbox_client import Entry
from simulation.stage import Stage

ZONE = "America/New_York"
#: A Tuesday without a clock change near.
DAY = date(2026, 3, 10)
MORNING = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo(ZONE))
#: Practice minutes per real second: a ten-minute offer lasts ten seconds.
RATE = 60.0

T = TypeVar("T")


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    """An instant of the practice's day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))


def ref(kind: str, number: int) -> str:
    """The PMS's id of a thing ("Location", "Staff", "Service", "Client", "Appointment"): stable over runs."""
    return f"urn:blvd:{kind}:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind}/{number}')}"


def phone(number: int) -> str:
    return f"+1212555{number:04d}"


@dataclass(frozen=True)
class House:
    """The practice on a stage."""

    stage: Stage
    practice_id: int
    clients: int

    # --- the front desk ------------------------------------------------------------------------------------------

    def book(self, *, client: int, start: datetime, service: int = 1, provider: int = 1) -> str:
        """By hand in the PMS; returns the appointment's id there."""
        wanted = ref("Appointment", 1000 + len(self.calendar(live_only=False))).rpartition(":")[2]
        self.stage.sandboxes.boulevard.ask(
            "POST",
            "staff/book",
            {
                "id": wanted,
                "client": ref("Client", client),
                "start": start.isoformat(),
                "services": [{"service": ref("Service", service), "staff": ref("Staff", provider)}],
            },
        )
        return wanted

    def cancel(self, appointment: str, reason: str = "CLIENT_CANCEL") -> None:
        self.stage.sandboxes.boulevard.ask("POST", "staff/cancel", {"id": appointment, "reason": reason})

    def calendar(self, *, live_only: bool = True) -> list[Entry]:
        """The PMS's appointments, by default those that stand."""
        state = self.stage.sandboxes.boulevard.ask("GET", "state")
        return [one for one in state["appointments"] if not live_only or one["state"] != "CANCELLED"]

    def double_bookings(self) -> list[Entry]:
        found: list[Entry] = self.stage.sandboxes.boulevard.ask("GET", "double_bookings")
        return found

    # --- the clients ---------------------------------------------------------------------------------------------

    def texts_to(self, client: int) -> list[str]:
        """Every text that reached this client's phone, oldest first."""
        entries = self.stage.sandboxes.twilio.ledger()
        return [str(entry["body"]) for entry in entries if entry["kind"] == "text" and entry.get("to") == phone(client)]

    def says(self, client: int, words: str) -> None:
        sender = self.stage.sandboxes.twilio.config()["numbers"][0]
        self.stage.sandboxes.twilio.ask("POST", "inbound", {"from": phone(client), "to": sender, "body": words})


def practice_clock(rate: float = RATE, *, starts_at: datetime = MORNING) -> PracticeClock:
    return PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=starts_at.astimezone(UTC), rate=rate)


def furnish(stage: Stage, *, policy: PracticePolicy, clients: int = 8, waiting: int = 6) -> House:
    """Fill our tables and the PMS; clients 1 … `waiting` wait for service 1, each with a later joining date."""
    with stage.database().transaction() as session:
        practice_id = _rows(session, stage, policy=policy, clients=clients, waiting=waiting)
    stage.sandboxes.boulevard.ask(
        "POST",
        "seed",
        {
            "locations": [{"id": ref("Location", 1), "name": "Main", "tz": ZONE}],
            "staff": [
                {"id": ref("Staff", number), "first_name": name, "last_name": "Lee", "role": "RN"}
                for number, name in ((1, "Ana"), (2, "Ben"))
            ],
            "services": [
                {"id": ref("Service", number), "name": name, "duration": minutes, "price": 40000}
                for number, name, minutes in ((1, "Visit", 30), (2, "Long visit", 60))
            ],
            "clients": [
                {
                    "id": ref("Client", number),
                    "first_name": f"Client{number}",
                    "last_name": "Poe",
                    "mobile_phone": phone(number),
                    "email": f"client{number}@example.com",
                }
                for number in range(1, clients + 1)
            ],
            "shifts": [
                {
                    "staff": ref("Staff", number),
                    "location": ref("Location", 1),
                    "date": (DAY + timedelta(days=ahead)).isoformat(),
                    "clock_in": "09:00",
                    "clock_out": "18:00",
                }
                for number in (1, 2)
                for ahead in (0, 1)
            ],
        },
    )
    return House(stage=stage, practice_id=practice_id, clients=clients)


def _rows(session: Session, stage: Stage, *, policy: PracticePolicy, clients: int, waiting: int) -> int:
    practice = Practice(
        slug=stage.options.practice_slug,
        name="Glow Rooms",
        short_name="Glow Rooms",
        phone="+12125550000",
        pms_kind="boulevard",
        policy=policy_to_json(policy),
    )
    session.add(practice)
    session.flush()
    assert practice.id is not None
    mine = practice.id
    number = stage.sandboxes.twilio.config()["numbers"][0]
    session.add(Connection(practice_id=mine, purpose="sms", vendor="twilio", address=number))
    location = Location(practice_id=mine, name="Main", zone=ZONE, postcode="10001", pms_ref=ref("Location", 1))
    session.add(location)
    session.flush()
    services = [
        Service(
            practice_id=mine,
            code=code,
            name=name,
            kind=code,
            pms_ref=ref("Service", number),
            duration=timedelta(minutes=minutes),
            room_kind="room",
            price_cents=40000,
        )
        for number, code, name, minutes in ((1, "visit", "Visit", 30), (2, "long", "Long visit", 60))
    ]
    providers = [
        Provider(practice_id=mine, first_name=name, display_name=name, pms_ref=ref("Staff", number))
        for number, name in ((1, "Ana"), (2, "Ben"))
    ]
    session.add_all([*services, *providers])
    session.flush()
    for place in (1, 2):
        session.add(Room(practice_id=mine, location_id=location.id or 0, kind="room", name=f"Room {place}"))
    for provider in providers:
        session.add(ProviderLocation(practice_id=mine, provider_id=provider.id or 0, location_id=location.id or 0))
        session.add(Credential(practice_id=mine, provider_id=provider.id or 0, kind="rn"))
        for service in services:
            session.add(ServiceProvider(practice_id=mine, service_id=service.id or 0, provider_id=provider.id or 0))
    for number in range(1, clients + 1):
        client = Client(
            practice_id=mine,
            first_name=f"Client{number}",
            last_name="Poe",
            pms_ref=ref("Client", number),
            phone=phone(number),
            email=f"client{number}@example.com",
        )
        session.add(client)
        session.flush()
        for channel in ("sms", "email"):
            for kind in ("appointment", "offer"):
                session.add(
                    ConsentGrant(
                        practice_id=mine,
                        client_id=client.id or 0,
                        channel=channel,
                        kind=kind,
                        granted_at=MORNING,
                        source="import",
                    )
                )
        if number <= waiting:
            entry = WaitlistEntry(
                practice_id=mine, client_id=client.id or 0, joined_at=MORNING - timedelta(days=60 - number)
            )
            session.add(entry)
            session.flush()
            session.add(WaitlistService(practice_id=mine, entry_id=entry.id or 0, service_id=services[0].id or 0))
    return mine


def until(found: Callable[[], T | None], *, seconds: float = 20.0, what: str = "it") -> T:
    """Wait for something to become true; fails with words when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about within {seconds:.0f} s")


def rows(stage: Stage, table: type[T], practice_id: int) -> list[T]:
    """All rows of a table of the practice, oldest first: a look behind the curtain."""
    with stage.database().transaction() as session:
        return list(session.exec(select(table).where(table.practice_id == practice_id).order_by(table.id)).all())  # type: ignore[attr-defined]

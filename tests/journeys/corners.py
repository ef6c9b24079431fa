"""A practice whose scenarios stay out of each other's way: each has a location, staff and clients of its own.

A promise is judged from what reached a phone and what stands in the calendar: `Corner.heard` and `Corner.visits` read
the vendors' ledgers. Our tables are looked at second, for what only they can tell.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from sqlmodel import Session, col, select
from temporalio.service import RPCError, RPCStatusCode

from activities.replies import CROSSING
from api.auth import new_key
from domain.clock import PracticeClock
from domain.policy import GapFillPolicy, PracticePolicy
from models.calendar import Appointment, Opening
from models.client import Client, ConsentGrant
from models.inbox import Delivery, Receipt
from models.matrix import Credential, Device, Provider, ProviderLocation, Room, Service, ServiceProvider
from models.offers import Offer
from models.practice import Connection, Location, Practice
from models.repositories import access
from models.repositories.practices import policy_to_json
from models.tasks import Task
from models.waitlist import WaitlistEntry, WaitlistService
from simulation.control import Entry
from simulation.reading import Gist, read
from simulation.stage import Stage
from tests.journeys.house import ZONE, ref, until
from wiring.settings import given_settings
from workflows.ids import gap_fill_id
from workflows.messages import ReconcileInput

#: A machine shared with others may take its time; nothing is ever judged by how long it took.
PATIENCE: Final = 120.0
AREA_CODES: Final = ("212", "646", "917", "347", "718")
#: What an offer may be answered within; long enough that no scenario runs into its end by accident.
UNHURRIED: Final = GapFillPolicy(
    settling_delay=timedelta(seconds=20), offer_window=timedelta(hours=2), booking_note_after=timedelta(hours=1)
)


def phone_of(number: int) -> str:
    return f"+1{AREA_CODES[number // 10_000]}555{number % 10_000:04d}"


@dataclass
class Premises:
    """The practice on a stage; corners are added while it runs."""

    stage: Stage
    practice_id: int
    rate: float
    clock: PracticeClock
    api_key: str
    _corners: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _clients: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def now(self) -> datetime:
        """The practice's time."""
        return self.clock.practice(datetime.now(UTC)).astimezone(ZoneInfo(ZONE))

    def be_at(self, hour: int, minute: int = 0, *, rate: float | None = None) -> None:
        """Set the practice's clock to the next such time, since time only goes on; journeys under way keep theirs."""
        now = self.now()
        start = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        if start <= now:
            start += timedelta(days=1)
        self.clock = PracticeClock(
            anchor_real=datetime.now(UTC), anchor_practice=start.astimezone(UTC), rate=rate or self.rate
        )
        self.stage.set_clock(self.practice_id, self.clock)

    def in_the_morning(self) -> None:
        """Far from quiet hours, whatever the scenarios before took."""
        if not 8 <= self.now().hour < 14 or self.clock.rate != self.rate:
            self.be_at(9)

    def policy(self, fill: GapFillPolicy = UNHURRIED, **others: Any) -> None:
        """What journeys from now on go by."""
        with self.stage.database().transaction() as session:
            practice = session.get_one(Practice, self.practice_id)
            practice.policy = policy_to_json(PracticePolicy(gap_fill=fill, **others))
            session.add(practice)

    def corner(
        self,
        *,
        waiting: int = 3,
        others: int = 1,
        providers: int = 1,
        rooms: int = 2,
        devices: int = 0,
        minutes: int = 30,
        **service: Any,
    ) -> Corner:
        """Clients 1 … `waiting` wait for the corner's service, the first since longest; the others have visits."""
        self.in_the_morning()
        number = next(self._corners)
        corner = Corner(
            premises=self,
            number=number,
            location_id=0,
            service_id=0,
            provider_ids=(),
            client_ids=(),
            client_numbers=(),
            day=self.now().date() + timedelta(days=1),
        )
        return corner.furnished(
            waiting=waiting,
            others=others,
            providers=providers,
            rooms=rooms,
            devices=devices,
            minutes=minutes,
            service=service,
        )

    def new_numbers(self, count: int) -> tuple[int, ...]:
        """Numbers of people nobody has met yet."""
        return tuple(next(self._clients) for _ in range(count))

    # --- behind the curtain -------------------------------------------------------------------------------------

    def settled(self) -> None:
        """Webhooks have arrived, deliveries were handed over, texts have landed: twice in a row."""
        for _ in range(2):
            until(self._nothing_under_way, seconds=PATIENCE, what="quiet")

    def _nothing_under_way(self) -> bool:
        sandboxes = self.stage.sandboxes
        if sandboxes.twilio.state()["under_way"] or any(one.state()["webhooks_pending"] for one in sandboxes.all()):
            return False
        with self.stage.database().transaction() as session:
            unrouted = session.exec(select(Receipt.id).where(Receipt.state == "new").limit(1)).first()
            waiting = session.exec(select(Delivery.id).where(Delivery.state == "waiting").limit(1)).first()
            return unrouted is None and waiting is None

    def reconcile(self, days: int = 3) -> None:
        """What the schedule does by itself."""

        async def run() -> None:
            client = await self.stage.client()
            await client.execute_workflow(
                "Reconcile",
                ReconcileInput(practice_id=self.practice_id, days=days),
                id=f"reconcile:{self.practice_id}:{datetime.now(UTC).timestamp()}",
                task_queue="core",
            )

        asyncio.run(run())

    def fill_ended(self, opening_id: int) -> str:
        """Waits for the fill and says how it ended."""

        async def run() -> str:
            client = await self.stage.client()
            handle = client.get_workflow_handle(gap_fill_id(practice_id=self.practice_id, opening_id=opening_id))
            async with asyncio.timeout(PATIENCE):
                while True:
                    try:
                        return str((await handle.result())["ending"])
                    except RPCError as error:
                        # The opening is there before its fill is started.
                        if error.status is not RPCStatusCode.NOT_FOUND:
                            raise
                    await asyncio.sleep(0.1)

        return asyncio.run(run())

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One call of the admin API as staff."""
        return httpx.request(
            method,
            f"{self.stage.api_url}/admin/v1/{path}",
            json=body,
            headers={"X-API-Key": self.api_key},
            timeout=30,
            trust_env=False,
        )

    def double_texts(self) -> list[Entry]:
        """Texts that reached a phone though their intent had reached it before."""
        seen: set[str] = set()
        twice = []
        for entry in self.stage.sandboxes.twilio.ledger(kind="text"):
            if entry["intent"] in seen:
                twice.append(entry)
            if entry["intent"]:
                seen.add(entry["intent"])
        return twice


@dataclass(frozen=True)
class Corner:
    """A location with staff, rooms, one service and clients of its own. Clients and providers count from 1."""

    premises: Premises
    number: int
    location_id: int
    service_id: int
    provider_ids: tuple[int, ...]
    client_ids: tuple[int, ...]
    client_numbers: tuple[int, ...]
    #: Tomorrow, by the practice's clock when the corner was made.
    day: date

    @property
    def stage(self) -> Stage:
        return self.premises.stage

    def at(self, hour: int, minute: int = 0, *, ahead: int = 0) -> datetime:
        """An instant of the corner's day."""
        day = self.day + timedelta(days=ahead)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(ZONE))

    @property
    def location_ref(self) -> str:
        return ref("Location", self.number)

    def staff(self, provider: int) -> str:
        return ref("Staff", self.number * 10 + provider)

    def client_ref(self, client: int) -> str:
        return ref("Client", self.client_numbers[client - 1])

    def client_id(self, client: int) -> int:
        return self.client_ids[client - 1]

    def phone(self, client: int) -> str:
        return phone_of(self.client_numbers[client - 1])

    # --- the front desk -----------------------------------------------------------------------------------------

    def by_hand(self, deed: str, **body: Any) -> Entry:
        """`staff/{deed}` in the practice system."""
        done: Entry = self.stage.sandboxes.boulevard.ask("POST", f"staff/{deed}", body)
        return done

    def book(self, client: int, start: datetime, *, provider: int = 1, mirrored: bool = True) -> str:
        """A visit by hand; returns the appointment's id there, once we know it too."""
        made = self.by_hand(
            "book",
            client=self.client_ref(client),
            location=self.location_ref,
            start=start.isoformat(),
            services=[{"service": ref("Service", self.number), "staff": self.staff(provider)}],
        )
        appointment = str(made["appointment"])
        if mirrored:
            self.mirrored(appointment)
        return appointment

    def cancel(self, appointment: str) -> None:
        self.by_hand("cancel", id=appointment)

    def visits(self, *, live_only: bool = True) -> list[Entry]:
        """The corner's appointments in the practice system, by default those that stand."""
        state = self.stage.sandboxes.boulevard.state()
        here = ref("Location", self.number).rpartition(":")[2]
        return [
            one
            for one in state["appointments"]
            if one["location"] == here and (not live_only or one["state"] != "CANCELLED")
        ]

    def visits_of(self, client: int, *, live_only: bool = True) -> list[Entry]:
        mine = self.client_ref(client).rpartition(":")[2]
        return [one for one in self.visits(live_only=live_only) if one["client"] == mine]

    def double_bookings(self, *, standing: bool = False) -> list[Entry]:
        wish = "double_bookings" + ("?standing=true" if standing else "")
        mine = {self.staff(one).rpartition(":")[2] for one in range(1, len(self.provider_ids) + 1)}
        return [one for one in self.stage.sandboxes.boulevard.ask("GET", wish) if one["staff"] in mine]

    # --- the clients --------------------------------------------------------------------------------------------

    def texts(self, client: int) -> list[str]:
        """Every text that reached this client's phone, the carrier's own left out, oldest first."""
        mine = self.phone(client)
        entries = self.stage.sandboxes.twilio.ledger(kind="text")
        return [str(one["body"]) for one in entries if one["to"] == mine and not one["automatic"]]

    def heard(self, client: int) -> list[Gist]:
        """What those texts were about."""
        return [read(body).gist for body in self.texts(client)]

    def asked_for(self, client: int) -> list[Entry]:
        """What the carrier was asked to send there, refused or not."""
        mine = self.phone(client)
        entries = self.stage.sandboxes.twilio.ledger()
        return [one for one in entries if one["kind"] in {"accepted", "refused"} and one["to"] == mine]

    def says(self, client: int, words: str, *, number: str | None = None) -> None:
        twilio = self.stage.sandboxes.twilio
        to = number or twilio.config()["numbers"][0]
        twilio.ask("POST", "inbound", {"from": self.phone(client), "to": to, "body": words})

    def reads_and_says(self, client: int, words: str) -> None:
        """An answer to the last text; `says` may be one that passed it on the way."""
        time.sleep(2 * CROSSING.total_seconds() / self.premises.rate)
        self.says(client, words)

    def link(self, client: int) -> str:
        """The link in the last offer this client got."""
        links = [found.link for body in self.texts(client) if (found := read(body)).link is not None]
        return str(links[-1])

    def hears(self, client: int, *gists: Gist) -> None:
        """Waits until the client's texts were about exactly these, in this order."""
        wanted = list(gists)
        deadline = time.monotonic() + PATIENCE
        while self.heard(client)[: len(wanted)] != wanted and time.monotonic() < deadline:
            time.sleep(0.05)
        texts = self.texts(client)
        heard = [read(body).gist for body in texts]
        assert heard == wanted, f"client {client} heard {heard}, not {wanted}: {texts}"

    def offered(self, *clients: int) -> None:
        """Waits until each of them was asked."""
        for client in clients:
            until(
                lambda client=client: Gist.OFFER in self.heard(client),  # type: ignore[misc]
                seconds=PATIENCE,
                what=f"an offer to client {client}",
            )

    # --- our tables ---------------------------------------------------------------------------------------------

    def rows(self, table: type[Any], *where: Any) -> list[Any]:
        with self.stage.database().transaction() as session:
            found = session.exec(select(table).where(*where).order_by(col(table.id))).all()
            return list(found)

    def openings(self) -> list[Opening]:
        return self.rows(Opening, Opening.location_id == self.location_id)

    def offers(self) -> list[Offer]:
        return self.rows(Offer, col(Offer.opening_id).in_([one.id for one in self.openings()]))

    def tasks(self) -> list[Task]:
        """Tasks about the corner's openings or clients."""
        openings = [one.id for one in self.openings()]
        return self.rows(Task, col(Task.opening_id).in_(openings) | col(Task.client_id).in_(self.client_ids))

    def opening(self, place: int = 1) -> int:
        """The id of the corner's first, second … opening, once there is one."""
        made = until(
            lambda: found if len(found := self.openings()) >= place else None, seconds=PATIENCE, what="an opening"
        )
        number = made[place - 1].id
        assert number is not None
        return number

    def mirrored(self, appointment: str, state: str = "booked") -> None:
        """Waits until our mirror shows the appointment so."""

        def found() -> bool:
            rows = self.rows(Appointment, col(Appointment.pms_ref).endswith(appointment))
            return any(one.state == state for one in rows)

        until(found, seconds=PATIENCE, what=f"the mirror's {state}")

    def ended(self, place: int = 1) -> str:
        """Waits for the end of the corner's first, second … fill and of all that follows from it."""
        ending = self.premises.fill_ended(self.opening(place))
        self.premises.settled()
        return ending

    # --- furnishing ---------------------------------------------------------------------------------------------

    def furnished(
        self,
        *,
        waiting: int,
        others: int,
        providers: int,
        rooms: int,
        devices: int,
        minutes: int,
        service: dict[str, Any],
    ) -> Corner:
        """The corner with its rows here and its records in the practice system."""
        numbers = self.premises.new_numbers(waiting + others)
        practice_id = self.premises.practice_id
        names = [("Ana", "Ben", "Cleo", "Dan")[place] for place in range(providers)]
        with self.stage.database().transaction() as session:
            location = Location(
                practice_id=practice_id,
                name=f"House {self.number}",
                zone=ZONE,
                postcode="10001",
                pms_ref=ref("Location", self.number),
            )
            visit = Service(
                practice_id=practice_id,
                code=f"visit{self.number}",
                name=f"Visit {self.number}",
                kind=f"visit{self.number}",
                pms_ref=ref("Service", self.number),
                duration=timedelta(minutes=minutes),
                room_kind="room",
                device_kind="device" if devices else None,
                **{"price_cents": 40000, **service},
            )
            people = [
                Provider(
                    practice_id=practice_id,
                    first_name=name,
                    display_name=f"{name} {self.number}",
                    pms_ref=self.staff(place),
                )
                for place, name in enumerate(names, start=1)
            ]
            session.add_all([location, visit, *people])
            session.flush()
            for place in range(1, rooms + 1):
                session.add(
                    Room(practice_id=practice_id, location_id=location.id or 0, kind="room", name=f"Room {place}")
                )
            for place in range(1, devices + 1):
                session.add(
                    Device(practice_id=practice_id, location_id=location.id or 0, kind="device", name=f"Device {place}")
                )
            for one in people:
                provider = one.id or 0
                session.add(
                    ProviderLocation(practice_id=practice_id, provider_id=provider, location_id=location.id or 0)
                )
                session.add(Credential(practice_id=practice_id, provider_id=provider, kind="rn"))
                session.add(ServiceProvider(practice_id=practice_id, provider_id=provider, service_id=visit.id or 0))
            made = replace(
                self,
                location_id=location.id or 0,
                service_id=visit.id or 0,
                provider_ids=tuple(one.id or 0 for one in people),
            )
        self.stage.sandboxes.boulevard.ask(
            "POST",
            "seed",
            {
                "locations": [{"id": ref("Location", self.number), "name": f"House {self.number}", "tz": ZONE}],
                "services": [
                    {
                        "id": ref("Service", self.number),
                        "name": f"Visit {self.number}",
                        "duration": minutes,
                        "price": 40000,
                    }
                ],
                "staff": [
                    {"id": self.staff(place), "first_name": name, "last_name": "Lee", "role": "RN"}
                    for place, name in enumerate(names, start=1)
                ],
                "shifts": [
                    {
                        "staff": self.staff(place),
                        "location": ref("Location", self.number),
                        "date": (self.day + timedelta(days=ahead)).isoformat(),
                        "clock_in": "09:00",
                        "clock_out": "18:00",
                    }
                    for place in range(1, providers + 1)
                    for ahead in (-1, 0, 1)
                ],
            },
        )
        return made.joined(numbers, waiting=range(waiting))

    def joined(self, numbers: Sequence[int], *, waiting: Sequence[int]) -> Corner:
        """With these people as further clients, those at the places `waiting` on the waitlist."""
        premises, since = self.premises, self.premises.now() - timedelta(days=50)
        ids = []
        with self.stage.database().transaction() as session:
            for place, number in enumerate(numbers):
                client = Client(
                    practice_id=premises.practice_id,
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
                            practice_id=premises.practice_id,
                            client_id=client.id or 0,
                            channel=channel,
                            kind=kind,
                            granted_at=since,
                            source="import",
                        )
                    )
                if place in waiting:
                    self._wait(session, client.id or 0, since + timedelta(hours=place))
        self.stage.sandboxes.boulevard.ask(
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
        return replace(self, client_ids=(*self.client_ids, *ids), client_numbers=(*self.client_numbers, *numbers))

    def waits(self, client_id: int) -> None:
        """Somebody of another corner waits for this one's service as well."""
        with self.stage.database().transaction() as session:
            self._wait(session, client_id, self.premises.now() - timedelta(days=60))

    def _wait(self, session: Session, client_id: int, since: datetime) -> None:
        practice_id = self.premises.practice_id
        entry = WaitlistEntry(
            practice_id=practice_id, client_id=client_id, location_id=self.location_id, joined_at=since
        )
        session.add(entry)
        session.flush()
        session.add(WaitlistService(practice_id=practice_id, entry_id=entry.id or 0, service_id=self.service_id))


def open_premises(stage: Stage, *, rate: float, hour: int = 9) -> Premises:
    """A practice without any location yet, its API and workers running."""
    settings = given_settings()
    start = datetime(2026, 3, 10, hour, tzinfo=ZoneInfo(ZONE))
    clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=start.astimezone(UTC), rate=rate)
    number = stage.sandboxes.twilio.config()["numbers"][0]
    with stage.database().transaction() as session:
        practice = Practice(
            slug=stage.options.practice_slug,
            name="Glow Rooms",
            short_name="Glow Rooms",
            phone="+12125550000",
            pms_kind="boulevard",
            policy=policy_to_json(PracticePolicy(gap_fill=UNHURRIED)),
        )
        session.add(practice)
        session.flush()
        practice_id = practice.id or 0
        session.add(Connection(practice_id=practice_id, purpose="sms", vendor="twilio", address=number))
        key, digest = new_key(settings.api_key_pepper.get_secret_value())
        access.create_key(session, practice_id, digest=digest, role="staff", label="front desk", now=start)
    stage.set_clock(practice_id, clock)
    stage.open()
    return Premises(stage=stage, practice_id=practice_id, rate=rate, clock=clock, api_key=key)


def shown(page: str) -> str:
    """What a claim page says: "open", "confirming", "next", "won", "handed_over", "lost" or "over"."""
    found = re.search(r'data-shown="([a-z_]+)"', page)
    assert found is not None, page[:500]
    return found.group(1)


def eventually(check: Callable[[], bool], what: str) -> None:
    until(check, seconds=PATIENCE, what=what)

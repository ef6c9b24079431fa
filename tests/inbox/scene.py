"""A small practice in the database, made row by row so that each test says what is there."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from domain.clients import MessageKind
from domain.journey_names import Action, Journey
from domain.ranges import TimeRange
from inbox.background_routing import Router
from inbox.intake import Arrival, Intake
from models.calendar import Appointment, Opening
from models.client import Client, ConsentGrant
from models.effects import Intent, Message
from models.inbox import Delivery, Receipt
from models.matrix import Provider, ProviderLocation, Service, ServiceProvider
from models.offers import Offer
from models.practice import Clock, Connection, Location, Practice, StaffAccount
from models.repositories import deliveries, practices, questions
from models.repositories.practices import PracticeFacts
from models.repositories.receipts import Purpose, Recorded
from models.session import Database
from models.tasks import Task
from models.waitlist import WaitlistEntry, WaitlistService
from vendors.sms.base import InboundText

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
OUR_NUMBER = "+12125550100"


@dataclass
class Scene:
    """One practice; each method adds a row and returns its id."""

    database: Database
    practice_id: int
    slug: str
    location_id: int
    provider_id: int
    wall: Callable[[], datetime] = lambda: NOW
    nudges: list[None] = field(default_factory=list)
    count: int = 0

    @property
    def facts(self) -> PracticeFacts:
        with self.database.transaction() as session:
            return practices.load(session, self.practice_id)

    def intake(self) -> Intake:
        return Intake(self.database, committed=lambda: None, wall=self.wall)

    def router(self) -> Router:
        return Router(self.database, routed=lambda: self.nudges.append(None))

    def keep(self, arrival: Arrival) -> int:
        """An event comes in and waits to be routed; returns its receipt."""
        with closing(self.intake()) as intake:
            (recorded,) = intake.record([arrival])
        assert isinstance(recorded, Recorded), recorded
        return recorded.id

    def arrive(self, arrival: Arrival) -> int:
        """An event comes in and is routed; returns its receipt."""
        receipt = self.keep(arrival)
        self.router().route_new()
        return receipt

    def add(self, row: Any) -> int:
        with self.database.transaction() as session:
            session.add(row)
            session.flush()
            assert row.id is not None
            return int(row.id)

    def client(self, phone: str | None, first_name: str = "Ada") -> int:
        return self.add(
            Client(
                practice_id=self.practice_id,
                first_name=first_name,
                last_name="Example",
                phone=phone,
                pms_ref=f"urn:blvd:Client:{secrets.token_hex(4)}",
            )
        )

    def service(self, name: str = "Botox") -> int:
        """Half an hour of something that the provider gives."""
        service_id = self.add(
            Service(
                practice_id=self.practice_id,
                code=name.lower(),
                name=name,
                kind=name.lower(),
                pms_ref=name.lower(),
                duration=timedelta(minutes=30),
            )
        )
        self.add(ServiceProvider(practice_id=self.practice_id, service_id=service_id, provider_id=self.provider_id))
        return service_id

    def waits_for(self, service_id: int, phone: str, *, first_name: str = "Ada") -> int:
        """A client the practice system knows, who waits for the service and agreed to texts; returns the client."""
        client_id = self.client(phone, first_name=first_name)
        with self.database.transaction() as session:
            session.get_one(Client, client_id).pms_ref = f"client-{client_id}"
        entry_id = self.add(WaitlistEntry(practice_id=self.practice_id, client_id=client_id, joined_at=NOW))
        self.add(WaitlistService(practice_id=self.practice_id, entry_id=entry_id, service_id=service_id))
        for kind in MessageKind.APPOINTMENT, MessageKind.OFFER:
            self.add(
                ConsentGrant(
                    practice_id=self.practice_id,
                    client_id=client_id,
                    channel="sms",
                    kind=kind.value,
                    granted_at=NOW,
                    source="import",
                )
            )
        return client_id

    def opening(self, *, state: str = "live", hours: int = 4) -> int:
        self.count += 1
        start = NOW + timedelta(hours=hours, days=self.count)
        return self.add(
            Opening(
                practice_id=self.practice_id,
                location_id=self.location_id,
                provider_id=self.provider_id,
                during=TimeRange(start, start + timedelta(hours=1)),
                cause="cancellation",
                state=state,
                created_at=NOW,
            )
        )

    def offer(self, opening_id: int, client_id: int, phone: str, *, state: str = "open", ask: bool = True) -> int:
        offer_id = self.add(
            Offer(
                practice_id=self.practice_id,
                opening_id=opening_id,
                client_id=client_id,
                phone=phone,
                wave=1,
                state=state,
                starts_at=NOW + timedelta(days=1),
                ends_at=NOW + timedelta(days=1, hours=1),
                plan=[],
                token=f"token-of-offer-{opening_id}-{client_id}",
                sent_at=NOW,
                expires_at=NOW + timedelta(minutes=10),
            )
        )
        if ask:
            with self.database.transaction() as session:
                questions.ask(
                    session,
                    self.practice_id,
                    phone=phone,
                    client_id=client_id,
                    kind="offer",
                    now=NOW,
                    offer_id=offer_id,
                )
        return offer_id

    def visit(self, client_id: int, phone: str, *, turn: int = 0) -> int:
        self.count += 1
        appointment_id = self.add(
            Appointment(
                practice_id=self.practice_id,
                pms_ref=f"urn:blvd:Appointment:{self.count}",
                client_id=client_id,
                state="booked",
                turn=turn,
            )
        )
        with self.database.transaction() as session:
            questions.ask(
                session,
                self.practice_id,
                phone=phone,
                client_id=client_id,
                kind="appointment",
                now=NOW,
                appointment_id=appointment_id,
            )
        return appointment_id

    def sent(self, key: str, client_id: int, phone: str, *, state: str = "accepted", channel: str = "sms") -> int:
        """A message of ours, handed to the vendor; returns the intent."""
        intent_id = self.add(
            Intent(
                practice_id=self.practice_id,
                key=key,
                effect="text" if channel == "sms" else "mail",
                workflow_id="gapfill:1:1",
                client_id=client_id,
                state="done",
                planned_at=NOW,
                vendor_ref=f"REF-{key}",
            )
        )
        self.add(
            Message(
                practice_id=self.practice_id,
                client_id=client_id,
                intent_id=intent_id,
                direction="out",
                channel=channel,
                kind="offer",
                address=phone,
                body="words",
                state=state,
                vendor_ref=f"REF-{key}",
                at=NOW,
            )
        )
        return intent_id

    def task(self, **values: Any) -> int:
        self.count += 1
        plain: dict[str, Any] = {
            "key": f"task-{self.count}",
            "kind": "nobody_left",
            "title": "Nobody left to ask",
            "body": "Ada was asked.",
            "choices": [
                {"action": "assign", "label": "Book this client", "for_candidate": True},
                {"action": "leave", "label": "Leave it free", "for_candidate": False},
            ],
            "safe_default": "The time stays free.",
            "token": f"token-of-the-task-{self.count}",
            "opened_at": NOW,
            "due_at": NOW + timedelta(hours=2),
        }
        return self.add(Task(practice_id=self.practice_id, **(plain | values)))

    def text(
        self, sender: str, body: str, *, opt_out: str | None = None, ref: str | None = None, to: str = OUR_NUMBER
    ) -> int:
        """A text comes in and is routed; returns its receipt."""
        return self.arrive(self.text_arrival(sender, body, opt_out=opt_out, ref=ref, to=to))

    def text_arrival(
        self, sender: str, body: str, *, opt_out: str | None = None, ref: str | None = None, to: str = OUR_NUMBER
    ) -> Arrival:
        self.count += 1
        ref = ref or f"SM{self.count:04}"
        text = InboundText(
            event_key=f"inbound:{ref}",
            ref=ref,
            sender=sender,
            recipient=to,
            body=body,
            vendor_opt_out=opt_out,
        )
        return Arrival(
            vendor="twilio",
            slug=self.slug,
            purpose=Purpose.TEXT,
            event_key=text.event_key,
            event_type="inbound",
            heard=text,
            payload=b"raw",
        )

    def deliveries(self) -> list[Delivery]:
        with self.database.transaction() as session:
            return list(
                session.execute(
                    select(Delivery).where(col(Delivery.practice_id) == self.practice_id).order_by(col(Delivery.id))
                ).scalars()
            )

    def waiting(self) -> list[tuple[str, int, str, str]]:
        """(journey, ref, action, message) of every delivery, in order."""
        return [(one.journey, one.ref, one.action, one.message) for one in self.deliveries()]

    def receipt(self, receipt_id: int) -> Receipt:
        receipt: Receipt = self.row(Receipt, receipt_id)
        return receipt

    def row(self, table: Any, ref: int) -> Any:
        with self.database.transaction() as session:
            return session.get(table, ref)

    def enqueue(
        self,
        journey: Journey,
        ref: int,
        action: Action,
        message: str = "",
        body: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:

        self.count += 1
        with self.database.transaction() as session:
            deliveries.enqueue(
                session,
                self.practice_id,
                key=f"test:{self.count}",
                journey=journey,
                ref=ref,
                action=action,
                message=message,
                body=body or {},
                now=NOW,
                **more,
            )


def set_scene(database: Database, *, slug: str = "glow", rate: float | None = None) -> Scene:
    """A practice with one place, one provider, and Dana to answer in its staff chat.

    Its id is its own on the session's Temporal server too.
    """
    scene = Scene(database=database, practice_id=0, slug=slug, location_id=0, provider_id=0)
    scene.practice_id = scene.add(
        Practice(
            id=secrets.randbelow(2**40) + 1,
            slug=slug,
            name="Glow Aesthetics",
            short_name="Glow",
            phone="+12125550199",
            pms_kind="boulevard",
        )
    )
    if rate is not None:
        with database.transaction() as session:
            session.add(Clock(practice_id=scene.practice_id, anchor_real=NOW, anchor_practice=NOW, rate=rate))
    scene.location_id = scene.add(
        Location(
            practice_id=scene.practice_id, name="Downtown", zone="America/New_York", postcode="10001", pms_ref="place"
        )
    )
    scene.provider_id = scene.add(
        Provider(practice_id=scene.practice_id, first_name="Maria", display_name="NP Martinez", pms_ref="maria")
    )
    scene.add(
        ProviderLocation(practice_id=scene.practice_id, provider_id=scene.provider_id, location_id=scene.location_id)
    )
    scene.add(StaffAccount(practice_id=scene.practice_id, name="Dana Reyes", chat_user="U1"))
    scene.add(Connection(practice_id=scene.practice_id, purpose="sms", vendor="twilio", address=f"{OUR_NUMBER}-{slug}"))
    return scene

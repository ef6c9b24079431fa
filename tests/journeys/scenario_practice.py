"""A practice whose scenarios stay out of each other's way: each gets a corner with people of its own (`scenarios.py`).

The practice's clock and policy, what staff ask of its API, and waiting until it has come to rest.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from temporalio.service import RPCError, RPCStatusCode

from api.auth import new_key
from contracts.workflow_messages import ReconcileInput
from domain.clock import PracticeClock
from domain.policy import GapFillPolicy, PatiencePolicy, PracticePolicy
from models.practice import Connection, Practice
from models.repositories import access
from models.repositories.practices import policy_to_json
from simulation.sandbox_client import Entry
from simulation.stage import Stage
from tests.journeys.house import ZONE
from tests.journeys.rest import come_to_rest
from tests.journeys.scenario_rows import furnish
from tests.journeys.scenarios import PATIENCE, Corner
from wiring.settings import given_settings
from workflows.ids import gap_fill_id

#: What an offer may be answered within; long enough that no scenario runs into its end by accident.
UNHURRIED: Final = GapFillPolicy(settling_delay=timedelta(seconds=20), offer_window=timedelta(hours=2))
#: No winner hears that they are being booked.
PATIENT: Final = PatiencePolicy(booking_note_after=timedelta(hours=1))


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
            practice.policy = policy_to_json(PracticePolicy(gap_fill=fill, **{"patience": PATIENT, **others}))
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
        number, day = next(self._corners), self.now().date() + timedelta(days=1)
        place = furnish(
            self.stage,
            practice_id=self.practice_id,
            number=number,
            day=day,
            providers=providers,
            rooms=rooms,
            devices=devices,
            minutes=minutes,
            service=service,
        )
        corner = Corner(premises=self, number=number, place=place, client_ids=(), client_numbers=(), day=day)
        return corner.joined(self.new_numbers(waiting + others), waiting=range(waiting))

    def new_numbers(self, count: int) -> tuple[int, ...]:
        """Numbers of people nobody has met yet."""
        return tuple(next(self._clients) for _ in range(count))

    # --- behind the curtain -------------------------------------------------------------------------------------

    def settled(self) -> None:
        """Nothing is under way any more; see `come_to_rest`."""
        asyncio.run(come_to_rest(self.stage, seconds=PATIENCE))

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
            policy=policy_to_json(PracticePolicy(gap_fill=UNHURRIED, patience=PATIENT)),
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

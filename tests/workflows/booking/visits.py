"""A visit for tests: three days on, with two reminders, and short ways to say what has become of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from contracts.booking import SEND_TOUCH, AppointmentFacts, Change, PlannedTouch, TouchKind, TouchResult
from contracts.workflow_messages import BookingInput, Payload, PmsChanged
from tests.workflows.fake_activities import MORNING, Act, FakeWorld
from workflows.booking import BookingOutcome

VISIT = 7
#: Three days on, at nine; two reminders, and the visit is past at eleven.
STARTS = MORNING + timedelta(days=3)
LEADS = (48 * 60, 2 * 60)
DAY = 24 * 60

SENT = TouchResult(outcomes=("sms: sent", "email: sent"))


def facts(change: Change, *, starts: datetime = STARTS, state: str = "booked", **changes: Any) -> AppointmentFacts:
    values: dict[str, Any] = {
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "close_at": starts + timedelta(hours=2),
        "touches": tuple(PlannedTouch(lead_minutes=lead, at=starts - timedelta(minutes=lead)) for lead in LEADS),
    }
    return AppointmentFacts(change=change, state=state, **{**values, **changes})


CANCELLED = facts(Change.CANCELLED, state="cancelled")


@dataclass
class Visit:
    """One running booking and what can be said to it."""

    world: FakeWorld
    _handle: WorkflowHandle[Any, Any] | None = None

    async def play(self, *, turn: int = 0) -> BookingOutcome:
        await self.start(turn=turn)
        return BookingOutcome.model_validate(await self.handle.result())

    async def start(self, *, turn: int = 0, skipping: bool = True) -> None:
        start = BookingInput(**self.world.input(), appointment_id=VISIT, turn=turn)
        self._handle = await self.world.start("Booking", start, skipping=skipping)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        assert self._handle is not None, "the booking has not been started"
        return self._handle

    async def signal(self, name: str, payload: Payload) -> None:
        await self.handle.signal(name, payload)

    async def changed(self, receipt: int | None = None, *, baseline: bool = False) -> None:
        await self.signal("pms_changed", PmsChanged(receipt_id=receipt, baseline=baseline))

    def will(self, act: Callable[..., Awaitable[object]], *arguments: Any, **named: Any) -> Act:
        return lambda: act(*arguments, **named)


def touches(world: FakeWorld) -> list[tuple[TouchKind, int, int]]:
    """Kind, lead, and the whole minutes after the morning at which it was handed over."""
    minutes = world.minutes(SEND_TOUCH)
    return [(one.kind, one.lead_minutes, at) for one, at in zip(world.orders(SEND_TOUCH), minutes, strict=True)]

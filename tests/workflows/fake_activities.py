"""The world a journey meets, made up: every activity under its contract's name, with answers each test sets.

One set of workers serves all tests. Every order names its practice, so each test is a practice of its own. Orders are
kept with the instant, on the journey's own clock, at which they arrived.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias, TypeVar, Union

from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts import booking, gap_fill, task
from contracts.activity_call import Call, Done, Payload
from contracts.workflow_messages import ClockInput, JourneyInput
from domain.clock import PracticeClock
from wiring.build import WORKFLOWS
from workflows.options import CORE, MESSAGING

OrderT = TypeVar("OrderT", bound=Payload)
ResultT = TypeVar("ResultT", bound=Payload)

#: Every contract on the queue that the product serves it from; `test_contracts` holds this against the wiring.
QUEUES: dict[str, tuple[Call[Any, Any], ...]] = {
    CORE: (
        gap_fill.ASK_PERSON,
        gap_fill.REFIT_OFFERS,
        booking.CLOSE_BOOKING,
        booking.ASK_ABOUT_VISIT,
        booking.ASK_ABOUT_CALENDAR,
        booking.PLAN_RECONCILE,
        task.READ_TASK,
        task.SETTLE_TASK,
    ),
    MESSAGING: (
        gap_fill.OFFER_WAVE,
        gap_fill.CLOSE_OFFERS,
        gap_fill.TELL_WINNER,
        booking.SEND_TOUCH,
        task.POST_TASK,
        task.SEND_DRAFT,
        task.ANSWER_REPLY,
    ),
    "pms-boulevard": (
        gap_fill.ASSESS_OPENING,
        gap_fill.ASSIGN_CLIENT,
        gap_fill.BOOK_VISIT,
        gap_fill.REFIT_OFFERS,
        gap_fill.RELEASE_LATER_VISIT,
        booking.REFRESH_APPOINTMENT,
        booking.CONFIRM_VISIT,
        booking.RECONCILE_DAY,
    ),
}

#: Nine in the morning of an ordinary Tuesday; every test's practice stands there when it begins.
MORNING = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)

#: A result, a way to make one from the order and the practice's instant, or what goes wrong.
Answer: TypeAlias = Union[ResultT, Callable[[OrderT, datetime], ResultT], BaseException]  # noqa: UP007 (generic)
Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Seen:
    """One order, as it arrived."""

    name: str
    order: Payload
    at: datetime


@dataclass
class FakeWorld:
    """One practice. What it was asked is in `seen`; what it says is set with `answer`."""

    env: WorkflowEnvironment
    practice_id: int
    clock: PracticeClock
    seen: list[Seen] = field(default_factory=list)
    _answers: dict[str, list[Answer[Any, Any]]] = field(default_factory=dict)
    _acts: dict[tuple[str, int], Act] = field(default_factory=dict)
    _done: list[str] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    # --- setting the scene ---------------------------------------------------------------------------------------

    def answer(self, call: Call[OrderT, ResultT], *answers: Answer[ResultT, OrderT]) -> None:
        """What this activity answers, in turn; the last one goes for all that follow."""
        self._answers[call.name] = list(answers)

    def meanwhile(self, call: Call[Any, Any], act: Act, *, nth: int = 1) -> None:
        """Do this while the `nth` run of the activity is under way: in history, before its result."""
        self._acts[call.name, nth] = act

    def at_rate(self, rate: float) -> None:
        """Let the practice's clock run faster than the wall's, from now on."""
        self.clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=MORNING, rate=rate)

    # --- playing -------------------------------------------------------------------------------------------------

    def input(self) -> dict[str, Any]:
        """What every journey's input begins with."""
        return {"practice_id": self.practice_id, "clock": ClockInput.of(self.clock)}

    async def start(
        self, journey: str, start: JourneyInput, *, skipping: bool = True, delay: timedelta | None = None
    ) -> WorkflowHandle[Any, Any]:
        """Begin. Without `skipping` time stands (almost) still until `pass_time` moves it."""
        numbered = f"{journey.lower()}:{self.practice_id}:1"
        with nullcontext() if skipping else self.env.with_time_skipping_disabled():
            return await self.env.client.start_workflow(journey, start, id=numbered, task_queue=CORE, start_delay=delay)

    async def pass_time(self, handle: WorkflowHandle[Any, Any], duration: timedelta | None = None) -> None:
        """Move the journey's clock on by this much, or to its end."""
        await self.env.fast_forward(handle, duration)

    async def done(self, call: Call[Any, Any], times: int = 1) -> None:
        """Returns when the activity has run this often; what the workflow does next may still be on its way."""
        while self._done.count(call.name) < times:
            await self._heard.wait()
            self._heard.clear()

    async def happened(self, handle: WorkflowHandle[Any, Any], event: EventType.ValueType) -> None:
        """Returns when the history has such an event."""
        async for one in handle.fetch_history_events(wait_new_event=True):
            if one.event_type == event:
                return

    # --- looking -------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """What was asked for, in order."""
        return [one.name for one in self.seen]

    def orders(self, call: Call[OrderT, Any]) -> list[OrderT]:
        return [one.order for one in self.seen if one.name == call.name and isinstance(one.order, call.order)]

    def times(self, call: Call[Any, Any]) -> list[datetime]:
        """The practice's instants at which this was asked."""
        return [one.at for one in self.seen if one.name == call.name]

    def minutes(self, call: Call[Any, Any]) -> list[int]:
        """Whole practice minutes from the morning to each of these; the few real seconds of a run do not show."""
        return [int((at - MORNING) / timedelta(minutes=1)) for at in self.times(call)]

    # --- being the world -----------------------------------------------------------------------------------------

    async def perform(self, call: Call[Any, Any], order: Payload) -> Payload:
        """Answer one order."""
        now = self.clock.practice(activity.info().started_time)
        self.seen.append(Seen(call.name, order, now))
        nth = self.names().count(call.name)
        act = self._acts.get((call.name, nth))
        if act is not None:
            await act()
        answers = self._answers.get(call.name)
        if answers is None:
            answers = [Done()] if call.result is Done else []
        if not answers:
            raise AssertionError(f"the test says nothing about {call.name}")
        result = answers[0] if len(answers) == 1 else answers.pop(0)
        if isinstance(result, BaseException):
            raise result
        self._done.append(call.name)
        self._heard.set()
        if isinstance(result, Payload):
            return result
        made: Payload = result(order, now)
        return made


class Worlds:
    """All practices of the session, and the workers that serve them."""

    def __init__(self, env: WorkflowEnvironment) -> None:
        self._env = env
        self._numbers = itertools.count(1)
        self._worlds: dict[int, FakeWorld] = {}
        self._workers: dict[str, tuple[Worker, asyncio.Task[None]]] = {}

    def new(self) -> FakeWorld:
        clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=MORNING, rate=1.0)
        world = FakeWorld(env=self._env, practice_id=next(self._numbers), clock=clock)
        self._worlds[world.practice_id] = world
        return world

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Workers on every queue. No workflow is cached: each of its tasks replays its whole history."""
        for queue in QUEUES:
            self._hire(queue)
        try:
            yield
        finally:
            for queue in QUEUES:
                await self._dismiss(queue)

    @asynccontextmanager
    async def nobody_decides(self) -> AsyncIterator[None]:
        """While no worker runs workflows: timers fire and signals arrive, and wait for the next one."""
        await self._dismiss(CORE)
        try:
            yield
        finally:
            self._hire(CORE)

    def _hire(self, queue: str) -> None:
        worker = self._worker(queue)
        self._workers[queue] = (worker, asyncio.create_task(worker.run()))

    async def _dismiss(self, queue: str) -> None:
        worker, running = self._workers.pop(queue)
        await worker.shutdown()
        await running

    def _worker(self, queue: str) -> Worker:
        return Worker(
            self._env.client,
            task_queue=queue,
            workflows=WORKFLOWS if queue == CORE else (),
            activities=[self._activity(call) for call in QUEUES[queue]],
            max_cached_workflows=0,
            graceful_shutdown_timeout=timedelta(seconds=2),
        )

    def _activity(self, call: Call[Any, Any]) -> Callable[..., Awaitable[Payload]]:
        async def perform(order: Any) -> Payload:
            return await self._worlds[order.practice_id].perform(call, order)

        # The SDK decodes payloads by the annotations.
        perform.__annotations__ = {"order": call.order, "return": call.result}
        return activity.defn(name=call.name)(perform)

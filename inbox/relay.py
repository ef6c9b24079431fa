"""Hands deliveries to their journeys: at once after a webhook, and in a loop for whatever was left."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.journeys import Action
from inbox import counters, journeys, settling, updates
from inbox.doorbell import Doorbell
from inbox.receipts import real_now
from inbox.settling import Dead, Done, Later, Outcome, Over
from models.repositories import deliveries, practices, receipts, targets
from models.repositories.deliveries import DeliveryState, Waiting
from models.repositories.receipts import ReceiptFacts
from models.session import Database
from vendors.chat.base import Chat
from vendors.errors import VendorError
from workflows.ids import workflow_id
from workflows.messages import Resolved

_log = structlog.get_logger(__name__)

_RPC_TIMEOUT: Final = timedelta(seconds=5)
#: Temporal is away or busy: soon again, and never so late that a restart is felt for long.
_PAUSE: Final = timedelta(milliseconds=250)
_LONGEST_PAUSE: Final = timedelta(seconds=5)
_HOUSEKEEPING_SECONDS: Final = 5.0
#: For errors nobody foresaw; at the longest pause this is some four minutes.
_TRIES: Final = 50
#: The request itself will never be taken.
_FOR_GOOD: Final = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.OUT_OF_RANGE, RPCStatusCode.UNIMPLEMENTED})

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RelayOptions:
    """Real durations. The lease outlives the longest attempt (an update and its fallback signal) by far."""

    lease: timedelta = timedelta(seconds=30)
    concurrency: int = 20
    interval: timedelta = timedelta(milliseconds=500)
    threads: int = 6

    @staticmethod
    def of_seconds(*, lease: float, interval: float, concurrency: int) -> RelayOptions:
        """As settings hold them."""
        return RelayOptions(
            lease=timedelta(seconds=lease), interval=timedelta(seconds=interval), concurrency=concurrency
        )


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A claimed delivery with what its hand-over needs to know."""

    delivery: Waiting
    start: journeys.Start | None = None
    receipt: ReceiptFacts | None = None


class Relay:
    """One relay of any number of processes; rows are claimed with a lease, oldest of each workflow first.

    Delivers at least once: a process that dies between Temporal's answer and its own commit delivers again, and every
    journey knows a message it has seen by its key.
    """

    def __init__(
        self,
        *,
        client: Client,
        database: Database,
        chat: Callable[[int], Chat | None],
        route_left_over: Callable[[], int],
        options: RelayOptions = RelayOptions(),
        wall: Callable[[], datetime] = real_now,
    ) -> None:
        self._client = client
        self._database = database
        self._chat = chat
        self._route_left_over = route_left_over
        self._options = options
        self._wall = wall
        self._threads = ThreadPoolExecutor(max_workers=options.threads, thread_name_prefix="relay")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def nudge(self) -> None:
        """There may be something new. Safe from any thread, returns at once."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed; the next process's pass finds it
                loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Deliver until cancelled; what is under way is then finished."""
        self._loop = asyncio.get_running_loop()
        doorbell = Doorbell(self._database.engine, ring=self.nudge)
        doorbell.start()
        housekeeping = asyncio.create_task(self._keep_house())
        running: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._wake.clear()
                if not await self._claim_into(running):
                    await self._rest()
        finally:
            housekeeping.cancel()
            self._loop = None
            if running:
                await asyncio.wait(running, timeout=self._options.lease.total_seconds())
            await asyncio.to_thread(doorbell.stop)
            self._threads.shutdown(wait=True)

    async def drain(self) -> int:
        """Deliver all that can be delivered now and return how many attempts that took."""
        attempts = 0
        while claimed := await self._in_thread(self._claim, self._options.concurrency):
            await asyncio.gather(*(self._handle(delivery) for delivery in claimed))
            attempts += len(claimed)
        return attempts

    # --- the loop -----------------------------------------------------------------------------------------------

    async def _claim_into(self, running: set[asyncio.Task[None]]) -> bool:
        """Take what there is room for. False when there was nothing, or no room worth a query."""
        room = self._options.concurrency - len(running)
        if room < max(1, self._options.concurrency // 2):
            return False
        try:
            claimed = await self._in_thread(self._claim, room)
        except Exception as error:
            # The database is away: nothing can be lost meanwhile, and nothing delivered.
            _log.error("relay.claim_failed", error=type(error).__name__)
            await asyncio.sleep(1)
            return False
        for delivery in claimed:
            task = asyncio.create_task(self._handle(delivery))
            running.add(task)
            task.add_done_callback(running.discard)
            task.add_done_callback(lambda _: self._wake.set())
        return bool(claimed)

    async def _rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._options.interval.total_seconds()):
                await self._wake.wait()

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._in_thread(self._route_left_over)
                backlog = await self._in_thread(self._count)
                for state, count in backlog.items():
                    counters.BACKLOG.labels(state).set(count)
            except Exception as error:
                _log.error("relay.housekeeping_failed", error=type(error).__name__)
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    # --- one delivery -------------------------------------------------------------------------------------------

    async def _handle(self, delivery: Waiting) -> None:
        began = time.perf_counter()
        try:
            outcome = await self._hand_over(await self._prepared(delivery))
        except (KeyError, ValidationError) as error:
            # Not the error's text: it quotes the message.
            outcome = Dead(f"{type(error).__name__}: {delivery.message or 'start'} does not fit its journey")
        except RPCError as error:
            outcome = self._failed(error)
        except Exception as error:
            # Not known to be hopeless, but nothing may go round for ever unseen.
            words = type(error).__name__
            outcome = Later(words) if delivery.attempts < _TRIES else Dead(f"{words}, {delivery.attempts} times")
        counters.DELIVERY_SECONDS.observe(time.perf_counter() - began)
        counters.DELIVERIES.labels(delivery.journey.value, delivery.action.value, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Dead):
            _log.error("delivery.dead", delivery_id=delivery.id, journey=delivery.journey.value, why=outcome.words)
        try:
            await self._in_thread(self._settle, delivery, outcome)
        except Exception as error:
            # The lease runs out and it is delivered once more.
            _log.error("delivery.not_settled", delivery_id=delivery.id, error=type(error).__name__)

    async def _prepared(self, delivery: Waiting) -> _Job:
        if delivery.action is Action.SIGNAL:
            return _Job(delivery=delivery)
        return await self._in_thread(self._prepare, delivery)

    async def _hand_over(self, job: _Job) -> Outcome:
        match job.delivery.action:
            case Action.START:
                return await self._start(job)
            case Action.SIGNAL_WITH_START:
                return await self._signal_with_start(job)
            case Action.SIGNAL:
                return await self._signal(job.delivery, job.delivery.message)
            case Action.UPDATE:
                return await self._update(job)

    async def _start(self, job: _Job) -> Outcome:
        assert job.start is not None  # loaded with the claim
        try:
            await self._start_workflow(job.start)
        except WorkflowAlreadyStartedError:
            return Done("had run before")
        return Done("started")

    async def _signal_with_start(self, job: _Job) -> Outcome:
        assert job.start is not None  # loaded with the claim
        delivery = job.delivery
        message = journeys.message_of(delivery.journey, delivery.message, dict(delivery.body))
        try:
            await self._start_workflow(job.start, start_signal=delivery.message, start_signal_args=[message])
        except WorkflowAlreadyStartedError:
            return Over()
        return Done("signalled")

    async def _start_workflow(self, start: journeys.Start, **signal: Any) -> None:
        await self._client.start_workflow(
            start.workflow,
            start.input,
            id=start.id,
            task_queue=journeys.QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            priority=start.priority,
            search_attributes=start.search_attributes,
            static_summary=start.summary,
            static_details=start.details,
            start_delay=start.delay,
            rpc_timeout=_RPC_TIMEOUT,
            **signal,
        )

    async def _signal(self, delivery: Waiting, name: str) -> Outcome:
        message = journeys.message_of(delivery.journey, name, dict(delivery.body))
        handle = self._client.get_workflow_handle(_workflow_id(delivery))
        try:
            await handle.signal(name, message, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as error:
            if updates.ended(error):
                return Over()
            raise
        return Done("signalled")

    async def _update(self, job: _Job) -> Outcome:
        """A press of a card's button: the answer goes back to who pressed, the rest by signal under the same key."""
        delivery = job.delivery
        message = journeys.message_of(delivery.journey, delivery.message, dict(delivery.body))
        answer = await updates.ask(
            self._client,
            workflow_id=_workflow_id(delivery),
            update=delivery.message,
            message=message,
            key=str(delivery.body.get("key") or delivery.key),
            result=Resolved,
        )
        outcome: Outcome
        match answer:
            case updates.Answered():
                words, outcome = answer.result.words, Done("answered")
            case updates.Declined():
                words, outcome = answer.words, Done(f"refused: {answer.type}")
            case updates.Over():
                words, outcome = "This has been answered already.", Over()
            case updates.NoAnswer():
                outcome = await self._signal(delivery, f"{delivery.message}_by_signal")
                words = "Received. It is on its way; the task's page shows what became of it."
        await self._answer_press(job, words)
        return outcome

    async def _answer_press(self, job: _Job, words: str) -> None:
        url = str(job.receipt.parsed.get("response_url") or "") if job.receipt else ""
        chat = self._chat(job.delivery.practice_id)
        if chat is None or not url:
            return
        try:
            await self._in_thread(lambda: chat.answer(response_url=url, text=words))
        except VendorError as error:
            # The task is answered all the same, and its card is redrawn by the journey.
            _log.warning("press.not_answered", delivery_id=job.delivery.id, error=type(error).__name__)

    def _failed(self, error: RPCError) -> Outcome:
        if error.status in _FOR_GOOD:
            return Dead(f"Temporal refused it: {error.status.name}")
        if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.NOT_FOUND):
            _log.error("relay.temporal_misconfigured", status=error.status.name)
        return Later(error.status.name)

    # --- in threads ---------------------------------------------------------------------------------------------

    def _claim(self, limit: int) -> tuple[Waiting, ...]:
        with self._database.transaction() as session:
            return deliveries.claim(session, now=self._wall(), lease=self._options.lease, limit=limit)

    def _prepare(self, delivery: Waiting) -> _Job:
        """Not part of the claim: a row that cannot be prepared must not hold up the others claimed with it."""
        with self._database.transaction() as session:
            start = receipt = None
            if delivery.action in (Action.START, Action.SIGNAL_WITH_START):
                start = journeys.start_of(
                    practice=practices.load(session, delivery.practice_id),
                    journey=delivery.journey,
                    ref=delivery.ref,
                    turn=delivery.turn,
                    subject=targets.about(session, delivery.practice_id, delivery.journey, delivery.ref),
                )
            if delivery.action is Action.UPDATE and delivery.receipt_id is not None:
                receipt = receipts.get(session, delivery.practice_id, delivery.receipt_id)
            return _Job(delivery=delivery, start=start, receipt=receipt)

    def _settle(self, delivery: Waiting, outcome: Outcome) -> None:
        now = self._wall()
        with self._database.transaction() as session:
            match outcome:
                case Done():
                    deliveries.settle(session, delivery.id, state=DeliveryState.DONE, outcome=outcome.words, now=now)
                case Dead():
                    deliveries.settle(session, delivery.id, state=DeliveryState.DEAD, outcome=outcome.words, now=now)
                case Later():
                    deliveries.postpone(session, delivery.id, until=now + _pause(delivery), outcome=outcome.words)
                case Over():
                    settling.journey_was_over(session, delivery, now=now)

    def _count(self) -> dict[str, int]:
        with self._database.transaction() as session:
            return deliveries.backlog(session)


def _workflow_id(delivery: Waiting) -> str:
    return workflow_id(journey=delivery.journey, practice_id=delivery.practice_id, ref=delivery.ref, turn=delivery.turn)


def _pause(delivery: Waiting) -> timedelta:
    """Doubling, bounded, and spread so that a backlog does not come back all at once."""
    longest: timedelta = min(_PAUSE * 2 ** min(delivery.attempts - 1, 10), _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)

"""Hands deliveries to their journeys: at once after a webhook, and in a loop for whatever was left."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from temporalio.client import Client

from inbox import counters, settling
from inbox.group_commit import Batches
from inbox.handover import HandOver, Job
from inbox.handover_jobs import prepare
from inbox.intake import real_now
from inbox.notifications import NotificationListener
from inbox.settling import Attempt, Dead
from models.repositories import deliveries
from models.session import Database
from vendors.chat.base import Chat

_log = structlog.get_logger(__name__)

_HOUSEKEEPING_SECONDS: Final = 5.0
#: While the intake is busy: between claims, and how many hints a claim may bring.
_BREATH_SECONDS: Final = 0.1
_TRICKLE: Final = 1
#: Of what is under way at once, this part is kept free of hints: a person's message finds room when it comes.
_KEPT_FOR_PEOPLE: Final = 4

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RelayOptions:
    """Real durations. The lease outlives the longest attempt (an update and its fallback signal) by far."""

    lease: timedelta = timedelta(seconds=30)
    concurrency: int = 20
    interval: timedelta = timedelta(milliseconds=500)

    @staticmethod
    def of_seconds(*, lease: float, interval: float, concurrency: int) -> RelayOptions:
        """As settings hold them."""
        return RelayOptions(
            lease=timedelta(seconds=lease), interval=timedelta(seconds=interval), concurrency=concurrency
        )


class Relay:
    """One relay of any number of processes; rows are claimed with a lease, oldest of each workflow first.

    Delivers at least once: a process that dies between Temporal's answer and its own commit delivers again, and every
    journey knows a message it has seen by its key. What people wait for goes before hints of the practice system,
    however many there are. While `busy` says that the intake has its hands full, hints trickle: in the database they
    can wait, at the door they cannot.
    """

    def __init__(
        self,
        *,
        client: Client,
        database: Database,
        chat: Callable[[int], Chat | None],
        options: RelayOptions = RelayOptions(),
        wall: Callable[[], datetime] = real_now,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._options = options
        self._wall = wall
        self._busy = busy
        self._hand_over = HandOver(client, chat=chat)
        self._settling = Batches(self._settle, most=options.concurrency, name="settling")
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="relay")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        #: There may be something new, not only room again.
        self._heard = True

    def nudge(self) -> None:
        """There may be something new. Safe from any thread, returns at once."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has just closed; the next process's pass finds it
                loop.call_soon_threadsafe(self._hear)

    def _hear(self) -> None:
        self._heard = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled; what is under way is then finished."""
        self._loop = asyncio.get_running_loop()
        notifications = NotificationListener(self._database.engine, ring=self.nudge)
        notifications.start()
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
            await asyncio.to_thread(notifications.stop)
            self._threads.shutdown(wait=True)
            self._settling.close()

    async def drain(self) -> int:
        """Deliver all that can be delivered now and return how many attempts that took."""
        attempts = 0
        while jobs := await self._in_thread(self._claim, self._options.concurrency):
            await asyncio.gather(*(self._handle(job) for job in jobs))
            attempts += len(jobs)
        return attempts

    # --- the loop -----------------------------------------------------------------------------------------------

    async def _claim_into(self, running: set[asyncio.Task[None]]) -> bool:
        """Take what there is room for. False when there was nothing, or no room worth a query."""
        room = self._options.concurrency - len(running)
        busy = self._busy()
        hints = self._hints_for(room, busy=busy)
        if hints is None:
            return False
        self._heard = False
        try:
            jobs = await self._in_thread(self._claim, room, hints)
        except Exception as error:
            # The database is away: nothing can be lost meanwhile, and nothing delivered.
            _log.error("relay.claim_failed", error=type(error).__name__)
            await asyncio.sleep(1)
            return False
        for job in jobs:
            task = asyncio.create_task(self._handle(job))
            running.add(task)
            task.add_done_callback(running.discard)
            task.add_done_callback(lambda _: self._wake.set())
        self._heard = self._heard or len(jobs) == room  # there may be more
        if busy:
            await asyncio.sleep(_BREATH_SECONDS)  # the answers under way go on
        return bool(jobs)

    def _hints_for(self, room: int, *, busy: bool) -> int | None:
        """How many hints to claim with what people wait for; None: there is no room worth a query. Hints come once half
        of the room is free, and leave a part of it to what people wait for, which is taken as it comes."""
        kept = max(1, self._options.concurrency // _KEPT_FOR_PEOPLE)
        if room >= max(1, self._options.concurrency // 2):
            return _TRICKLE if busy else max(_TRICKLE, room - kept)
        return 0 if self._heard and room >= kept else None

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._options.interval.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            self._heard = True  # or not told of it, by a process that has died

    async def _keep_house(self) -> None:
        while True:
            try:
                backlog = await self._in_thread(self._count)
                for state, count in backlog.items():
                    counters.BACKLOG.labels(state).set(count)
            except Exception as error:
                _log.error("relay.housekeeping_failed", error=type(error).__name__)
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)

    async def _in_thread(self, function: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def _handle(self, job: Job) -> None:
        delivery = job.delivery
        began = time.perf_counter()
        outcome = await self._hand_over.attempt(job)
        counters.DELIVERY_SECONDS.observe(time.perf_counter() - began)
        counters.DELIVERIES.labels(delivery.journey.value, delivery.action.value, type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Dead):
            _log.error("delivery.dead", delivery_id=delivery.id, journey=delivery.journey.value, why=outcome.words)
        try:
            await self._settling.add(Attempt(delivery=delivery, outcome=outcome))
        except Exception as error:
            # The lease runs out and it is delivered once more.
            _log.error("delivery.not_settled", delivery_id=delivery.id, error=type(error).__name__)

    # --- in threads ---------------------------------------------------------------------------------------------

    def _claim(self, limit: int, hints: int | None = None) -> list[Job]:
        with self._database.transaction() as session:
            claimed = deliveries.claim(session, now=self._wall(), lease=self._options.lease, limit=limit, hints=hints)
        if not claimed:
            return []
        # A transaction of its own: what goes wrong in it must not undo the claim, or the same rows came up for ever.
        try:
            with self._database.transaction() as session:
                return prepare(session, claimed)
        except Exception as error:
            return [Job(delivery=one, error=error) for one in claimed]

    def _settle(self, attempts: Sequence[Attempt]) -> list[Exception | None]:
        with self._database.transaction() as session:
            settling.settle(session, attempts, now=self._wall())
        return [None] * len(attempts)

    def _count(self) -> dict[str, int]:
        with self._database.transaction() as session:
            return deliveries.backlog(session)

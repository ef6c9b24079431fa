"""Takes in what came from outside: committed before anybody is told so, and from then on nothing can lose it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from inbox import counters
from inbox.event_json import Heard, to_json
from inbox.group_commit import Batches
from models.repositories import event_owners, receipts
from models.repositories.event_owners import Addressee
from models.repositories.receipts import NewReceipt, Purpose, ReceiptState, Recorded
from models.session import Database
from models.storable_text import as_kept, storable

_log = structlog.get_logger(__name__)

#: Longer than a batch ever takes, and shorter than any vendor waits for us but Slack.
_PATIENCE: Final = timedelta(seconds=5)
#: Some milliseconds of Postgres's time; what comes meanwhile is the next batch.
_MOST_AT_ONCE: Final = 200
#: Ten seconds' worth at full speed: whoever comes now would give up before it is their turn.
_MOST_WAITING: Final = 5_000
_BUSY_PER_SECOND: Final = 50


def real_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A verified event as a webhook hands it over. `known` is False for a type the vendor documents nowhere.

    It belongs to the practice of the connection it came through, else to the one of `slug`.
    """

    vendor: str
    slug: str
    practice_id: int | None = None
    purpose: Purpose
    event_key: str
    event_type: str
    heard: Heard | None
    payload: bytes
    known: bool = True

    @property
    def addressee(self) -> Addressee:
        return Addressee(slug=storable(self.slug), practice_id=self.practice_id)


class ArrivalRate:
    """How many a second of late, over the last full window and the one that is open."""

    _WINDOW: Final = 0.25

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._opened = 0.0
        self._counts = (0, 0)

    def count(self, number: int) -> None:
        before, now = self._roll()
        self._counts = before, now + number

    @property
    def rate(self) -> float:
        return max(self._roll()) / self._WINDOW

    def _roll(self) -> tuple[int, int]:
        windows = (self._clock() - self._opened) // self._WINDOW
        if windows:
            self._opened = self._clock()
            self._counts = (self._counts[1] if windows == 1 else 0, 0)
        return self._counts


class UnknownPractice(Exception):
    """No practice has this slug."""


class TooBusy(Exception):
    """Not kept in time; the vendor should send it again. If it was kept after all, that counts as a repeat."""


class Intake:
    """Keeps arrivals. Those that come together share one transaction; `committed` is called after each, from the
    writer's thread, and must not block.

    The writer has a connection to itself, on which each statement is its own transaction: a batch is one that reads and
    one that writes. Every further trip to Postgres and back is a turn the writer waits for in a busy process.
    """

    def __init__(
        self,
        database: Database,
        *,
        committed: Callable[[], None],
        wall: Callable[[], datetime] = real_now,
        patience: timedelta = _PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._committed = committed
        self._wall = wall
        self._patience = patience
        self._lately = ArrivalRate(clock)
        self._connection: sa.Connection | None = None
        self._batches = Batches(self.record, most=_MOST_AT_ONCE, name="intake")

    async def take_in(self, *arrivals: Arrival, patience: timedelta | None = None) -> list[Recorded]:
        """Returns when they are committed. Raises `UnknownPractice`, `TooBusy` or what the database said.

        `patience`: how long this caller waits, where its vendor waits for less than most do."""
        self._lately.count(len(arrivals))
        if self._batches.waiting > _MOST_WAITING:
            raise TooBusy
        try:
            async with asyncio.timeout((patience or self._patience).total_seconds()):
                return await self._batches.add(*arrivals)
        except TimeoutError as error:
            raise TooBusy from error

    @property
    def busy(self) -> bool:
        """Whether so much arrives that whoever can wait should: more than a practice ever sees, but for an outage's
        repeats."""
        return self._lately.rate > _BUSY_PER_SECOND

    def close(self) -> None:
        self._batches.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def record(self, arrivals: Sequence[Arrival]) -> list[Recorded | Exception]:
        """All of them in one transaction, in this order; the error of one is that it is for nobody. A repeat is
        counted on the receipt of the first."""
        had_connection = self._connection is not None
        try:
            results = self._record(arrivals)
        except DBAPIError as error:
            if not (had_connection and error.connection_invalidated):
                raise
            # Postgres went away and came back since the batch before. Should it have kept these as it went, they count
            # as repeats.
            results = self._record(arrivals)
        self._committed()
        for one, result in zip(arrivals, results, strict=True):
            if isinstance(result, Recorded):
                _tell(one, result)
        return results

    def _record(self, arrivals: Sequence[Arrival]) -> list[Recorded | Exception]:
        now = self._wall()
        with self._session() as session:
            owners = event_owners.owners(session, (one.addressee for one in arrivals))
            rows = [
                NewReceipt(
                    practice_id=owner.practice_id,
                    vendor=one.vendor,
                    purpose=one.purpose,
                    event_key=storable(one.event_key),
                    event_type=one.event_type,
                    parsed={} if one.heard is None else to_json(one.purpose, one.heard),
                    payload=as_kept(one.payload),
                    received_at=now,
                    practice_at=owner.clock.practice(now),
                    state=ReceiptState.NEW if one.known else ReceiptState.UNKNOWN,
                )
                for one in arrivals
                if (owner := owners.get(one.addressee))
            ]
            kept = iter(receipts.record(session, rows))
        return [next(kept) if one.addressee in owners else UnknownPractice() for one in arrivals]

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """On the connection of the batch before, or on a new one after an error."""
        connection, self._connection = self._connection, None
        if connection is None:
            connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            with Session(connection) as session, session.begin():
                yield session
        except BaseException:
            connection.close()
            raise
        self._connection = connection


def _tell(arrival: Arrival, recorded: Recorded) -> None:
    counters.RECEIPTS.labels(arrival.vendor, arrival.purpose.value, "new" if recorded.is_new else "repeat").inc()
    if not arrival.known:
        _log.warning("receipt.unknown_event", receipt_id=recorded.id, vendor=arrival.vendor)

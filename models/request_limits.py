"""What one request may cost: no statement of it goes on for longer than its limit, and the work of one that only reads
ends when its caller has gone.

A request opens it (`api.request_limits`). Elsewhere there is none, and nothing here does anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Final

import psycopg

#: Of a statement of a request that reads.
STATEMENT_SECONDS: Final = 1.0
#: Of a statement of one that orders something, which may have to wait for its turn at a row.
ORDER_SECONDS: Final = 5.0


class CallerGone(Exception):
    """Nobody waits for the answer any more."""


class RequestLimits:
    """One request's. `stop` may be called from any thread, and while a statement runs."""

    def __init__(self, *, statement_seconds: float = STATEMENT_SECONDS) -> None:
        self.statement_seconds = statement_seconds
        self._gone = threading.Event()
        self._lock = threading.Lock()
        self._running: psycopg.Connection | None = None

    def stop(self) -> None:
        self._gone.set()
        with self._lock:
            if self._running is not None:
                with suppress(psycopg.Error):
                    self._running.cancel_safe(timeout=STATEMENT_SECONDS)

    def check(self) -> None:
        """Raises `CallerGone`."""
        if self._gone.is_set():
            raise CallerGone

    @contextmanager
    def on(self, connection: psycopg.Connection) -> Iterator[None]:
        """A transaction of it runs on this connection."""
        with self._lock:
            self._running = connection
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._running = None


current: ContextVar[RequestLimits | None] = ContextVar("work", default=None)


def enough(seconds: float) -> Callable[[], bool]:
    """Asked again and again: whether this thread has worked so long since. Raises `CallerGone` for who has gone."""
    until, work = time.thread_time() + seconds, current.get()

    def asked() -> bool:
        if work is not None:
            work.check()
        return time.thread_time() > until

    return asked

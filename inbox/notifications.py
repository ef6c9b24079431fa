"""Hears the moment another process commits a delivery. Without it the relay's next pass would find it all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import psycopg
import structlog
from psycopg import sql
from sqlalchemy import Engine

from models.repositories.deliveries import CHANNEL

_log = structlog.get_logger(__name__)

_LOOK_UP_SECONDS: Final = 1.0
_RECONNECT_SECONDS: Final = 2.0


class NotificationListener:
    """A thread on Postgres's LISTEN, with a connection of its own. A pooler that swallows it only costs time."""

    def __init__(self, engine: Engine, *, ring: Callable[[], None]) -> None:
        self._conninfo = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._ring = ring
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="notifications", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    self._ring()
                    while not self._stopping.is_set():
                        if any(True for _ in connection.notifies(timeout=_LOOK_UP_SECONDS, stop_after=1)):
                            self._ring()
            except psycopg.Error as error:
                _log.warning("relay.doorbell_lost", error=type(error).__name__)
                self._stopping.wait(_RECONNECT_SECONDS)

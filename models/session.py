"""Sessions: one activity or request, one transaction, committed at its edge."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, PoolProxiedConnection, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from models import request_limits
from models.storable_text import StorableText, as_json

#: A connection that was at work within it is not asked whether it is alive: every transaction would pay a round trip.
#: Should Postgres have gone meanwhile, one transaction finds out, and the pool makes all of them anew.
SURELY_ALIVE: Final = timedelta(seconds=2)


def make_engine(database_url: str, *, pool_size: int = 10, surely_alive: timedelta = SURELY_ALIVE) -> Engine:
    """An engine over synchronous psycopg; `postgresql://` URLs are taken as they come."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    # Last in, first out: the connection used last has its statements prepared and its catalogue read.
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        json_serializer=as_json,
    )
    event.listen(engine, "connect", _store_any_text)
    event.listen(engine, "connect", _prepare_nothing_behind_a_pooler)
    event.listen(engine, "checkin", _note_when)
    event.listen(engine, "checkout", _ask_after_a_rest(engine, surely_alive.total_seconds()))
    return engine


def _note_when(_connection: Any, entry: ConnectionPoolEntry) -> None:
    entry.info["at_work"] = time.monotonic()


def _ask_after_a_rest(engine: Engine, surely_alive: float) -> Any:
    """A connection that lay idle may have died, and is replaced then."""

    def ask(connection: Any, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
        at_work = entry.info.get("at_work")
        if at_work is None or time.monotonic() - at_work < surely_alive:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            alive = False
        if not alive:
            raise DisconnectionError

    return ask


def _store_any_text(connection: psycopg.Connection, _record: object) -> None:
    """Nobody's text is refused for what Postgres cannot store of it."""
    connection.adapters.register_dumper(str, StorableText)


def _prepare_nothing_behind_a_pooler(connection: psycopg.Connection, _record: object) -> None:
    """A transaction pooler gives each transaction another of its server connections, where what the one before prepared
    is unknown, or known for another statement (PgBouncer before 1.21). It is told by the process number: a pooler makes
    up the one it hands out (PgBouncer's `src/client.c`, the cancel key), Postgres names its own. Nothing else here
    outlives a transaction."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    connection.rollback()
    if row is None or row[0] != connection.info.backend_pid:
        connection.prepare_threshold = None


class Database:
    """Opens transactions. A caller's block either commits as a whole or leaves nothing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            if (limited := request_limits.current.get()) is None:
                yield session
                return
            connection = session.connection()
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(limited.statement_seconds * 1000)}")
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            with limited.on(driver):
                yield session

"""Sessions: one activity or request, one transaction, committed at its edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlmodel import Session

from models import work
from models.stored_text import StorableText, as_json


def make_engine(database_url: str, *, pool_size: int = 10) -> Engine:
    """An engine over synchronous psycopg; `postgresql://` URLs are taken as they come."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    # Last in, first out: the connection used last has its statements prepared and its catalogue read.
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_use_lifo=True,
        json_serializer=as_json,
    )
    event.listen(engine, "connect", _store_any_text)
    event.listen(engine, "connect", _prepare_nothing_behind_a_pooler)
    return engine


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
            if (limited := work.current.get()) is None:
                yield session
                return
            connection = session.connection()
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(work.STATEMENT_SECONDS * 1000)}")
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            with limited.on(driver):
                yield session

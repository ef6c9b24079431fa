"""Sessions: one activity or request, one transaction, committed at its edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlmodel import Session


def make_engine(database_url: str, *, pool_size: int = 10) -> Engine:
    """An engine over synchronous psycopg; `postgresql://` URLs are taken as they come."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    # Last in, first out: the connection used last has its statements prepared and its catalogue read.
    return create_engine(url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, pool_use_lifo=True)


class Database:
    """Opens transactions. A caller's block either commits as a whole or leaves nothing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

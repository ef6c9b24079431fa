"""Empty databases for the tests that need one. A copy of the migrated template costs as much as a typical test, so a
database that a test has finished with is emptied and given to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from models.session import make_engine
from wiring.database import migrate
from wiring.embedded_postgres import EmbeddedPostgres

_TEMPLATE: Final = "chairflow_template"

# What the tables are: a test that changed them leaves other relations, or another migration, behind.
_SCHEMA: Final[LiteralString] = """
    SELECT sum(oid::bigint), count(*), (SELECT string_agg(version_num, ' ') FROM alembic_version)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_OTHERS_CONNECTED: Final[LiteralString] = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_WRITTEN_TO: Final[LiteralString] = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
      AND relname <> 'alembic_version'
"""
_RESTART_SEQUENCES: Final[LiteralString] = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


@dataclass
class EmptyDatabases:
    """Lends databases of one server, migrated and empty."""

    postgres: EmbeddedPostgres
    _schema: object = field(init=False)
    _made: int = 0
    _free: list[str] = field(default_factory=list)
    _engines: dict[str, Engine] = field(default_factory=dict)

    def __post_init__(self) -> None:
        migrate(self.postgres.ensure_database(_TEMPLATE))
        with self.postgres.administer(_TEMPLATE) as connection:
            self._schema = connection.execute(_SCHEMA).fetchone()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of a database for as long as one test runs."""
        name = self._free.pop() if self._free else self._copied()
        yield self.postgres.url(name)
        with self.postgres.administer(name) as connection:
            as_before = connection.execute(_SCHEMA).fetchone() == self._schema
            if as_before and connection.execute(_OTHERS_CONNECTED).fetchone() == (0,):
                _empty(connection)
                self._free.append(name)

    @contextmanager
    def engine(self, url: str) -> Iterator[Engine]:
        """An engine on a lent database, without connections at first. It is the same for each test the database is
        lent to, since SQLAlchemy keeps with the engine what it has compiled: a third of a typical test's time."""
        if url not in self._engines:
            self._engines[url] = make_engine(url)
        yield self._engines[url]
        self._engines[url].dispose()

    def _copied(self) -> str:
        self._made += 1
        name = f"test_{self._made}"
        self.postgres.copy_database(_TEMPLATE, name)
        return name


def _empty(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Leaves the tables as the migration left them, without the room that deleted rows take up: where there is such
    room, rows no longer come back in the order they were written in."""
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # foreign keys are not looked at
        tables = [sql.Identifier(str(name)) for (name,) in connection.execute(_WRITTEN_TO)]
        for table in tables:
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
        connection.execute(_RESTART_SEQUENCES)
    if tables:
        connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(tables)))

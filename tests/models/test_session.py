"""Connections that Postgres has closed under us."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from models.session import Database, make_engine


def kill_others(database: Database, engine: Engine) -> None:
    """As a restart of Postgres does, for every connection to this database but our own."""
    with database.transaction() as session:
        session.execute(text("SELECT 1"))
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_a_connection_that_rested_is_replaced_before_it_is_used(database_url: str, engine: Engine) -> None:
    database = Database(make_engine(database_url, surely_alive=timedelta()))
    kill_others(database, engine)

    with database.transaction() as session:
        found = session.execute(text("SELECT 1")).scalar_one()

    assert found == 1
    database.engine.dispose()


def test_one_transaction_finds_out_that_postgres_has_gone_and_the_next_is_served(
    database_url: str, engine: Engine
) -> None:
    database = Database(make_engine(database_url, surely_alive=timedelta(hours=1)))
    kill_others(database, engine)

    with pytest.raises(OperationalError), database.transaction() as session:
        session.execute(text("SELECT 1"))
    with database.transaction() as session:
        found = session.execute(text("SELECT 1")).scalar_one()

    assert found == 1
    database.engine.dispose()

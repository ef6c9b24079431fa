"""The migrations say what the tables say, and go both ways."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from models.session import make_engine
from wiring.database import migrate
from wiring.embedded_postgres import EmbeddedPostgres

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

#: All that a schema consists of, as Postgres itself writes it down.
SCHEMA = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1, 2, 3""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2""",
}


def test_autogenerate_finds_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)

    assert differences == []


@pytest.mark.parametrize("part", SCHEMA)
def test_a_migrated_database_is_the_one_the_tables_describe(
    part: str, engine: Engine, postgres: EmbeddedPostgres
) -> None:
    """Autogenerate overlooks exclusion constraints and index conditions; Postgres's own words do not."""
    described = make_engine(postgres.ensure_database(f"described_{part}"))

    SQLModel.metadata.create_all(described)

    with described.connect() as wanted, engine.connect() as migrated:
        assert _schema(migrated, part) == _schema(wanted, part)
    described.dispose()


def test_downgrading_leaves_nothing_and_upgrading_again_brings_all_back(database_url: str, engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    with engine.connect() as connection:
        before = {part: _schema(connection, part) for part in SCHEMA}

    command.downgrade(config, "base")

    with engine.connect() as connection:
        left = connection.execute(text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
        assert {name for (name,) in left} == {"alembic_version", "alembic_version_pkc"}

    migrate(database_url)

    with engine.connect() as connection:
        assert {part: _schema(connection, part) for part in SCHEMA} == before


def test_migrating_twice_changes_nothing(database_url: str, engine: Engine) -> None:
    with engine.connect() as connection:
        before = _schema(connection, "columns")

    migrate(database_url)

    with engine.connect() as connection:
        assert _schema(connection, "columns") == before


def test_two_live_openings_of_a_provider_cannot_overlap(database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        connection.execute(
            """INSERT INTO practice (id, slug, name, short_name, pms_kind, policy, paused)
               VALUES (1, 'a', 'A', 'A', 'boulevard', '{}', false)"""
        )
        connection.execute(
            "INSERT INTO location (id, practice_id, name, zone, postcode) VALUES (1, 1, 'L', 'UTC', '1')"
        )
        connection.execute(
            "INSERT INTO provider (id, practice_id, first_name, display_name, active) VALUES (1, 1, 'P', 'P', true)"
        )
        opening = """INSERT INTO opening (practice_id, location_id, provider_id, during, cause, state, chain_depth,
                                          created_at)
                     VALUES (1, 1, 1, tstzrange(%s, %s), 'cancellation', %s, 0, '2026-01-01Z')"""
        connection.execute(opening, ["2026-01-01 10:00Z", "2026-01-01 11:00Z", "live"])
        connection.execute(opening, ["2026-01-01 11:00Z", "2026-01-01 12:00Z", "live"])
        connection.execute(opening, ["2026-01-01 10:00Z", "2026-01-01 11:00Z", "filled"])

        with pytest.raises(psycopg.errors.ExclusionViolation, match="opening_live_once"):
            connection.execute(opening, ["2026-01-01 10:59Z", "2026-01-01 11:01Z", "live"])


def test_a_row_cannot_point_at_another_practice(database_url: str) -> None:
    practice = """INSERT INTO practice (id, slug, name, short_name, pms_kind, policy, paused)
                  VALUES (%(id)s, 'practice-' || %(id)s, 'A', 'A', 'boulevard', '{}', false)"""
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        for number in (1, 2):
            connection.execute(practice, {"id": number})
        connection.execute(
            "INSERT INTO location (id, practice_id, name, zone, postcode) VALUES (1, 1, 'L', 'UTC', '1')"
        )

        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute("INSERT INTO room (practice_id, location_id, kind, name) VALUES (2, 1, 'laser', 'R')")


def _schema(connection: Connection, part: str) -> list[tuple[object, ...]]:
    rows = connection.execute(text(SCHEMA[part]))
    return [tuple(row) for row in rows if row[0] not in {"alembic_version"}]

"""How Alembic meets the database: an open connection in the config's attributes, or the URL in `sqlalchemy.url`.

The environment is read elsewhere (`wiring.settings`); at a keyboard, `alembic -x url=…` names the database.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, TypeDecorator, create_engine, pool, text
from sqlmodel import SQLModel

import models

#: Two processes that start at once migrate one after the other.
ONE_AT_A_TIME = 7021184403

config = context.config
assert models.__all__  # importing them is what fills the metadata


def plain_types(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write a migration in the database's own types: our decorators may change, a migration may not."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    impl = item.impl_instance
    if impl.__module__.startswith("sqlalchemy.dialects.postgresql"):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return f"postgresql.{type(impl).__name__}()"
    return f"sa.{impl!r}"


def migrate(connection: Connection) -> None:
    """Run what was asked for in one transaction."""
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_item=plain_types, compare_server_default=True
    )
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ONE_AT_A_TIME})
        context.run_migrations()


given: Connection | None = config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    url = context.get_x_argument(as_dictionary=True).get("url") or config.get_main_option("sqlalchemy.url")
    if not url:
        raise SystemExit("no database: alembic -x url=postgresql://… upgrade head, or python -m wiring.database")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()

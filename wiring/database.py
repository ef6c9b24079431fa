"""Brings a database to the newest migration. `python -m wiring.database` is the one-shot job of a deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

from wiring.settings import load_settings

MIGRATIONS: Final = Path(__file__).resolve().parent.parent / "migrations"


def migrate(database_url: str) -> None:
    """Runs `alembic upgrade head`. Harmless to repeat; two at once wait for each other on Alembic's version table."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))  # Config interpolates
    command.upgrade(config, "head")


if __name__ == "__main__":
    migrate(load_settings().database_url)

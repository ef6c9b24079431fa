"""Commands run as a person runs them: arguments and environment in, text and exit code out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from models.session import Database
from tests.inbox.scene import Scene, set_scene

Chairflow = Callable[..., Result]


@pytest.fixture
def chairflow(database_url: str) -> Chairflow:
    """Runs `chairflow …` on this test's own database; keywords are further variables, but for what is typed."""

    def run(*arguments: str, stdin: str | None = None, **environ: str) -> Result:
        known = {"CHAIRFLOW_DATABASE_URL": database_url, "COLUMNS": "200", "TERM": "dumb", **environ}
        return CliRunner().invoke(app, list(arguments), input=stdin, env=known)

    return run


@pytest.fixture
def scene(database: Database) -> Scene:
    """The practice `glow`, empty but for a place and a provider."""
    return set_scene(database)

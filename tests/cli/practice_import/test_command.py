"""`chairflow practice import`, as a person runs it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.practice import app
from models.repositories import practices
from models.session import Database
from tests.cli.practice_import.files import ALL, Write, rows_of_tables


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", database_url)

    result = CliRunner().invoke(app, ["import", *(str(path) for path in ALL), "--dry-run"])

    assert (result.exit_code, result.stderr) == (0, "")
    assert "Nothing was written: this was a dry run." in result.stdout
    assert set(rows_of_tables(database).values()) == {0}


def test_the_command_writes_and_errors_end_it_with_one(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", database_url)

    good = CliRunner().invoke(app, ["import", str(ALL[0])])
    bad = CliRunner().invoke(
        app, ["import", str(write("c.csv", "provider,credential,expires\nX,RN,never\n")), "--practice", "glow"]
    )

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert bad.stderr.splitlines() == [
        'error  c.csv:2: provider: there is no provider "X"; add them to the staff, or see how the name is written',
        "1 error; nothing was written.",
    ]
    with database.transaction() as session:
        assert practices.by_slug(session, "glow") is not None

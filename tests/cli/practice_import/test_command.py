"""`chairflow practice import`, as a person runs it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from cli.practice import app
from domain.calendar import Segment, Visit, VisitState
from domain.ranges import TimeRange
from domain.tasks import TaskKind
from models.inbox import Delivery
from models.repositories import calendar, practices
from models.session import Database
from models.tasks import Task
from operations import calendar_not_understood
from tests.cli.practice_import.files import ALL, NOW, PRACTICE, Write, id_of, import_files, rows_of_tables

#: Somebody the practice system has, and the practice not yet.
NEW = "c1000000-0000-4000-8000-000000000077"


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


def test_what_the_calendar_named_is_read_again_once_the_command_has_added_it(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, write: Write
) -> None:
    monkeypatch.setenv("CHAIRFLOW_DATABASE_URL", database_url)
    practice_id = id_of(import_files(database, [write("practice.yaml", PRACTICE)], now=NOW))
    visit = with_somebody_new(database, practice_id)
    added = f"{PRACTICE}  - {{name: RN New, first_name: Ida, pms_ref: {NEW}}}\n"

    result = CliRunner().invoke(app, ["import", str(write("practice.yaml", added))])

    assert (result.exit_code, result.stderr) == (0, "")
    with database.transaction() as session:
        (task,) = session.execute(select(Task)).scalars()
        told = [
            (one.ref, one.message) for one in session.execute(select(Delivery)).scalars() if one.journey == "booking"
        ]
    assert (task.kind, task.state) == (TaskKind.NOT_IN_MATRIX, "withdrawn")
    assert told == [(visit, "pms_changed")]


def with_somebody_new(database: Database, practice_id: int) -> int:
    """The calendar has a visit, years from now, with somebody new; staff were told."""
    start = NOW + timedelta(days=3650)
    with database.transaction() as session:
        practice, matrix = practices.load(session, practice_id), practices.matrix(session, practice_id)
        row = calendar.ensure(session, practice_id, pms_ref="appointment")
        segment = Segment(
            service_id=None,
            service_ref=None,
            provider_id=None,
            provider_ref=f"urn:blvd:Staff:{NEW}",
            room_id=None,
            device_id=None,
            during=TimeRange(start, start + timedelta(hours=1)),
        )
        visit = Visit(
            appointment_id=row.id,
            location_id=matrix.locations[0].id,
            client_id=None,
            state=VisitState.BOOKED,
            segments=(segment,),
        )
        calendar.write_visit(session, practice_id, visit, now=NOW, inferred=False)
        calendar_not_understood.report(session, practice, matrix, visit, fields=(), now=NOW)
    return row.id

"""`chairflow practice …`: bring a practice's own files in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.terminal import terminal

if TYPE_CHECKING:
    from models.importing import Report
    from models.session import Database

app = typer.Typer(help="A practice and its lists.", no_args_is_help=True)


@app.callback()
def practice() -> None:
    """A practice and its lists."""


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="practice.yaml and CSV lists (matrix, credentials, clients, waitlist), told by their headings"
        ),
    ],
    practice: Annotated[
        str | None, typer.Option("--practice", help="slug of the practice the lists are of; practice.yaml says it too")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check everything and write nothing")] = False,
) -> None:
    """Read files into a practice: all of them, or none when anything is wrong. Again, it updates."""
    from models.importing import import_files
    from wiring.build import build_database
    from wiring.settings import load_settings
    from wiring.vendors import SPOKEN

    database = build_database(load_settings())
    try:
        report = import_files(
            database, files, practice=practice, now=datetime.now(UTC), vendors=SPOKEN, dry_run=dry_run
        )
        if report.practice_id is not None:
            read_again(database, report.practice_id)
    finally:
        database.engine.dispose()
    show(report, dry_run=dry_run, out=terminal(), err=terminal(stderr=True))
    if report.errors:
        raise typer.Exit(1)


def read_again(database: Database, practice_id: int) -> None:
    """What the calendar named and the practice did not have may be there now."""
    from models.repositories import practices
    from operations import calendar_not_understood

    with database.transaction() as session:
        facts = practices.load(session, practice_id)
        matrix = practices.matrix(session, practice_id)
        calendar_not_understood.settle(session, facts, matrix, now=facts.clock.practice(datetime.now(UTC)))


def show(report: Report, *, dry_run: bool, out: Console, err: Console) -> None:
    """Errors, or what was done; notices in both cases. Lines are not wrapped: an editor jumps to file:line."""
    for finding in report.notices:
        out.print(f"note   {finding}", style="yellow", soft_wrap=True)
    for finding in report.errors:
        err.print(f"error  {finding}", style="red", soft_wrap=True)
    if report.errors:
        many = "1 error" if len(report.errors) == 1 else f"{len(report.errors)} errors"
        err.print(f"{many}; nothing was written.")
        return
    table = Table("", "added", "updated")
    for what in sorted({*report.added, *report.updated}):
        table.add_row(what, str(report.added.get(what, 0)), str(report.updated.get(what, 0)))
    out.print(table)
    if report.not_bookable:
        out.print("Nothing is offered that would need these, for it could not be booked:", style="yellow")
    for words in report.not_bookable:
        out.print(f"  {words}", style="yellow", soft_wrap=True)
    out.print("Nothing was written: this was a dry run." if dry_run else "Written.")

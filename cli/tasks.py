"""`chairflow tasks`: what waits for a person."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.routes import reading
from api.routes.reading import TaskState
from cli.office import AsJson, Slug, office


def tasks(
    practice: Slug = None,
    every: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """What waits for a person, newest first. Staff answer on the card or its page; the admin API does too."""
    with office(practice) as here:
        found = reading.tasks(here.caller, here.deps, state=None if every else TaskState.OPEN, limit=limit)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        if not found.items:
            typer.echo("No tasks." if every else "Nothing waits for a person.")
            return
        table = Table("task", "what", "state", "due", "choices", "if nobody answers")
        for one in found.items:
            choices = ", ".join(str(choice.get("action", "")) for choice in one.choices)
            table.add_row(
                str(one.id), one.title, one.state, f"{one.due_at:%a %d %b %H:%M} UTC", choices, one.safe_default
            )
        Console().print(table)

"""`chairflow keys …`: keys of the admin API, made, listed and taken back."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.table import Table

from cli import argument_values
from cli.command_context import Slug, office
from cli.errors import CannotDo
from cli.terminal import terminal

app = typer.Typer(no_args_is_help=True, help="Keys of the admin API: make, list, revoke.")

#: `api.auth.Role`, which takes too long to import for a help text; a test compares them.
Role = Literal["viewer", "staff", "admin"]


@app.command()
def create(
    role: Annotated[Role, typer.Option(help="viewer reads; staff overrides; admin sees raw events too.")],
    label: Annotated[str, typer.Option(help="What it is for; stands beside what it did.")],
    practice: Slug = None,
) -> None:
    """Make a key and print it, this once: only its digest is kept."""
    if not label.strip():
        raise CannotDo("--label: say what the key is for")
    from api.auth import new_key
    from models.repositories import access

    with office(practice) as here:
        key, digest = new_key(here.settings.api_key_pepper.get_secret_value())
        with here.deps.database.transaction() as session:
            number = access.create_key(
                session, here.practice.id, digest=digest, role=role, label=label.strip(), now=here.deps.wall()
            )
    # The key alone on standard output, so that a script can take it.
    typer.echo(key)
    typer.echo(f"Key {number}, {role}. It is shown this once; send it as X-API-Key.", err=True)


@app.command("list")
def list_(practice: Slug = None) -> None:
    """The practice's keys, without what opens doors."""
    from models.repositories import access

    with office(practice) as here, here.deps.database.transaction() as session:
        known = access.keys(session, here.practice.id)
    if not known:
        typer.echo("No keys yet: chairflow keys create")
        return
    table = Table("key", "role", "label", "made", "state")
    for one in known:
        state = "live" if one.revoked_at is None else f"revoked {one.revoked_at:%Y-%m-%d}"
        table.add_row(str(one.id), one.role, one.label, f"{one.created_at:%Y-%m-%d}", state)
    terminal().print(table)


@app.command()
def revoke(
    key: Annotated[
        int,
        typer.Argument(
            help="The key's number, as `chairflow keys list` shows it.", min=1, max=argument_values.LARGEST_ID
        ),
    ],
    practice: Slug = None,
) -> None:
    """Take a key back. At once: the next call with it is refused."""
    from models.repositories import access

    with office(practice) as here, here.deps.database.transaction() as session:
        done = access.revoke_key(session, here.practice.id, key, now=here.deps.wall())
    if not done:
        raise CannotDo(f"There is no live key {key} in this practice: chairflow keys list")
    typer.echo(f"Key {key} opens nothing any more.")

"""`chairflow policy`: what a practice decided, what holds where, and where each value comes from."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from cli import argument_values
from cli.command_context import AsJson, Office, Slug, office
from cli.errors import MISUSED, CannotDo
from cli.terminal import terminal
from domain.policy import PolicyLayer, PracticePolicy, layer_that_decides, policy_for

app = typer.Typer(help="What a practice decided for itself.", no_args_is_help=True)


@app.callback()
def policy() -> None:
    """What a practice decided for itself."""


@app.command("show")
def show(
    section: Annotated[
        str | None, typer.Argument(help='Only this part or field: "gap_fill", "booking.reminders".')
    ] = None,
    practice: Slug = None,
    location: Annotated[str | None, typer.Option(help="What holds at this place; name or number.")] = None,
    service: Annotated[str | None, typer.Option(help="What holds for this service; code, name or number.")] = None,
    as_json: AsJson = False,
) -> None:
    """Every value that holds there, and whether it is said for the service at the location, for the service, for the
    location, for the practice, or by nobody: then it is the default."""
    import json

    from models.policy_json import field_paths, shown

    with office(practice) as here:
        place = None if location is None else argument_values.location(location, here.matrix.locations).id
        of = None if service is None else argument_values.service(service, here.matrix.services).id
        own = here.practice.policy
        paths = [one for one in field_paths() if section is None or one == section or one.startswith(f"{section}.")]
        if not paths:
            raise CannotDo(f'The policy has no "{section}"; docs/policy.md names all of it', code=MISUSED)
        holds = policy_for(own, location_id=place, service_ids=() if of is None else (of,))
        rows = [
            (
                path,
                shown(holds, path),
                _where_from(
                    here,
                    own,
                    path,
                    layer_that_decides(own, path, location_id=place, service_ids=() if of is None else (of,)),
                ),
            )
            for path in paths
        ]
        if as_json:
            typer.echo(json.dumps([{"field": one[0], "value": one[1], "from": one[2]} for one in rows], indent=2))
            return
        table = Table("field", "value", "from", box=None)
        for row in rows:
            table.add_row(*row)
        terminal().print(table)


def _where_from(here: Office, own: PracticePolicy, path: str, layer: PolicyLayer | None) -> str:
    from models.policy_json import shown

    if layer is None:
        return "practice" if shown(own, path) != shown(PracticePolicy(), path) else "default"
    place, service = here.matrix.find_location(layer.location_id), here.matrix.find_service(layer.service_id)
    names = [f"{what} {one.name}" for what, one in (("service", service), ("location", place)) if one is not None]
    return " at ".join(names)

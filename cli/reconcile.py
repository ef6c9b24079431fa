"""`chairflow reconcile` and `chairflow schedule`: read the practice system's calendar, now or every so often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli import argument_values
from cli.command_context import Office, Slug, office
from cli.errors import MISUSED, CannotDo

if TYPE_CHECKING:
    from temporalio.client import Client

    from contracts.booking import Reconciled

Days = Annotated[int, typer.Option(min=1, max=60, help="Local dates to read, from today on.")]

_SHORTEST: Final = timedelta(minutes=1)


def reconcile(
    practice: Slug = None,
    days: Days = 14,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Learn a calendar older than Chairflow: nobody is texted about it.")
    ] = False,
    wait: Annotated[str, typer.Option(help="How long to wait for the result: 90s, 10m.")] = "10m",
) -> None:
    """Read the coming days from the practice system and follow every difference: after an outage, or at the start."""
    patience = argument_values.lasting(wait, option="--wait")
    from cli import reconcile_workflows

    with office(practice) as here:

        async def act(here: Office, client: Client) -> Reconciled:
            return await reconcile_workflows.read_now(here, client, days=days, baseline=baseline, patience=patience)

        found = here.with_temporal(act)
    typer.echo(f"{days} days read: {found.differences} differences, {found.openings} openings.")
    if found.unread:
        raise CannotDo(f"{found.unread} of them could not be read: is the practice system down? Staff have a task.")


def schedule(
    practice: Slug = None,
    every: Annotated[str | None, typer.Option(show_default="10m", help="How often: 10m, 1h.")] = None,
    days: Days = 14,
    off: Annotated[bool, typer.Option("--off", help="Stop reading by the clock.")] = False,
) -> None:
    """Read the calendar every so often: webhooks are hints, and blocks and shifts send none."""
    if off and every is not None:
        raise CannotDo("--off and --every contradict each other", code=MISUSED)
    interval = argument_values.lasting(every or "10m", option="--every")
    if interval < _SHORTEST:
        raise CannotDo("--every: at least 1m; each run costs the practice system calls", code=MISUSED)
    from cli import reconcile_workflows

    with office(practice) as here:

        async def act(here: Office, client: Client) -> str:
            if off:
                return await reconcile_workflows.unschedule(here, client)
            return await reconcile_workflows.schedule(here, client, every=interval, days=days)

        typer.echo(here.with_temporal(act))

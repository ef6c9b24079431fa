"""`chairflow fill …`: watch and steer the filling of openings, through the admin API's own functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from cli import argument_values
from cli.client_names import named, names_of
from cli.command_context import AsJson, Office, Slug, office, ui_link
from cli.errors import MISUSED, CannotDo
from cli.terminal import terminal
from domain.messages import opening_tasks
from domain.wall_time import local_date
from workflows.ids import gap_fill_id

if TYPE_CHECKING:
    from temporalio.client import Client

    from api.routes.shapes import GapFillShape, GapFillStory
    from contracts.workflow_messages import Accepted

app = typer.Typer(no_args_is_help=True, help="Openings and their fills: list, read, steer.")

Fill = Annotated[
    int,
    typer.Argument(help="The fill's number, as `chairflow fill list` shows it.", min=1, max=argument_values.LARGEST_ID),
]
ClientId = Annotated[
    int,
    typer.Argument(help="The client's number, as `chairflow fits` shows it.", min=1, max=argument_values.LARGEST_ID),
]
#: `api.routes.reading.OpeningState`, which takes too long to import for a help text; a test compares them.
State = Literal["live", "filled", "withdrawn", "lapsed", "declined", "handed_over"]
Reason = Annotated[str, typer.Option(help="Kept with the decision.")]
By = Annotated[str, typer.Option(help="Who decided.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would do, or why it cannot be done; do nothing.")]


@app.command("list")
def list_(
    practice: Slug = None,
    state: Annotated[State | None, typer.Option(help="Only fills in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    as_json: AsJson = False,
) -> None:
    """Openings and the state of their fills, newest first."""
    from api.routes import reading

    wanted = None if state is None else reading.OpeningState(state)
    with office(practice) as here:
        found = reading.gap_fills(here.caller, here.deps, state=wanted, limit=limit)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        if not found.items:
            typer.echo("No openings yet." if state is None else f"No openings in the state {state}.")
            return
        table = Table("fill", "when", "provider", "cause", "state")
        for one in found.items:
            table.add_row(str(one.id), _when(one, here), _provider(one, here), _words(one.cause), _words(one.state))
        terminal().print(table)


@app.command()
def show(fill: Fill, practice: Slug = None, as_json: AsJson = False) -> None:
    """One fill: its offers, tasks and decisions with their reasons, and where to read its history."""
    from api.routes import reading

    with office(practice) as here:
        story = reading.gap_fill(fill, here.caller, here.deps)
        if as_json:
            typer.echo(story.model_dump_json(indent=2))
        else:
            _tell(story, here, terminal())


@app.command()
def start(
    provider: Annotated[str, typer.Option(help="First name, full name or number.")],
    start: Annotated[str, typer.Option(help='14:00 or 2pm (today), "2026-03-10 14:00", or with an offset.')],
    end: Annotated[str, typer.Option(help="As --start; half open: a visit may end just then.")],
    practice: Slug = None,
    location: Annotated[str | None, typer.Option(help="Name or number. May be left out where there is one.")] = None,
    reason: Reason = "",
    by: By = "",
) -> None:
    """Offer a free stretch to the waitlist, as after a cancellation. `chairflow fits` says who would be asked."""
    from api.routes import fill_orders
    from api.routes.fill_orders import StartBody

    with office(practice) as here:
        place = argument_values.location(location, here.matrix.locations)
        today = local_date(here.practice.clock.practice(here.deps.wall()), place.zone)
        body = StartBody(
            location_id=place.id,
            provider_id=argument_values.provider(provider, here.matrix.providers).id,
            start=argument_values.instant(start, option="--start", zone=place.zone, today=today),
            end=argument_values.instant(end, option="--end", zone=place.zone, today=today),
            reason=reason,
            by=by,
        )
        # A delivery starts it: the API's relay hands it over, also where Temporal is away just now.
        begun = asyncio.run(fill_orders.start(body, here.caller, here.deps, here.state))
        workflow = gap_fill_id(practice_id=here.practice.id, opening_id=begun.gap_fill_id)
        typer.echo(f"Fill {begun.gap_fill_id}: {begun.words}")
        typer.echo(f"History: {ui_link(here.settings, workflow)}")


@app.command()
def withdraw(fill: Fill, practice: Slug = None, reason: Reason = "", by: By = "", dry_run: DryRun = False) -> None:
    """Stop filling; everybody who was asked is told."""
    from api.routes import fill_orders

    with office(practice) as here:

        async def act(here: Office, client: Client) -> Accepted:
            body = fill_orders.WithdrawBody(reason=reason, by=by)
            return await fill_orders.withdraw(fill, body, here.caller, here.deps, here.state, dry_run=dry_run)

        _steer(here, act)


@app.command("offer-to")
def offer_to(
    fill: Fill,
    client_id: ClientId,
    practice: Slug = None,
    reason: Reason = "",
    by: By = "",
    dry_run: DryRun = False,
) -> None:
    """Ask this client next. Refused, with the rule, where they cannot be asked."""
    from api.routes import fill_orders

    with office(practice) as here:

        async def act(here: Office, client: Client) -> Accepted:
            body = fill_orders.OfferBody(client_id=client_id, reason=reason, by=by)
            return await fill_orders.offer_to(fill, body, here.caller, here.deps, here.state, dry_run=dry_run)

        _steer(here, act)


@app.command()
def assign(
    fill: Fill,
    client_id: ClientId,
    reason: Annotated[str, typer.Option(help="Required: it is kept with the decision.")],
    practice: Slug = None,
    by: By = "",
    dry_run: DryRun = False,
) -> None:
    """Give it to this client without asking further: they are on the phone, and need not have agreed to texts. Refused,
    with the rule, where it is not possible or not safe."""
    from api.routes import fill_orders

    with office(practice) as here:

        async def act(here: Office, client: Client) -> Accepted:
            body = fill_orders.AssignBody(client_id=client_id, reason=reason, by=by)
            return await fill_orders.assign_to(fill, body, here.caller, here.deps, here.state, dry_run=dry_run)

        _steer(here, act)


def _steer(here: Office, act: Callable[[Office, Client], Coroutine[Any, Any, Accepted]]) -> None:
    from pydantic import ValidationError

    try:
        typer.echo(here.with_temporal(act).words)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).removesuffix("_id")
        raise CannotDo(f"--{option}: {first['msg'].lower()}", code=MISUSED) from error


def _tell(story: GapFillStory, here: Office, out: Console) -> None:
    fill = story.gap_fill
    decided_on = (reason.get("client") for decision in story.decisions for reason in decision.reasons)
    asked = [offer.client_id for offer in story.offers]
    names = names_of(here, [*asked, *(task.client_id for task in story.tasks), *decided_on])
    out.print(f"Fill {fill.id}: {_when(fill, here)} with {_provider(fill, here)}, {_words(fill.state)}", style="bold")
    told_by = "" if fill.receipt_id is None else f", told by receipt {fill.receipt_id}"
    out.print(f"Freed by: {_words(fill.cause)}{told_by}")
    if story.offers:
        table = Table("offer", "client", "wave", "state", "sent", "claimed", "closing message")
        for offer in reversed(story.offers):
            table.add_row(
                str(offer.id),
                named(names, offer.client_id),
                str(offer.wave),
                _words(offer.state),
                _time(offer.sent_at, fill, here),
                _time(offer.claimed_at, fill, here),
                _words(offer.closing or ""),
            )
        out.print(table)
    for decision in reversed(story.decisions):
        out.print(f"{_words(decision.subject)}: {_words(decision.verdict)} ({decision.decided_by})")
        for reason in decision.reasons:
            out.print(f"  {_reason(reason, names)}", soft_wrap=True)
    for task in story.tasks:
        whom = "" if task.client_id is None else f", {named(names, task.client_id)}"
        due = f", due {task.due_at.astimezone(_zone(fill, here)):%a %d %b %H:%M}" if task.state == "open" else ""
        out.print(f"Task {task.id}: {task.title} ({_words(task.state)}{due}{whom})")
    workflow = gap_fill_id(practice_id=here.practice.id, opening_id=fill.id)
    out.print(f"History: {ui_link(here.settings, workflow)}", soft_wrap=True)


def _reason(reason: dict[str, Any], names: Mapping[int, str]) -> str:
    """`Ada Quinn (51): score 5.33: priority on the waitlist (+3.3), not asked lately (+2.0), chosen`; what a decision
    kept beyond that, as it is."""
    rest = dict(reason)
    client, score, shares = rest.pop("client", None), rest.pop("score", None), rest.pop("shares", None) or {}
    chosen, words = rest.pop("chosen", None), rest.pop("words", None)
    rest.pop("rule", None)  # the words say it
    parts = [] if words is None else [str(words)]
    if score is not None:
        parts.append(f"score {score:.2f}: {', '.join(opening_tasks.reasons(shares.items()))}")
    parts += ["chosen"] if chosen else []
    parts += [f"{_words(name)} {value}" for name, value in rest.items()]
    return ("" if client is None else f"{named(names, client)}: ") + ", ".join(parts)


def _when(fill: GapFillShape, here: Office) -> str:
    zone = _zone(fill, here)
    return f"{fill.starts_at.astimezone(zone):%a %d %b %H:%M}–{fill.ends_at.astimezone(zone):%H:%M}"


def _time(at: datetime | None, fill: GapFillShape, here: Office) -> str:
    return "" if at is None else f"{at.astimezone(_zone(fill, here)):%H:%M:%S}"


def _zone(fill: GapFillShape, here: Office) -> ZoneInfo:
    return ZoneInfo(here.matrix.location(fill.location_id).zone)


def _provider(fill: GapFillShape, here: Office) -> str:
    # One who has left is no longer in the matrix; their fills stay.
    names = (one.display_name for one in here.matrix.providers if one.id == fill.provider_id)
    return next(names, f"provider {fill.provider_id}")


def _words(code: str) -> str:
    return code.replace("_", " ")

"""`chairflow fits`: who would fit a stretch of time, and why. Sends nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from cli import argument_values
from cli.command_context import AsJson, Office, Slug, office
from cli.terminal import terminal
from domain.messages import opening_tasks
from domain.messages.facts import clock_time
from domain.rejections import Rule
from domain.wall_time import local_date

if TYPE_CHECKING:
    from api.routes.fits import Fits, Fitting, NotFitting


def fits(
    provider: Annotated[str, typer.Option(help="First name, full name or number.")],
    start: Annotated[str, typer.Option(help='14:00 or 2pm (today), "2026-03-10 14:00", or with an offset.')],
    end: Annotated[str, typer.Option(help="As --start; half open: a visit may end just then.")],
    practice: Slug = None,
    location: Annotated[str | None, typer.Option(help="Name or number. May be left out where there is one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="So many of each list.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Who on the waitlist would fit, ranked, with reasons; and who not, with the rule in the way. Where the time itself
    is not free it says why, and names the nearest that is. Sends nothing.

    Decided on the calendar as last read; a fill looks live before it offers.
    """
    from api.routes import fits as route

    with office(practice) as here:
        place = argument_values.location(location, here.matrix.locations)
        today = local_date(here.practice.clock.practice(here.deps.wall()), place.zone)
        found = route.fits(
            here.caller,
            here.deps,
            location=place.id,
            provider=argument_values.provider(provider, here.matrix.providers).id,
            start=argument_values.instant(start, option="--start", zone=place.zone, today=today),
            end=argument_values.instant(end, option="--end", zone=place.zone, today=today),
            limit=limit,
        )
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
            return
        _show(found, here, ZoneInfo(place.zone), terminal())


def _show(found: Fits, here: Office, zone: ZoneInfo, out: Console) -> None:
    if not found.fitting:
        out.print("Nobody on the waitlist fits.")
    else:
        table = Table("", "client", "time", "service", "score", "because", title="Who fits, first to be asked first")
        for place, one in enumerate(found.fitting, start=1):
            services = ", ".join(here.matrix.service(ref).name for ref in one.service_ids)
            table.add_row(
                str(place),
                f"{one.name} ({one.client_id})",
                f"{_time(one.start, zone)} to {_time(one.end, zone)}",
                f"{services} (consult first)" if one.consult_instead else services,
                f"{one.score:.2f}",
                "; ".join(
                    [
                        *([opening_tasks.ALONE_FIRST] if one.alone_first else []),
                        *opening_tasks.reasons(one.reasons.items()),
                    ]
                ),
            )
        out.print(table)
    for refusal in found.in_the_way:
        if refusal.rule != Rule.NO_CANDIDATE:
            out.print(f"• {refusal.words}", soft_wrap=True)
    if found.nearest_free is not None:
        start, end = found.nearest_free.start.astimezone(zone), found.nearest_free.end
        out.print(f"Nearest free time: {start:%a} {start:%b} {start.day}, {_time(start, zone)} to {_time(end, zone)}.")
    if found.tie:
        out.print("VIPs with the same score stand first: a person chooses among them.")
    if found.not_fitting:
        table = Table("client", "why not", title="Who does not fit")
        for other in found.not_fitting:
            table.add_row(f"{other.name} ({other.client_id})", other.words)
        out.print(table)
    everybody: tuple[Fitting | NotFitting, ...] = (*found.fitting, *found.not_fitting)
    noted = [(one, note) for one in everybody for note in one.notes]
    if noted:
        table = Table("client", "on", "by", "note", title="What staff noted")
        for whom, note in noted:
            day = f"{note.on:%b} {note.on.day}, {note.on.year}"
            table.add_row(f"{whom.name} ({whom.client_id})", day, note.by, note.text)
        out.print(table)
    out.print("Nothing was sent.")


def _time(at: datetime, zone: ZoneInfo) -> str:
    return clock_time(at, zone.key)

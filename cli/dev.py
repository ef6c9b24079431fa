"""`chairflow dev`: everything running on this machine, on the wall's clock, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from api.auth import Role, new_key
from models.repositories import access
from simulation.catalogue import PLACE
from simulation.files import write_practice
from simulation.people import CLOSES, DEFAULT_SEED, World, make_world
from simulation.planting import plant
from simulation.stage import Stage, StageOptions
from wiring.settings import given_settings

#: So late in the day nothing is worth filling; tomorrow's calendar is planted instead.
_STILL_WORTH_IT: Final = timedelta(hours=4)


def dev(
    seed: Annotated[int, typer.Option(help="The same seed gives the same patients.")] = DEFAULT_SEED,
    out: Annotated[Path, typer.Option(help="Folder for logs.")] = Path("out/dev"),
) -> None:
    """Start everything against the vendor sandboxes and leave it to you: cancel a visit in the calendar, answer on a
    phone's page, press a card's button. The clock is the wall's; nobody plays along. Ctrl-C ends it."""
    console = Console()
    began = time.monotonic()

    def progress(words: str) -> None:
        console.print(f"  [bright_black]{time.monotonic() - began:4.1f} s[/] {words}")

    world = _world(seed)
    with Stage(StageOptions(folder=out, ui=True, practice_slug=PLACE.slug, progress=progress)) as stage:
        plant(stage.sandboxes, world)
        practice_id = stage.import_practice(write_practice(world, stage.sandboxes, out), now=datetime.now(UTC))
        stage.open()
        asyncio.run(stage.learn_calendar(practice_id))
        _say_how_to(stage, world, _key(stage, practice_id), console)
        try:
            signal.pause()
        except KeyboardInterrupt:
            console.print("\nEverything is stopped.")


def _world(seed: int) -> World:
    today = make_world(seed, day=datetime.now(UTC).date())
    if datetime.now(UTC) + _STILL_WORTH_IT < today.at(CLOSES):
        return today
    return make_world(seed, day=today.day + timedelta(days=1))


def _key(stage: Stage, practice_id: int) -> str:
    key, digest = new_key(given_settings().api_key_pepper.get_secret_value())
    with stage.database().transaction() as session:
        access.create_key(
            session, practice_id, digest=digest, role=Role.ADMIN.value, label="dev", now=datetime.now(UTC)
        )
    return key


def _say_how_to(stage: Stage, world: World, key: str, console: Console) -> None:
    sandboxes = stage.sandboxes
    links = {
        "practice's calendar": f"{sandboxes.boulevard.url}/calendar",
        "patients' phones": sandboxes.twilio.url,
        "mailboxes": sandboxes.sendgrid.url,
        "staff chat": sandboxes.slack.url,
        "Temporal UI": f"{stage.temporal.ui_url}/namespaces/default/workflows",
        "API docs": f"{stage.api_url}/docs",
        "API key (admin)": key,
    }
    console.print(f"\n[bold]{PLACE.name}[/], {world.day:%A %d %B}. Cancel a visit in the calendar and watch.\n")
    for what, where in links.items():
        console.print(f"  {what:20} {where}", soft_wrap=True, highlight=False)
    console.print("\nFor `chairflow` in another terminal:\n")
    here = {name: value for name, value in stage.environ().items() if name in _FOR_COMMANDS}
    for name, value in here.items():
        console.print(f"  export {name}={value}", soft_wrap=True, highlight=False)
    console.print("\n[bold]Ctrl-C[/] ends it.")


_FOR_COMMANDS: Final = ("CHAIRFLOW_DATABASE_URL", "CHAIRFLOW_TEMPORAL_UI_URL", "TEMPORAL_ADDRESS")

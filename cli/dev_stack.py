"""What `chairflow dev` brings up and tells, and how long it stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time
from pathlib import Path
from time import monotonic, sleep
from typing import Final, Never

from rich.console import Console
from rich.text import Text

from api.auth import Role, new_key
from cli.errors import CannotDo
from domain.clock import PracticeClock
from models.repositories import access
from simulation.catalogue import PLACE
from simulation.patient_profiles import World, make_world
from simulation.practice_files import write_practice
from simulation.seeding import plant
from simulation.stage import Stage, StageFailed, StageOptions
from simulation.vendors import SandboxesFailed
from wiring import child_processes
from wiring.devserver import DevServerFailed
from wiring.settings import given_settings

#: The hour it is when everything stands: past the quiet hours, with a day's worth of visits ahead.
_STARTS_AT: Final = time(9, 0)
_LOOKS_EVERY_SECONDS: Final = 0.5


def stay(*, seed: int, speed: float, folder: Path, console: Console) -> None:
    """Everything stands until Ctrl-C. Raises `CannotDo` where a part does not come up, or dies."""
    began = monotonic()

    def progress(words: str) -> None:
        console.print(Text.assemble((f"  {monotonic() - began:4.1f} s ", "bright_black"), words))

    world = make_world(seed)
    try:
        _run(world, StageOptions(folder=folder, ui=True, practice_slug=PLACE.slug, progress=progress), speed, console)
    except (StageFailed, SandboxesFailed, DevServerFailed) as error:
        raise CannotDo(str(error)) from error
    except KeyboardInterrupt:
        console.print("\nEverything is stopped.")


def _run(world: World, options: StageOptions, speed: float, console: Console) -> None:
    with Stage(options) as stage:
        plant(stage.sandboxes, world)
        files = write_practice(world, stage.sandboxes, options.folder)
        practice_id = stage.import_practice(files, now=world.at(_STARTS_AT))
        stage.open()
        clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=world.at(_STARTS_AT), rate=speed)
        stage.set_clock(practice_id, clock)
        asyncio.run(stage.learn_calendar(practice_id))
        _say_how_to(stage, world, _key(stage, practice_id), console)
        stay_until_a_part_ends()


def stay_until_a_part_ends() -> Never:
    """A part that died is not started again: whoever develops wants to read why, and not to miss it."""
    while not (gone := child_processes.ended()):
        sleep(_LOOKS_EVERY_SECONDS)
    raise CannotDo(f"{child_processes.told(gone)}\nEverything else is stopped too. Start again with: make dev")


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
        "practice's calendar": f"{sandboxes.pms.url}/calendar",
        "patients' phones": sandboxes.twilio.url,
        "mailboxes": sandboxes.sendgrid.url,
        "staff chat": sandboxes.slack.url,
        "Temporal UI": f"{stage.temporal.ui_url}/namespaces/default/workflows",
        "API docs": f"{stage.api_url}/docs",
        "API key (admin)": key,
    }
    console.print(f"\n{PLACE.name}, {world.day:%A %d %B}. Cancel a visit in the calendar and watch.\n")
    for what, where in links.items():
        console.print(f"  {what:20} {where}", soft_wrap=True)
    console.print("\nFor `chairflow` in another terminal:\n")
    here = {name: value for name, value in stage.environ().items() if name in _FOR_COMMANDS}
    for name, value in here.items():
        console.print(f"  export {name}={value}", soft_wrap=True)
    console.print("\nCtrl-C ends it.")


_FOR_COMMANDS: Final = ("CHAIRFLOW_DATABASE_URL", "CHAIRFLOW_TEMPORAL_UI_URL", "TEMPORAL_ADDRESS")

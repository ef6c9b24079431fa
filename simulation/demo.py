"""One practice day, played on the stage from morning to evening, and its account.

The product is started as in production and never asked whether this is a demo; the simulation talks to the sandboxes
only, and a practice's files and settings are all it hands over.
"""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from types import FrameType
from typing import Any, Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from domain.clock import PracticeClock
from simulation import live_display
from simulation.action_log import Diary, Time
from simulation.day import Day
from simulation.day_report import DayReport, draw_up
from simulation.evidence import Evidence, collect
from simulation.patient_profiles import OPENS, World, make_world
from simulation.patients import Crowd
from simulation.practice_files import write_practice
from simulation.scoreboard import Scoreboard
from simulation.seeding import plant
from simulation.staff import FrontDesk
from simulation.stage import Stage, StageOptions
from simulation.vendors import Sandboxes

#: Practice seconds per real second: ten hours in 170 s.
RATE: Final = 212.0
#: How long before opening the clock stands when it starts: time to read the calendar that was there.
EARLY: Final = timedelta(minutes=25)
#: Not the first chair of the day is the one two patients take in the same second.
_FINISH_AFTER: Final = timedelta(minutes=45)
#: When the account is drawn up: the last chair was freed an hour and a half ago.
EVENING: Final = wall_time(17, 40)
SETTLES_IN: Final = timedelta(minutes=95)
_SETTLED_WITHIN_SECONDS: Final = 30.0
_SCREEN_EVERY_SECONDS: Final = 0.25


@dataclass(frozen=True, kw_only=True)
class DemoOptions:
    """How the day is played."""

    seed: int
    #: Practice seconds per real second.
    rate: float = RATE
    #: End after the account; otherwise everything stays open until Ctrl-C.
    once: bool = False
    folder: Path = Path("out")
    #: The practice system the day is played on.
    pms: str = "boulevard"


def run_demo(options: DemoOptions, console: Console) -> int:
    """Plays the day and prints its account. The exit code: 0, or 1 when a promise was broken."""
    with _signals_as_interrupt():
        try:
            return _run(options, console)
        except KeyboardInterrupt:
            console.print("\nEnded early; everything is stopped.")
            return 130


def _run(options: DemoOptions, console: Console) -> int:
    world = make_world(options.seed)
    began = time.monotonic()
    console.print(f"Chairflow plays one day of {world.place.name} on {options.pms}, seed {world.seed}.")
    logs = options.folder / "demo"

    def progress(words: str) -> None:
        console.print(Text.assemble((f"  {time.monotonic() - began:4.1f} s ", "bright_black"), words))

    with Stage(
        StageOptions(folder=logs, ui=True, practice_slug=world.place.slug, pms=options.pms, progress=progress)
    ) as stage:
        # A worker learns its vendor's pace as it starts: from the environment now, from a connection once there is one.
        if stage.sandboxes.system.in_environment:
            stage.launch()
        plant(stage.sandboxes, world)
        # The vendor's limits go by the day's clock too.
        stage.sandboxes.pms.configure(**stage.sandboxes.system.limits(options.rate))
        progress("the practice's files")
        files = write_practice(world, stage.sandboxes, logs)
        practice_id = stage.import_practice(files, now=world.at(OPENS) - EARLY)
        stage.connect(world.place.slug, stage.sandboxes, world.location_ref)
        stage.open()
        links = _links(stage)
        account = asyncio.run(_play(stage, practice_id, world, options, console, links))
        console.print(live_display.closing(account))
        live_display.picture(account, logs / "account.svg")
        _write(options.folder / "demo.json", account, pms=options.pms)
        console.print(f"Seed {world.seed}. Account: {options.folder / 'demo.json'}, evidence and logs: {logs}")
        if not options.once:
            console.print("Everything stays open. Ctrl-C ends it.")
            live_display.say_where(console, links)
            with suppress(KeyboardInterrupt):
                signal.pause()
    return 1 if account.broken_promises() else 0


async def _play(
    stage: Stage, practice_id: int, world: World, options: DemoOptions, console: Console, links: dict[str, str]
) -> DayReport:
    clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=world.at(OPENS) - EARLY, rate=options.rate)
    stage.set_clock(practice_id, clock)
    await stage.learn_calendar(practice_id, days=2)

    def shown(board: Scoreboard, now: Time) -> Coroutine[Any, Any, None]:
        return _show(board, now, links, console)

    evidence = await play_day(stage.sandboxes, world, Time(clock), shown)
    evidence.save(options.folder / "demo" / "evidence.json")
    return draw_up(evidence, world)


async def play_day(
    sandboxes: Sandboxes,
    world: World,
    now: Time,
    show: Callable[[Scoreboard, Time], Coroutine[Any, Any, None]],
    *,
    until: datetime | None = None,
) -> Evidence:
    """One practice's day with its patients, its desk and its script (as far as `until`), and what it left in the
    vendors' ledgers. `show` tells of it while it goes on."""
    opening, diary = world.at(OPENS), Diary(now)
    evening = world.at(EVENING) if until is None else until + SETTLES_IN
    desk = FrontDesk(world=world, pms=sandboxes.pms, slack=sandboxes.slack, time=now, diary=diary)
    crowd = Crowd(world=world, twilio=sandboxes.twilio, time=now, diary=diary, finish_after=opening + _FINISH_AFTER)
    day = Day(
        world=world,
        desk=desk,
        crowd=crowd,
        pms=sandboxes.pms,
        cancellation=sandboxes.system.cancellation,
        time=now,
        diary=diary,
        until=until,
    )
    board = Scoreboard(world, sandboxes, diary)
    beside = [asyncio.create_task(one) for one in (desk.run(), crowd.run(), show(board, now))]
    try:
        playing = asyncio.create_task(_until(evening, day, now))
        await asyncio.wait([playing, *beside], return_when=asyncio.FIRST_COMPLETED)
        for task in (playing, *beside):
            if task.done():
                task.result()  # a simulation that breaks ends the demo instead of shortening it
        await _settled(sandboxes, crowd, desk)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
    return collect(sandboxes, diary)


async def _until(evening: datetime, day: Day, now: Time) -> None:
    await day.play()
    await now.until(evening)


async def _settled(sandboxes: Sandboxes, crowd: Crowd, desk: FrontDesk) -> None:
    """Nobody is about to answer and no webhook is under way; or it takes too long, and the account will show it."""
    quiet_since: float | None = None
    deadline = time.monotonic() + _SETTLED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        pending = [await asyncio.to_thread(control.state) for control in sandboxes.all()]
        if crowd.answering or desk.busy or any(state["webhooks_pending"] for state in pending):
            quiet_since = None
        elif quiet_since is None:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > 2:
            return
        await asyncio.sleep(0.2)


async def _show(board: Scoreboard, now: Time, links: dict[str, str], console: Console) -> None:
    """The live screen; where there is no terminal, the news as lines."""
    if not console.is_terminal:
        while True:
            for news in await asyncio.to_thread(board.catch_up):
                console.print(live_display.line(news, board), soft_wrap=True)
            await asyncio.sleep(_SCREEN_EVERY_SECONDS)
    with Live(console=console, screen=False, auto_refresh=False, transient=True) as live:
        while True:
            await asyncio.to_thread(board.catch_up)
            shown = live_display.scene(board, now=now.now(), links=links, height=console.size.height)
            live.update(shown, refresh=True)
            await asyncio.sleep(_SCREEN_EVERY_SECONDS)


def _links(stage: Stage) -> dict[str, str]:
    sandboxes = stage.sandboxes
    return {
        "Temporal UI": f"{stage.temporal.ui_url}/namespaces/default/workflows",
        "phones": sandboxes.twilio.url,
        "calendar": f"{sandboxes.pms.url}/calendar",
        "staff chat": sandboxes.slack.url,
        "mailboxes": sandboxes.sendgrid.url,
        "API docs": f"{stage.api_url}/docs",
    }


def _write(file: Path, account: DayReport, *, pms: str) -> None:
    file.write_text(json.dumps({"pms": pms, **account.plain()}, indent=2) + "\n")


@contextmanager
def _signals_as_interrupt() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, cleanly; a SIGINT too where a script's shell had us ignore it."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

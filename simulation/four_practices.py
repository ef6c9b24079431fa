"""Four practices on one installation, a day each at once: two Boulevard businesses, a GoHighLevel and a Jane practice.

One Postgres, one Temporal, one API and one worker serve them all; each has vendors of its own, connected by
`chairflow connect`. Half of the clients' phones are known to all four.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as wall_time
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from domain.clock import PracticeClock
from simulation import live_display
from simulation.action_log import Time
from simulation.catalogue import NEIGHBOURS
from simulation.day_report import draw_up
from simulation.demo import EARLY, RATE, play_day
from simulation.evidence import Evidence
from simulation.patient_profiles import OPENS, World, make_world
from simulation.practice_files import write_practice
from simulation.practice_isolation import Crossings, Neighbour, look_for_crossings
from simulation.scoreboard import Scoreboard
from simulation.seeding import plant
from simulation.stage import NeighbourOptions, Stage, StageOptions
from simulation.vendors import Sandboxes

#: The practice systems, in the order of `NEIGHBOURS`.
SYSTEMS: Final = ("boulevard", "boulevard", "gohighlevel", "jane")
#: Four days at once on one worker take their time.
PACE: Final = RATE / 3
#: What a lean day's script goes as far as; the rest of the morning shows how it ends.
LEAN_UNTIL: Final = wall_time(11, 30)
_NEWS_EVERY_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class House:
    """One of the practices on the stage."""

    world: World
    sandboxes: Sandboxes
    practice_id: int

    @property
    def slug(self) -> str:
        return self.world.place.slug


def worlds(seed: int) -> tuple[World, ...]:
    """The practices' people: another seed each, and every second phone the practice's own."""
    return tuple(make_world(seed + number, place=place, among_others=True) for number, place in enumerate(NEIGHBOURS))


def stage_options(folder: Path, *, progress: Callable[[str], None] = lambda words: None) -> StageOptions:
    """A stage with four practices' vendors, and no account in its environment."""
    (first, *others) = zip(NEIGHBOURS, SYSTEMS, strict=True)
    return StageOptions(
        folder=folder,
        practice_slug=first[0].slug,
        pms=first[1],
        sandboxes=own_accounts(0),
        neighbours=tuple(
            NeighbourOptions(
                slug=place.slug,
                pms=system,
                from_email=f"hello@{place.slug}.example",
                sandboxes=own_accounts(number),
            )
            for number, (place, system) in enumerate(others, start=1)
        ),
        progress=progress,
    )


def own_accounts(number: int) -> dict[str, Any]:
    """Credentials and addresses that no other of the practices has."""
    slug = NEIGHBOURS[number].slug
    secrets = [base64.b64encode(f"{slug}-{use}".encode()).decode() for use in ("api", "webhooks")]
    pms: dict[str, dict[str, Any]] = {
        "boulevard": {
            "api_key": f"{slug}-key",
            "api_secret": secrets[0],
            "application_secret": secrets[1],
            "business_id": f"8a3b5c6e-0000-4000-8000-{number:012d}",
        },
        "gohighlevel": {"private_tokens": [f"pit-{slug}"]},
        "jane": {
            "client_secret": f"{slug}-secret",
            "webhook_secret": f"{slug}-webhooks",
            "clinic_guid": 50_000 + number,
        },
    }
    return {
        SYSTEMS[number]: pms[SYSTEMS[number]],
        "twilio": {
            "account_sid": f"AC{number + 1:032x}",
            "auth_token": f"{slug}-token",
            "numbers": [f"+1303555011{number}"],
            "messaging_services": {},
        },
        "sendgrid": {"api_keys": [f"SG.{slug}"]},
        "slack": {
            "bot_tokens": [f"xoxb-{slug}"],
            "signing_secret": f"{slug}-signing",
            "team_id": f"T0000{number}TEAM",
            "channels": {f"C0000{number}DESK": "front-desk"},
            "incoming_hooks": {},
        },
    }


def move_in(stage: Stage, everybody: tuple[World, ...], folder: Path, *, rate: float) -> tuple[House, ...]:
    """Each practice's files are imported and its accounts connected; then API and worker start."""
    houses = []
    for world, sandboxes in zip(everybody, (stage.sandboxes, *stage.neighbours), strict=True):
        plant(sandboxes, world)
        # The vendor's limits go by the day's clock too.
        sandboxes.pms.configure(**sandboxes.system.limits(rate))
        own = folder / world.place.slug
        own.mkdir(parents=True, exist_ok=True)
        practice_id = stage.import_practice(write_practice(world, sandboxes, own), now=world.at(OPENS) - EARLY)
        houses.append(House(world=world, sandboxes=sandboxes, practice_id=practice_id))
    with ThreadPoolExecutor(max_workers=len(houses)) as terminals:
        list(terminals.map(lambda one: stage.connect(one.slug, one.sandboxes, one.world.location_ref), houses))
    stage.open()
    return tuple(houses)


def neighbour(stage: Stage, house: House, evidence: Evidence) -> Neighbour:
    """A practice with what its day left behind, to be looked through."""
    twilio, slack = house.sandboxes.twilio.config(), house.sandboxes.slack.config()
    pms = house.sandboxes.pms.config()
    accounts = {*twilio["numbers"], house.sandboxes.from_email, slack["team_id"], *slack["channels"]}
    return Neighbour(
        world=house.world,
        evidence=evidence,
        accounts=frozenset({*accounts, *({pms["business_id"]} if "business_id" in pms else ())}),
        connections=stage.connections_of(house.slug),
    )


def play_side_by_side(*, seed: int, rate: float | None, whole_day: bool, folder: Path, console: Console) -> int:
    """Plays the days and prints their accounts. The exit code: 0, or 1 where a promise was broken or something crossed
    over."""
    began, rate = time.monotonic(), rate or PACE
    console.print(f"Chairflow plays four practices at once on one installation, seeds {seed} to {seed + 3}.")

    def progress(words: str) -> None:
        console.print(Text.assemble((f"  {time.monotonic() - began:4.1f} s ", "bright_black"), words))

    logs = folder / "demo"
    with Stage(stage_options(logs, progress=progress)) as stage:
        houses = move_in(stage, worlds(seed), logs, rate=rate)
        days = asyncio.run(_play(stage, houses, rate=rate, whole_day=whole_day, console=console))
        for house, evidence in zip(houses, days, strict=True):
            evidence.save(logs / house.slug / "evidence.json")
        crossings = look_for_crossings(
            neighbour(stage, house, evidence) for house, evidence in zip(houses, days, strict=True)
        )
    accounts = [draw_up(evidence, house.world) for house, evidence in zip(houses, days, strict=True)]
    for house, account in zip(houses, accounts, strict=True):
        console.print(live_display.closing(account, house.world.place))
    _say(crossings, console)
    kept = not crossings.found and not any(account.broken_promises() for account in accounts)
    (folder / "demo.json").write_text(
        json.dumps(
            {
                "pms": "all",
                "practices": [
                    {"practice": house.slug, "pms": house.sandboxes.system.name, **account.plain()}
                    for house, account in zip(houses, accounts, strict=True)
                ],
                **crossings.plain(),
                "promises_kept": kept,
            },
            indent=2,
        )
        + "\n"
    )
    console.print(f"Account: {folder / 'demo.json'}, evidence and logs: {logs}")
    return 0 if kept else 1


async def _play(
    stage: Stage, houses: tuple[House, ...], *, rate: float, whole_day: bool, console: Console
) -> list[Evidence]:
    clocks = []
    for house in houses:
        # Each day begins when its calendar has been read, so that none waits for the others' reading.
        clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=house.world.at(OPENS) - EARLY, rate=rate)
        stage.set_clock(house.practice_id, clock, house.sandboxes)
        clocks.append(clock)
        await stage.learn_calendar(house.practice_id, days=2)

    def shown(house: House) -> Callable[[Scoreboard, Time], Coroutine[Any, Any, None]]:
        return lambda board, _: _tell(board, house, console)

    return await asyncio.gather(
        *(
            play_day(
                house.sandboxes,
                house.world,
                Time(clock),
                shown(house),
                until=None if whole_day else house.world.at(LEAN_UNTIL),
            )
            for house, clock in zip(houses, clocks, strict=True)
        )
    )


async def _tell(board: Scoreboard, house: House, console: Console) -> None:
    """The news as lines, each with whose it is."""
    while True:
        for news in await asyncio.to_thread(board.catch_up):
            console.print(
                Text(f"{house.slug:9} ", style="bold").append_text(live_display.line(news, board)), soft_wrap=True
            )
        await asyncio.sleep(_NEWS_EVERY_SECONDS)


def _say(crossings: Crossings, console: Console) -> None:
    entries = sum(crossings.looked_at.values())
    if not crossings.found:
        console.print(
            f"Nothing crossed over from one practice to another: {entries} ledger entries and links looked at."
        )
        return
    console.print(f"{len(crossings.found)} things crossed over:", style="bold red")
    for one in crossings.found[:20]:
        console.print(f"  {one.where}: {one.what}", markup=False)

"""Plays the journeys on a stage and writes their histories down, for `tests/test_replay.py`.

`python -m tests.histories.record` adds what is missing; a history that is there is never written again, because it
stands for runs under way when new code arrives. A new scenario, or a new shape of an old one, gets a name of its own.

The payloads are sealed with the development key.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
from sqlmodel import col
from temporalio.client import Client

from domain.journey_names import Journey
from domain.policy import Pace, TaskPolicy
from models.calendar import Appointment
from models.tasks import Task
from simulation.reading import Gist
from simulation.stage import Stage, StageOptions
from tests.journeys.house import until
from tests.journeys.scenario_practice import UNHURRIED, Premises, open_premises
from tests.journeys.scenarios import PATIENCE, Corner
from workflows.ids import booking_id, gap_fill_id, task_id

FOLDER: Final = Path(__file__).resolve().parent
#: Practice seconds per real second.
RATE: Final = 60.0

#: Real seconds within which a vendor that is away is given up (`workflows.pacing`), with time to spare.
GIVING_UP: Final = 300.0

log = logging.getLogger("record")

#: Histories by file, each a workflow's id.
Played = dict[str, str]
Scenario = Callable[[Premises], Played]


def fill(corner: Corner, place: int = 1) -> str:
    return gap_fill_id(practice_id=corner.premises.practice_id, opening_id=corner.opening(place))


def booking(corner: Corner, appointment: str) -> str:
    rows = corner.rows(Appointment, col(Appointment.pms_ref).endswith(appointment))
    return booking_id(practice_id=corner.premises.practice_id, appointment_id=rows[0].id)


def task(corner: Corner, kind: str) -> Task:
    found: Task = until(
        lambda: next((one for one in corner.tasks() if one.kind == kind), None), seconds=PATIENCE, what=f"a {kind} task"
    )
    return found


def kinds(corner: Corner) -> set[str]:
    """What the corner's tasks are about."""
    return {one.kind for one in corner.tasks()}


def cancelled_chair(corner: Corner, *, client: int) -> str:
    appointment = corner.book(client, corner.at(14))
    corner.cancel(appointment)
    return appointment


# --- the scenarios -----------------------------------------------------------------------------------------------


def filled_by_text(premises: Premises) -> Played:
    """Two waves of one; the second says yes, and their visit is completed."""
    premises.policy(replace(UNHURRIED, pace=Pace.ONE_AT_A_TIME))
    corner = premises.corner(waiting=2)
    given_up = cancelled_chair(corner, client=3)
    corner.offered(1)
    corner.says(1, "No thanks")
    corner.offered(2)
    corner.says(2, "yes please!")
    assert corner.ended() == "filled"
    won = str(corner.visits_of(2)[0]["appointment"])
    corner.by_hand("complete", id=won)
    corner.mirrored(won, "completed")
    return {
        "gap_fill/filled_by_text": fill(corner),
        "booking/created_and_cancelled": booking(corner, given_up),
        "booking/won_and_completed": booking(corner, won),
    }


def filled_by_link(premises: Premises) -> Played:
    """A wave of three; one claims by link, another by text a moment later."""
    premises.policy(replace(UNHURRIED, pace=Pace.WAVES, wave_size=3))
    corner = premises.corner(waiting=3)
    cancelled_chair(corner, client=4)
    corner.offered(1, 2, 3)
    assert httpx.post(corner.link(2), timeout=30, trust_env=False).is_success
    corner.says(3, "YES")
    assert corner.ended() == "filled"
    return {"gap_fill/filled_by_link": fill(corner)}


def nobody_left(premises: Premises) -> Played:
    """Everybody declines, staff leave the chair free, and a yes that comes then is answered."""
    premises.policy(replace(UNHURRIED, pace=Pace.EVERYONE))
    corner = premises.corner(waiting=2)
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    corner.says(1, "no")
    corner.says(2, "no")
    asked = task(corner, "nobody_left")
    answer = premises.ask("POST", f"tasks/{asked.id}/resolve", {"action": "leave"})
    assert answer.is_success, answer.text
    assert corner.ended() == "lapsed"
    corner.says(1, "yes after all")
    premises.settled()
    return {
        "gap_fill/nobody_left": fill(corner),
        "task/answered": task_id(practice_id=premises.practice_id, task=asked.id or 0),
    }


def taken_in_the_practice_system(premises: Premises) -> Played:
    """Staff book somebody by hand while the offer is open."""
    premises.policy(replace(UNHURRIED, pace=Pace.EVERYONE))
    corner = premises.corner(waiting=2, others=2)
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    corner.book(4, corner.at(14))
    assert corner.ended() == "withdrawn"
    return {"gap_fill/taken_in_the_practice_system": fill(corner)}


def created_moved_cancelled(premises: Premises) -> Played:
    premises.policy()
    corner = premises.corner(waiting=0)
    mine = corner.book(1, corner.at(11))
    corner.by_hand("move", id=mine, start=corner.at(12, 30).isoformat())
    until(
        lambda: any(
            one.starts_at == corner.at(12, 30)
            for one in corner.rows(Appointment, col(Appointment.pms_ref).endswith(mine))
        ),
        seconds=PATIENCE,
        what="the move",
    )
    corner.cancel(mine)
    corner.mirrored(mine, "cancelled")
    return {"booking/created_moved_cancelled": booking(corner, mine)}


def task_defaulted(premises: Premises) -> Played:
    """A client wants another time; staff are reminded, and nobody answers."""
    premises.policy(task=TaskPolicy(due_after=timedelta(minutes=10), remind_after=timedelta(minutes=5)))
    corner = premises.corner(waiting=0)
    mine = corner.book(1, corner.at(11))
    until(lambda: corner.texts(1), seconds=PATIENCE, what="a confirmation")
    corner.says(1, "R")
    asked = task(corner, "reschedule")
    corner.cancel(mine)
    corner.mirrored(mine, "cancelled")
    return {
        "task/defaulted": task_id(practice_id=premises.practice_id, task=asked.id or 0),
        "booking/asked_for_another_time": booking(corner, mine),
    }


def confirmed_and_answered_by_hand(premises: Premises) -> Played:
    """A client confirms and is thanked; then asks something, and staff send the draft."""
    premises.policy()
    corner = premises.corner(waiting=0)
    mine = corner.book(1, corner.at(11))
    until(lambda: corner.texts(1), seconds=PATIENCE, what="a confirmation")
    corner.says(1, "C")
    until(lambda: any("Thank you! See you" in one for one in corner.texts(1)), seconds=PATIENCE, what="a thank-you")
    corner.says(1, "is there parking nearby?")
    asked = task(corner, "needs_person")
    words = "Glow Rooms: Yes, next door."
    answer = premises.ask("POST", f"tasks/{asked.id}/resolve", {"action": "send", "text": words})
    assert answer.is_success, answer.text
    until(lambda: words in corner.texts(1), seconds=PATIENCE, what="the answer")
    corner.cancel(mine)
    corner.mirrored(mine, "cancelled")
    return {
        "booking/confirmed_by_text": booking(corner, mine),
        "task/draft_sent": task_id(practice_id=premises.practice_id, task=asked.id or 0),
    }


def calendar_away(premises: Premises) -> Played:
    """The day cannot be read: the fill pauses, staff get a task, and it goes on once the practice system is back."""
    premises.policy(replace(UNHURRIED, pace=Pace.EVERYONE))
    corner = premises.corner(waiting=1)
    boulevard = premises.stage.sandboxes.boulevard
    boulevard.fault("shifts", "outage")
    cancelled_chair(corner, client=2)
    until(lambda: kinds(corner) == {"offers_paused"}, seconds=GIVING_UP, what="a task about the pause")
    boulevard.clear_faults()
    corner.offered(1)
    corner.says(1, "yes")
    assert corner.ended() == "filled"
    return {"gap_fill/paused_and_resumed": fill(corner)}


def texts_away(premises: Premises) -> Played:
    """Texts cannot be sent once somebody said yes: their confirmation and the others' closing messages are staff's."""
    premises.policy(replace(UNHURRIED, pace=Pace.EVERYONE))
    corner = premises.corner(waiting=2)
    twilio = premises.stage.sandboxes.twilio
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    twilio.fault("*", "outage")
    corner.says(1, "yes")
    until(lambda: {"not_told", "touch_unsent"} <= kinds(corner), seconds=GIVING_UP, what="tasks about the silence")
    twilio.clear_faults()
    until(lambda: Gist.CLOSED in corner.heard(2), seconds=PATIENCE, what="the loser's closing message")
    assert corner.ended() == "filled"
    won = str(corner.visits_of(1)[0]["appointment"])
    corner.by_hand("complete", id=won)
    corner.mirrored(won, "completed")
    return {"gap_fill/told_later": fill(corner), "booking/confirmation_unsent": booking(corner, won)}


SCENARIOS: Final[tuple[Scenario, ...]] = (
    filled_by_text,
    filled_by_link,
    nobody_left,
    taken_in_the_practice_system,
    created_moved_cancelled,
    task_defaulted,
    confirmed_and_answered_by_hand,
    calendar_away,
    texts_away,
)


# --- writing them down -------------------------------------------------------------------------------------------


async def export(client: Client, played: Played) -> None:
    """Waits for each journey's end; what is there already stays as it is."""
    for name, workflow_id in played.items():
        path = FOLDER / f"{name}.json"
        if path.exists():
            log.info("%s is there already", name)
            continue
        handle = client.get_workflow_handle(workflow_id)
        async with asyncio.timeout(PATIENCE):
            await handle.result()
        history = (await handle.fetch_history()).to_json_dict()
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(without_machine(history), indent=1) + "\n")
        log.info("%s: %d events", name, len(history["events"]))


async def export_last(client: Client, journey: str, name: str) -> None:
    """The newest ended run of a type whose id nobody here knows."""
    query = f"WorkflowType = '{journey}' AND ExecutionStatus = 'Completed'"
    async for found in client.list_workflows(query, limit=1):
        await export(client, {name: found.id})


def without_machine(value: Any) -> Any:
    """Who ran it is the name of somebody's machine; replay does not look at it."""
    if isinstance(value, list):
        return [without_machine(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {"identity"} | ({"name"} if value.get("kind") == "TASK_QUEUE_KIND_STICKY" else set())
    return {key: "recorded" if key in named else without_machine(one) for key, one in value.items()}


def record(names: list[str]) -> None:
    wanted = [one for one in SCENARIOS if not names or one.__name__ in names]
    with (
        tempfile.TemporaryDirectory(prefix="record-") as folder,
        Stage(StageOptions(folder=Path(folder), progress=log.info)) as stage,
    ):
        premises = open_premises(stage, rate=RATE)
        for scenario in wanted:
            log.info("%s", scenario.__name__)
            asyncio.run(_export(stage, scenario(premises)))
        premises.reconcile()
        asyncio.run(_export_short(stage))


async def _export(stage: Stage, played: Played) -> None:
    await export(await stage.client(), played)


async def _export_short(stage: Stage) -> None:
    client = await stage.client()
    await export_last(client, "Reconcile", "reconcile/ordinary")
    await export_last(client, "Reply", f"{Journey.REPLY.value}/late_yes")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    record(sys.argv[1:])

"""Plays what is rare or takes days in a practice, on the skipping clock with made-up activities, and writes it down.

`python -m tests.histories.record_rare` adds what is missing beside the journeys that `record.py` plays for real: a
history says the same to replay whoever answered its activities.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from temporalio.client import WorkflowHistory

from contracts.booking import REFRESH_APPOINTMENT, SEND_TOUCH, Change
from contracts.gap_fill import BOOK_VISIT, OFFER_WAVE, REFIT_OFFERS, Booked, BookResult, Refitted, WaveResult
from contracts.task import POST_TASK, READ_TASK
from tests.conftest import skipping_environment
from tests.histories.record import FOLDER, without_machine
from tests.workflows.booking.visits import SENT, Visit, facts
from tests.workflows.fake_activities import MORNING, FakeWorld, Worlds
from tests.workflows.fills import BOOKED, Fill, furnish, wave
from tests.workflows.tasks import ANA, FACTS, Asked
from wiring.settings import given_settings

#: Events after which the engine suggests a new run; only a long visit comes so far.
LOW: Final = 60
TAKEN: Final = BookResult(outcome=Booked.TAKEN, words="Another booking has that provider then.")

log = logging.getLogger("record")

Histories = dict[str, WorkflowHistory]
Scenario = Callable[[FakeWorld], Awaitable[Histories]]


async def a_claim_ends_alone(world: FakeWorld) -> Histories:
    """The first yes finds its time taken, and the second is booked: the gate `a-claim-ends-alone`."""
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, wave(1, 2))
    world.answer(BOOK_VISIT, TAKEN, BOOKED)
    world.answer(REFIT_OFFERS, Refitted())
    world.meanwhile(BOOK_VISIT, lambda: fill.text_yes(2))
    world.meanwhile(OFFER_WAVE, lambda: fill.text_yes(1))
    await fill.play()
    return {"gap_fill/a_claim_ends_alone": await fill.handle.fetch_history()}


async def a_wave_that_asks_nobody(world: FakeWorld) -> Histories:
    """Everybody is thinking about another chair, and one is free a little later: the gate `a-wave-asks-somebody`."""
    furnish(world)
    fill = Fill(world)
    world.answer(OFFER_WAVE, WaveResult(held_until=MORNING + timedelta(minutes=2)), wave(1))
    world.meanwhile(OFFER_WAVE, lambda: fill.text_yes(1), nth=2)
    await fill.play()
    return {"gap_fill/a_wave_that_asks_nobody": await fill.handle.fetch_history()}


async def task_overdue(world: FakeWorld) -> Histories:
    """A client waits: the task is brought up again past its deadline, and answered after the second time."""
    world.answer(READ_TASK, FACTS.model_copy(update={"alert_again_after": timedelta(hours=12)}))
    asked = Asked(world)
    world.meanwhile(POST_TASK, lambda: asked.resolve(ANA), nth=4)
    await asked.play()
    return {"task/overdue": await asked.handle.fetch_history()}


async def a_long_visit(world: FakeWorld) -> Histories:
    """A visit with so many changes that it goes on in a new run: the first two runs."""
    visit = Visit(world)
    world.answer(REFRESH_APPOINTMENT, facts(Change.CREATED), facts(Change.NONE))
    world.answer(SEND_TOUCH, SENT)
    for look in range(1, 9):
        world.meanwhile(REFRESH_APPOINTMENT, visit.will(visit.changed), nth=look)
    await visit.start()
    first = world.env.client.get_workflow_handle(visit.handle.id, run_id=visit.handle.first_execution_run_id)
    await visit.handle.result()
    last = await visit.handle.describe()
    second = world.env.client.get_workflow_handle(visit.handle.id, run_id=last.run_id)
    return {
        "booking/ends_for_a_new_run": await first.fetch_history(),
        "booking/goes_on_in_a_new_run": await second.fetch_history(),
    }


SCENARIOS: Final[tuple[Scenario, ...]] = (a_claim_ends_alone, a_wave_that_asks_nobody, task_overdue, a_long_visit)


async def record() -> None:
    flag = f"limit.historyCount.suggestContinueAsNew={LOW}"
    async with await skipping_environment(given_settings(), "--dynamic-config-value", flag) as environment:
        worlds = Worlds(environment)
        async with worlds.at_work():
            for scenario in SCENARIOS:
                for name, history in (await scenario(worlds.new())).items():
                    write(name, history)


def write(name: str, history: WorkflowHistory) -> None:
    """What is there already stays as it is."""
    path = FOLDER / f"{name}.json"
    if path.exists():
        log.info("%s is there already", name)
        return
    path.write_text(json.dumps(without_machine(history.to_json_dict()), indent=1) + "\n")
    log.info("%s: %d events", name, len(history.events))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    asyncio.run(record())

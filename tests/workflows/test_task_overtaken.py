"""An answer is looked at with the calendar of its moment: nobody hears "done" of what will not be done."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.task import POST_TASK, READ_TASK, SETTLE_TASK, TaskFacts, TaskOrder
from contracts.workflow_messages import Resolve, Resolved
from domain.tasks import BEING_BOOKED
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.tasks import ANA, BEN, FACTS, Asked


def becomes(world: FakeWorld, *states: str) -> None:
    """What the task is, each time it is looked at."""
    world.answer(READ_TASK, *(FACTS.model_copy(update={"state": state}) for state in states))


async def refusal(asked: Asked, answer: Resolve) -> tuple[str | None, str]:
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await asked.resolve(answer)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    return cause.type, cause.message


async def test_an_answer_to_what_took_care_of_itself_is_refused_in_the_call(world: FakeWorld) -> None:
    asked = Asked(world)
    becomes(world, "open", "withdrawn")
    heard: list[tuple[str | None, str]] = []

    async def answer() -> None:
        heard.append(await refusal(asked, ANA))

    world.meanwhile(POST_TASK, answer)
    ended = await asked.play()

    assert heard == [
        (
            "TaskSettled",
            "This has taken care of itself; the task's page says how. Nothing was done with your answer.",
        )
    ]
    assert ended.action == "default"


async def test_an_answer_to_what_was_defaulted_hears_that_the_deadline_passed_and_what_holds(world: FakeWorld) -> None:
    asked = Asked(world)
    becomes(world, "open", "defaulted")
    heard: list[tuple[str | None, str]] = []

    async def answer() -> None:
        heard.append(await refusal(asked, ANA))

    world.meanwhile(POST_TASK, answer)
    await asked.play()

    assert heard == [
        (
            "TaskSettled",
            "The deadline had passed unanswered, and this holds: The time stays free. "
            "Nothing was done with your answer.",
        )
    ]


@pytest.mark.parametrize("answer", [ANA, BEN], ids=lambda one: one.action)
async def test_nobody_else_gets_a_time_while_a_yes_to_it_is_being_booked(world: FakeWorld, answer: Resolve) -> None:
    asked = Asked(world)
    becomes(world, "open", BEING_BOOKED, "open")
    heard: list[object] = []

    async def twice() -> None:
        heard.append(await refusal(asked, answer))
        heard.append(await asked.resolve(answer))

    world.meanwhile(POST_TASK, twice)
    await asked.play()

    assert heard[0] == (
        "AlreadyClaimed",
        "A client has said yes to this time and is being booked just now. Please look again in a minute.",
    )
    assert isinstance(heard[1], Resolved) and heard[1].accepted
    assert [one.action for one in world.orders(SETTLE_TASK)] == [answer.action]


async def test_an_answer_by_signal_to_what_took_care_of_itself_settles_nothing(world: FakeWorld) -> None:
    asked = Asked(world)
    becomes(world, "open", "withdrawn")

    async def press() -> None:
        await asked.handle.signal("resolve_by_signal", ANA)

    world.meanwhile(POST_TASK, press)
    await asked.play()

    assert [one.by for one in world.orders(SETTLE_TASK)] == ["nobody"]


async def test_an_answer_that_the_deadline_overtakes_hears_so(world: FakeWorld) -> None:
    """The look takes until the safe default is being written down."""
    asked = Asked(world)
    looking, defaulted = asyncio.Event(), asyncio.Event()

    def facts(order: TaskOrder, at: datetime) -> TaskFacts:
        return FACTS.model_copy(update={"remind_at": None, "due_at": MORNING + timedelta(seconds=5)})

    async def hold() -> None:
        looking.set()
        await defaulted.wait()

    async def note() -> None:
        defaulted.set()

    world.answer(READ_TASK, facts)
    world.meanwhile(READ_TASK, hold, nth=2)
    world.meanwhile(SETTLE_TASK, note)
    await asked.start(skipping=False)
    await world.done(POST_TASK)
    answering = asyncio.create_task(asked.resolve(ANA))
    await looking.wait()

    heard = await answering
    ended = await asked.outcome()

    assert (heard.accepted, heard.words) == (
        False,
        "The deadline had passed unanswered, and this holds: The time stays free. Nothing was done with your answer.",
    )
    assert (ended.action, [one.action for one in world.orders(SETTLE_TASK)]) == ("default", ["default"])

"""A task that a client waits for stays open past its deadline, until a person has answered it."""

from __future__ import annotations

from datetime import timedelta

from contracts.task import POST_TASK, READ_TASK, SETTLE_TASK
from contracts.workflow_messages import Resolve
from tests.workflows.fake_activities import FakeWorld
from tests.workflows.tasks import ANA, FACTS, Asked
from workflows import search_attributes as sa
from workflows.task import TaskOutcome

WAITED_FOR = FACTS.model_copy(update={"alert_again_after": timedelta(hours=12)})
HOUR = 60


def brought_up(world: FakeWorld) -> list[tuple[int, int]]:
    """How often it had been brought up again by then, and after how many minutes."""
    return [
        (one.alert, at) for one, at in zip(world.orders(POST_TASK), world.minutes(POST_TASK), strict=True) if one.alert
    ]


async def test_it_is_brought_up_again_at_its_deadline_and_ever_more_seldom(world: FakeWorld) -> None:
    world.answer(READ_TASK, WAITED_FOR)
    asked = Asked(world)

    async def answer() -> None:
        await asked.resolve(ANA)

    world.meanwhile(POST_TASK, answer, nth=2 + 7)
    ended = await asked.play()

    # Due after one hour; then pauses of half a day, a day, two, four, a week, a week.
    assert brought_up(world) == [
        (1, 1 * HOUR),
        (2, 13 * HOUR),
        (3, 37 * HOUR),
        (4, 85 * HOUR),
        (5, 181 * HOUR),
        (6, 349 * HOUR),
        (7, 517 * HOUR),
    ]
    assert ended == TaskOutcome(action="assign", by="ana")
    assert [(one.action, one.by, one.defaulted) for one in world.orders(SETTLE_TASK)] == [("assign", "ana", False)]


async def test_its_buttons_are_alive_between_two_alerts(world: FakeWorld) -> None:
    world.answer(READ_TASK, WAITED_FOR)
    asked = Asked(world)
    await asked.start(skipping=False)
    await world.done(POST_TASK)
    await world.pass_time(asked.handle, timedelta(minutes=30))
    await world.pass_time(asked.handle, timedelta(hours=5))
    await world.done(POST_TASK, 3)
    found = (await asked.handle.describe()).typed_search_attributes

    heard = await asked.resolve(ANA)
    ended = await asked.outcome()

    assert found.get(sa.STAGE) == "overdue"
    assert heard.accepted
    assert ended.by == "ana"
    assert [alert for alert, _ in brought_up(world)] == [1]


async def test_what_takes_care_of_itself_past_the_deadline_ends(world: FakeWorld) -> None:
    world.answer(READ_TASK, WAITED_FOR)
    asked = Asked(world)
    taken_back = Resolve(key="withdrawn:5", action="withdrawn", by="rules", reason="the client has been told")

    async def take_back() -> None:
        await asked.handle.signal("resolve_by_signal", taken_back)

    world.meanwhile(POST_TASK, take_back, nth=3)
    ended = await asked.play()

    assert ended == TaskOutcome(action="withdrawn", by="rules")


async def test_an_answer_before_the_deadline_is_brought_up_no_more(world: FakeWorld) -> None:
    world.answer(READ_TASK, WAITED_FOR)
    asked = Asked(world)

    async def answer() -> None:
        await asked.resolve(ANA)

    world.meanwhile(POST_TASK, answer)
    await asked.play()

    assert brought_up(world) == []

"""A task is put before staff, reminded of, and answered once; past its deadline the safe default holds."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contracts.activity_call import Done
from contracts.task import (
    POST_TASK,
    READ_TASK,
    SEND_DRAFT,
    SETTLE_TASK,
    DraftSent,
    PostTask,
    SendDraft,
    SettleTask,
)
from contracts.workflow_messages import Resolve, Resolved
from tests.workflows.fake_activities import MORNING, FakeWorld
from tests.workflows.tasks import ANA, BEN, FACTS, TASK, Asked
from workflows.task import TaskOutcome

PUT, REMINDED, REDRAWN, REDRAWN_AGAIN = 0, 1, 2, 3


@pytest.fixture
def asked(world: FakeWorld) -> Asked:
    world.answer(READ_TASK, FACTS)
    return Asked(world)


def cards(world: FakeWorld) -> list[tuple[int, int]]:
    """What was done with the card, and after how many minutes."""
    return list(zip((one.reminder for one in world.orders(POST_TASK)), world.minutes(POST_TASK), strict=True))


async def test_nobody_answers_and_the_safe_default_holds_at_the_deadline(world: FakeWorld, asked: Asked) -> None:
    ended = await asked.play()

    assert cards(world) == [(PUT, 0), (REMINDED, 20), (REDRAWN, 60)]
    assert world.orders(SETTLE_TASK) == [
        SettleTask(practice_id=world.practice_id, task_id=TASK, action="default", by="nobody", defaulted=True)
    ]
    assert ended == TaskOutcome(action="default", by="nobody")


async def test_an_answer_before_the_reminder_is_settled_without_one(world: FakeWorld, asked: Asked) -> None:
    answered: list[Resolved] = []

    async def answer() -> None:
        answered.append(await asked.resolve(ANA))

    world.meanwhile(POST_TASK, answer)
    ended = await asked.play()

    assert [one.accepted for one in answered] == [True]
    assert cards(world) == [(PUT, 0), (REDRAWN, 0), (REDRAWN_AGAIN, 0)]
    assert world.orders(SETTLE_TASK) == [
        SettleTask(
            practice_id=world.practice_id, task_id=TASK, action="assign", by="ana", reason="promised", client_id=8
        )
    ]
    assert ended == TaskOutcome(action="assign", by="ana")


async def test_an_answer_after_the_reminder_counts_until_the_deadline(world: FakeWorld, asked: Asked) -> None:
    await asked.start(skipping=False)
    await world.done(POST_TASK)

    await world.pass_time(asked.handle, timedelta(minutes=50))
    await asked.resolve(ANA)
    ended = await asked.outcome()

    assert cards(world) == [(PUT, 0), (REMINDED, 20), (REDRAWN, 50), (REDRAWN_AGAIN, 50)]
    assert ended.action == "assign"


async def test_an_order_is_followed_until_it_has_been_carried_out(world: FakeWorld, asked: Asked) -> None:
    under_way = FACTS.model_copy(update={"state": "resolved", "under_way": True})
    world.answer(
        READ_TASK, FACTS, FACTS, under_way, under_way, under_way, under_way.model_copy(update={"under_way": False})
    )

    async def answer() -> None:
        await asked.resolve(ANA)

    world.meanwhile(POST_TASK, answer)
    await asked.play()

    assert cards(world) == [(PUT, 0), (REDRAWN, 0), (REDRAWN_AGAIN, 2)]
    assert len(world.orders(READ_TASK)) == 6


async def test_the_first_answer_counts_and_the_second_hears_who_was_faster(world: FakeWorld, asked: Asked) -> None:
    answers: list[Resolved] = []

    async def two() -> None:
        answers.append(await asked.resolve(ANA))
        answers.append(await asked.resolve(BEN))

    world.meanwhile(POST_TASK, two)
    ended = await asked.play()

    assert [one.accepted for one in answers] == [True, False]
    assert answers[1].words == "ana has answered this already."
    assert (ended.by, len(world.orders(SETTLE_TASK))) == ("ana", 1)


async def test_a_press_and_the_signal_it_fell_back_to_are_one_answer(world: FakeWorld, asked: Asked) -> None:
    answers: list[Resolved] = []

    async def twice() -> None:
        await asked.handle.signal("resolve_by_signal", ANA)
        answers.append(await asked.resolve(ANA))

    world.meanwhile(POST_TASK, twice)
    await asked.play()

    assert [one.accepted for one in answers] == [True]
    assert [order.by for order in world.orders(SETTLE_TASK)] == ["ana"]


@pytest.mark.parametrize("unread", [False, True], ids=["the task is read", "before the task is read"])
async def test_an_unknown_action_is_refused_with_the_choices(world: FakeWorld, asked: Asked, unread: bool) -> None:
    refused: list[WorkflowUpdateFailedError] = []

    async def press_nonsense() -> None:
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await asked.resolve(Resolve(key="press:3", action="dance", by="ben"))
        refused.append(failed.value)

    pressing: list[asyncio.Task[None]] = []

    async def press() -> None:
        pressing.append(asyncio.create_task(press_nonsense()))
        if unread:
            await world.happened(asked.handle, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED)
        else:
            await pressing[0]

    world.meanwhile(READ_TASK if unread else POST_TASK, press)
    ended = await asked.play()
    await pressing[0]

    cause = refused[0].cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.message) == ("UnknownAction", "action: one of assign, offer, leave")
    assert ended.action == "default"


async def test_a_task_without_a_reminder_waits_for_its_deadline_only(world: FakeWorld, asked: Asked) -> None:
    world.answer(READ_TASK, FACTS.model_copy(update={"remind_at": None}))

    await asked.play()

    assert cards(world) == [(PUT, 0), (REDRAWN, 60)]


async def test_a_card_that_is_to_come_later_does(world: FakeWorld, asked: Asked) -> None:
    world.answer(READ_TASK, FACTS.model_copy(update={"post_at": MORNING + timedelta(minutes=10)}))

    await asked.play()

    assert cards(world) == [(PUT, 10), (REMINDED, 20), (REDRAWN, 60)]


@pytest.mark.parametrize("taken_back", [False, True], ids=["answered", "taken back"])
async def test_what_is_settled_before_its_card_is_due_gets_none(
    world: FakeWorld, asked: Asked, taken_back: bool
) -> None:
    world.answer(READ_TASK, FACTS.model_copy(update={"post_at": MORNING + timedelta(minutes=10)}))
    await asked.start(skipping=False)
    await world.done(READ_TASK)

    if taken_back:
        await asked.handle.signal("resolve_by_signal", Resolve(key="withdrawn:5", action="withdrawn", by="rules"))
    else:
        assert (await asked.resolve(ANA)).accepted
    ended = await asked.outcome()

    assert cards(world) == ([(REDRAWN, 0)] if taken_back else [(REDRAWN, 0), (REDRAWN_AGAIN, 0)])
    assert ended.action == ("withdrawn" if taken_back else "assign")


async def test_a_task_taken_back_by_the_rules_ends_and_redraws_its_card(world: FakeWorld, asked: Asked) -> None:
    taken_back = Resolve(key="withdrawn:5", action="withdrawn", by="rules", reason="it took care of itself")

    async def take_back() -> None:
        await asked.handle.signal("resolve_by_signal", taken_back)

    world.meanwhile(POST_TASK, take_back)
    ended = await asked.play()

    assert cards(world)[-1] == (REDRAWN, 0)
    assert ended == TaskOutcome(action="withdrawn", by="rules")


def silent_before_the_end(order: PostTask, _: datetime) -> Done:
    """A chat that takes nothing while the task is open."""
    if order.reminder < REDRAWN:
        raise ApplicationError("the staff chat does not answer", type="Unreachable")
    return Done()


async def test_an_answer_from_the_page_waits_for_no_card(world: FakeWorld, asked: Asked) -> None:
    world.answer(POST_TASK, silent_before_the_end)

    async def answer() -> None:
        await asked.resolve(ANA)

    world.meanwhile(POST_TASK, answer, nth=2)
    ended = await asked.play()

    assert ended == TaskOutcome(action="assign", by="ana")
    assert [one for one in cards(world) if one[0] >= REDRAWN] == [(REDRAWN, 0), (REDRAWN_AGAIN, 0)]


async def test_the_safe_default_holds_though_the_chat_is_away_all_the_time(world: FakeWorld, asked: Asked) -> None:
    world.at_rate(100)
    world.answer(READ_TASK, FACTS.model_copy(update={"remind_at": None}))
    world.answer(POST_TASK, silent_before_the_end)

    ended = await asked.play()

    assert ended == TaskOutcome(action="default", by="nobody")
    assert [one.reminder for one in world.orders(POST_TASK)].count(PUT) > 1
    last, minute = cards(world)[-1]
    assert last == REDRAWN
    assert 60 <= minute < 70  # a real second is more than a minute of this practice's


SEND = Resolve(key="page:1", action="send", by="ana", text="Glow: Which days suit you?")


def sends(world: FakeWorld, asked: Asked, *outcomes: DraftSent | ApplicationError) -> list[Resolved]:
    """Ana sends the draft, a little changed, as soon as the card stands; what she hears is in the list."""
    world.answer(READ_TASK, FACTS.model_copy(update={"actions": ("send", "done")}))
    world.answer(SEND_DRAFT, *outcomes)
    heard: list[Resolved] = []

    async def send() -> None:
        heard.append(await asked.resolve(SEND))

    world.meanwhile(POST_TASK, send)
    return heard


async def test_a_draft_is_sent_after_its_answer_is_written_and_before_the_card_is_redrawn(
    world: FakeWorld, asked: Asked
) -> None:
    heard = sends(world, asked, DraftSent(outcome="sent"))

    ended = await asked.play()

    assert world.names() == ["read_task", "post_task", "read_task", "settle_task", "send_draft", "post_task"]
    assert world.orders(SETTLE_TASK) == [
        SettleTask(
            practice_id=world.practice_id,
            task_id=TASK,
            action="send",
            by="ana",
            text="Glow: Which days suit you?",
        )
    ]
    assert world.orders(SEND_DRAFT) == [SendDraft(practice_id=world.practice_id, task_id=TASK)]
    assert [one.words for one in heard] == ["The text is on its way; the task's page shows what becomes of it."]
    assert ended == TaskOutcome(action="send", by="ana")


async def test_a_draft_sent_at_a_quiet_hour_waits_and_is_tried_again_when_allowed(
    world: FakeWorld, asked: Asked
) -> None:
    sends(
        world,
        asked,
        DraftSent(outcome="held", held_until=MORNING + timedelta(hours=9)),
        DraftSent(outcome="held", held_until=MORNING + timedelta(hours=10)),
        DraftSent(outcome="sent"),
    )

    await asked.play()

    assert world.minutes(SEND_DRAFT) == [0, 9 * 60, 10 * 60]
    assert cards(world) == [(PUT, 0), (REDRAWN, 0), (REDRAWN_AGAIN, 10 * 60)]
    assert len(world.orders(SETTLE_TASK)) == 1


async def test_a_task_without_the_choice_sends_nothing(world: FakeWorld, asked: Asked) -> None:
    refused: list[WorkflowUpdateFailedError] = []

    async def press() -> None:
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await asked.resolve(SEND)
        refused.append(failed.value)

    world.meanwhile(POST_TASK, press)
    await asked.play()

    assert len(refused) == 1
    assert world.orders(SEND_DRAFT) == []


async def test_a_draft_that_cannot_be_sent_in_time_says_so_on_the_task_and_its_card(
    world: FakeWorld, asked: Asked
) -> None:
    away = ApplicationError("the vendor is away", non_retryable=True)
    sends(world, asked, away, DraftSent(outcome="suppressed: texts could not be sent in time"))

    ended = await asked.play()

    assert [order.given_up for order in world.orders(SEND_DRAFT)] == [False, True]
    assert cards(world) == [(PUT, 0), (REDRAWN, 0)]
    assert ended == TaskOutcome(action="send", by="ana")

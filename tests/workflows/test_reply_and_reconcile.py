"""The two short journeys: one text answered, and a calendar read day by day."""

from __future__ import annotations

from datetime import timedelta

from temporalio.exceptions import ApplicationError

from contracts.booking import (
    ASK_ABOUT_CALENDAR,
    PLAN_RECONCILE,
    RECONCILE_DAY,
    AskAboutCalendar,
    LocationDay,
    Reconciled,
    ReconcileDay,
    ReconcilePlan,
)
from contracts.task import ANSWER_REPLY, AnswerReply, ReplyAnswered
from contracts.workflow_messages import ReconcileInput, ReplyInput
from tests.workflows.fake_activities import MORNING, FakeWorld


async def test_a_text_no_journey_owns_is_answered_even_when_the_first_try_fails(world: FakeWorld) -> None:
    world.answer(ANSWER_REPLY, ApplicationError("the vendor is busy"), ReplyAnswered(outcome="late_yes"))

    handle = await world.start("Reply", ReplyInput(**world.input(), receipt_id=41))
    ended = ReplyAnswered.model_validate(await handle.result())

    assert ended.outcome == "late_yes"
    assert world.orders(ANSWER_REPLY) == [AnswerReply(practice_id=world.practice_id, receipt_id=41)] * 2


async def test_an_answer_that_quiet_hours_hold_goes_out_when_they_end(world: FakeWorld) -> None:
    morning = MORNING + timedelta(hours=9)
    world.answer(ANSWER_REPLY, ReplyAnswered(outcome="help: held", held_until=morning), ReplyAnswered(outcome="sent"))

    handle = await world.start("Reply", ReplyInput(**world.input(), receipt_id=41))
    ended = ReplyAnswered.model_validate(await handle.result())

    assert ended.outcome == "sent"
    assert world.minutes(ANSWER_REPLY) == [0, 9 * 60]


async def test_every_planned_day_is_read_once_and_its_differences_are_counted(world: FakeWorld) -> None:
    days = (LocationDay(location_id=1, day="2026-03-10"), LocationDay(location_id=2, day="2026-03-10"))
    world.answer(PLAN_RECONCILE, ReconcilePlan(days=days))
    world.answer(RECONCILE_DAY, Reconciled(differences=2, openings=1), Reconciled(differences=3))

    handle = await world.start("Reconcile", ReconcileInput(**world.input(), days=1, baseline=True))
    ended = Reconciled.model_validate(await handle.result())

    assert ended == Reconciled(differences=5, openings=1)
    assert world.orders(RECONCILE_DAY) == [
        ReconcileDay(practice_id=world.practice_id, location_id=one.location_id, day=one.day, baseline=True)
        for one in days
    ]


async def test_a_schedule_made_for_another_practice_system_reads_the_one_there_is_now(world: FakeWorld) -> None:
    plan = ReconcilePlan(days=(LocationDay(location_id=1, day="2026-03-10"),), pms_queue="pms-boulevard")
    world.answer(PLAN_RECONCILE, plan)
    world.answer(RECONCILE_DAY, Reconciled(differences=1))

    handle = await world.start("Reconcile", ReconcileInput(**world.input() | {"pms_queue": "pms-of-last-year"}))
    ended = Reconciled.model_validate(await handle.result())

    assert ended.differences == 1


async def test_a_text_that_cannot_be_answered_in_time_is_a_persons(world: FakeWorld) -> None:
    away = ApplicationError("the vendor is away", non_retryable=True)
    world.answer(ANSWER_REPLY, away, ReplyAnswered(outcome="late_yes: could not be sent, a person answers"))

    handle = await world.start("Reply", ReplyInput(**world.input(), receipt_id=41))
    await handle.result()

    assert [(order.receipt_id, order.by_person) for order in world.orders(ANSWER_REPLY)] == [(41, False), (41, True)]


async def test_a_day_that_cannot_be_read_in_time_is_left_out_and_staff_know(world: FakeWorld) -> None:
    days = tuple(LocationDay(location_id=1, day=f"2026-03-{day}") for day in (10, 11, 12))
    away = ApplicationError("the practice system is away", non_retryable=True)
    world.answer(PLAN_RECONCILE, ReconcilePlan(days=days))
    world.answer(RECONCILE_DAY, away, away, Reconciled(differences=3))

    handle = await world.start("Reconcile", ReconcileInput(**world.input(), days=3))
    ended = Reconciled.model_validate(await handle.result())

    assert ended == Reconciled(differences=3, unread=2)
    assert world.orders(ASK_ABOUT_CALENDAR) == [AskAboutCalendar(practice_id=world.practice_id)]

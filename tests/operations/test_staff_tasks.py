"""One ask is one task; an answer that leads to the same ask again opens the next; and a client who waits is not settled
by a deadline."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from contracts.booking import TouchKind
from domain.calendar import VisitState
from domain.messages import opening_tasks, staff
from domain.messages.facts import VisitFacts
from domain.ranges import TimeRange
from domain.tasks import TaskKind
from models.repositories import calendar, practices, tasks
from models.tasks import Task
from operations.staff_tasks import is_untrue, new_task, open_and_post, outlives_visit
from tests.activities.activity_runner import Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, nora
from tests.activities.visits import STARTS, booked
from tests.inbox.scene import NOW, Scene
from vendors.errors import RecipientInvalid

WORDS = opening_tasks.assignment_does_not_fit(
    visit=VisitFacts(start=NOW, zone="America/New_York"), now=NOW, why="Too soon.", reference="opening 1"
)


def ask(scene: Scene, kind: str) -> int:
    with scene.database.transaction() as session:
        practice = practices.load(session, scene.practice_id)
        new = new_task(practice, replace(WORDS, kind=TaskKind(kind)), key=f"{kind}:1:0", now=NOW)
        return open_and_post(session, practice, new, now=NOW).id


def answer(scene: Scene, task: int) -> None:
    with scene.database.transaction() as session:
        tasks.settle(session, scene.practice_id, task, state="resolved", by="Dana", resolution={}, now=NOW)


def test_a_second_choice_that_does_not_fit_either_comes_back_to_staff(scene: Scene) -> None:
    first = ask(scene, "assignment_does_not_fit")
    assert ask(scene, "assignment_does_not_fit") == first
    answer(scene, first)

    second = ask(scene, "assignment_does_not_fit")
    assert ask(scene, "assignment_does_not_fit") == second
    answer(scene, second)
    third = ask(scene, "assignment_does_not_fit")

    assert len({first, second, third}) == 3
    assert [one.ref for one in scene.deliveries()] == [first, second, third]


@pytest.mark.parametrize("kind", ["nobody_left", "needs_person"])
def test_any_other_ask_stays_the_task_it_was(scene: Scene, kind: str) -> None:
    first = ask(scene, kind)
    answer(scene, first)

    assert ask(scene, kind) == first
    assert len(scene.deliveries()) == 1


# --- a client waits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["what about parking?", "R", "X", "YES", "HELP", "Nein danke, vielleicht", "???"])
def test_whatever_a_client_wrote_its_task_is_no_safe_defaults(scene: Scene, desk: Desk, body: str) -> None:
    """Also where our answer to it could not be sent."""
    nora(scene)
    desk.outside.phones.refuses = RecipientInvalid("no such number", vendor="twilio", operation="send")

    desk.answer(scene.text(PHONE, body))

    (task,) = desk.tasks()
    assert desk.read_task(task.id or 0).alert_again_after == timedelta(hours=12)
    assert task.safe_default.endswith(staff.STAYS_OPEN)


@pytest.mark.parametrize("kind", ["reschedule", "cannot_come"])
def test_an_answer_about_a_visit_waits_for_a_person_too(scene: Scene, desk: Desk, kind: str) -> None:
    desk.ask_about(booked(scene, nora(scene)), kind)

    (task,) = desk.tasks()
    assert desk.read_task(task.id or 0).alert_again_after is not None


@pytest.mark.parametrize("kind", ["nobody_left", "person_first", "release_failed", "infeasible_assignment"])
def test_where_no_client_waits_the_safe_default_holds(scene: Scene, desk: Desk, kind: str) -> None:
    assert desk.read_task(ask(scene, kind)).alert_again_after is None


@pytest.mark.parametrize(("managers", "channel"), [("C9", "C9"), (None, "C1")])
def test_what_is_overdue_goes_before_the_managers_once_and_every_card_that_stands_shows_the_answer(
    scene: Scene, outside: Outside, desk: Desk, managers: str | None, channel: str
) -> None:
    outside.managers = managers
    task = scene.task(kind="needs_person")

    desk.post(task)
    desk.remind(task)
    desk.remind(task, alert=1)
    desk.remind(task, alert=1)
    desk.remind(task, alert=2)

    assert [one.title.split(":")[0] for one in outside.workspace.cards] == [
        "A text to read",
        "Reminder",
        "A client still waits",
        "A client still waits",
    ]
    seen = ["A client still waits"] if channel == "C1" else ["Reminder", "A client still waits"]
    assert [one.title.split(":")[0] for one in outside.workspace.standing] == seen
    card = scene.row(Task, task).card
    assert [card["channel"], *(one["channel"] for one in card["alerts"])] == (
        ["C1"] if channel == "C1" else ["C1", channel]
    )

    desk.settle(task, "done")
    desk.post(task, reminder=2)

    assert {one.text for one in outside.workspace.standing} == {"Dana dealt with it."}


OFF, ABSENT, OVER = VisitState.CANCELLED, VisitState.NO_SHOW, VisitState.COMPLETED


@pytest.mark.parametrize(
    ("asked", "outlives"), [("reschedule", {OFF, ABSENT}), ("cannot_come", {ABSENT}), ("confirm_unwritten", set())]
)
def test_a_visit_that_is_off_answers_no_client_who_wanted_something_else(
    scene: Scene, desk: Desk, asked: str, outlives: set[VisitState]
) -> None:
    visit = booked(scene, nora(scene))
    desk.ask_about(visit, asked)

    with scene.database.transaction() as session:
        (about,) = tasks.open_of_appointment(session, scene.practice_id, visit)

    assert {state for state in (OFF, ABSENT, OVER) if outlives_visit(about, state)} == outlives


@pytest.mark.parametrize(("kind", "outlives"), [(TouchKind.CANCELLED, {OFF}), (TouchKind.CONFIRMATION, set())])
def test_a_visit_that_is_off_does_not_settle_the_task_to_tell_its_client(
    scene: Scene, desk: Desk, kind: TouchKind, outlives: set[VisitState]
) -> None:
    visit = booked(scene, nora(scene, agreed_to=()), state="cancelled" if kind is TouchKind.CANCELLED else "booked")
    desk.touch(visit, kind)

    with scene.database.transaction() as session:
        (about,) = tasks.open_of_appointment(session, scene.practice_id, visit)

    assert {state for state in (OFF, ABSENT, OVER) if outlives_visit(about, state)} == outlives


def test_what_a_client_wants_of_a_visit_nobody_can_read_is_a_persons_too(scene: Scene, desk: Desk) -> None:
    visit = scene.visit(nora(scene), PHONE)
    receipt = scene.text(PHONE, "R")

    desk.ask_about(visit, "reschedule", receipt_id=receipt)
    assert scene.waiting()[-1] == ("reply", receipt, "start", "")
    desk.answer(receipt)

    (task,) = desk.tasks()
    assert (task.kind, "“R”" in task.body) == ("reschedule", True)


@pytest.mark.parametrize(
    ("kind", "now", "starts", "untrue"),
    [
        (TouchKind.MOVED, "booked", STARTS, False),
        (TouchKind.MOVED, "booked", STARTS + timedelta(hours=2), True),
        (TouchKind.CANCELLED, "cancelled", STARTS, False),
        (TouchKind.CANCELLED, "booked", STARTS, True),
    ],
)
def test_nobody_is_asked_to_tell_a_client_what_is_not_so_any_more(
    scene: Scene, desk: Desk, kind: TouchKind, now: str, starts: datetime, untrue: bool
) -> None:
    state = "cancelled" if kind is TouchKind.CANCELLED else "booked"
    visit = booked(scene, nora(scene, agreed_to=()), state=state)
    desk.touch(visit, kind)
    (about,) = desk.tasks()

    with scene.database.transaction() as session:
        row = tasks.get(session, scene.practice_id, about.id or 0)
        mirrored = calendar.visit(session, scene.practice_id, visit)
    assert mirrored is not None
    segment = replace(mirrored.segments[0], during=TimeRange(starts, starts + timedelta(hours=1)))
    changed = replace(mirrored, state=VisitState(now), segments=(segment,))

    assert is_untrue(row, changed) == untrue

"""One ask is one task; an answer that leads to the same ask again opens the next; and a client who waits is not settled
by a deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.contracts.booking import TouchKind
from activities.staff_tasks import is_news_of, new_task, open_and_post
from domain.calendar import VisitState
from domain.messages import staff
from domain.messages.facts import VisitFacts
from models.repositories import practices, tasks
from models.tasks import Task
from tests.activities.desk import Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, nora
from tests.activities.visits import booked
from tests.inbox.scene import NOW, Scene
from vendors.errors import RecipientInvalid

WORDS = staff.assignment_does_not_fit(
    visit=VisitFacts(start=NOW, zone="America/New_York"), now=NOW, why="Too soon.", reference="opening 1"
)


def ask(scene: Scene, kind: str) -> int:
    with scene.database.transaction() as session:
        practice = practices.load(session, scene.practice_id)
        new = new_task(practice, WORDS, key=f"{kind}:1:0", kind=kind, now=NOW)
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
def test_what_is_overdue_goes_before_the_managers_and_all_its_cards_show_the_answer(
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
        "Nobody left to ask",
        "Reminder",
        "A client still waits",
        "A client still waits",
    ]
    card = scene.row(Task, task).card
    assert [one["channel"] for one in card["alerts"]] == [channel] * 2

    desk.settle(task, "done")
    desk.post(task, reminder=2)

    assert [one.text == "Settled." for one in outside.workspace.cards] == [True, False, True, True]


def test_a_visit_that_is_off_does_not_settle_the_task_to_tell_its_client(scene: Scene, desk: Desk) -> None:
    visit = booked(scene, nora(scene, agreed_to=()), state="cancelled")
    desk.touch(visit, TouchKind.CANCELLED)
    desk.touch(visit, TouchKind.CANCELLED)
    desk.ask_about(visit, "reschedule")

    with scene.database.transaction() as session:
        about = tasks.open_of_appointment(session, scene.practice_id, visit)

    assert [is_news_of(VisitState.CANCELLED, one) for one in about] == [True, False]
    assert not any(is_news_of(VisitState.COMPLETED, one) for one in about)

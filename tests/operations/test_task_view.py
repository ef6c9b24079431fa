"""A task as a person decides it: live facts, and what each button would do."""

from __future__ import annotations

import pytest

from models.calendar import Opening
from models.repositories import practices, tasks
from models.tasks import Task
from operations import task_view
from operations.task_view import TaskView
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.scene import Scene
from tests.operations.test_staff_orders import needs_an_exam, person_first


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


def viewed(maria: Chairs, task: int, *people: int) -> TaskView:
    shortlist = tuple(
        {"client_id": one, "name": f"Client {one}", "fits": True, "reasons": ["waits long"]} for one in people
    )
    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        row = tasks.read(session, practice.id, task)
        return task_view.view(session, practice, row, shortlist, now=maria.desk.at)


def test_an_opening_is_what_when_with_whom_where_and_for_how_much(maria: Chairs) -> None:
    maria.waiting(60)
    task = person_first(maria, maria.opening(0, 60))

    facts = dict(viewed(maria, task).facts)

    assert facts["When"] == "tomorrow, Tue Nov 24, 10:00 AM to 11:00 AM (1 h)"
    assert facts["With"] == "NP Martinez"
    assert facts["Where"] == "Downtown"
    assert facts["Room for"] == "Visit of 60, 1 h, $0"
    assert "Free since" in facts


def test_who_fits_now_comes_with_what_they_wait_for_and_what_a_press_does(maria: Chairs) -> None:
    client = maria.waiting(60)
    task = person_first(maria, maria.opening(0, 60))

    [person] = viewed(maria, task, client).fitting

    assert person.waits_for[0].startswith("Visit of 60 (since ")
    assert person.last_visit == "no visit yet that we know of"
    assert [(one.action, one.primary, one.asks_once_more) for one in person.choices] == [
        ("assign", True, True),
        ("offer", False, True),
    ]
    assert person.choices[0].does.startswith("Books Client 1 E. for Visit of 60 (1 h) tomorrow")


def test_who_fits_no_more_is_folded_away_with_the_rule(maria: Chairs) -> None:
    client = maria.waiting(60)
    task = person_first(maria, maria.opening(0, 60))
    needs_an_exam(maria, 60)

    seen = viewed(maria, task, client)

    assert (seen.fitting, [one.client_id for one in seen.unfit]) == ((), [client])
    assert "exam" in seen.unfit[0].why_not
    assert seen.unfit[0].choices == ()


def test_a_time_that_is_gone_says_so_and_takes_nobody(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = person_first(maria, opening)
    with maria.scene.database.transaction() as session:
        session.get_one(Opening, opening).state = "filled"

    seen = viewed(maria, task, client)

    assert dict(seen.facts)["Now"] == "no longer open (filled)"
    assert seen.fitting == ()


def test_what_the_client_wrote_stands_on_the_task_with_our_answers(maria: Chairs) -> None:
    client = maria.client()
    maria.scene.text(maria.phone(1), "could you do 3 instead?")
    task = maria.scene.task()
    with maria.scene.database.transaction() as session:
        session.get_one(Task, task).client_id = client

    seen = viewed(maria, task)

    assert [(one.by_client, one.body) for one in seen.said] == [(True, "could you do 3 instead?")]

"""One ask is one task, and an answer that leads to the same ask again opens the next."""

from __future__ import annotations

import pytest

from activities.staff_tasks import new_task, open_and_post
from domain.messages import staff
from domain.messages.facts import VisitFacts
from models.repositories import practices, tasks
from tests.inbox.scene import NOW, Scene

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

"""Who may press: those on the practice's own list, by the chat's id of them, whatever they call themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import col, delete

from domain.journey_names import Journey
from models.practice import StaffAccount
from models.repositories import staff_accounts
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.events import arrive, press
from tests.inbox.scene import Scene, set_scene


@pytest.mark.parametrize(("user", "name"), [("U1", "dana"), ("U1", "Somebody Else")])
def test_the_answer_is_by_the_account_whatever_the_display_name(scene: Scene, user: str, name: str) -> None:
    task = scene.task()

    arrive(scene, Purpose.PRESS, replace(press(f"{task}:leave"), user_ref=user, user_name=name))

    assert scene.waiting() == [("task", task, "update", "resolve")]
    assert scene.deliveries()[0].body["by"] == "Dana Reyes"


def test_a_stranger_with_a_known_name_answers_nothing_and_is_told_so(scene: Scene) -> None:
    task = scene.task()

    receipt = arrive(scene, Purpose.PRESS, replace(press(f"{task}:leave"), user_ref="U2", user_name="Dana Reyes"))

    kept = scene.receipt(receipt)
    assert (kept.state, kept.outcome) == ("ignored", "not_on_the_staff_list")
    assert scene.waiting() == [(Journey.REPLY.value, receipt, "start", "")]


def test_somebody_who_has_left_presses_in_vain(scene: Scene) -> None:
    task = scene.task()
    with scene.database.transaction() as session:
        assert staff_accounts.replace(session, scene.practice_id, {"U9": "Lee"}) == (1, 0)

    receipt = arrive(scene, Purpose.PRESS, press(f"{task}:leave"))

    assert scene.receipt(receipt).outcome == "not_on_the_staff_list"


def test_a_practice_that_lists_nobody_lets_nobody_press(scene: Scene) -> None:
    task = scene.task()
    with scene.database.transaction() as session:
        session.execute(delete(StaffAccount).where(col(StaffAccount.practice_id) == scene.practice_id))

    receipt = arrive(scene, Purpose.PRESS, press(f"{task}:leave"))

    assert scene.receipt(receipt).outcome == "not_on_the_staff_list"


def test_the_list_of_one_practice_is_not_anothers(database: Database, scene: Scene) -> None:
    task = scene.task()
    with scene.database.transaction() as session:
        session.execute(delete(StaffAccount).where(col(StaffAccount.practice_id) == scene.practice_id))
    set_scene(database, slug="other")

    receipt = arrive(scene, Purpose.PRESS, press(f"{task}:leave"))

    assert scene.receipt(receipt).outcome == "not_on_the_staff_list"


def test_a_button_that_only_opens_the_page_bothers_nobody(scene: Scene) -> None:
    receipt = arrive(scene, Purpose.PRESS, replace(press(str(scene.task())), user_ref="U2"))

    assert scene.receipt(receipt).state == "ignored"
    assert scene.deliveries() == []

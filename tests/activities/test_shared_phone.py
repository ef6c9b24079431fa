"""A phone that several clients use: whom a task is about, and how visits are told apart."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.ranges import TimeRange
from models.practice import Practice
from models.repositories import clients, messages, questions
from tests.activities.activity_runner import Desk
from tests.activities.outside import Outside
from tests.activities.people import OTHER, PHONE, nora
from tests.activities.visits import HOUR, STARTS, booked, by_hand, segment, service
from tests.inbox.scene import NOW, Scene
from vendors.pms.base import ClientRecord


@pytest.fixture
def tim(scene: Scene) -> int:
    """Nora's son, on her phone; she is known longer."""
    nora(scene)
    return scene.client(PHONE, first_name="Tim")


def said(scene: Scene, client: int) -> list[str]:
    with scene.database.transaction() as session:
        return [one.body for one in messages.last_messages(session, scene.practice_id, client_id=client)]


def test_running_late_is_a_task_about_the_member_with_the_visit(scene: Scene, desk: Desk, tim: int) -> None:
    booked(scene, tim, starts=NOW + timedelta(minutes=20))

    desk.answer(scene.text(PHONE, "running 10 min late, sorry"))

    (task,) = desk.tasks()
    assert task.client_id == tim
    assert task.body == (
        "The client wrote: “running 10 min late, sorry” Several people use this phone: Nora Example (no visit ahead) "
        "and Tim Example (today (Mon Nov 23) at 10:20 AM)."
    )


def test_whom_the_text_names_the_task_is_about(scene: Scene, desk: Desk, tim: int) -> None:
    booked(scene, tim)

    desk.answer(scene.text(PHONE, "can Nora bring a friend?"))

    (task,) = desk.tasks()
    assert task.client_id != tim


def test_a_stop_that_may_have_meant_a_visit_is_about_the_member_with_one(scene: Scene, desk: Desk, tim: int) -> None:
    booked(scene, tim)

    desk.answer(scene.text(PHONE, "cancel"))

    (task,) = desk.tasks()
    assert (task.kind, task.client_id) == ("opted_out_perhaps_visit", tim)
    assert "Their next visit: tomorrow (Tue Nov 24) at 10:00 AM." in task.body


def asked_about(scene: Scene, client: int, starts: datetime, service_id: int) -> None:
    """The client has a visit then, and was asked to confirm it."""
    visit = by_hand(scene, client, segment(scene, service_id, TimeRange(starts, starts + HOUR)), ref=f"of-{client}")
    with scene.database.transaction() as session:
        questions.ask(
            session,
            scene.practice_id,
            phone=PHONE,
            client_id=client,
            kind=questions.APPOINTMENT,
            now=NOW,
            appointment_id=visit,
        )


@pytest.mark.parametrize(
    ("greets", "words"),
    [
        (True, "C1 for Nora: tomorrow (Tue Nov 24) at 10:00 AM with Maria, C2 for Tim: Wed Nov 25 at 10:00 AM"),
        (False, "C1 for tomorrow (Tue Nov 24) at 10:00 AM with Maria, C2 for Wed Nov 25 at 10:00 AM"),
    ],
)
def test_which_one_names_whose_visit_it_is_as_the_policy_allows(
    scene: Scene, outside: Outside, desk: Desk, tim: int, greets: bool, words: str
) -> None:
    with scene.database.transaction() as session:
        mother = clients.by_phone(session, scene.practice_id, PHONE)[0].id
        session.get_one(Practice, scene.practice_id).policy = {"contact": {"greet_by_first_name": greets}}
    visit = service(scene)
    asked_about(scene, mother, STARTS, visit)
    asked_about(scene, tim, STARTS + timedelta(days=1), visit)

    desk.answer(scene.text(PHONE, "C"))

    assert outside.bodies == [f"Glow: Which one do you mean? Reply {words} with Maria."]


def test_which_of_one_persons_visits_names_nobody(scene: Scene, outside: Outside, desk: Desk, tim: int) -> None:
    visit = service(scene)
    asked_about(scene, tim, STARTS, visit)
    scene.offer(scene.opening(), tim, PHONE)

    desk.answer(scene.text(PHONE, "No, I can't"))

    when = "tomorrow (Tue Nov 24) at 10:00 AM"
    assert sorted(outside.bodies[0].removeprefix("Glow: Which one do you mean? Reply ").split(", ")) == [
        f"X1 for the visit {when} with Maria",
        f"X2 for the free time {when}.",
    ]


# --- a number that was somebody else's -------------------------------------------------------------------------------


def from_the_practice_system(scene: Scene, ref: str, phone: str) -> int:
    record = ClientRecord(
        ref=ref,
        first_name=ref.title(),
        last_name="Example",
        email=None,
        phone=phone,
        marketing_sms=None,
        marketing_email=None,
    )
    with scene.database.transaction() as session:
        return clients.upsert_from_pms(session, scene.practice_id, record, now=NOW)


def test_what_a_former_owner_of_the_number_wrote_is_left_out(scene: Scene) -> None:
    former = from_the_practice_system(scene, "former", PHONE)
    scene.text(PHONE, "my rash is back")
    from_the_practice_system(scene, "former", OTHER)
    owner = from_the_practice_system(scene, "owner", PHONE)
    scene.text(PHONE, "hello, is this the spa?")

    assert said(scene, owner) == ["hello, is this the spa?"]
    assert said(scene, former) == ["my rash is back"]


def test_what_came_while_people_shared_the_number_stays_with_the_last_of_them(scene: Scene) -> None:
    for ref in "mother", "son":
        from_the_practice_system(scene, ref, PHONE)
    scene.text(PHONE, "we are both coming")
    from_the_practice_system(scene, "mother", OTHER)
    son = from_the_practice_system(scene, "son", "+12125550146")
    owner = from_the_practice_system(scene, "owner", PHONE)

    assert said(scene, son) == ["we are both coming"]
    assert said(scene, owner) == []


def test_those_who_share_a_number_are_shown_what_came_from_it(scene: Scene) -> None:
    mother, son = (from_the_practice_system(scene, ref, PHONE) for ref in ("mother", "son"))
    scene.text(PHONE, "we are both coming")

    assert said(scene, mother) == said(scene, son) == ["we are both coming"]

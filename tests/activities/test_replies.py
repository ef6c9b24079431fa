"""What a client is answered by the activity: which one they mean, and nothing that is not so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from models.calendar import Appointment, AppointmentSegment
from models.offers import Offer, Question
from models.tasks import Task
from tests.activities.test_task_drafts import PHONE, Desk, Outside, answer, confirmed, desk, nora, outside
from tests.inbox.scene import NOW, Scene

__all__ = ["desk", "outside"]  # fixtures


@pytest.mark.parametrize(
    ("words", "keys"),
    [("YES", ("YES1", "YES2")), ("no thanks", ("NO1", "NO2"))],
)
def test_which_of_two_offers_is_asked_and_a_number_is_understood(
    scene: Scene, outside: Outside, desk: Desk, words: str, keys: tuple[str, str]
) -> None:
    client = nora(scene)
    scene.offer(scene.opening(), client, PHONE, state="expired")
    second = scene.offer(scene.opening(), client, PHONE)

    answer(desk, scene.text(PHONE, words))
    chosen = scene.text(PHONE, "2")

    when = "tomorrow (Tue Nov 24) at 10:00 AM"
    assert outside.bodies == [f"Glow: Which one do you mean? Reply {keys[0]} for {when}, {keys[1]} for {when}."]
    assert scene.receipt(chosen).parsed["about"]["offer_id"] == second
    assert scene.receipt(chosen).outcome == {"YES": "claim"}.get(words, "declined")
    assert (scene.row(Offer, second).claimed_at is not None) == (words == "YES")


def with_a_visit_nobody_can_describe(scene: Scene, *, first: bool) -> int:
    """Nora is asked about two visits; the practice's calendar tells nothing about one of them any more. Her "C"."""
    client = nora(scene)
    confirmed(scene, client)
    bare = scene.visit(client, PHONE)
    assert scene.row(Appointment, bare).starts_at is None
    with scene.database.transaction() as session:
        question = session.execute(select(Question).where(col(Question.appointment_id) == bare)).scalar_one()
        question.asked_at = NOW - timedelta(hours=1) if first else NOW
    return scene.text(PHONE, "C")


@pytest.mark.parametrize(("first", "key"), [(True, "C2"), (False, "C1")])
def test_a_number_keeps_its_visit_whichever_can_be_described(
    scene: Scene, outside: Outside, desk: Desk, first: bool, key: str
) -> None:
    receipt = with_a_visit_nobody_can_describe(scene, first=first)

    assert answer(desk, receipt) == "ask_which: sent"

    assert outside.bodies == [
        f"Glow: Which one do you mean? Reply {key} for tomorrow (Tue Nov 24) at 10:00 AM with Maria."
    ]


def test_where_nothing_can_be_described_a_person_reads(scene: Scene, outside: Outside, desk: Desk) -> None:
    receipt = with_a_visit_nobody_can_describe(scene, first=True)
    with scene.database.transaction() as session:
        session.execute(delete(AppointmentSegment))

    assert answer(desk, receipt) == "needs_person: sent"

    assert outside.bodies == ["Glow: Thank you. A member of our team will get back to you."]
    with scene.database.transaction() as session:
        assert session.execute(select(Task)).scalar_one().kind == "needs_person"

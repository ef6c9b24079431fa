"""What a client is answered by the activity: which one they mean, and nothing that is not so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import col, select

from activities.contracts.gap_fill import CloseOffers, Ending
from activities.endings import Endings
from activities.gate import MessageGate
from activities.ports import Grace, Links
from models.calendar import Appointment, AppointmentSegment, Opening
from models.client import ConsentGrant
from models.offers import Offer, Question
from models.tasks import Task
from models.waitlist import WaitlistEntry
from tests.activities.test_task_drafts import PHONE, Desk, Outside, answer, confirmed, desk, nora, outside
from tests.inbox.scene import NOW, Scene

__all__ = ["desk", "outside"]  # fixtures

WHEN = "tomorrow (Tue Nov 24) at 10:00 AM"
STILL = "You stay on our list for an earlier time."
NOT_LISTED = "For another time, call +12125550199."


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

    assert outside.bodies == [f"Glow: Which one do you mean? Reply {keys[0]} for {WHEN}, {keys[1]} for {WHEN}."]
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


# --- "you stay on our list" --------------------------------------------------------------------------------------


def waits(scene: Scene, client: int, *, state: str = "active", latest: date | None = None) -> None:
    """Nora waits for something, and agreed to be asked."""
    scene.add(
        WaitlistEntry(practice_id=scene.practice_id, client_id=client, joined_at=NOW, state=state, latest_date=latest)
    )
    scene.add(
        ConsentGrant(
            practice_id=scene.practice_id, client_id=client, channel="sms", kind="offer", granted_at=NOW, source="form"
        )
    )


LISTED = [
    ("active", None, STILL),
    ("active", date(2026, 11, 23), STILL),
    ("active", date(2026, 11, 22), NOT_LISTED),
    ("fulfilled", None, NOT_LISTED),
    ("paused", None, NOT_LISTED),
    ("removed", None, NOT_LISTED),
]


@pytest.mark.parametrize(("state", "latest", "words"), LISTED)
def test_who_says_no_hears_that_they_stay_on_the_list_only_if_they_do(
    scene: Scene, outside: Outside, desk: Desk, state: str, latest: date | None, words: str
) -> None:
    client = nora(scene)
    waits(scene, client, state=state, latest=latest)
    scene.offer(scene.opening(), client, PHONE)

    answer(desk, scene.text(PHONE, "no thanks"))

    assert outside.bodies == [f"Glow: Thank you for letting us know. {words}"]


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("ending", "claimed", "told"),
    [
        (Ending.FILLED, False, f"T{WHEN[1:]} is taken now; no reply needed."),
        (
            Ending.FILLED,
            True,
            f"Thank you for your YES. Someone else was a moment before you, so {WHEN} is taken. We are sorry.",
        ),
        (Ending.LAPSED, False, f"Our offer for {WHEN} has closed; no reply needed."),
        (Ending.WITHDRAWN, True, f"Thank you for your YES. We are sorry: {WHEN} is no longer open."),
    ],
)
def test_a_closing_message_says_what_is_so_for_its_reader(
    scene: Scene, outside: Outside, desk: Desk, ending: Ending, claimed: bool, told: str, listed: bool
) -> None:
    client, opening = nora(scene), scene.opening()
    if listed:
        waits(scene, client)
    offer = scene.offer(opening, client, PHONE)
    gate = MessageGate(database=scene.database, vendors=outside, grace=Grace())
    endings = Endings(database=scene.database, gate=gate, links=Links(base_url="https://x"))

    desk.run(
        endings.close_offers,
        CloseOffers(
            practice_id=scene.practice_id, opening_id=opening, ending=ending, claimed=(offer,) if claimed else ()
        ),
    )

    assert outside.bodies == [f"Glow: {told} {STILL if listed else NOT_LISTED}"]


def ended(scene: Scene, client: int, *, state: str) -> int:
    """Nora's offer is over; her text comes after its closing message."""
    opening = scene.opening()
    offer = scene.offer(opening, client, PHONE)
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state, row.closed_at, row.closing = state, NOW, "told"
        session.get_one(Opening, opening).state = "handed_over" if state == "handed_over" else "filled"
        question = session.execute(select(Question)).scalar_one()
        question.closed_at, question.forget_at = NOW, NOW + timedelta(days=2)
    return scene.text(PHONE, "YES")


def test_a_late_yes_hears_that_the_time_is_gone(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene)
    waits(scene, client)

    answer(desk, ended(scene, client, state="lost"))

    assert outside.bodies == [f"Glow: Thank you for your YES. We are sorry: {WHEN} is no longer open. {STILL}"]


def test_a_yes_to_what_a_person_has_in_hand_is_not_told_that_it_is_over(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    answer(desk, ended(scene, nora(scene), state="handed_over"))

    assert outside.bodies == [
        f"Glow: We could not book {WHEN} for you by ourselves, so it is not confirmed. A member of our team has "
        "taken over and will contact you; you can also call +12125550199. Please wait for our word before you come."
    ]

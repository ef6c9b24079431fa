"""What an answer of ours says: thanks, which one they mean, how an offer ended, and nothing that is not so."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, update
from sqlmodel import col, select

from contracts.booking import ConfirmVisit
from contracts.gap_fill import Ending
from domain.clients import MessageKind
from inbox.intake import Arrival
from models.calendar import Appointment, AppointmentSegment, Opening
from models.inbox import Receipt
from models.offers import Offer, Question
from models.repositories.receipts import Purpose
from models.tasks import Task
from tests.activities.activity_runner import LATE, Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, agrees, nora, waits
from tests.activities.visits import booked
from tests.inbox.scene import NOW, Scene
from vendors.chat.base import CardPress

WHEN = "tomorrow (Tue Nov 24) at 10:00 AM"
STILL = "You stay on our waitlist."
NOT_LISTED = "For another time, call (212) 555-0199."


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

    desk.answer(scene.text(PHONE, words))
    chosen = scene.text(PHONE, "2")

    assert outside.bodies == [f"Glow: Which one do you mean? Reply {keys[0]} for {WHEN}, {keys[1]} for {WHEN}."]
    assert scene.receipt(chosen).parsed["about"]["offer_id"] == second
    assert scene.receipt(chosen).outcome == {"YES": "claim"}.get(words, "declined")
    assert (scene.row(Offer, second).claimed_at is not None) == (words == "YES")


def with_a_visit_nobody_can_describe(scene: Scene, *, first: bool) -> int:
    """Nora is asked about two visits; the practice's calendar tells nothing about one of them any more. Her "C"."""
    client = nora(scene)
    booked(scene, client)
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

    assert desk.answer(receipt) == "ask_which: sent"

    assert outside.bodies == [
        f"Glow: Which one do you mean? Reply {key} for tomorrow (Tue Nov 24) at 10:00 AM with Maria."
    ]


def test_where_nothing_can_be_described_a_person_reads(scene: Scene, outside: Outside, desk: Desk) -> None:
    receipt = with_a_visit_nobody_can_describe(scene, first=True)
    with scene.database.transaction() as session:
        session.execute(delete(AppointmentSegment))
        session.execute(update(Appointment).values(starts_at=None, ends_at=None))

    assert desk.answer(receipt) == "needs_person: sent"

    assert outside.bodies == ["Glow: Thank you. A member of our team will get back to you."]
    with scene.database.transaction() as session:
        assert session.execute(select(Task)).scalar_one().kind == "needs_person"


# --- "you stay on our list" --------------------------------------------------------------------------------------


def on_the_list(scene: Scene, client: int, *, state: str = "active", latest: date | None = None) -> None:
    """The client waits for something, and agreed to be asked."""
    waits(scene, client, state=state, latest=latest)
    agrees(scene, client, to=(MessageKind.OFFER,))


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
    on_the_list(scene, client, state=state, latest=latest)
    scene.offer(scene.opening(), client, PHONE)

    desk.answer(scene.text(PHONE, "no thanks"))

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
        on_the_list(scene, client)
    offer = scene.offer(opening, client, PHONE)

    desk.close(opening, ending, claimed=(offer,) if claimed else ())

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
    on_the_list(scene, client)

    desk.answer(ended(scene, client, state="lost"))

    assert outside.bodies == [f"Glow: Thank you for your YES. We are sorry: {WHEN} is no longer open. {STILL}"]


def test_a_yes_to_what_a_person_has_in_hand_is_not_told_that_it_is_over(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    desk.answer(ended(scene, nora(scene), state="handed_over"))

    assert outside.bodies == [
        f"Glow: We could not book {WHEN} for you by ourselves, so it is not confirmed. A member of our team has "
        "taken over and will contact you; you can also call (212) 555-0199. Please wait for our word before you come."
    ]


# --- the thank-you for a "C" -------------------------------------------------------------------------------------


def says_c(scene: Scene) -> int:
    """Nora texts "C" about her visit; returns the text's receipt."""
    receipt = scene.text(PHONE, "C")
    assert scene.receipt(receipt).outcome == "confirm"
    return receipt


def test_whoever_confirms_again_later_hears_again_that_they_are_expected(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    booked(scene, nora(scene))
    desk.answer(says_c(scene))
    again = says_c(scene)
    with scene.database.transaction() as session:
        session.get_one(Receipt, again).practice_at = NOW + timedelta(minutes=20)
    desk.at = NOW + timedelta(minutes=20)

    outcomes = [desk.answer(again), desk.answer(again)]

    assert outside.bodies == ["Glow: Thank you! See you tomorrow (Tue Nov 24) at 10:00 AM."] * 2
    assert outcomes == ["confirm: sent", "confirm: already sent"]


def test_whoever_confirms_twice_in_a_row_is_thanked_once_and_at_any_hour(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    booked(scene, nora(scene, agreed_to=()))
    first = says_c(scene)
    desk.at = LATE

    outcomes = [desk.answer(first), desk.answer(says_c(scene))]

    assert outside.bodies == ["Glow: Thank you! See you tomorrow (Tue Nov 24) at 10:00 AM."]
    assert outcomes == ["confirm: sent", "confirm: already sent"]


@pytest.mark.parametrize(
    ("state", "starts"),
    [("cancelled", NOW - timedelta(days=1)), ("completed", NOW - timedelta(days=1)), ("booked", NOW)],
)
def test_nobody_is_thanked_for_a_visit_that_is_over(
    scene: Scene, outside: Outside, desk: Desk, state: str, starts: datetime
) -> None:
    booked(scene, nora(scene), state=state, starts=starts)

    assert (desk.answer(says_c(scene)), outside.bodies) == ("confirm", [])


def test_whoever_means_to_come_to_a_visit_that_is_off_hears_from_a_person(scene: Scene, desk: Desk) -> None:
    booked(scene, nora(scene), state="cancelled")

    assert desk.answer(says_c(scene)) == "needs_person: sent"

    (task,) = desk.tasks()
    assert (task.kind, task.state) == ("needs_person", "open")
    assert "“C”" in task.body


def test_the_thank_you_is_in_line_before_the_practice_system_is_told(scene: Scene, desk: Desk) -> None:
    booked(scene, nora(scene))
    receipt = says_c(scene)
    (replied,) = [one for one in scene.deliveries() if one.message == "replied"]
    order = ConfirmVisit(practice_id=scene.practice_id, appointment_id=replied.ref, receipt_id=receipt)

    for _ in range(2):
        with pytest.raises(AssertionError, match="nothing here needs the practice system"):
            desk.run(desk.visits.confirm_visit, order)

    assert scene.waiting()[-1] == ("reply", receipt, "start", "")
    assert len(scene.waiting()) == 2


# --- the answer to a press that may not be obeyed ----------------------------------------------------------------


def test_whoever_is_not_on_the_list_of_staff_hears_so_alone(scene: Scene, outside: Outside, desk: Desk) -> None:
    press = CardPress(
        event_key="p",
        team_ref="T1",
        user_ref="U0STRANGER",
        user_name="Dana Reyes",
        action="any",
        value=f"{scene.task()}:leave",
        channel="C1",
        card_ref="1.2",
        response_url="https://chat.example/answer",
    )
    receipt = scene.arrive(
        Arrival(
            vendor="vendor",
            slug=scene.slug,
            purpose=Purpose.PRESS,
            event_key="e1",
            event_type="any",
            heard=press,
            payload=b"raw",
        )
    )

    desk.answer(receipt)

    ((url, words),) = outside.workspace.told
    assert url == "https://chat.example/answer"
    assert words.startswith(
        "You are not on Chairflow's list of staff for this practice; ask an admin to add U0STRANGER."
    )

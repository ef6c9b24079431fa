"""A client asks something, and the draft for staff answers it: from the offer or visit it is about, what the practice
keeps, and the day as the practice system has it."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update
from sqlmodel import col

from domain.policy import AnswersPolicy, PracticePolicy
from models.calendar import Appointment, AppointmentSegment
from models.client import Client
from models.matrix import Service
from models.offers import Offer
from models.practice import Location
from models.repositories import practices, tasks
from models.tasks import Task
from operations import task_view
from tests.activities.free_chair import Chairs, chairs
from tests.activities.outside import FrontDesk
from tests.activities.people import PHONE, nora
from tests.activities.visits import booked
from tests.inbox.scene import Scene
from vendors.errors import Unreachable
from vendors.pms.base import PmsDay


class Away(FrontDesk):
    """A practice system that does not answer."""

    def read_day(
        self, *, location_ref: str, provider_refs: tuple[str, ...], day: date, zone: str, only_visits: bool = False
    ) -> PmsDay:
        raise Unreachable("away", vendor="boulevard", operation="read_day")


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    """She works from nine to two; the place says where it is and where to park."""
    maria = chairs(scene)
    maria.works(-60, 240)
    with scene.database.transaction() as session:
        place = session.get_one(Location, scene.location_id)
        place.address, place.parking = "210 West 18th Street", "in the garage next door"
    return maria


@pytest.fixture
def offered(maria: Chairs) -> int:
    """Somebody who was offered an hour at ten; the client."""
    client = maria.waiting(60)
    with maria.scene.database.transaction() as session:
        session.get_one(Service, maria.services[60]).price_cents = 42_000
    maria.desk.offer_wave(maria.opening(0, 60))
    return client


def writes(maria: Chairs, words: str, *, phone: str | None = None) -> Task:
    """They write, and a person is asked."""
    receipt = maria.scene.text(phone or maria.phone(1), words)
    maria.desk.answer(receipt)
    return maria.desk.tasks()[-1]


def read(maria: Chairs, task: Task) -> str | None:
    """The draft as somebody reads it who opens the task now."""
    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        row = tasks.read(session, practice.id, task.id or 0)
        return task_view.view(session, practice, row, (), now=maria.desk.at).draft


@pytest.mark.parametrize(
    ("words", "draft"),
    [
        ("How long would it take?", "Glow: The visit takes 1 h."),
        ("how much is it?", "Glow: The visit costs $420."),
        ("where are you?", "Glow: You find us at 210 West 18th Street."),
        ("where can I park?", "Glow: Parking: in the garage next door."),
        (
            "is it still free?",
            "Glow: Yes, tomorrow (Tue Nov 24) at 10:00 AM with Maria is still free. Reply YES to take it.",
        ),
        (
            "12 instead?",
            "Glow: Yes, Tue Nov 24 at 12:00 PM with Maria is free. Shall we book it? Please reply with the time. "
            "A YES takes Tue Nov 24 at 10:00 AM.",
        ),
        ("¿cuánto dura?", "Glow: La cita dura 1 h."),
    ],
)
def test_the_draft_answers_what_was_asked(maria: Chairs, offered: int, words: str, draft: str) -> None:
    assert writes(maria, words).draft == draft


def test_a_time_the_desk_took_in_their_own_calendar_is_not_named(maria: Chairs, offered: int) -> None:
    """The practice system has it, and we have not heard of it yet."""
    maria.by_hand(120, 180, mirrored=False)

    draft = writes(maria, "12 instead?").draft

    assert draft is not None and draft.startswith("Glow: That time is not free. We have Tue Nov 24 at")


def test_with_the_practice_system_away_the_mirror_tells(maria: Chairs, offered: int) -> None:
    maria.desk.outside.calendar = Away()

    draft = writes(maria, "12 instead?").draft

    assert draft is not None and draft.startswith("Glow: Yes, Tue Nov 24 at 12:00 PM with Maria is free.")


def test_the_open_task_says_what_is_so_by_now(maria: Chairs, offered: int) -> None:
    task = writes(maria, "12 instead?")
    before = read(maria, task)
    maria.by_hand(120, 180)

    after = read(maria, task)

    assert before == task.draft
    assert after is not None and after.startswith("Glow: That time is not free.")


def test_an_offer_that_is_gone_is_said_to_be(maria: Chairs, offered: int) -> None:
    task = writes(maria, "is it still free?")
    with maria.scene.database.transaction() as session:
        session.execute(update(Offer).where(col(Offer.client_id) == offered).values(state="lost"))

    assert read(maria, task) == "Glow: We are sorry: tomorrow (Tue Nov 24) at 10:00 AM with Maria is no longer open."


def test_a_draft_with_a_blank_is_not_sent(maria: Chairs, offered: int) -> None:
    with maria.scene.database.transaction() as session:
        session.get_one(Service, maria.services[60]).price_cents = 0
    task = writes(maria, "how much is it?")

    as_it_is = maria.desk.read_task(task.id or 0, action="send", by="Dana")
    in_words = maria.desk.read_task(task.id or 0, action="send", by="Dana", text="Glow: It is $400.")

    assert task.draft == "Glow: The visit costs […]."
    assert (as_it_is.refused_as, in_words.refused_as) == ("blank_left", "")


def test_nor_does_it_leave_where_nobody_could_be_told(maria: Chairs, offered: int) -> None:
    """A press that was only written down: the text is looked at once more before it goes."""
    task = writes(maria, "how long?")
    maria.desk.settle(task.id or 0, "send", text="Glow: The visit takes […].")

    sent = maria.desk.send_draft(task.id or 0)

    assert sent.outcome == "suppressed: the text has a blank that nobody has filled in"
    assert "[" not in "".join(maria.bodies)


def test_a_draft_whose_times_have_changed_is_not_sent_unread(maria: Chairs, offered: int) -> None:
    """Somebody presses on the card what was true when it was posted."""
    task = writes(maria, "12 instead?")
    maria.by_hand(120, 180)

    on_the_card = maria.desk.read_task(task.id or 0, action="send", by="Dana", in_chat=True)
    on_the_page = maria.desk.read_task(task.id or 0, action="send", by="Dana", text=read(maria, task))

    assert (on_the_card.refused_as, on_the_page.refused_as) == ("draft_changed", "")


def test_the_price_is_left_to_a_person_where_the_practice_says_so(maria: Chairs, offered: int) -> None:
    with maria.scene.database.transaction() as session:
        practices.save_policy(session, maria.scene.practice_id, PracticePolicy(answers=AnswersPolicy(say_prices=False)))

    assert writes(maria, "how much is it?").draft == "Glow: The visit costs […]."


def test_a_number_nobody_knows_hears_who_we_are(maria: Chairs) -> None:
    draft = writes(maria, "how did you get my number?", phone="+12125559999").draft

    assert draft == "Glow: This is Glow Aesthetics. […]"


def test_whoever_waits_hears_why_we_text(maria: Chairs) -> None:
    maria.waiting(60)

    assert writes(maria, "how did you get my number?").draft == (
        "Glow: This is Glow Aesthetics. You are on our waitlist, so we text you when a time is free."
    )


# --- a request for a booking, from somebody with whom nothing stands -------------------------------------------------


@pytest.mark.parametrize(
    ("words", "read_as"),
    [
        ("any botox tomorrow?", "Read as a request to book Botox."),
        ("bottox w maria tmrw, 20 units", "Read as a request to book Botox with Maria, 20 units."),
        ("tox tomorrow pls", "Read as a request to book; which treatment is not clear: Botox or Dysport."),
        ("need an appointment", "Read as a request to book; the treatment is not said, or is none of ours."),
        ("does botox hurt", None),
    ],
)
def test_the_task_says_which_booking_was_asked_for(maria: Chairs, words: str, read_as: str | None) -> None:
    maria.scene.service("Botox")
    maria.scene.service("Dysport")
    maria.client()

    task = writes(maria, words)

    wrote = f"The client wrote: “{words}”"
    assert task.body == (f"{wrote} {read_as}" if read_as else wrote)


def test_the_draft_names_times_that_are_free_for_the_treatment_asked_for(maria: Chairs) -> None:
    maria.scene.service("Botox")
    maria.client()

    assert writes(maria, "any botox tomorrow?").draft == (
        "Glow: We have Tue Nov 24 at 9:00 AM with Maria or 11:00 AM with Maria. Which suits you? "
        "Please reply with the time."
    )


# --- R: another time ---------------------------------------------------------------------------------------------


def known_visit(maria: Chairs) -> tuple[int, int]:
    """Nora's hour at ten, which the practice system knows; the client and the visit."""
    client = nora(maria.scene)
    visit = booked(maria.scene, client)
    maria.service(60)
    with maria.scene.database.transaction() as session:
        session.get_one(Client, client).pms_ref = "nora"
        row = session.get_one(Appointment, visit)
        row.pms_ref = "visit"
        mine = col(AppointmentSegment.appointment_id) == visit
        session.execute(update(AppointmentSegment).where(mine).values(service_id=maria.services[60]))
    return client, visit


def test_r_is_answered_at_once_with_what_is_free_and_a_person_moves_it(maria: Chairs) -> None:
    _, visit = known_visit(maria)
    receipt = maria.scene.text(PHONE, "R")
    maria.desk.ask_about(visit, "reschedule", receipt_id=receipt)

    outcome = maria.desk.answer(receipt)

    [task] = maria.desk.tasks()
    assert (task.kind, outcome) == ("reschedule", "reschedule: sent")
    assert maria.bodies[-1].startswith(
        "Glow: Happy to find you another time instead of Tue Nov 24 at 10:00 AM. We have"
    )
    # A second text says nothing twice.
    assert task.draft == "Glow: If none of these times suits you, which days and hours do?"
    assert read(maria, task) == task.draft


def test_a_practice_may_leave_the_first_answer_to_a_person(maria: Chairs) -> None:
    with maria.scene.database.transaction() as session:
        policy = PracticePolicy(answers=AnswersPolicy(reschedule_at_once=False))
        practices.save_policy(session, maria.scene.practice_id, policy)
    _, visit = known_visit(maria)
    receipt = maria.scene.text(PHONE, "R")
    maria.desk.ask_about(visit, "reschedule", receipt_id=receipt)

    maria.desk.answer(receipt)

    assert [one.kind for one in maria.desk.tasks()] == ["reschedule"]
    assert maria.bodies == []


def test_where_nobody_knows_what_is_free_a_person_asks(scene: Scene) -> None:
    """No shifts are known: the draft asks for days and hours, and nothing goes out by itself."""
    maria = chairs(scene)
    _, visit = known_visit(maria)
    receipt = maria.scene.text(PHONE, "R")
    maria.desk.ask_about(visit, "reschedule", receipt_id=receipt)

    maria.desk.answer(receipt)

    [task] = maria.desk.tasks()
    assert maria.bodies == []
    assert task.draft == (
        "Glow: Happy to find you another time instead of tomorrow (Tue Nov 24) at 10:00 AM. "
        "Which days and hours suit you?"
    )

"""What staff order: said before it is done, refused where it cannot be, and kept with who ordered it and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from contracts.gap_fill import Ending
from models.calendar import Appointment, Opening
from models.client import Client, ConsentGrant, OptOut
from models.matrix import Service
from models.offers import Offer
from models.repositories import practices, tasks
from models.tasks import Decision, Task
from operations import task_answers, task_view
from operations.staff_orders import Order, Prospect, about_opening
from tests.activities.free_chair import Chairs, chairs, stretch
from tests.inbox.scene import NOW, Scene

PERSON_FIRST = [
    {"action": "assign", "label": "Book this client", "for_candidate": True},
    {"action": "offer", "label": "Offer to this client", "for_candidate": True},
    {"action": "go", "label": "Send the offers"},
    {"action": "leave", "label": "Leave it free"},
]


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


def judged(
    maria: Chairs,
    opening: int,
    order: Order,
    client: int | None = None,
    *,
    services: tuple[int, ...] = (),
    **how: bool,
) -> Prospect:
    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        return about_opening(session, practice, opening, now=maria.desk.at, **how).judge(order, client, services)


def freed_by_a_visit_of_30(maria: Chairs) -> int:
    """An hour in which a visit of half an hour was cancelled; returns the opening."""
    opening, cancelled = maria.opening(0, 60), maria.client()
    maria.by_hand(0, 30, client=cancelled, mirrored=True)
    with maria.scene.database.transaction() as session:
        visit = session.execute(select(Appointment).where(col(Appointment.client_id) == cancelled)).scalar_one()
        visit.state = "cancelled"
        session.get_one(Opening, opening).appointment_id = visit.id
        session.get_one(Opening, opening).state = "live"
    maria.front_desk.appointments.clear()
    return opening


def before(found: Prospect) -> str:
    assert found.words is not None, found.refused
    return found.words.before


def refused(found: Prospect) -> tuple[str, str]:
    assert found.refused is not None, found.words
    return found.refused.type, found.refused.words


def needs_an_exam(maria: Chairs, minutes: int) -> None:
    with maria.scene.database.transaction() as session:
        session.get_one(Service, maria.services[minutes]).prerequisite = "exam"


def stop_texts(maria: Chairs, client: int) -> None:
    phone = maria.scene.row(Client, client).phone
    maria.scene.add(
        OptOut(practice_id=maria.scene.practice_id, channel="sms", address=phone, opted_out_at=NOW, source="text")
    )


# --- booking by hand ---------------------------------------------------------------------------------------------


def test_a_booking_says_whom_it_books_and_how_many_it_texts(maria: Chairs) -> None:
    clients, opening = [maria.waiting(60) for _ in range(3)], maria.opening(0, 60)
    for wave in (1, 2):
        maria.desk.offer_wave(opening, wave)

    found = judged(maria, opening, Order.ASSIGN, clients[2])

    assert before(found) == (
        "Books Client 3 E. for Visit of 60 (1 h) tomorrow (Tue Nov 24) at 10:00 AM with Maria. "
        "Texts Client 3 E. and 2 others."
    )


def test_in_a_chat_a_client_is_initials_and_no_treatment_is_named(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)

    words = before(judged(maria, opening, Order.ASSIGN, client, in_chat=True))

    assert ("Visit of 60" in words, "Client 1" in words) == (False, False)


def test_a_booking_by_hand_needs_no_leave_to_text(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    stop_texts(maria, client)

    booked = maria.desk.assign(opening, client)

    assert booked.offer_id is not None
    assert "may not write to" in before(judged(maria, opening, Order.ASSIGN, client))
    assert refused(judged(maria, opening, Order.OFFER, client))[0] == "does_not_fit"


@pytest.mark.parametrize("lacks", ["phone", "consent"])
def test_nor_a_phone_nor_consent(maria: Chairs, lacks: str) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    with maria.scene.database.transaction() as session:
        if lacks == "phone":
            session.get_one(Client, client).phone = None
        else:
            for grant in maria.desk.rows(ConsentGrant):
                session.delete(session.get_one(ConsentGrant, grant.id))

    assert maria.desk.assign(opening, client).offer_id is not None


@pytest.mark.parametrize(("allowed", "texts"), [(True, 1), (False, 0)])
def test_its_confirmation_follows_what_the_client_allowed(maria: Chairs, allowed: bool, texts: int) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    if not allowed:
        with maria.scene.database.transaction() as session:
            for grant in maria.desk.rows(ConsentGrant):
                session.delete(session.get_one(ConsentGrant, grant.id))
    offer = maria.desk.assign(opening, client).offer_id or 0

    booked = maria.desk.book(opening, offer, assigned_by="Dana")
    maria.desk.touch(booked.appointment_id or 0)

    assert len(maria.bodies) == texts


def test_a_booking_by_hand_may_come_soon_and_at_any_hour(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.at = stretch(-5, 0).start  # five to ten

    assert maria.desk.assign(opening, client).offer_id is not None


def test_who_needs_an_exam_first_is_not_booked(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    needs_an_exam(maria, 60)

    found = judged(maria, opening, Order.ASSIGN, client)

    assert refused(found) == (
        "does_not_fit",
        "Client 1 E. cannot have it: Visit of 60 needs a valid exam, and no consult fits instead. Nobody was booked, "
        "and nothing was sent.",
    )
    assert maria.desk.assign(opening, client).offer_id is None


def test_who_was_asked_and_no_longer_fits_is_not_booked(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    needs_an_exam(maria, 60)

    assert maria.desk.assign(opening, client).offer_id is None


def test_who_was_asked_is_booked_into_what_fits_now(maria: Chairs) -> None:
    client, opening = maria.waiting(30), maria.opening(0, 90)
    maria.desk.offer_wave(opening)
    maria.by_hand(0, 30)

    maria.desk.assign(opening, client)

    assert maria.states(opening) == [("open", 30)]


def test_a_time_that_is_too_short_is_refused(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 45)

    assert "takes 60 minutes, more than is free" in refused(judged(maria, opening, Order.ASSIGN, client))[1]


def test_who_waits_for_nothing_is_booked_for_the_one_service_that_fits(maria: Chairs) -> None:
    maria.service(60)
    client, opening = maria.client(named="Maya"), maria.opening(0, 60)

    assert before(judged(maria, opening, Order.ASSIGN, client)).startswith(
        "Books Maya E. for Visit of 60 (1 h) tomorrow (Tue Nov 24) at 10:00 AM with Maria."
    )


def test_who_waits_for_nothing_is_booked_for_what_was_cancelled(maria: Chairs) -> None:
    maria.service(60)
    client, opening = maria.client(), freed_by_a_visit_of_30(maria)

    assert "for Visit of 30 (30 min)" in before(judged(maria, opening, Order.ASSIGN, client))


def test_where_several_services_fit_staff_are_asked_which(maria: Chairs) -> None:
    short, long = maria.service(30), maria.service(60)
    client, opening = maria.client(), maria.opening(0, 60)

    assert refused(judged(maria, opening, Order.ASSIGN, client)) == (
        "service_missing",
        f"They wait for nothing on the waitlist. Say for what: Visit of 30 ({short}), Visit of 60 ({long}). "
        "Nobody was booked, and nothing was sent.",
    )


def test_they_are_booked_for_the_service_that_staff_name(maria: Chairs) -> None:
    maria.service(30)
    client, opening = maria.client(), maria.opening(0, 60)
    other = maria.waiting(30)

    for who in client, other:
        found = judged(maria, opening, Order.ASSIGN, who, services=(maria.service(60),))
        assert "for Visit of 60 (1 h)" in before(found)


def test_a_service_that_the_practice_lacks_is_refused_by_its_field(maria: Chairs) -> None:
    maria.service(30)
    client, opening = maria.client(), maria.opening(0, 60)

    found = judged(maria, opening, Order.ASSIGN, client, services=(404,)).refused
    assert found is not None
    assert (found.type, found.field) == ("service_missing", "service_ids")


def test_somebody_who_waits_for_nothing_gets_the_time_and_no_wish_is_fulfilled(maria: Chairs) -> None:
    maria.service(60)
    client, opening = maria.client(), maria.opening(0, 60)

    assigned = maria.desk.assign(opening, client)

    assert assigned.offer_id is not None
    offer = maria.offers(opening)[client]
    assert (offer.state, offer.entry_id, offer.chosen_by) == ("planned", None, "staff")
    maria.desk.book(opening, assigned.offer_id)
    assert [one.client_ref for one in maria.front_desk.appointments] == [f"client-{client}"]


def test_who_waits_for_nothing_is_still_not_asked_by_text(maria: Chairs) -> None:
    maria.service(60)
    client, opening = maria.client(), maria.opening(0, 60)

    assert "Does not wait for anything" in refused(judged(maria, opening, Order.OFFER, client))[1]


# --- any order ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [Order.ASSIGN, Order.OFFER])
def test_a_client_nobody_knows_is_refused_by_the_field(maria: Chairs, order: Order) -> None:
    opening = maria.opening(0, 60)

    assert refused(judged(maria, opening, order, 999)) == (
        "client_unknown",
        "There is no such client in this practice.",
    )


@pytest.mark.parametrize("order", [Order.ASSIGN, Order.OFFER, Order.GO])
@pytest.mark.parametrize("state", ["filled", "withdrawn"])
def test_a_time_that_is_gone_is_refused_whatever_is_ordered(maria: Chairs, order: Order, state: str) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    with maria.scene.database.transaction() as session:
        session.get_one(Opening, opening).state = state

    assert refused(judged(maria, opening, order, client, by_task=True))[0] == "over"
    assert refused(judged(maria, opening, order, client))[0] == "over"


@pytest.mark.parametrize("order", list(Order))
def test_nothing_is_ordered_while_a_yes_is_being_booked(maria: Chairs, order: Order) -> None:
    client, other, opening = maria.waiting(60), maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    with maria.scene.database.transaction() as session:
        session.get_one(Offer, maria.offers(opening)[client].id).claimed_at = NOW

    assert refused(judged(maria, opening, order, other))[0] == "already_claimed"


def test_an_offer_says_until_when_it_can_be_answered(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)

    words = before(judged(maria, opening, Order.OFFER, client))

    assert words.startswith("Texts Client 1 E. now: for Visit of 60 (1 h) tomorrow")
    assert "to answer." in words


def test_an_offer_at_a_quiet_hour_says_when_it_goes_out(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(240, 300)
    maria.desk.at = NOW + timedelta(hours=12)

    assert "when quiet hours are over" in before(judged(maria, opening, Order.OFFER, client))


def test_who_was_asked_before_is_not_asked_again(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)

    assert "Was offered this opening already." in refused(judged(maria, opening, Order.OFFER, client))[1]


def test_letting_the_offers_go_out_says_to_whom_first(maria: Chairs) -> None:
    for _ in range(3):
        maria.waiting(60)
    opening = maria.opening(0, 60)

    assert before(judged(maria, opening, Order.GO)).startswith("Texts Client 1 E.")


def test_letting_the_offers_go_out_to_nobody_is_refused(maria: Chairs) -> None:
    assert refused(judged(maria, maria.opening(0, 60), Order.GO))[0] == "does_not_fit"


@pytest.mark.parametrize("order", [Order.LEAVE, Order.WITHDRAW])
def test_leaving_it_free_says_who_reads_that_it_is_gone(maria: Chairs, order: Order) -> None:
    maria.waiting(60)
    opening = maria.opening(0, 60)
    nobody = before(judged(maria, opening, order))
    maria.desk.offer_wave(opening)

    assert nobody.endswith("Nobody is texted.")
    assert before(judged(maria, opening, order)).endswith("Texts the 1 client who was asked that it is gone.")


# --- answers to tasks --------------------------------------------------------------------------------------------


def person_first(maria: Chairs, opening: int) -> int:
    asked_by = {"journey": "gapfill", "ref": opening, "turn": 0}
    return maria.scene.task(kind="person_first", opening_id=opening, choices=PERSON_FIRST, asked_by=asked_by)


def test_a_mis_tap_is_refused_with_the_rule_and_nothing_goes_out(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    needs_an_exam(maria, 60)
    task = person_first(maria, opening)

    facts = maria.desk.read_task(task, action="assign", client_id=client, by="Dana", reason="x")

    assert (facts.refused_as, "needs a valid exam" in facts.refused, facts.says) == ("does_not_fit", True, "")
    assert [(one.journey, one.subject, one.verdict, one.decided_by) for one in maria.desk.rows(Decision)] == [
        ("task", "assign", "refused", "Dana")
    ]
    assert (maria.bodies, maria.desk.rows(Offer)) == ([], [])


def test_an_answer_that_comes_by_signal_and_is_refused_stands_on_its_task(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    needs_an_exam(maria, 60)
    task = person_first(maria, opening)

    maria.desk.read_task(task, action="assign", client_id=client, by="Dana", reason="x")

    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        row = tasks.read(session, practice.id, task)
        said = task_view.view(session, practice, row, (), now=NOW).refused
    assert said.startswith(
        "“Book this client”, pressed by Dana at 10:00 AM, could not be done: Client 1 E. cannot have"
    )


def test_an_answer_while_a_yes_is_being_booked_stands_there_too(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    task = person_first(maria, opening)
    with maria.scene.database.transaction() as session:
        session.get_one(Offer, maria.offers(opening)[client].id).claimed_at = NOW

    maria.desk.read_task(task, action="leave", by="Dana")

    assert "is being booked just now" in maria.scene.row(Task, task).refused["words"]


def test_an_answer_that_can_be_carried_out_says_what_it_does(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    task = person_first(maria, opening)

    facts = maria.desk.read_task(task, action="assign", client_id=client)

    assert (facts.refused, facts.says.startswith("Being booked: Client 1 E. ")) == ("", True)


def test_an_answer_about_nobody_of_the_list_is_refused(maria: Chairs) -> None:
    task = person_first(maria, maria.opening(0, 60))

    with maria.scene.database.transaction() as session:
        practice = practices.load(session, maria.scene.practice_id)
        row = tasks.get(session, practice.id, task)
        found = task_answers.judge(session, practice, row, "assign", now=NOW)

    assert refused(found)[0] == "client_missing"


def test_done_says_that_nothing_is_done(maria: Chairs) -> None:
    task = maria.scene.task(kind="reschedule", choices=[{"action": "done", "label": "Done"}])

    facts = maria.desk.read_task(task, action="done")

    assert facts.says == "The task is closed. Nothing was sent, booked or changed."


# --- what is kept ------------------------------------------------------------------------------------------------


def kept(maria: Chairs, *subjects: str) -> list[tuple[str, str, str, object]]:
    return [
        (one.subject, one.verdict, one.decided_by, one.reasons[0].get("words"))
        for one in maria.desk.rows(Decision)
        if one.subject in subjects
    ]


def test_an_offer_staff_order_keeps_who_and_why(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)

    maria.desk.offer_wave(opening, only_client=client, by="Dana", reason="she called")
    maria.desk.offer_wave(opening, wave=2, only_client=999, by="Dana", reason="a slip")

    assert kept(maria, "offer_to") == [
        ("offer_to", "asked", "Dana", "she called"),
        ("offer_to", "not asked", "Dana", "a slip"),
    ]


def test_a_withdrawal_keeps_who_and_why_once(maria: Chairs) -> None:
    opening = maria.opening(0, 60)

    for _ in range(2):
        maria.desk.close(opening, Ending.WITHDRAWN, by="Dana", reason="the room is flooded")

    assert kept(maria, "withdrawn") == [("withdrawn", "withdrawn", "Dana", "the room is flooded")]


def test_an_assignment_that_does_not_fit_keeps_who_and_why(maria: Chairs) -> None:
    opening = maria.opening(0, 60)

    maria.desk.assign(opening, 999, by="Dana", reason="a slip")

    assert kept(maria, "assigned") == [("assigned", "not assigned", "Dana", "a slip")]


def test_any_answer_to_a_task_is_kept_where_its_fill_is_read(maria: Chairs) -> None:
    opening = maria.opening(0, 60)
    task = person_first(maria, opening)

    maria.desk.settle(task, "leave", by="Dana", reason="we close early")

    assert [(one.journey, one.ref, one.subject, one.verdict) for one in maria.desk.rows(Decision)] == [
        ("gapfill", opening, "person_first", "leave")
    ]
    assert kept(maria, "person_first") == [("person_first", "leave", "Dana", "we close early")]

"""What becomes of a text: the matrix of meanings and open questions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from domain.clients import Channel
from models.client import Client, OptOut
from models.effects import Message
from models.offers import Offer, Question
from models.repositories import questions, suppressions
from tests.inbox.scene import NOW, Scene

PHONE = "+12125550111"


def test_yes_to_an_open_offer_goes_to_its_fill_as_a_claim(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "Yes please!")

    assert scene.waiting() == [("gapfill", opening, "signal", "claim_by_text")]
    body = scene.deliveries()[0].body
    assert (body["key"], body["offer_id"], body["receipt_id"]) == (f"claim:{offer}", offer, receipt)
    assert scene.row(Offer, offer).claimed_at == NOW
    assert (scene.receipt(receipt).state, scene.receipt(receipt).outcome) == ("routed", "claim")


def test_a_second_yes_is_a_delivery_of_its_own_with_the_same_claim_key(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)

    scene.text(PHONE, "yes")
    scene.text(PHONE, "YES")

    assert [one.body["key"] for one in scene.deliveries()] == [f"claim:{offer}", f"claim:{offer}"]


def test_the_same_event_twice_is_counted_and_routed_once(scene: Scene) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)

    first = scene.text(PHONE, "yes", ref="SM1")
    again = scene.text(PHONE, "yes", ref="SM1")

    assert again == first
    assert scene.receipt(first).repeats == 1
    assert len(scene.deliveries()) == 1


def test_no_frees_the_phone_tells_the_fill_and_is_answered(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "no thanks")

    assert scene.waiting() == [("gapfill", opening, "signal", "decline"), ("reply", receipt, "start", "")]
    row = scene.row(Offer, offer)
    assert (row.state, row.closing) == ("declined", "answered: the client said no")


def test_no_after_yes_is_for_a_person(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)
    scene.text(PHONE, "yes")

    receipt = scene.text(PHONE, "no")

    assert scene.waiting()[1:] == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "no_after_yes"
    assert scene.row(Offer, offer).state == "open"


def test_yes_after_no_takes_the_no_back_while_the_chair_is_free(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)
    scene.text(PHONE, "no")

    scene.text(PHONE, "yes")

    assert scene.waiting()[2:] == [("gapfill", opening, "signal", "claim_by_text")]
    row = scene.row(Offer, offer)
    assert (row.state, row.closing, row.closed_at) == ("expired", None, None)


def test_yes_to_an_expired_offer_whose_chair_is_still_free_goes_to_the_fill(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE, state="expired")
    with scene.database.transaction() as session:
        questions.close_offer(session, scene.practice_id, offer, NOW, NOW + timedelta(days=1))

    scene.text(PHONE, "yes")

    assert scene.waiting() == [("gapfill", opening, "signal", "claim_by_text")]


@pytest.mark.parametrize(("offer_state", "opening_state"), [("lost", "filled"), ("expired", "lapsed")])
def test_yes_when_the_chair_is_gone_is_answered_and_starts_no_fill(
    scene: Scene, offer_state: str, opening_state: str
) -> None:
    offer = scene.offer(scene.opening(state=opening_state), scene.client(PHONE), PHONE, state=offer_state)
    with scene.database.transaction() as session:
        questions.close_offer(session, scene.practice_id, offer, NOW, NOW + timedelta(days=1))

    receipt = scene.text(PHONE, "yes")

    assert scene.waiting() == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "late_yes"
    assert scene.receipt(receipt).parsed["about"]["offer_id"] == offer


def test_the_offer_wins_over_the_visit(scene: Scene) -> None:
    client = scene.client(PHONE)
    scene.visit(client, PHONE)
    opening = scene.opening()
    scene.offer(opening, client, PHONE)

    scene.text(PHONE, "Y")

    assert scene.waiting() == [("gapfill", opening, "signal", "claim_by_text")]


@pytest.mark.parametrize(
    ("words", "meaning"), [("C", "confirm"), ("yes", "confirm"), ("R", "reschedule"), ("X", "cannot_come")]
)
def test_answers_about_a_visit_go_to_its_booking_at_its_turn(scene: Scene, words: str, meaning: str) -> None:
    visit = scene.visit(scene.client(PHONE), PHONE, turn=2)

    receipt = scene.text(PHONE, words)

    assert scene.waiting() == [("booking", visit, "signal", "replied")]
    delivery = scene.deliveries()[0]
    assert (delivery.turn, delivery.body) == (2, {"receipt_id": receipt, "meaning": meaning})


def test_confirming_one_of_two_visits_asks_which(scene: Scene) -> None:
    scene.visit(scene.client(PHONE), PHONE)
    scene.visit(scene.client(PHONE, "Ben"), PHONE)

    receipt = scene.text(PHONE, "C")

    assert scene.waiting() == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "ask_which"
    assert len(scene.receipt(receipt).parsed["about"]["question_ids"]) == 2


def two_offers(scene: Scene) -> tuple[int, int]:
    """Two openings a client may still take: the time to answer the first has passed, and nobody else has it."""
    client = scene.client(PHONE)
    first, second = scene.opening(), scene.opening()
    scene.offer(first, client, PHONE, state="expired")
    scene.offer(second, client, PHONE)
    return first, second


@pytest.mark.parametrize("words", ["2", "2 please", "#2", "number 2", "the second one", "YES2"])
def test_after_the_question_which_one_a_number_takes_that_offer(scene: Scene, words: str) -> None:
    _, second = two_offers(scene)
    asked = scene.text(PHONE, "YES")
    assert scene.receipt(asked).outcome == "ask_which"

    receipt = scene.text(PHONE, words)

    assert scene.receipt(receipt).outcome == "claim"
    assert scene.waiting() == [("reply", asked, "start", ""), ("gapfill", second, "signal", "claim_by_text")]


def test_a_second_number_after_the_first_was_taken_is_for_a_person(scene: Scene) -> None:
    two_offers(scene)
    scene.text(PHONE, "YES")
    scene.text(PHONE, "1")

    again, other = scene.text(PHONE, "1"), scene.text(PHONE, "2")

    assert [scene.receipt(one).outcome for one in (again, other)] == ["claim", "needs_person"]


@pytest.mark.parametrize(
    ("words", "outcome"),
    [("3", "needs_person"), ("at 2", "needs_person"), ("2 pm", "needs_person"), ("NO2", "declined")],
)
def test_after_a_no_to_two_offers_only_a_number_of_theirs_is_an_answer(scene: Scene, words: str, outcome: str) -> None:
    two_offers(scene)
    scene.text(PHONE, "no thanks")

    receipt = scene.text(PHONE, words)

    assert scene.receipt(receipt).outcome == outcome


def test_the_numbers_are_those_that_were_said_whatever_is_asked_meanwhile(scene: Scene) -> None:
    client = scene.client(PHONE)
    first, second = scene.visit(client, PHONE), scene.visit(client, PHONE)
    scene.text(PHONE, "X")
    with scene.database.transaction() as session:
        # A reminder of the first makes it the one asked about last.
        questions.ask(
            session,
            scene.practice_id,
            phone=PHONE,
            client_id=client,
            kind="appointment",
            now=NOW + timedelta(minutes=5),
            appointment_id=first,
        )

    receipt = scene.text(PHONE, "X2")

    about = scene.receipt(receipt).parsed["about"]
    assert (scene.receipt(receipt).outcome, about["appointment_id"]) == ("cannot_come", second)


def test_a_list_is_forgotten_after_some_days(scene: Scene) -> None:
    two_offers(scene)
    scene.text(PHONE, "YES")
    scene.wall = lambda: NOW + timedelta(days=3)

    receipt = scene.text(PHONE, "2")

    assert scene.receipt(receipt).outcome == "needs_person"


def test_without_that_question_a_two_asks_for_another_time(scene: Scene) -> None:
    visit = scene.visit(scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "2")

    assert scene.receipt(receipt).outcome == "reschedule"
    assert scene.waiting() == [("booking", visit, "signal", "replied")]


def test_the_list_of_another_phone_says_nothing(scene: Scene) -> None:
    two_offers(scene)
    scene.text(PHONE, "YES")
    other = "+12125550112"
    scene.visit(scene.client(other, "Ben"), other)

    receipt = scene.text(other, "2")

    assert scene.receipt(receipt).outcome == "reschedule"


def test_stop_holds_for_the_phone_and_gives_up_its_offers(scene: Scene) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)

    scene.text(PHONE, "stop")

    assert scene.waiting() == [("gapfill", opening, "signal", "decline")]
    assert scene.deliveries()[0].body == {"offer_id": offer, "why": "stop"}
    assert scene.row(Offer, offer).state == "declined"
    with scene.database.transaction() as session:
        assert suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("take me off the list", "opted_out"),
        ("take me off the waitlist", "opted_out_perhaps_visit"),
        ("off the waitlist", "opted_out_perhaps_visit"),
        ("remove me from the waitlist", "opted_out_perhaps_visit"),
        ("delete me from your waiting list", "opted_out_perhaps_visit"),
    ],
)
def test_whoever_leaves_a_list_is_texted_no_more_and_loses_what_was_offered(
    scene: Scene, words: str, outcome: str
) -> None:
    opening = scene.opening()
    offer = scene.offer(opening, scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, words)

    assert scene.receipt(receipt).outcome == outcome
    assert scene.row(Offer, offer).state == "declined"
    assert scene.deliveries()[0].body == {"offer_id": offer, "why": "stop"}
    with scene.database.transaction() as session:
        assert suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


def test_a_wish_to_stay_on_the_waitlist_stops_nothing(scene: Scene) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)

    scene.text(PHONE, "please don't take me off the waitlist")

    with scene.database.transaction() as session:
        assert not suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


@pytest.mark.parametrize("words", ["that one", "I'll take one"])
def test_a_pronoun_after_the_question_which_one_chooses_none(scene: Scene, words: str) -> None:
    two_offers(scene)
    scene.text(PHONE, "YES")

    receipt = scene.text(PHONE, words)

    assert scene.receipt(receipt).outcome == "needs_person"


def test_yes_after_stop_is_a_return_and_no_claim(scene: Scene) -> None:
    scene.offer(scene.opening(), scene.client(PHONE), PHONE)
    scene.text(PHONE, "STOP", opt_out="stop")

    receipt = scene.text(PHONE, "yes", opt_out="start")

    assert scene.waiting()[1:] == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "resubscribed"
    with scene.database.transaction() as session:
        assert not suppressions.is_stopped(session, scene.practice_id, Channel.SMS, PHONE)


def test_yes_that_the_vendor_reads_as_start_is_still_a_claim(scene: Scene) -> None:
    opening = scene.opening()
    scene.offer(opening, scene.client(PHONE), PHONE)

    scene.text(PHONE, "YES", opt_out="start")

    assert scene.waiting() == [("gapfill", opening, "signal", "claim_by_text")]


def test_cancel_stops_texts_and_asks_a_person_about_the_visit(scene: Scene) -> None:
    scene.visit(scene.client(PHONE), PHONE)

    receipt = scene.text(PHONE, "CANCEL", opt_out="stop")

    assert scene.waiting() == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "opted_out_perhaps_visit"


@pytest.mark.parametrize("words", ["yes", "can I come at 3?"])
def test_a_text_from_an_unknown_phone_is_for_a_person(scene: Scene, words: str) -> None:
    receipt = scene.text("+12125550177", words)

    assert scene.waiting() == [("reply", receipt, "start", "")]
    assert scene.receipt(receipt).outcome == "unknown_phone"


def test_a_thank_you_needs_no_answer(scene: Scene) -> None:
    scene.client(PHONE)

    receipt = scene.text(PHONE, "thank you!")

    assert scene.waiting() == []
    assert scene.receipt(receipt).outcome == "nothing_to_answer"


def test_the_text_is_kept_and_the_channel_remembered(scene: Scene) -> None:
    client = scene.client(PHONE)

    receipt = scene.text(PHONE, "hm, maybe later?")

    with scene.database.transaction() as session:
        kept = session.execute(select(Message)).scalar_one()
        assert (kept.direction, kept.body, kept.client_id, kept.receipt_id) == (
            "in",
            "hm, maybe later?",
            client,
            receipt,
        )
        assert session.get_one(Client, client).last_answered_channel == "sms"


def test_one_phone_of_two_clients_names_neither_and_stops_both(scene: Scene) -> None:
    scene.client(PHONE)
    scene.client(PHONE, "Ben")

    scene.text(PHONE, "please stop texting me")

    with scene.database.transaction() as session:
        assert session.execute(select(Message)).scalar_one().client_id is None
        assert session.execute(select(col(OptOut.address))).scalars().all() == [PHONE]


def test_asking_about_a_visit_again_keeps_one_question(scene: Scene) -> None:
    client = scene.client(PHONE)
    visit = scene.visit(client, PHONE)

    with scene.database.transaction() as session:
        questions.ask(
            session,
            scene.practice_id,
            phone=PHONE,
            client_id=client,
            kind="appointment",
            now=NOW + timedelta(hours=1),
            appointment_id=visit,
        )

    with scene.database.transaction() as session:
        asked = session.execute(select(Question)).scalars().all()
    assert [one.asked_at for one in asked] == [NOW + timedelta(hours=1)]

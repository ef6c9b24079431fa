"""The account counts made-up ledgers right, and every promise can be broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from domain.clients import Language
from domain.messages import booking, gap_fill
from domain.messages.facts import Sender, VisitFacts
from simulation.catalogue import PLACE
from simulation.day_report import draw_up
from simulation.evidence import Evidence
from simulation.patient_profiles import Patient, Temper, Visit, make_world
from simulation.reading import slot_words
from simulation.sandbox_client import Entry

WORLD = make_world(2026)
#: A visit of the afternoon that somebody on the waitlist could have.
VISIT = next(
    visit
    for visit in WORLD.visits
    if visit.start.date() == WORLD.day and visit.start.time() >= time(14) and visit.service.code == "FILLER"
)
WINNER = next(
    wish.client for wish in WORLD.waitlist if wish.services == ("FILLER",) and wish.client.temper is Temper.YES
)
OTHER = next(wish.client for wish in WORLD.waitlist if wish.client.temper is Temper.POLITE)
CANCELLED_AT = WORLD.at(time(9))
SENDER = Sender(practice="Juniper", phone=PLACE.phone)
FACTS = VisitFacts(start=VISIT.start, zone=PLACE.zone, provider="Hana", length=timedelta(minutes=45))


class Book:
    """A morning's ledgers, written by hand."""

    def __init__(self) -> None:
        self.evidence = Evidence(
            ledgers={"boulevard": [], "twilio": [], "sendgrid": [], "slack": []},
            pending={"boulevard": 0, "twilio": 0, "sendgrid": 0, "slack": 0},
            double_bookings=[],
            diary=[],
        )
        for visit in WORLD.visits:
            self.visit("appointment_booked", WORLD.at(time(7)), visit, by="seed")

    def entry(self, vendor: str, kind: str, at: datetime, **fields: Any) -> Entry:
        ledger = self.evidence.ledgers[vendor]
        entry = {
            "seq": len(ledger) + 1,
            "at_real": at.isoformat(),
            "at_practice": at.isoformat(),
            "kind": kind,
            **fields,
        }
        ledger.append(entry)
        return entry

    def visit(self, kind: str, at: datetime, visit: Visit, *, by: str = "hand", **fields: Any) -> Entry:
        start, end = visit.start.isoformat(), visit.end.isoformat()
        segment = {
            "service": WORLD.service_refs[visit.service.code],
            "staff": WORLD.provider_refs[visit.provider.key],
            "price": visit.service.price_cents,
            "start_at": start,
            "end_at": end,
        }
        told = {
            "by": by,
            "appointment": visit.ref,
            "client": visit.client.ref,
            "state": "CANCELLED" if kind == "appointment_cancelled" else "BOOKED",
            "start_at": start,
            "end_at": end,
            "segments": [segment],
        }
        return self.entry("boulevard", kind, at, **{**told, **fields})

    def cancelled(self, visit: Visit = VISIT, at: datetime = CANCELLED_AT, **fields: Any) -> None:
        self.visit("appointment_cancelled", at, visit, **{"reason": "CLIENT_CANCEL", **fields})

    def text(self, to: Patient, body: str, at: datetime, **fields: Any) -> None:
        told = {
            "to": to.phone,
            "body": body,
            "sid": f"SM{at}",
            "intent": None,
            "automatic": False,
            "segments": 1,
        } | fields
        self.entry("twilio", "accepted", at, **told)
        self.entry("twilio", "text", at, **told)

    def wrote(self, who: Patient, body: str, at: datetime) -> None:
        self.entry("twilio", "inbound", at, sid=f"SM{who.phone}{at}", body=body, **{"from": who.phone})

    def offer(self, to: Patient, at: datetime, **fields: Any) -> None:
        slot = slot_words(VISIT.start, VISIT.provider.first_name)
        words = f"Juniper: An earlier time: today, {slot}. Reply YES."
        self.text(to, words, at, **fields)

    def kept(self) -> tuple[str, ...]:
        return draw_up(self.evidence, WORLD).broken_promises()


def minutes(count: float) -> datetime:
    return CANCELLED_AT + timedelta(minutes=count)


def filled_day() -> Book:
    """A cancellation, two offers, one yes, a booking, a confirmation, and a word to the other."""
    book = Book()
    book.cancelled()
    book.offer(OTHER, minutes(1))
    book.offer(WINNER, minutes(1))
    book.wrote(WINNER, "YES", minutes(4))
    won = replace(VISIT, ref="new", client=WINNER)
    book.visit("appointment_booked", minutes(5), won, by="api")
    book.text(WINNER, "Juniper: It is yours! You are booked.", minutes(5))
    book.text(OTHER, "Juniper: That time is taken now.", minutes(6))
    return book


def test_a_filled_chair_is_counted_with_its_hour_and_price() -> None:
    account = draw_up(filled_day().evidence, WORLD)

    assert (account.openings, account.worth_filling, account.filled, account.filled_by_hand) == (1, 1, 1, 0)
    assert account.median_minutes_to_fill == 5.0
    assert account.texts_per_fill == 2.0
    assert account.chair_hours_recovered == 0.75
    assert account.dollars_recovered == 780
    assert account.clients_disappointed == 0
    assert account.broken_promises() == ()


def test_a_slip_that_is_taken_back_is_no_opening() -> None:
    book = Book()
    book.cancelled()
    book.visit("appointment_uncancelled", minutes(0.5), VISIT)

    assert draw_up(book.evidence, WORLD).openings == 0


def test_a_merged_visit_frees_nothing() -> None:
    book = Book()
    book.cancelled(reason="MERGED")

    assert draw_up(book.evidence, WORLD).openings == 0


def test_a_chair_taken_by_hand_is_not_our_fill() -> None:
    book = Book()
    book.cancelled()
    book.offer(OTHER, minutes(1))
    book.visit("appointment_booked", minutes(5), replace(VISIT, ref="new", client=WORLD.patients[-1]))

    account = draw_up(book.evidence, WORLD)

    assert (account.openings, account.filled, account.filled_by_hand) == (1, 0, 1)


def test_our_own_visit_taken_out_again_is_no_fill() -> None:
    book = filled_day()
    won = replace(VISIT, ref="new", client=WINNER)
    book.visit("appointment_cancelled", minutes(6), won, by="api", reason="STAFF_CANCEL")

    account = draw_up(book.evidence, WORLD)

    assert (account.openings, account.filled) == (1, 0)


def test_a_visit_given_up_for_an_earlier_one_is_taken_off_the_gain() -> None:
    swapper = WORLD.swappers[0]
    later = next(visit for visit in WORLD.visits if visit.client == swapper)
    book = Book()
    book.cancelled()
    book.offer(swapper, minutes(1))
    book.visit("appointment_booked", minutes(5), replace(VISIT, ref="new", client=swapper), by="api")
    book.visit("appointment_cancelled", minutes(6), later, by="api", reason="CLIENT_CANCEL")
    book.offer(OTHER, minutes(30))

    account = draw_up(book.evidence, WORLD)

    assert account.openings == 2
    assert account.visits_given_up_unsaid == 1
    assert account.chair_hours_recovered == 0.0
    assert account.dollars_recovered == 0


def test_a_late_cancellation_is_not_worth_filling() -> None:
    book = Book()
    book.cancelled(at=VISIT.start - timedelta(minutes=30))

    account = draw_up(book.evidence, WORLD)

    assert (account.openings, account.worth_filling) == (1, 0)


def test_an_hour_nobody_waits_for_is_not_worth_filling() -> None:
    book = Book()
    for wish in WORLD.waitlist:
        book.entry("twilio", "opt_out", minutes(-30), person=wish.client.phone)
    book.cancelled()

    assert draw_up(book.evidence, WORLD).worth_filling == 0


def test_who_said_yes_and_did_not_get_it_is_counted() -> None:
    book = filled_day()
    book.wrote(OTHER, "yes please!", minutes(4.5))
    book.text(OTHER, "Juniper: Thank you for your YES. Someone else was a moment before you.", minutes(7))

    assert draw_up(book.evidence, WORLD).clients_disappointed == 1


# --- each promise, broken -------------------------------------------------------------------------------------------


def test_a_double_booking_breaks_a_promise() -> None:
    book = filled_day()
    book.evidence.double_bookings.append({"staff": "somebody"})

    assert book.kept() == ("double bookings: 1, promised 0",)


def test_the_same_words_twice_break_a_promise() -> None:
    book = filled_day()
    book.text(OTHER, "Juniper: That time is taken now.", minutes(6.5))

    assert book.kept() == ("double texts: 1, promised 0",)


def test_the_same_words_to_a_client_who_wrote_again_do_not() -> None:
    book = filled_day()
    book.wrote(OTHER, "YES", minutes(6.2))
    book.text(OTHER, "Juniper: That time is taken now.", minutes(6.5))

    assert book.kept() == ()


def test_one_intent_sent_twice_breaks_a_promise() -> None:
    book = Book()
    book.text(OTHER, "Juniper: one", minutes(1), intent="offer:1")
    book.text(OTHER, "Juniper: two", minutes(2), intent="offer:1")

    assert book.kept() == ("double texts: 1, promised 0",)


def test_a_client_without_an_answer_breaks_a_promise() -> None:
    book = filled_day()
    book.wrote(OTHER, "can I bring my dog?", minutes(30))

    assert book.kept() == ("unanswered clients: 1, promised 0",)


def test_a_card_before_staff_is_no_answer() -> None:
    book = filled_day()
    book.wrote(OTHER, "can I bring my dog?", minutes(30))
    book.entry("slack", "posted", minutes(31), text="A text to read", blocks=[], metadata=None, channel="C", ts="1")

    account = draw_up(book.evidence, WORLD)

    assert account.broken_promises() == ("unanswered clients: 1, promised 0",)
    assert account.tasks_opened == 1


@pytest.mark.parametrize(
    "note",
    [
        booking.handed_over(sender=SENDER).text,
        booking.handed_over(sender=replace(SENDER, language=Language.SPANISH)).text,
        gap_fill.still_trying_handed_over(sender=SENDER, visit=FACTS, now=CANCELLED_AT).text,
        gap_fill.booking_note(sender=SENDER, visit=FACTS, now=CANCELLED_AT).text,
        "Juniper: We have your message and will be in touch.",
    ],
)
@pytest.mark.parametrize("wrote", ["can I bring my dog?", "YES", "R", "X", "sorry, running late"])
def test_an_automatic_note_is_no_answer(note: str, wrote: str) -> None:
    book = Book()
    book.wrote(OTHER, wrote, minutes(30))
    book.text(OTHER, note, minutes(31))

    assert book.kept() == ("unanswered clients: 1, promised 0",)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("maybe, how long would it take?", f"Juniper: It takes {VISIT.service.minutes} min."),
        ("¿cuánto dura?", f"Juniper: Dura {VISIT.service.minutes} minutos."),
        ("how much is it?", f"Juniper: It is ${VISIT.service.price_cents // 100}."),
        ("where can I park?", f"Juniper: In the {PLACE.garage}."),
        ("yes but can we do 3 instead?", "Juniper: Elena is free at 3:15 PM."),
        ("can I bring my dog?", "Juniper: Of course."),
        ("R", "Juniper: Which days and hours suit you?"),
        ("X", "Juniper: Thank you for telling us. Would you like another time?"),
        ("X", booking.cancelled(sender=SENDER, visit=FACTS, now=CANCELLED_AT).text),
    ],
)
def test_a_person_who_says_what_was_asked_keeps_the_promise(asked: str, said: str) -> None:
    book = Book()
    book.wrote(VISIT.client, asked, minutes(30))
    book.text(VISIT.client, booking.handed_over(sender=SENDER).text, minutes(31))
    book.text(VISIT.client, said, minutes(34))

    assert book.kept() == ()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("maybe, how long would it take?", "Juniper: It takes 7 min."),
        ("maybe, how long would it take?", "Juniper: Thank you for your text. Please tell us what we can do for you."),
        ("how much is it?", "Juniper: It is $1."),
        ("where can I park?", "Juniper: It takes 45 min."),
        ("yes but can we do 3 instead?", "Juniper: Happy to look for another time. Which days suit you?"),
        ("how long would it take?", gap_fill.lapsed(sender=SENDER, visit=FACTS, now=CANCELLED_AT, listed=True).text),
        ("R", booking.reminder(sender=SENDER, visit=FACTS, now=CANCELLED_AT).text),
    ],
)
def test_a_text_that_does_not_say_what_was_asked_breaks_the_promise(asked: str, said: str) -> None:
    book = Book()
    book.wrote(VISIT.client, asked, minutes(30))
    book.text(VISIT.client, said, minutes(34))

    assert book.kept() == ("unanswered clients: 1, promised 0",)


def test_another_offer_does_not_answer_what_was_asked_about_the_first() -> None:
    book = Book()
    book.wrote(VISIT.client, "how long would it take?", minutes(30))
    book.text(
        VISIT.client,
        f"Juniper: Wed Oct 7 at 4:00 PM ({VISIT.service.minutes} min) is free. YES by 9:00 AM.",
        minutes(34),
    )

    assert book.kept() == ("unanswered clients: 1, promised 0",)


def test_an_offer_that_comes_with_an_apology_answers_a_yes() -> None:
    book = Book()
    book.wrote(OTHER, "YES", minutes(30))
    lost = gap_fill.offer_next_best(
        sender=SENDER,
        lost_visit=FACTS,
        visit=FACTS,
        open_until=minutes(50),
        now=CANCELLED_AT,
        link="https://x.example/c/y",
    )
    book.text(OTHER, lost.text, minutes(31))

    assert book.kept() == ()


def test_a_question_is_not_settled_by_a_mark_on_the_visit() -> None:
    book = Book()
    book.wrote(VISIT.client, "where can I park?", minutes(1))
    book.visit("appointment_updated", minutes(2), VISIT, by="api", state="CONFIRMED")

    assert book.kept() == ("unanswered clients: 1, promised 0",)


def test_a_no_to_what_is_over_is_owed_nothing_and_any_other_is() -> None:
    over, open_still = Book(), Book()
    for book in (over, open_still):
        book.offer(OTHER, minutes(1))
    over.text(OTHER, gap_fill.lapsed(sender=SENDER, visit=FACTS, now=CANCELLED_AT, listed=True).text, minutes(2))
    for book in (over, open_still):
        book.wrote(OTHER, "No", minutes(3))

    assert over.kept() == ()
    assert open_still.kept() == ("unanswered clients: 1, promised 0",)


def test_the_share_of_offers_in_one_segment_is_named_and_promised() -> None:
    book = filled_day()
    book.offer(OTHER, minutes(40), segments=2)

    account = draw_up(book.evidence, WORLD)

    assert account.plain()["offers_one_segment_share"] == 0.667
    assert "offers one segment share: 67%, promised 95%" in account.broken_promises()


def test_reminders_of_one_task_are_one_task() -> None:
    book = Book()
    for reminder in (0, 1):
        about = {"event_type": "task", "event_payload": {"intent": f"card:7:{reminder}"}}
        book.entry("slack", "posted", minutes(reminder), text="x", blocks=[], metadata=about, channel="C", ts="1")

    assert draw_up(book.evidence, WORLD).tasks_opened == 1


def test_a_confirmation_noted_in_the_practice_system_is_an_answer() -> None:
    book = Book()
    book.wrote(VISIT.client, "C", minutes(1))
    book.visit("appointment_updated", minutes(2), VISIT, by="api", state="CONFIRMED")

    assert book.kept() == ()


@pytest.mark.parametrize("kind", ["accepted", "refused"])
def test_a_text_after_stop_breaks_a_promise(kind: str) -> None:
    book = Book()
    book.wrote(OTHER, "STOP", minutes(1))
    book.entry("twilio", "opt_out", minutes(1), person=OTHER.phone)
    book.entry("twilio", "text", minutes(1), to=OTHER.phone, body="Bye", automatic=True, intent=None)
    sid = f"SM{OTHER.phone}{minutes(1)}"
    book.entry("twilio", "webhook", minutes(1), event="inbound", sid=sid, status=200)
    book.entry("twilio", kind, minutes(3), to=OTHER.phone, body="one more thing", code=21610)

    assert book.kept() == ("texts after stop: 1, promised 0",)


def test_a_text_at_night_breaks_a_promise() -> None:
    book = Book()
    book.text(OTHER, "Juniper: are you awake?", WORLD.at(time(7, 30)))

    assert book.kept() == ("texts in quiet hours: 1, promised 0",)


def test_an_answer_at_night_does_not() -> None:
    book = Book()
    book.wrote(OTHER, "are you open?", WORLD.at(time(7, 20)))
    book.text(OTHER, "Juniper: from 8.", WORLD.at(time(7, 30)))

    assert book.kept() == ()


SWAPPER = WORLD.swappers[0]
LATER = next(visit for visit in WORLD.visits if visit.client == SWAPPER)
GIVEN_UP = slot_words(LATER.start, "x").removesuffix(" with x")
INSTEAD = f"Juniper: It is yours! You are booked for Tue Oct 6 at 2:00 PM with Hana instead of {GIVEN_UP}."


def swapped_day(*texts: str) -> Book:
    """A winner's later visit is released, and this is all they read; the chair it leaves is offered, too."""
    book = Book()
    book.visit("appointment_cancelled", minutes(6), LATER, by="api", reason="CLIENT_CANCEL")
    book.text(OTHER, f"An earlier time: {slot_words(LATER.start, LATER.provider.first_name)}.", minutes(9))
    for number, words in enumerate(texts):
        book.text(SWAPPER, words, minutes(5 + number))
    return book


@pytest.mark.parametrize(
    "words",
    [
        INSTEAD,
        f"An earlier time: Tue Oct 6 at 2:00 PM with Hana, to replace your visit {GIVEN_UP}. Reply YES.",
        INSTEAD.replace(GIVEN_UP, "today (" + GIVEN_UP.replace(" at", ") at", 1)),
    ],
)
def test_a_released_visit_that_its_client_read_of_keeps_the_promise(words: str) -> None:
    assert swapped_day("Juniper: We are booking it for you; it is not confirmed yet.", words).kept() == ()


@pytest.mark.parametrize(
    "words",
    [
        "Juniper: It is yours! You are booked for Tue Oct 6 at 2:00 PM with Hana.",
        INSTEAD.replace(GIVEN_UP, "Sat Dec 12 at 9:00 AM"),
        f"Juniper: Happy to find you another time instead of {GIVEN_UP}. Which days suit you?",
        f"Juniper: A reminder of your visit {GIVEN_UP}.",
    ],
    ids=["no word of it", "of another visit", "a question", "a reminder"],
)
def test_a_released_visit_that_its_client_never_read_of_breaks_a_promise(words: str) -> None:
    assert swapped_day(words).kept() == ("visits given up unsaid: 1, promised 0",)


def test_a_released_visit_that_another_client_read_of_breaks_a_promise() -> None:
    book = swapped_day()
    book.text(OTHER, INSTEAD, minutes(5))

    assert book.kept() == ("visits given up unsaid: 1, promised 0",)


def test_a_webhook_nobody_took_breaks_a_promise() -> None:
    book = Book()
    book.entry("boulevard", "webhook", minutes(1), event="APPOINTMENT_CREATED", status=503)

    assert book.kept() == ("lost events: 1, promised 0",)


def test_a_webhook_still_under_way_breaks_a_promise() -> None:
    book = Book()
    book.evidence.pending["twilio"] = 1

    assert book.kept() == ("lost events: 1, promised 0",)


def test_an_opening_nobody_heard_of_breaks_a_promise() -> None:
    book = Book()
    book.cancelled()

    assert book.kept() == ("lost events: 1, promised 0",)


def test_an_offer_of_another_chair_at_the_same_time_is_no_trace() -> None:
    book = Book()
    book.cancelled()
    other = "Elena" if VISIT.provider.first_name == "Hana" else "Hana"
    book.text(OTHER, f"An earlier time: {slot_words(VISIT.start, other)}. Reply YES.", minutes(1))

    assert book.kept() == ("lost events: 1, promised 0",)


def test_an_opening_with_only_a_card_is_not_lost() -> None:
    book = Book()
    book.cancelled()
    title = f"Nobody left to ask: today, {slot_words(VISIT.start, 'Hana')}"
    book.entry("slack", "posted", minutes(9), text=title, blocks=[], metadata=None, channel="C", ts="1")

    assert book.kept() == ()

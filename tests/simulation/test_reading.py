"""The simulated patients understand what Chairflow writes; words that stop meaning what they say fail here first."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.clients import Language
from domain.messages import booking, gap_fill
from domain.messages.facts import Sender, VisitFacts, Words
from simulation.catalogue import service
from simulation.questions import Topic, answers, asks
from simulation.reading import Gist, read, without_codes

NOW = datetime(2026, 10, 6, 14, 0, tzinfo=UTC)
SENDER = Sender(practice="Juniper", phone="+12125550100")
GREETING = Sender(practice="Juniper", greets="Ana")
VISIT = VisitFacts(
    start=NOW + timedelta(hours=4), zone="America/New_York", provider="Hana", length=timedelta(minutes=45)
)
OTHER = VisitFacts(
    start=NOW + timedelta(hours=6), zone="America/New_York", provider="Elena", length=timedelta(minutes=45)
)
SLOT = "Tue Oct 6 at 2:00 PM with Hana"
LINK = "http://127.0.0.1:8000/c/abc_def-123"
UNTIL = NOW + timedelta(minutes=10)


def texts(language: Language) -> list[tuple[Words, Gist]]:
    sender, greeting = replace(SENDER, language=language), replace(GREETING, language=language)
    return [
        (gap_fill.offer(sender=sender, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK, first_text=True), Gist.OFFER),
        (gap_fill.offer(sender=greeting, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK), Gist.OFFER),
        (gap_fill.offer(sender=sender, visit=VISIT, open_until=UNTIL, now=NOW, replaces=OTHER), Gist.OFFER),
        (
            gap_fill.offer_next_best(
                sender=sender, lost_visit=OTHER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK
            ),
            Gist.OFFER,
        ),
        (gap_fill.booking_note(sender=sender, visit=VISIT, now=NOW), Gist.CONFIRMING),
        (gap_fill.lost(sender=sender, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
        (gap_fill.withdrawn(sender=sender, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
        (gap_fill.lapsed(sender=sender, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
        (gap_fill.late_yes(sender=sender, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
        (gap_fill.clinic_filled(sender=sender, visit=VISIT, now=NOW), Gist.CLOSED),
        (booking.confirmation(sender=sender, visit=VISIT, now=NOW, won=True), Gist.WON),
        (booking.confirmation(sender=sender, visit=VISIT, now=NOW), Gist.BOOKED),
        (booking.reminder(sender=sender, visit=VISIT, now=NOW), Gist.REMINDER),
        (booking.reminder(sender=sender, visit=VISIT, now=NOW, confirmed=True), Gist.REMINDER),
        (booking.moved(sender=sender, visit=VISIT, before=OTHER, now=NOW), Gist.MOVED),
        (booking.cancelled(sender=sender, visit=VISIT, now=NOW), Gist.CANCELLED),
    ]


TEXTS = [*texts(Language.ENGLISH), *texts(Language.SPANISH)]


@pytest.mark.parametrize(("words", "gist"), TEXTS)
def test_a_patient_takes_each_text_as_it_is_meant(words: Words, gist: Gist) -> None:
    reading = read(words.text)

    assert reading.gist is gist
    assert reading.slot == SLOT


def test_a_link_is_taken_without_the_full_stop_behind_it() -> None:
    offer = gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK)

    assert read(offer.text).link == LINK


def test_two_texts_that_differ_only_in_their_link_say_the_same() -> None:
    one = gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK)
    other = gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK + "x")

    assert one.text != other.text
    assert without_codes(one.text) == without_codes(other.text)


@pytest.mark.parametrize(
    "words",
    [
        words
        for sender in (SENDER, replace(SENDER, language=Language.SPANISH))
        for words in (
            gap_fill.offer(sender=sender, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK, replaces=OTHER),
            booking.confirmation(sender=sender, visit=VISIT, now=NOW, won=True, replaced=OTHER),
            booking.confirmation(sender=sender, visit=VISIT, now=NOW, replaced=OTHER),
        )
    ],
)
def test_a_patient_reads_which_visit_they_give_up(words: Words) -> None:
    reading = read(words.text)

    assert (reading.slot, reading.instead_of) == (SLOT, "Tue Oct 6 at 4:00 PM")


def test_a_text_that_gives_nothing_up_names_no_visit_given_up() -> None:
    assert {read(words.text).instead_of for words, _ in TEXTS if not re.search("replace|en lugar", words.text)} == {
        None
    }


@pytest.mark.parametrize("language", Language)
def test_a_promise_to_get_back_is_a_note_and_a_persons_words_are_not(language: Language) -> None:
    sender = replace(SENDER, language=language)
    still_trying = gap_fill.still_trying_handed_over(sender=sender, visit=VISIT, now=NOW)

    assert read(booking.handed_over(sender=sender).text).gist is Gist.NOTE
    assert read(still_trying.text).gist in (Gist.NOTE, Gist.CONFIRMING)
    assert read(gap_fill.declined(sender=sender, listed=True).text).gist is Gist.DECLINED
    assert read(booking.thanks(sender=sender, visit=VISIT, now=NOW).text).gist is Gist.THANKED
    assert read("Juniper: It takes 45 min. If you want it, please reply YES.").gist is Gist.OTHER


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ("maybe, how long would it take?", Topic.LENGTH),
        ("¿Cuánto dura?", Topic.LENGTH),
        ("before I say yes: how much is it?", Topic.PRICE),
        ("¿cuánto cuesta?", Topic.PRICE),
        ("is there parking?", Topic.PARKING),
        ("¿dónde puedo estacionar?", Topic.PARKING),
        ("yes but can we do 3 instead?", Topic.OTHER_TIME),
        ("sí pero ¿puede ser a las 3?", Topic.OTHER_TIME),
        ("can I bring my dog?", Topic.ANYTHING),
        ("Yes please!", None),
        ("R", None),
    ],
)
def test_the_desk_sees_what_a_text_asks(body: str, topic: Topic | None) -> None:
    assert asks(body) is topic


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("1 h 15 min", True),
        ("about 75 minutes", True),
        ("1 hora y 15 minutos", True),
        ("75 days", False),
        ("1 h", False),
    ],
)
def test_a_length_is_read_however_it_is_said(said: str, right: bool) -> None:
    assert answers(Topic.LENGTH, f"It takes {said}.", [service("HYDRA")]) is right

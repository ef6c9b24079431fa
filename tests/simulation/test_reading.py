"""The simulated patients understand what Chairflow writes; words that stop meaning what they say fail here first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.messages import booking, gap_fill
from domain.messages.facts import Sender, VisitFacts, Words
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

TEXTS = [
    (gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK, first_text=True), Gist.OFFER),
    (gap_fill.offer(sender=GREETING, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK), Gist.OFFER),
    (gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, replaces=OTHER), Gist.OFFER),
    (
        gap_fill.offer_next_best(sender=SENDER, lost_visit=OTHER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK),
        Gist.OFFER,
    ),
    (gap_fill.booking_note(sender=SENDER, visit=VISIT, now=NOW), Gist.CONFIRMING),
    (gap_fill.lost(sender=SENDER, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
    (gap_fill.withdrawn(sender=SENDER, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
    (gap_fill.lapsed(sender=SENDER, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
    (gap_fill.late_yes(sender=SENDER, visit=VISIT, now=NOW, listed=True), Gist.CLOSED),
    (gap_fill.clinic_filled(sender=SENDER, visit=VISIT, now=NOW), Gist.CLOSED),
    (booking.confirmation(sender=SENDER, visit=VISIT, now=NOW, won=True), Gist.WON),
    (booking.confirmation(sender=SENDER, visit=VISIT, now=NOW), Gist.BOOKED),
    (booking.reminder(sender=SENDER, visit=VISIT, now=NOW), Gist.REMINDER),
    (booking.reminder(sender=SENDER, visit=VISIT, now=NOW, confirmed=True), Gist.REMINDER),
    (booking.moved(sender=SENDER, visit=VISIT, before=OTHER, now=NOW), Gist.MOVED),
    (booking.cancelled(sender=SENDER, visit=VISIT, now=NOW), Gist.CANCELLED),
]


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
        gap_fill.offer(sender=SENDER, visit=VISIT, open_until=UNTIL, now=NOW, link=LINK, replaces=OTHER),
        booking.confirmation(sender=SENDER, visit=VISIT, now=NOW, won=True, replaced=OTHER),
        booking.confirmation(sender=SENDER, visit=VISIT, now=NOW, replaced=OTHER),
    ],
)
def test_a_patient_reads_which_visit_they_give_up(words: Words) -> None:
    reading = read(words.text)

    assert (reading.slot, reading.instead_of) == (SLOT, "Tue Oct 6 at 4:00 PM")


def test_a_text_that_gives_nothing_up_names_no_visit_given_up() -> None:
    assert {read(words.text).instead_of for words, _ in TEXTS if "replace" not in words.text} == {None}

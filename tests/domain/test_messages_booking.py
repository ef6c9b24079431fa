"""What is said about a visit: booked, moved, coming up, and which of two is meant."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from domain.clients import Channel, Language
from domain.messages import booking
from domain.messages.facts import Sender, VisitFacts
from domain.replies import Meaning, understand
from tests.domain.build import at
from tests.domain.message_examples import GLOW, LATER, NOW, RIVERSIDE, VISIT


def test_a_swap_says_what_it_stands_in_for() -> None:
    words = booking.confirmation(sender=RIVERSIDE, visit=VISIT, now=NOW, won=True, replaced=LATER)

    assert words.text == (
        "Riverside Aesthetics: It is yours! You are booked for today (Tue Nov 24) at 2:00 PM with Ana instead of "
        "Sun Dec 20 at 10:30 AM. Something came up? Reply R for another time, X if you cannot come."
    )


def test_only_who_has_not_said_yes_is_asked_to_confirm() -> None:
    booked = booking.confirmation(sender=RIVERSIDE, visit=VISIT, now=NOW)

    assert booked.text == (
        "Riverside Aesthetics: You are booked for today (Tue Nov 24) at 2:00 PM with Ana. "
        "Reply C to confirm, R for another time, X if you cannot come."
    )


def test_a_moved_visit_is_told_from_when_to_when() -> None:
    words = booking.moved(sender=RIVERSIDE, visit=LATER, before=VISIT, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: Your visit has moved to Sun Dec 20 at 10:30 AM with Ben. It was today (Tue Nov 24) at "
        "2:00 PM. Reply C to confirm, R for another time, X if you cannot come."
    )


@pytest.mark.parametrize("before", [None, VISIT])
def test_a_time_that_is_the_same_or_unknown_is_not_told_as_the_earlier_one(before: VisitFacts | None) -> None:
    assert "It was" not in booking.moved(sender=RIVERSIDE, visit=VISIT, before=before, now=NOW).text


def test_a_reminder_asks_for_letters() -> None:
    words = booking.reminder(sender=RIVERSIDE, visit=VISIT, now=at("2026-11-23 14:00"))

    assert words.text == (
        "Riverside Aesthetics: A reminder of your visit tomorrow (Tue Nov 24) at 2:00 PM with Ana. "
        "Reply C to confirm, R for another time, X if you cannot come."
    )


def test_treatments_are_named_only_where_the_practice_may_and_chose_to() -> None:
    open_practice = Sender(practice="Riverside Aesthetics", may_name_services=True)

    words = booking.confirmation(sender=open_practice, visit=VISIT, now=NOW)

    assert "with Ana (Neuromodulator injection)." in words.text


def test_the_zone_is_named_where_the_client_lives_in_another() -> None:
    abroad = VisitFacts(
        start=at("2026-11-24 14:00"), zone="America/New_York", provider="Ana", client_zone="America/Chicago"
    )
    same = VisitFacts(start=at("2026-11-24 14:00"), zone="America/New_York", client_zone="America/Toronto")

    assert "2:00 PM EST with Ana" in booking.reminder(sender=RIVERSIDE, visit=abroad, now=NOW).text
    assert "EST" not in booking.reminder(sender=RIVERSIDE, visit=same, now=NOW).text


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-03-08 09:00", "today (Sun Mar 8) at 9:00 AM"),
        ("2026-03-09 00:15", "tomorrow (Mon Mar 9) at 12:15 AM"),
        ("2026-03-10 12:00", "Tue Mar 10 at 12:00 PM"),
        ("2027-03-10 12:00", "Wed Mar 10 2027 at 12:00 PM"),
    ],
)
def test_days_are_named_by_the_locations_calendar_on_the_night_the_clocks_change(start: str, words: str) -> None:
    visit = VisitFacts(start=at(start), zone="America/New_York")

    text = booking.reminder(sender=RIVERSIDE, visit=visit, now=at("2026-03-08 00:30")).text

    assert f"your visit {words}." in text


def test_which_one_offers_a_key_per_visit_that_is_read_back() -> None:
    words = booking.which_one(sender=RIVERSIDE, meaning="confirm", visits={1: VISIT, 2: LATER}, now=NOW)

    assert words.text == (
        "Riverside Aesthetics: Which one do you mean? Reply C1 for today (Tue Nov 24) at 2:00 PM with Ana, "
        "C2 for Sun Dec 20 at 10:30 AM with Ben."
    )
    assert (understand("C2").meaning, understand("C2").choice) == (Meaning.CONFIRM, 2)


@pytest.mark.parametrize("meaning", [Meaning.YES, Meaning.NO, Meaning.CONFIRM, Meaning.RESCHEDULE, Meaning.CANNOT_COME])
def test_every_answer_that_may_fit_several_questions_can_be_asked_about(meaning: Meaning) -> None:
    words = booking.which_one(sender=RIVERSIDE, meaning=meaning.value, visits={1: VISIT, 2: LATER}, now=NOW)

    keys = re.findall(r"\b[A-Z]+\d\b", words.text)
    assert [(understand(key).meaning, understand(key).choice) for key in keys] == [(meaning, 1), (meaning, 2)]


def test_which_one_says_what_is_an_offer_and_what_is_a_visit() -> None:
    words = booking.which_one(
        sender=RIVERSIDE, meaning="cannot_come", visits={1: VISIT, 2: LATER}, offered={2}, now=NOW
    )

    assert words.text == (
        "Riverside Aesthetics: Which one do you mean? Reply X1 for the visit today (Tue Nov 24) at 2:00 PM with Ana, "
        "X2 for the free time Sun Dec 20 at 10:30 AM with Ben."
    )


def test_which_one_names_the_people_who_share_the_phone() -> None:
    words = booking.which_one(
        sender=RIVERSIDE, meaning="confirm", visits={1: VISIT, 2: LATER}, names={1: "Nora", 2: "Tim"}, now=NOW
    )

    assert words.text == (
        "Riverside Aesthetics: Which one do you mean? Reply C1 for Nora: today (Tue Nov 24) at 2:00 PM with Ana, "
        "C2 for Tim: Sun Dec 20 at 10:30 AM with Ben."
    )


def test_which_one_refuses_a_meaning_nobody_chooses_by() -> None:
    with pytest.raises(ValueError, match="cannot ask which visit a 'stop' is about"):
        booking.which_one(sender=RIVERSIDE, meaning="stop", visits={1: VISIT}, now=NOW)


def test_a_mail_of_a_booking_says_how_long_and_where_which_a_text_has_no_room_for() -> None:
    visit = replace(VISIT, address="12 Main Street")

    mail = booking.confirmation(sender=GLOW, visit=visit, now=NOW, channel=Channel.EMAIL).text
    spanish = replace(GLOW, language=Language.SPANISH)
    in_spanish = booking.confirmation(sender=spanish, visit=visit, now=NOW, won=True, channel=Channel.EMAIL).text
    text = booking.confirmation(sender=GLOW, visit=visit, now=NOW).text

    assert "\n\nThe visit takes 45 min.\n\nYou find us at 12 Main Street.\n\n" in mail
    assert "\n\nLa cita dura 45 min.\n\nEstamos en 12 Main Street.\n\n" in in_spanish
    assert "takes" not in text and "Main Street" not in text


def test_help_says_the_whole_name_of_the_practice() -> None:
    whole = booking.help_text(sender=replace(GLOW, full_name="Glow Aesthetics & Wellness")).text
    same = booking.help_text(sender=replace(GLOW, full_name="Glow")).text

    assert whole.startswith("Glow: This is Glow Aesthetics & Wellness. We text about your visits and free times.")
    assert same.startswith("Glow: We text about your visits and free times.")

"""Asking which days and hours suit, and saying back what was understood, in one segment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.clients import Language
from domain.messages.facts import Sender
from domain.messages.segments import cost
from domain.messages.wishes import got_it, when_suits
from domain.wishes import read_wish

TODAY = date(2026, 11, 23)
GLOW = Sender(practice="Glow", greets="Nora")
SPANISH = replace(GLOW, language=Language.SPANISH)


def test_the_question_greets_and_gives_examples() -> None:
    assert when_suits(sender=GLOW).text == (
        "Glow: Hi Nora! Our last times did not suit you. Which days and hours do? For example: Tuesdays after 3, "
        "weekday mornings, any time."
    )


@pytest.mark.parametrize("sender", [GLOW, SPANISH, replace(GLOW, practice="Radiance Medical Aesthetics Group")])
@pytest.mark.parametrize("first_text", [False, True])
def test_the_question_is_one_segment(sender: Sender, first_text: bool) -> None:
    assert cost(when_suits(sender=sender, first_text=first_text).text).segments == 1


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("Tuesdays after 3", "Tue after 3 PM"),
        ("weekday mornings", "Mon-Fri before 12 PM"),
        ("any time", "any time"),
        ("Mon-Wed 9-12", "Mon-Wed 9 AM-12 PM"),
        ("Tues/Thurs 1:30-5", "Tue, Thu 1:30 PM-5 PM"),
        ("mornings", "before 12 PM"),
        ("weekends", "Sat, Sun any time"),
        ("Mon 9-12 and 2-4", "Mon 9 AM-12 PM and 2 PM-4 PM"),
        ("Tuesdays after 3, Thursdays before 11", "Tue after 3 PM, Thu before 11 AM"),
        ("not before December", "not before Dec 1"),
        ("Fridays, not before December 5", "Fri any time, not before Dec 5"),
    ],
)
def test_what_was_understood_is_said_back(said: str, heard: str) -> None:
    wish = read_wish(said, today=TODAY)

    words = got_it(
        sender=GLOW, windows=wish.windows, earliest=wish.earliest, latest=wish.latest, says_when=wish.says_when
    )

    assert words.text == f"Glow: Got it: {heard}. We'll text you when one opens."
    assert cost(words.text).segments == 1


def test_in_spanish() -> None:
    wish = read_wish("martes después de las 3, no antes de diciembre", today=TODAY)

    words = got_it(
        sender=SPANISH, windows=wish.windows, earliest=wish.earliest, latest=wish.latest, says_when=wish.says_when
    )

    assert words.text == (
        "Glow: Entendido: mar después de las 3 PM, no antes del 1 dic. Le avisamos cuando se libere una."
    )

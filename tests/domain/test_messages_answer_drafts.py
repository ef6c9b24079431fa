"""The draft that answers what was asked, in the client's language; what is not known stays a blank for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.clients import Language
from domain.inquiries import inquiry
from domain.messages.answer_drafts import KnownFacts, Standing, answer, first_answer, has_blank
from domain.messages.facts import Sender, VisitFacts
from tests.domain.build import NEW_YORK, at

NOW = at("2026-11-23 10:00")
SENDER = Sender(practice="Glow", phone="(212) 555-0100")
SPANISH = replace(SENDER, language=Language.SPANISH)


def visit(wall: str, provider: str = "Maria") -> VisitFacts:
    return VisitFacts(start=at(wall), zone=NEW_YORK, provider=provider, length=timedelta(minutes=30))


TEN = visit("2026-11-24 10:00")
THREE, FOUR, NEXT = visit("2026-11-24 15:00"), visit("2026-11-24 16:15", "Hana"), visit("2026-11-25 09:00")
OFFERED = KnownFacts(
    standing=Standing.OFFERED,
    about=TEN,
    lengths=(timedelta(minutes=30),),
    prices=(42_000,),
    address="210 West 18th Street",
    parking="garage at 230 West 18th Street",
    free=(THREE, FOUR, NEXT),
)


def said(text: str, known: KnownFacts = OFFERED, sender: Sender = SENDER) -> str | None:
    return answer(sender=sender, asked=inquiry(text, today=date(2026, 11, 23)), known=known, now=NOW)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How long would it take?", "Glow: The visit takes 30 min."),
        ("how much is it again?", "Glow: The visit costs $420."),
        ("how long and how much?", "Glow: The visit takes 30 min. The visit costs $420."),
        ("where are you?", "Glow: You find us at 210 West 18th Street."),
        ("where can I park?", "Glow: Parking: garage at 230 West 18th Street."),
        (
            "is it still free?",
            "Glow: Yes, tomorrow (Tue Nov 24) at 10:00 AM with Maria is still free. Reply YES to take it.",
        ),
        (
            "who is this?",
            "Glow: This is Glow. You are on our waitlist, so we text you when a time is free.",
        ),
        (
            "what else do you have?",
            "Glow: We have Tue Nov 24 at 3:00 PM with Maria, 4:15 PM with Hana or Wed Nov 25 at 9:00 AM with Maria. "
            "Which suits you? Please reply with the time. A YES takes Tue Nov 24 at 10:00 AM.",
        ),
    ],
)
def test_what_is_known_is_said(text: str, words: str) -> None:
    assert said(text) == words


def test_the_time_they_named_is_told_as_free_or_not() -> None:
    is_free = said("3 instead?", replace(OFFERED, free=(THREE,), exactly=True))
    is_not = said("3 instead?", replace(OFFERED, free=(FOUR,)))
    nothing = said("3 instead?", replace(OFFERED, free=()))

    assert is_free == (
        "Glow: Yes, Tue Nov 24 at 3:00 PM with Maria is free. Shall we book it? Please reply with the time. "
        "A YES takes Tue Nov 24 at 10:00 AM."
    )
    assert is_not is not None and is_not.startswith("Glow: That time is not free. We have Tue Nov 24 at 4:15 PM")
    assert nothing == "Glow: We have nothing free then. Which days and hours suit you?"


def test_nothing_is_free_then_only_where_they_named_a_time() -> None:
    full = replace(OFFERED, free=())

    assert said("what else do you have?", full) == (
        "Glow: Right now we have no free time to offer. Which days and hours suit you?"
    )
    assert said("Friday?", full) == "Glow: We have nothing free then. Which days and hours suit you?"


def test_in_spanish() -> None:
    assert said("¿cuánto dura?", sender=SPANISH) == "Glow: La cita dura 30 min."
    assert said("¿cuánto cuesta?", sender=SPANISH) == "Glow: La cita cuesta $420."
    assert said("¿dónde puedo estacionar?", sender=SPANISH) == "Glow: Estacionamiento: garage at 230 West 18th Street."
    assert said("¿a las 3?", replace(OFFERED, free=(THREE,), exactly=True), SPANISH) == (
        "Glow: Si, mar 24 nov a las 3:00 PM con Maria está libre. ¿La reservamos? Responda con la hora, por favor. "
        "Un SI reserva mar 24 nov a las 10:00 AM."
    ).replace("está", "esta")


@pytest.mark.parametrize(
    "text",
    [
        "How long would it take?",
        "how much is it?",
        "where are you?",
        "where can I park?",
        "is it still free?",
        "who is this?",
        "3 instead?",
        "when is it?",
    ],
)
@pytest.mark.parametrize("sender", [SENDER, SPANISH])
def test_what_is_not_known_is_a_blank_for_a_person(text: str, sender: Sender) -> None:
    draft = said(text, KnownFacts(), sender)

    assert draft is not None and has_blank(draft)


def test_a_question_nobody_can_read_leaves_a_blank_beside_what_is_known() -> None:
    assert said("How long? Can I bring my dog?") == "Glow: The visit takes 30 min. […]"
    assert said("Do you take insurance?") == "Glow: Thank you for your question. […]"
    assert said("thanks so much") is None


@pytest.mark.parametrize("text", ["It is […].", "It is [...].", "It is [ … ]", "It is []", "[___]"])
def test_a_blank_is_seen_however_it_is_written(text: str) -> None:
    assert has_blank(text)


def test_brackets_with_words_are_no_blank() -> None:
    assert not has_blank("Ask for Maria [2nd floor].")


def test_who_wants_another_time_hears_as_many_as_fit_one_text() -> None:
    asked = inquiry("R", today=date(2026, 11, 23), reschedule=True)
    booked = replace(OFFERED, standing=Standing.BOOKED)

    words = first_answer(sender=SENDER, asked=asked, known=booked, now=NOW)
    unknown = first_answer(sender=SENDER, asked=asked, known=replace(booked, free=None), now=NOW)

    assert words is not None and unknown is None
    assert words.text.startswith("Glow: Happy to find you another time instead of Tue Nov 24 at 10:00 AM. We have Tue")
    assert len(words.text) <= 160

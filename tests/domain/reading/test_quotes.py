"""Our own words, quoted, are not the client's."""

from __future__ import annotations

from dataclasses import fields, replace
from string import Formatter

import pytest

from domain.clients import Language
from domain.messages import booking, gap_fill
from domain.messages.segments import unaccented
from domain.messages.translations import PHRASES, Phrases
from domain.reading import Meaning, understand
from domain.reading.our_words import is_sentence
from tests.domain.message_examples import GLOW, LATER, LINK, NOW, OPEN_UNTIL, VISIT

OFFER = (
    "Riverside: An earlier time just opened: botox tomorrow at 2:00 PM with Ana. Reply YES by 10:45 AM to take it, "
    "NO to pass. Reply STOP to opt out."
)
REMINDER = "Riverside: A reminder of your visit tomorrow at 9:00 AM. Reply C to confirm, R for another time."
OLD_REMINDER = "Riverside: A reminder of your visit on Mon Nov 2 at 9:00 AM. Reply C to confirm, R for another time."

LIKES = (
    "Liked “{}”",
    "Loved “{}”",
    'Liked "{}"',
    "Le gustó “{}”",
    "Le encantó “{}”",
    "Gefällt „{}“",
    "A aimé « {} »",
    "Curtiu “{}”",
    "Reacted 👍🏽 to “{}”",
    "👍 to “ {} ”",
)
OTHERS = (
    "Removed a heart from “{}”",
    "Removed a like from “{}”",
    "Emphasised “{}”",
    "Emphasized “{}”",
    "Laughed at “{}”",
    "Questioned “{}”",
    "Destacó “{}”",
    "Hervorgehoben „{}“",
    "Reacted 😂 to “{}”",
    "Vond „{}“ geweldig",
)


@pytest.mark.parametrize("words", LIKES)
def test_a_like_answers_the_open_question_it_quotes(words: str) -> None:
    reading = understand(words.format(OFFER), asked=[REMINDER, OFFER])

    assert (reading.meaning, reading.quotes) == (Meaning.OKAY, (1,))


@pytest.mark.parametrize("words", LIKES)
@pytest.mark.parametrize("quoted", ["Hi mom", OLD_REMINDER, "Riverside", ""])
def test_a_like_of_anything_else_claims_nothing(words: str, quoted: str) -> None:
    assert understand(words.format(quoted), asked=[OFFER, REMINDER], told=[OLD_REMINDER]).meaning is Meaning.OTHER


def test_a_like_whose_quote_fits_an_old_text_as_well_claims_nothing() -> None:
    tap = "Liked “Riverside: A reminder of your visit…”"

    assert understand(tap, asked=[REMINDER]).meaning is Meaning.OKAY
    assert understand(tap, asked=[REMINDER], told=[OLD_REMINDER]).meaning is Meaning.OTHER


@pytest.mark.parametrize("words", OTHERS)
@pytest.mark.parametrize("asked", [None, [OFFER]])
def test_another_reaction_decides_nothing(words: str, asked: list[str] | None) -> None:
    assert understand(words.format(OFFER), asked=asked).meaning is Meaning.OTHER


def test_a_dislike_of_the_open_offer_is_a_no() -> None:
    assert understand(f"Disliked “{OFFER}”", asked=[OFFER]).meaning is Meaning.NO


@pytest.mark.parametrize(("own", "meaning"), [("YES", Meaning.YES), ("no", Meaning.NO), ("STOP", Meaning.STOP)])
@pytest.mark.parametrize(
    "around",
    ["{quote}\n{own}", "{own}\n{quote}", "“{quote}” {own}", "{own}\n> {quote}", "{own}\n\nOn Mon X wrote:\n{quote}"],
)
@pytest.mark.parametrize("told", [(), (OFFER,)])
def test_what_stands_beside_the_quote_is_the_answer(
    own: str, meaning: Meaning, around: str, told: tuple[str, ...]
) -> None:
    assert understand(around.format(quote=OFFER, own=own), told=told).meaning is meaning


@pytest.mark.parametrize("text", [OFFER, f"“{OFFER}”", f"> {OFFER}", f"Fwd: {OFFER}", f"{OFFER} what is this"])
def test_a_quote_alone_stops_nothing_and_claims_nothing(text: str) -> None:
    assert understand(text).meaning is Meaning.OTHER
    assert understand(text, told=[OFFER]).meaning is Meaning.OTHER


@pytest.mark.parametrize("text", ["Yes please\nMaria Lopez", "Yes! - Maria", "yes thanks ~Maria"])
def test_a_client_may_sign_with_their_name(text: str) -> None:
    assert understand(text, names=["Maria Lopez", "Maria"]).meaning is Meaning.YES
    assert understand(text).meaning is Meaning.OTHER


def _parts(said: str) -> dict[str, str]:
    filled = {
        "hi": "Hi Maria! ",
        "until": "10:45 AM",
        "link": "https://go.example/c/Zk3vT9aQ7bLw2mXc5dNf0g",
        "length": "1 h 30 min",
        "also": "",
        "reach_us": "call (212) 555-0142",
        "choices": "C1 for Mon Nov 2 at 9:00 AM with Ana, C2 for Tue Nov 3 at 9:00 AM with Ben",
    }
    names = {field for _, field, _, _ in Formatter().parse(said) if field is not None}
    return {name: filled.get(name, "Mon Nov 2 at 9:00 AM with Ana") for name in names}


SENTENCES = [
    pytest.param(said.format(**_parts(said)), id=f"{language}-{one.name}")
    for language, phrases in PHRASES.items()
    for one in fields(Phrases)
    if isinstance(said := getattr(phrases, one.name), str) and is_sentence(said)
]


@pytest.mark.parametrize("said", SENTENCES)
@pytest.mark.parametrize(
    ("own", "meaning"), [("YES", Meaning.YES), ("no", Meaning.NO), ("STOP", Meaning.STOP), ("", Meaning.OTHER)]
)
def test_no_sentence_of_ours_is_the_clients_own_in_any_language(said: str, own: str, meaning: Meaning) -> None:
    """Also in a text that is not kept any more, such as one of last year."""
    stop = "STOP to end." if "Reply STOP" in said else "Reply STOP to opt out."

    for quote in (f"Glow: {said} {stop}", f"Glow: {unaccented(said)} {stop}", f"{said} {stop}"):
        assert understand(f"{quote}\n{own}").meaning in {meaning, Meaning.OTHER}, quote
        if quote.startswith("Glow"):
            assert understand(f"{quote}\n{own}").meaning is meaning, quote
            assert understand(f"{quote} {own}").meaning is meaning, quote
            assert understand(f"Removed a heart from “{quote}”").meaning is Meaning.OTHER
            assert understand(f"Vond „{quote}“ geweldig").meaning is Meaning.OTHER


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("YES, Aisha", Meaning.YES),
        ("YES Aisha", Meaning.YES),
        ("Yes please! Aisha Khan.", Meaning.YES),
        ("C, Aisha", Meaning.CONFIRM),
        ("no thanks. Aisha", Meaning.NO),
        ("Stop, Aisha", Meaning.STOP),
        ("YES, Linda", Meaning.OTHER),
        ("yes for Aisha", Meaning.OTHER),
        ("yes with Aisha", Meaning.OTHER),
        ("yes, but Aisha", Meaning.OTHER),
    ],
)
def test_an_answer_may_be_signed_with_ones_own_name(text: str, meaning: Meaning) -> None:
    assert understand(text, names=["Aisha", "Khan", "Aisha Khan"]).meaning is meaning


def test_a_name_that_is_a_month_is_no_signature_behind_a_comma() -> None:
    assert understand("yes, April", names=["April"]).meaning is Meaning.OTHER


MARIA = [replace(GLOW, language=language) for language in Language]
ASKED = [
    pytest.param(words.text, id=f"{sender.language}-{name}")
    for sender in MARIA
    for name, words in {
        "offer": gap_fill.offer(sender=sender, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, first_text=True),
        "linked": gap_fill.offer(sender=sender, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK),
        "earlier": gap_fill.offer(
            sender=sender, visit=VISIT, open_until=OPEN_UNTIL, now=NOW, link=LINK, replaces=LATER, first_text=True
        ),
        "reminder": booking.reminder(sender=sender, visit=VISIT, now=NOW, first_text=True),
    }.items()
]


@pytest.mark.parametrize("body", ASKED)
def test_a_question_of_ours_is_one_in_every_language_and_length(body: str) -> None:
    assert understand(f"Liked “{body}”").meaning is Meaning.OKAY
    assert understand(f"Le gustó “{body}”", asked=[body]).meaning is Meaning.OKAY
    assert understand(f"Gefällt „{body}“", told=[body], asked=[]).meaning is Meaning.OTHER
    assert understand(body).meaning is Meaning.OTHER
    assert understand(f"{body}\nYES").meaning is Meaning.YES
    assert understand(f"{body}\nYES, pero a las 3").meaning is Meaning.OTHER


@pytest.mark.parametrize(
    ("literal", "meaning"),
    [
        ("STOP to end", Meaning.STOP),
        ("STOP para salir", Meaning.STOP),
        ("NO to pass", Meaning.NO),
        ("Thank you for letting us know", Meaning.THANKS),
        ("Gracias por avisarnos", Meaning.THANKS),
        ("See you then!", Meaning.CONFIRM),
    ],
)
def test_who_types_our_words_as_an_answer_has_answered(literal: str, meaning: Meaning) -> None:
    assert understand(literal).meaning is meaning

"""Our own words, quoted, are not the client's."""

from __future__ import annotations

import pytest

from domain.reading import Meaning, understand

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

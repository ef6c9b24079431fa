"""What a client's text asks a person."""

from __future__ import annotations

from datetime import date

import pytest

from domain.inquiries import Topic, WishedTime, inquiry

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("How long would it take?", {Topic.LENGTH}),
        ("¿cuánto dura?", {Topic.LENGTH}),
        ("what time does it end?", {Topic.LENGTH}),
        ("how much is it again?", {Topic.PRICE}),
        ("¿cuánto cuesta?", {Topic.PRICE}),
        ("how long and how much?", {Topic.LENGTH, Topic.PRICE}),
        ("where are you located?", {Topic.ADDRESS}),
        ("¿dónde están?", {Topic.ADDRESS}),
        ("where can I park?", {Topic.PARKING}),
        ("what about parking", {Topic.PARKING}),
        ("how about Friday, and what does it cost?", {Topic.OTHER_TIME, Topic.PRICE}),
        ("¿dónde puedo estacionar?", {Topic.PARKING}),
        ("3 instead?", {Topic.OTHER_TIME}),
        ("yes but can we do 3 instead?", {Topic.OTHER_TIME}),
        ("later?", {Topic.OTHER_TIME}),
        ("tomorrow?", {Topic.OTHER_TIME}),
        ("Can I come at 11:30?", {Topic.OTHER_TIME}),
        ("sí pero ¿puede ser a las 3?", {Topic.OTHER_TIME}),
        ("¿otra hora?", {Topic.OTHER_TIME}),
        ("with someone else?", {Topic.OTHER_PROVIDER}),
        ("with Hana?", {Topic.OTHER_PROVIDER}),
        ("Is it still free?", {Topic.STILL_FREE}),
        ("¿todavía está libre?", {Topic.STILL_FREE}),
        ("who is this?", {Topic.WHO}),
        ("¿Quién es?", {Topic.WHO}),
        ("when is my appointment again?", {Topic.WHEN}),
        ("¿A qué hora es mi cita?", {Topic.WHEN}),
        ("how long do I have to be there?", {Topic.LENGTH}),
        ("how long does it last?", set()),
        ("How long until it heals?", set()),
        ("how long is the wait?", set()),
        ("Running late, 10 min", set()),
        ("I love you guys", set()),
        ("yes", set()),
    ],
)
def test_what_is_asked(text: str, topics: set[Topic]) -> None:
    assert set(inquiry(text, today=TODAY, providers=["Maria", "Hana"]).topics) == topics


def test_which_time_and_with_whom() -> None:
    assert inquiry("3 instead?", today=TODAY).wished.at == (15 * 60,)
    assert inquiry("tomorrow?", today=TODAY).wished.on == date(2026, 11, 24)
    assert inquiry("¿Más tarde?", today=TODAY).wished.later
    assert [one.weekday for one in inquiry("Friday morning instead?", today=TODAY).wished.windows] == [4]
    assert inquiry("with Hana?", today=TODAY, providers=["Maria", "Hana"]).provider == "Hana"
    assert inquiry("not with Hana, someone else", today=TODAY, providers=["Hana"]).provider is None


@pytest.mark.parametrize("text", ["How long? Can I bring my dog?", "how long is it and can I bring my dog?"])
def test_a_question_beside_those_that_are_known_is_seen(text: str) -> None:
    asked = inquiry(text, today=TODAY)

    assert (asked.topics, asked.asks_more) == ((Topic.LENGTH,), True)


def test_a_bare_r_wishes_for_any_other_time() -> None:
    asked = inquiry("R", today=TODAY, reschedule=True)

    assert (asked.topics, asked.wished) == ((Topic.OTHER_TIME,), WishedTime())


def test_whoever_asks_for_a_provider_has_asked_no_more() -> None:
    found = inquiry("is Hana available?", today=TODAY, providers=["Maria", "Hana"])

    assert (found.topics, found.provider, found.asks_more) == ((Topic.OTHER_PROVIDER,), "Hana", False)

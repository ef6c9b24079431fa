"""Choices, numbers and doubtful stops; what texts mean is in the corpus (tests/domain/reading)."""

from __future__ import annotations

from typing import TypeVar

import pytest

from domain.replies import Meaning, read, understand

ReadingT = TypeVar("ReadingT")


def each(table: dict[ReadingT, str]) -> list[tuple[str, ReadingT]]:
    """Every text of a table, beside what it is read as; a bar or a line's end parts them."""
    return [
        (text.strip(), reading)
        for reading, texts in table.items()
        for line in texts.splitlines()
        for text in line.split("|")
        if text.strip()
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_text_is_for_a_person(text: str) -> None:
    assert read(text) is Meaning.OTHER


@pytest.mark.parametrize(
    ("text", "meaning", "choice"),
    [
        ("C2", Meaning.CONFIRM, 2),
        ("c 1", Meaning.CONFIRM, 1),
        ("YES 2", Meaning.YES, 2),
        ("R1 please", Meaning.RESCHEDULE, 1),
        ("x3", Meaning.CANNOT_COME, 3),
        ("NO1", Meaning.NO, 1),
        ("C10", Meaning.CONFIRM, 10),
    ],
)
def test_a_choice_carries_its_meaning_and_its_number(text: str, meaning: Meaning, choice: int) -> None:
    reading = understand(text)

    assert (reading.meaning, reading.choice) == (meaning, choice)


#: A number by itself, and not a time, a count or a pronoun.
NUMBERS: dict[int | None, str] = {
    1: """
        1 | first | the first one, thanks! | one | la primera por favor
        One please | ok one | yes, one, thank you | #one | number one | Option one pls
        it's number one | I'd like option one, please | the number one | that first one
    """,
    2: """
        2 | 2. | #2 | 2nd | 2 please | number 2 | Number 2, please! | option 2
        the second | The second one please | second | two | the 2nd appointment
        yes, number 2 | ok 2 | I'll take the second one | It's number 2 | el segundo
    """,
    7: "7",
    12: "12",
    None: """
        2 pm | 2pm | at 2 | 2:30 | 2 o'clock | 1 and 2 | 1 or 2 | 2? | 2 👎
        one moment | in a second | the one | both | second thoughts | yes
        that one | yes, that one | I'll take one | I'll take that one | I'd like one
        it is one | is one ok | it's at one | I want the one | one appointment please
        one time | please one | one for me | no one | this one | I'd like that one please
    """,
}


@pytest.mark.parametrize(("text", "number"), [*each(NUMBERS), ("", None)])
def test_a_number_by_itself_is_told_from_a_time(text: str, number: int | None) -> None:
    assert understand(text).number == number


def test_a_number_with_a_question_mark_is_nobodys_answer() -> None:
    assert [read(text) for text in ("1?", "2?", "3?")] == [Meaning.OTHER] * 3


#: Each stops our texts; those under True may have been about a visit, or the waitlist alone.
STOPS = {
    True: """
        CANCEL | wrong number | take me off the waitlist | off the waitlist
        remove me from the waitlist | delete me from your waiting list
        remove me from the wait list | take my name off your waitlists
    """,
    False: "STOP | take me off the list",
}


@pytest.mark.parametrize(("text", "look"), each(STOPS))
def test_a_stop_that_may_mean_more_is_shown_to_a_person(text: str, look: bool) -> None:
    reading = understand(text)

    assert (reading.meaning, reading.person_should_look) == (Meaning.STOP, look)

"""Which of the open questions a text answers, and what becomes of a text that answers none."""

from __future__ import annotations

import pytest

from domain.replies import (
    Answer,
    AskWhich,
    Help,
    LateYes,
    Listed,
    Meaning,
    NeedsPerson,
    Nothing,
    OpenQuestion,
    OptOut,
    Outcome,
    Resubscribe,
    match,
    understand,
)
from tests.domain.build import at

YES, NO, OKAY, OTHER = Meaning.YES, Meaning.NO, Meaning.OKAY, Meaning.OTHER
CONFIRM, RESCHEDULE, CANNOT_COME = Meaning.CONFIRM, Meaning.RESCHEDULE, Meaning.CANNOT_COME


def offer(
    question_id: int = 1, *, asked: str = "2026-11-24 10:00", client_id: int = 500, still_open: bool = True
) -> OpenQuestion:
    return OpenQuestion(id=question_id, kind="offer", client_id=client_id, asked_at=at(asked), still_open=still_open)


def appointment(question_id: int = 9, *, asked: str = "2026-11-24 09:00", client_id: int = 500) -> OpenQuestion:
    return OpenQuestion(id=question_id, kind="appointment", client_id=client_id, asked_at=at(asked))


def answers(question: OpenQuestion, meaning: Meaning) -> Answer:
    return Answer(question=question, meaning=meaning)


OFFER, VISIT = offer(), appointment()
#: Asked after the offer.
REMINDED = appointment(asked="2026-11-24 10:04")
ANOTHERS_OFFER = offer(2, client_id=501, asked="2026-11-24 10:05")
ENDED = offer(3, asked="2026-11-24 09:30", still_open=False)
LONG_ENDED = offer(4, asked="2026-11-20 09:30", still_open=False)
FIRST_OF_TWO = appointment(8)

NOT_READ = NeedsPerson(words="The text could not be read as an answer.")
CONFIRMS_NOTHING = NeedsPerson(words="The client confirms, and no visit was asked about.")
YES_TO_NOTHING = NeedsPerson(words="A yes, and nothing was asked.")
NO_TO_A_VISIT = NeedsPerson(words="A no to a question about a visit.")
NO_AFTER_A_VISIT = NeedsPerson(words="A no after a question about a visit, while an offer is open.")
CANNOT_COME_TO_NOTHING = NeedsPerson(words="The client cannot come, and no visit was asked about.")
NO_VISIT_TO_MOVE = NeedsPerson(words="The client asks for another time, and no visit was asked about.")
WAS_GOT_IT_A_YES = NeedsPerson(words="They have read it, while an offer is open: was it a yes?")
WAS_IT_A_YES = NeedsPerson(words="A thank-you, while an offer is open: was it a yes?")

CASES: dict[str, tuple[Meaning, tuple[OpenQuestion, ...], Outcome]] = {
    "a yes takes the offer": (YES, (OFFER,), answers(OFFER, YES)),
    "a yes takes the offer before it confirms a visit": (YES, (OFFER, VISIT), answers(OFFER, YES)),
    "a yes confirms": (YES, (VISIT,), answers(VISIT, CONFIRM)),
    "an ok confirms": (OKAY, (VISIT,), answers(VISIT, CONFIRM)),
    "an ok takes the offer": (OKAY, (OFFER,), answers(OFFER, YES)),
    "two offers on one phone": (
        YES,
        (ANOTHERS_OFFER, OFFER),
        AskWhich(questions=(OFFER, ANOTHERS_OFFER), meaning=YES),
    ),
    "a late yes": (YES, (ENDED,), LateYes(question=ENDED)),
    "the newest ended offer is meant": (YES, (LONG_ENDED, ENDED), LateYes(question=ENDED)),
    "an ok after the end is politeness": (OKAY, (ENDED,), Nothing()),
    "late yes to what was asked last": (YES, (ENDED, VISIT), LateYes(question=ENDED)),
    "a reminder asked after the offer ended": (YES, (LONG_ENDED, VISIT), answers(VISIT, CONFIRM)),
    "a yes to nothing": (YES, (), YES_TO_NOTHING),
    "an ok to nothing": (OKAY, (), Nothing()),
    "c confirms": (CONFIRM, (OFFER, VISIT), answers(VISIT, CONFIRM)),
    "confirm with only an offer": (CONFIRM, (OFFER,), answers(OFFER, YES)),
    "confirm with nothing asked": (CONFIRM, (), CONFIRMS_NOTHING),
    "c with two visits": (
        CONFIRM,
        (FIRST_OF_TWO, VISIT),
        AskWhich(questions=(FIRST_OF_TWO, VISIT), meaning=CONFIRM),
    ),
    "no declines": (NO, (OFFER, VISIT), answers(OFFER, NO)),
    "no to a reminder": (NO, (VISIT,), NO_TO_A_VISIT),
    "no to an ended offer": (NO, (ENDED,), Nothing()),
    "cannot come declines": (CANNOT_COME, (OFFER,), answers(OFFER, NO)),
    "cannot come, visit and offer": (
        CANNOT_COME,
        (OFFER, VISIT),
        AskWhich(questions=(VISIT, OFFER), meaning=CANNOT_COME),
    ),
    "cannot come, an offer and a reminder after it": (
        CANNOT_COME,
        (OFFER, REMINDED),
        AskWhich(questions=(OFFER, REMINDED), meaning=CANNOT_COME),
    ),
    "a no after a reminder, with an offer open": (NO, (OFFER, REMINDED), NO_AFTER_A_VISIT),
    "an ok after a reminder, with an offer open": (
        OKAY,
        (OFFER, REMINDED),
        AskWhich(questions=(OFFER, REMINDED), meaning=YES),
    ),
    "a yes after a reminder, with an offer open": (YES, (OFFER, REMINDED), answers(OFFER, YES)),
    "c after a reminder, with an offer open": (CONFIRM, (OFFER, REMINDED), answers(REMINDED, CONFIRM)),
    "cannot come, nothing asked": (CANNOT_COME, (), CANNOT_COME_TO_NOTHING),
    "another time": (RESCHEDULE, (VISIT,), answers(VISIT, RESCHEDULE)),
    "another time than the offered": (RESCHEDULE, (OFFER,), NO_VISIT_TO_MOVE),
    "stop while holding an offer": (Meaning.STOP, (OFFER,), OptOut(also_visit=False)),
    "stop with a visit ahead": (Meaning.STOP, (VISIT,), OptOut(also_visit=True)),
    "start": (Meaning.START, (OFFER,), Resubscribe()),
    "help": (Meaning.HELP, (OFFER,), Help()),
    "thanks": (Meaning.THANKS, (VISIT, ENDED), Nothing()),
    "thanks, with an offer open": (Meaning.THANKS, (OFFER,), WAS_IT_A_YES),
    "got it, with an offer open": (Meaning.HEARD, (OFFER,), WAS_GOT_IT_A_YES),
    "got it, to a reminder": (Meaning.HEARD, (VISIT,), answers(VISIT, CONFIRM)),
    "got it, and nothing was asked": (Meaning.HEARD, (), Nothing()),
    "unclear": (OTHER, (OFFER,), NOT_READ),
}


@pytest.mark.parametrize(("meaning", "questions", "outcome"), CASES.values(), ids=CASES.keys())
def test_a_text_answers_the_question_it_can_only_mean(
    meaning: Meaning, questions: tuple[OpenQuestion, ...], outcome: Outcome
) -> None:
    assert match(meaning=meaning, questions=questions) == outcome


def test_the_number_of_a_choice_picks_the_question_in_the_order_asked() -> None:
    questions = (appointment(9, asked="2026-11-24 09:30"), appointment(8, asked="2026-11-24 09:00"))

    assert match(meaning=CONFIRM, questions=questions, choice=2) == answers(questions[0], CONFIRM)


NOT_ON_OFFER = NeedsPerson(words="The client chose a number that was not on offer.")


def test_a_number_that_was_not_on_offer_is_for_a_person() -> None:
    assert match(meaning=CONFIRM, questions=(VISIT,), choice=3) == NOT_ON_OFFER


# --- after "which one do you mean?" --------------------------------------------------------------------------------

FIRST, SECOND, THIRD = appointment(8), appointment(9, asked="2026-11-24 09:30"), appointment(10)
ONE_OFFER, OTHER_OFFER = offer(1), offer(2, asked="2026-11-24 10:05")
GONE = appointment(77)

A_NO_WITH_A_NUMBER = NeedsPerson(words="A no with a number, and nobody asked for one.")
OVER = NeedsPerson(words="The client chose something that is over.")
DOES_NOT_FIT = NeedsPerson(words="The client chose a number, and the answer does not fit what it stands for.")
A_SECOND_NUMBER = NeedsPerson(words="The client chose a second number, after the first was taken as their answer.")


def listed(*questions: OpenQuestion, meaning: Meaning, taken: tuple[int, ...] = ()) -> Listed:
    ids = tuple(one.id for one in questions)
    return Listed(question_ids=ids, meaning=meaning, asked_at=at("2026-11-24 11:00"), taken=taken)


def visits(meaning: Meaning) -> Listed:
    """They were asked which of two visits."""
    return listed(FIRST, SECOND, meaning=meaning)


def offers(meaning: Meaning, *, taken: tuple[int, ...] = ()) -> Listed:
    """They were asked which of two offers."""
    return listed(ONE_OFFER, OTHER_OFFER, meaning=meaning, taken=taken)


def answer_to(text: str, *questions: OpenQuestion, after: Listed | None) -> Outcome:
    reading = understand(text)
    return match(
        meaning=reading.meaning, choice=reading.choice, number=reading.number, questions=questions, listed=after
    )


CHOSEN: dict[str, tuple[str, Listed, Outcome]] = {
    "of two offers": ("2", offers(YES), answers(OTHER_OFFER, YES)),
    "not the offer": ("the first", offers(NO), answers(ONE_OFFER, NO)),
    "no with its key": ("NO 1", offers(NO), answers(ONE_OFFER, NO)),
    "of two visits to confirm": ("1", visits(CONFIRM), answers(FIRST, CONFIRM)),
    "of two visits to move": ("#1", visits(RESCHEDULE), answers(FIRST, RESCHEDULE)),
    "the visit they cannot come to": (
        "3",
        listed(FIRST, SECOND, THIRD, meaning=CANNOT_COME),
        answers(THIRD, CANNOT_COME),
    ),
    "yes, that one I cannot come to": ("yes 2", visits(CANNOT_COME), answers(SECOND, CANNOT_COME)),
    "the offer they cannot come to": (
        "X2",
        listed(SECOND, OFFER, meaning=CANNOT_COME),
        answers(OFFER, NO),
    ),
    "the visit beside that offer": ("1", listed(SECOND, OFFER, meaning=CANNOT_COME), answers(SECOND, CANNOT_COME)),
    "an ok to the visit of the two": ("YES 2", listed(OFFER, SECOND, meaning=YES), answers(SECOND, CONFIRM)),
    "another key than asked for": ("C2", visits(CANNOT_COME), answers(SECOND, CONFIRM)),
    "in the order of the list": ("2", listed(SECOND, FIRST, meaning=CONFIRM), answers(FIRST, CONFIRM)),
    "out of range": ("3", offers(YES), NOT_ON_OFFER),
    "nought": ("0", offers(YES), NOT_ON_OFFER),
    "over by now": ("2", listed(FIRST, GONE, meaning=CONFIRM), OVER),
    "ended by now": ("1", listed(ENDED, OTHER_OFFER, meaning=YES), LateYes(question=ENDED)),
    "no to what has ended": ("1", listed(ENDED, OTHER_OFFER, meaning=NO), Nothing()),
    "no. 2, or no to 2": ("No. 2", offers(YES), A_NO_WITH_A_NUMBER),
    "another time than an offered one": ("R1", offers(YES), DOES_NOT_FIT),
    "twice the same": ("1", offers(YES, taken=(1,)), answers(ONE_OFFER, YES)),
    "first the one, then the other": ("2", offers(YES, taken=(1,)), A_SECOND_NUMBER),
    "a time of day": ("2 pm", visits(CONFIRM), NOT_READ),
    "a pronoun, and no number": ("that one", visits(CONFIRM), NOT_READ),
    "one of them, and not the first": ("I'll take one", offers(YES), NOT_READ),
    "one by itself": ("one", listed(SECOND, FIRST, meaning=CONFIRM), answers(SECOND, CONFIRM)),
    "stop all the same": ("stop", visits(CONFIRM), OptOut(also_visit=True)),
}


@pytest.mark.parametrize(("text", "after", "outcome"), CHOSEN.values(), ids=CHOSEN.keys())
def test_after_the_question_which_one_a_number_is_the_choice(text: str, after: Listed, outcome: Outcome) -> None:
    questions = (FIRST, SECOND, THIRD, ONE_OFFER, OTHER_OFFER, ENDED)

    assert answer_to(text, *questions, after=after) == outcome


@pytest.mark.parametrize("text", ["2", "2 please"])
def test_without_that_question_a_two_means_what_it_always_did(text: str) -> None:
    assert answer_to(text, SECOND, after=None) == answers(SECOND, RESCHEDULE)


def test_a_number_after_a_newer_question_is_no_choice_but_a_key_with_its_number_is() -> None:
    reminded = appointment(9, asked="2026-11-24 12:00")
    after = listed(reminded, FIRST, meaning=CONFIRM)

    assert answer_to("2", FIRST, reminded, after=after) == AskWhich(questions=(FIRST, reminded), meaning=RESCHEDULE)
    assert answer_to("C2", FIRST, reminded, after=after) == answers(FIRST, CONFIRM)


@pytest.mark.parametrize("text", ["no 2", "No. 1"])
def test_a_no_with_a_number_that_nobody_asked_for_is_for_a_person(text: str) -> None:
    assert answer_to(text, ONE_OFFER, OTHER_OFFER, after=None) == A_NO_WITH_A_NUMBER


# --- stop, and a yes after it --------------------------------------------------------------------------------------


def test_a_lone_cancel_opts_out_and_asks_a_person_about_the_visit() -> None:
    reading = understand("CANCEL")

    outcome = match(meaning=reading.meaning, questions=(), person_should_look=reading.person_should_look)

    assert outcome == OptOut(also_visit=True)


@pytest.mark.parametrize("questions", [(), (ENDED,), (VISIT,)])
def test_a_yes_from_an_opted_out_phone_resubscribes_and_answers_nothing(questions: tuple[OpenQuestion, ...]) -> None:
    assert match(meaning=YES, questions=questions, opted_out=True) == Resubscribe()


def test_a_yes_from_an_opted_out_phone_with_an_open_offer_is_a_claim() -> None:
    assert match(meaning=YES, questions=(OFFER,), opted_out=True) == answers(OFFER, YES)


@pytest.mark.parametrize("text", ["3", "1", "1 please"])
def test_a_bare_number_neither_takes_nor_passes_an_offer(text: str) -> None:
    reading = understand(text)
    outcome = match(meaning=reading.meaning, number=reading.number, questions=(ONE_OFFER,))

    assert isinstance(outcome, NeedsPerson)


@pytest.mark.parametrize("text", ["Cancel my appointment", "I need to cancel our visit", "quiero cancelar mi cita"])
def test_cancelling_an_appointment_is_no_answer_to_an_offer(text: str) -> None:
    reading = understand(text)
    outcome = match(meaning=reading.meaning, questions=(ONE_OFFER,), names_a_visit=reading.names_a_visit)

    assert isinstance(outcome, NeedsPerson)


@pytest.mark.parametrize("text", ["can't make it", "X", "I can't come then"])
def test_not_coming_passes_an_offer(text: str) -> None:
    reading = understand(text)
    outcome = match(meaning=reading.meaning, questions=(ONE_OFFER,), names_a_visit=reading.names_a_visit)

    assert outcome == answers(ONE_OFFER, NO)

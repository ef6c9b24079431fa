"""A corpus of texts as patients write them, and which question each answers."""

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
    read,
    understand,
)
from tests.domain.build import at

#: Texts are parted by a bar or a line's end.
CORPUS = {
    Meaning.YES: """
        YES | yes | Yes. | yes! | YES!!! | “Yes” | yes please! | Yes please | yes pls | yesss | Yessss pleeease | Y
        y | yep | Yup! | yeah | Yea sure | ya | sure | Sure! | Sure thing, yes | Absolutely! | Definitely yes
        of course | yes of course!! | Yes thank you so much!! | Yes, thanks | hi yes please
        Good morning, yes please! | omg yes | Oh wow yes!! 🎉🎉 | yes 👍 | 👍 | 👍🏽 | 👍👍 | 👌 | ✅ | 🙌🏿
        I'll take it
        I’ll take it! | Ill take it please | I will take that spot | I'd love it | I would love that, thank you!
        I want it | book me | Book it please | sign me up | count me in | I'm in! | that works | Works for me
        That works great for me, thank you | yes that works | Yes I can make it | I can make it! | I can do that
        yes I can come | no problem, I'll take it | can't wait! | si | Sí | Sí por favor | Claro que sí | ok yes
        Yes confirmed | Heck yeah | Sure thing | y! | Yes I’d love to | Yes! Thank you 😊 | Love to! | Por supuesto
        you bet
    """,
    Meaning.OKAY: """
        ok | Okay! | OK. | k | kk | Sounds good | sounds great! | Perfect | great | fine by me | No problem | ok 👍
        Liked “Riverside: An earlier time just opened” | Loved “See you” | 👍 to “ An earlier time just opened ”
        Reacted 👍🏻 to “An earlier time” | vale
    """,
    Meaning.CONFIRM: """
        C | c | C. | c please | 1 | 1. | Confirm | confirmed | I confirm | Confirming! | I confirm my appointment
        confirm thanks | See you then | see you tomorrow! | I'll be there | Ok see you then
        We will be there, thank you! | Confirmado
    """,
    Meaning.RESCHEDULE: """
        R | r | 2 | reschedule | RESCHEDULE please | Need to reschedule | re-schedule | can I reschedule?
        Can we move my appointment? | I need a different time | Is there another day?
        Could we do Thursday instead? | Please change my appointment | No I need to reschedule | Resched plz
        I can't make it, is there another time? | Quiero cambiar mi cita
    """,
    Meaning.CANNOT_COME: """
        X | x | 3 | X please | can't make it | I can’t make it sorry | I cannot come | Sorry I can't
        I won't be able to make it | Not going to make it | unable to attend | I can't come today
        cancel my appointment | Please cancel | I need to cancel | please cancel my appt thanks | cancel tomorrow
        No, I can't make it | Hi, I'm not coming | no puedo | Cancelar | I want to cancel
    """,
    Meaning.NO: """
        NO | no | No. | n | nope | nah | no thanks | No thank you! | no thx | Sorry, no | not this time
        Not today, thanks | no can do | I'll pass | No, I'm at work | No sorry I am out of town | unfortunately not
        maybe next time | 👎 | 👎🏼 | ❌ | Disliked “An earlier time just opened” | no gracias | not interested | no 😊
        Thanks but no thanks | No. Thanks though
    """,
    Meaning.STOP: """
        STOP | stop | Stop. | STOP!! | STOPALL | unsubscribe | end | quit | revoke | opt out | OPTOUT | opt-out
        cancel | CANCEL | Cancel. | Stop. Thank you | stop please | please stop | please stop texting
        Stop texting me | STOP TEXTING ME!!! | stop sending me messages | stop the texts | don't text me
        Do not text me again | Do not contact me | never text me | no more texts please | Please unsubscribe me
        opt me out | remove me | take me off your list | Remove my number from your system | leave me alone
        take me off the list | take me off the waitlist | take me off your waiting list | Off the waitlist, please
        remove me from the waitlist | Please remove me from the wait list | Remove us from the Waitlist!
        delete me from your waiting list | Hi, please remove my name from the waitlist, thanks | Get me off your list
        I'd like to be taken off the waitlist | I want to be removed from the waitlist | take my number off your list
        Can you take me and my daughter off the wait list? | No. Take me off the waitlist | take me out of your system
        I don't want to be on the waitlist anymore | Please delete my number from your database | take me off
        wrong number | You have the wrong person | lose my number | 🛑 | No más mensajes | alto
    """,
    Meaning.START: """
        START | start | Unstop | start please
    """,
    Meaning.HELP: """
        HELP | help | Info | help me | who is this?
    """,
    Meaning.THANKS: """
        thanks | Thank you! | ty | Ok thank you | perfect thank you | No worries | ❤️ | 🙏🏼 | 😊 | Thank you so much
        gracias | God bless
    """,
    Meaning.OTHER: """
        yes but can we do 3? | Yes, but later | yes at 3 | Yes? | yes if Ana is there | yes I'll be 10 min late
        yes no maybe | Yes, cancel it | maybe | what time? | What is this about | How much is it? | who do I see
        can you call me | No but what about Friday | no wait I meant yes | I have no idea
        don't cancel my appointment | don't stop | can I stop by earlier | stop by at 3?
        I am at the end of the street | can you help me find parking | running late | Where do I park? | y e s | 4
        yes for my daughter | not sure | ? | 🤔 | 👍👎 | yes 👎 | Laughed at “An earlier time just opened”
        Questioned “An earlier time just opened” | C or R | begin | End of day works | Yes to both
        Yes I want to reschedule | yes or no | I might | Can’t talk now | is it still available? | Is this spam
        who’s Ana | Please don't remove me from the waitlist | don't take me off the list | Am I off the waitlist?
        No, but please do not take me off the waitlist | Did you take me off the waitlist? | add me to the waitlist
        Can you take me earlier? I get off at 2 | Could you take me Friday or put me on the waitlist
        Can you remove me from Friday and put me on the waitlist | Can you get me in from the waitlist today
        that one | I'll take one | I'd like one | it is one
    """,
}
EXPECTED = [
    (text.strip(), meaning)
    for meaning, texts in CORPUS.items()
    for line in texts.splitlines()
    for text in line.split("|")
]
EXPECTED = [(text, meaning) for text, meaning in EXPECTED if text]


@pytest.mark.parametrize(("text", "meaning"), EXPECTED)
def test_a_text_means_what_a_receptionist_would_read(text: str, meaning: Meaning) -> None:
    assert read(text) is meaning


def test_the_corpus_is_large() -> None:
    assert len(EXPECTED) > 200


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
    ],
)
def test_a_choice_carries_its_meaning_and_its_number(text: str, meaning: Meaning, choice: int) -> None:
    reading = understand(text)

    assert (reading.meaning, reading.choice) == (meaning, choice)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *((text, 2) for text in ("2", "2.", "#2", "2nd", "2 please", "number 2", "Number 2, please!", "option 2")),
        *((text, 2) for text in ("the second", "The second one please", "second", "two", "the 2nd appointment")),
        *((text, 2) for text in ("yes, number 2", "ok 2", "I'll take the second one", "It's number 2", "el segundo")),
        *((text, 1) for text in ("1", "first", "the first one, thanks!", "one", "la primera por favor")),
        *(
            (text, 1)
            for text in ("One please", "ok one", "yes, one, thank you", "#one", "number one", "Option one pls")
        ),
        *((text, 1) for text in ("it's number one", "I'd like option one, please", "the number one", "that first one")),
        *(
            (text, None)
            for text in ("that one", "yes, that one", "I'll take one", "I'll take that one", "I'd like one")
        ),
        *(
            (text, None)
            for text in ("it is one", "is one ok", "it's at one", "I want the one", "one appointment please")
        ),
        *(
            (text, None)
            for text in ("one time", "please one", "one for me", "no one", "this one", "I'd like that one please")
        ),
        ("7", 7),
        ("12", 12),
        *((text, None) for text in ("2 pm", "2pm", "at 2", "2:30", "2 o'clock", "1 and 2", "1 or 2", "2?", "2 👎")),
        *((text, None) for text in ("one moment", "in a second", "the one", "both", "second thoughts", "yes", "")),
    ],
)
def test_a_number_by_itself_is_told_from_a_time(text: str, number: int | None) -> None:
    assert understand(text).number == number


def test_a_number_with_a_question_mark_is_nobodys_answer() -> None:
    assert [read(text) for text in ("1?", "2?", "3?")] == [Meaning.OTHER] * 3


@pytest.mark.parametrize(
    ("text", "look"),
    [
        *((text, True) for text in ("CANCEL", "wrong number", "take me off the waitlist", "off the waitlist")),
        *((text, True) for text in ("remove me from the waitlist", "delete me from your waiting list")),
        *((text, True) for text in ("remove me from the wait list", "take my name off your waitlists")),
        *((text, False) for text in ("STOP", "take me off the list")),
    ],
)
def test_a_stop_that_may_mean_more_is_shown_to_a_person(text: str, look: bool) -> None:
    reading = understand(text)

    assert (reading.meaning, reading.person_should_look) == (Meaning.STOP, look)


# --- which question it answers -----------------------------------------------------------------------------------


def offer(
    question_id: int = 1, *, asked: str = "2026-11-24 10:00", client_id: int = 500, still_open: bool = True
) -> OpenQuestion:
    return OpenQuestion(id=question_id, kind="offer", client_id=client_id, asked_at=at(asked), still_open=still_open)


def appointment(question_id: int = 9, *, asked: str = "2026-11-24 09:00", client_id: int = 500) -> OpenQuestion:
    return OpenQuestion(id=question_id, kind="appointment", client_id=client_id, asked_at=at(asked))


ENDED = offer(3, asked="2026-11-24 09:30", still_open=False)
LONG_ENDED = offer(4, asked="2026-11-20 09:30", still_open=False)
CASES: list[tuple[str, Meaning, tuple[OpenQuestion, ...], Outcome]] = [
    ("a yes takes the offer", Meaning.YES, (offer(),), Answer(question=offer(), meaning=Meaning.YES)),
    (
        "a yes takes the offer before it confirms a visit",
        Meaning.YES,
        (offer(), appointment()),
        Answer(question=offer(), meaning=Meaning.YES),
    ),
    ("a yes confirms", Meaning.YES, (appointment(),), Answer(question=appointment(), meaning=Meaning.CONFIRM)),
    ("an ok confirms", Meaning.OKAY, (appointment(),), Answer(question=appointment(), meaning=Meaning.CONFIRM)),
    ("an ok takes the offer", Meaning.OKAY, (offer(),), Answer(question=offer(), meaning=Meaning.YES)),
    (
        "two offers on one phone",
        Meaning.YES,
        (offer(2, client_id=501, asked="2026-11-24 10:05"), offer()),
        AskWhich(questions=(offer(), offer(2, client_id=501, asked="2026-11-24 10:05")), meaning=Meaning.YES),
    ),
    ("a late yes", Meaning.YES, (ENDED,), LateYes(question=ENDED)),
    ("the newest ended offer is meant", Meaning.YES, (LONG_ENDED, ENDED), LateYes(question=ENDED)),
    ("an ok after the end is politeness", Meaning.OKAY, (ENDED,), Nothing()),
    ("late yes to what was asked last", Meaning.YES, (ENDED, appointment()), LateYes(question=ENDED)),
    (
        "a reminder asked after the offer ended",
        Meaning.YES,
        (LONG_ENDED, appointment()),
        Answer(question=appointment(), meaning=Meaning.CONFIRM),
    ),
    ("a yes to nothing", Meaning.YES, (), NeedsPerson(words="A yes, and nothing was asked.")),
    ("an ok to nothing", Meaning.OKAY, (), Nothing()),
    ("c confirms", Meaning.CONFIRM, (offer(), appointment()), Answer(question=appointment(), meaning=Meaning.CONFIRM)),
    ("confirm with only an offer", Meaning.CONFIRM, (offer(),), Answer(question=offer(), meaning=Meaning.YES)),
    ("confirm with nothing asked", Meaning.CONFIRM, (), Nothing()),
    (
        "c with two visits",
        Meaning.CONFIRM,
        (appointment(8), appointment(9)),
        AskWhich(questions=(appointment(8), appointment(9)), meaning=Meaning.CONFIRM),
    ),
    ("no declines", Meaning.NO, (offer(), appointment()), Answer(question=offer(), meaning=Meaning.NO)),
    ("no to a reminder", Meaning.NO, (appointment(),), NeedsPerson(words="A no to a question about a visit.")),
    ("no to an ended offer", Meaning.NO, (ENDED,), Nothing()),
    ("cannot come declines", Meaning.CANNOT_COME, (offer(),), Answer(question=offer(), meaning=Meaning.NO)),
    (
        "cannot come, visit and offer",
        Meaning.CANNOT_COME,
        (offer(), appointment()),
        Answer(question=appointment(), meaning=Meaning.CANNOT_COME),
    ),
    (
        "cannot come, nothing asked",
        Meaning.CANNOT_COME,
        (),
        NeedsPerson(words="The client cannot come, and no visit was asked about."),
    ),
    (
        "another time",
        Meaning.RESCHEDULE,
        (appointment(),),
        Answer(question=appointment(), meaning=Meaning.RESCHEDULE),
    ),
    (
        "another time than the offered",
        Meaning.RESCHEDULE,
        (offer(),),
        NeedsPerson(words="The client asks for another time, and no visit was asked about."),
    ),
    ("stop while holding an offer", Meaning.STOP, (offer(),), OptOut(also_visit=False)),
    ("stop with a visit ahead", Meaning.STOP, (appointment(),), OptOut(also_visit=True)),
    ("start", Meaning.START, (offer(),), Resubscribe()),
    ("help", Meaning.HELP, (offer(),), Help()),
    ("thanks", Meaning.THANKS, (appointment(), ENDED), Nothing()),
    (
        "thanks, with an offer open",
        Meaning.THANKS,
        (offer(),),
        NeedsPerson(words="A thank-you, while an offer is open: was it a yes?"),
    ),
    ("unclear", Meaning.OTHER, (offer(),), NeedsPerson(words="The text could not be read as an answer.")),
]


@pytest.mark.parametrize(("meaning", "questions", "outcome"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_text_answers_the_question_it_can_only_mean(
    meaning: Meaning, questions: tuple[OpenQuestion, ...], outcome: Outcome
) -> None:
    assert match(meaning=meaning, questions=questions) == outcome


def test_the_number_of_a_choice_picks_the_question_in_the_order_asked() -> None:
    questions = (appointment(9, asked="2026-11-24 09:30"), appointment(8, asked="2026-11-24 09:00"))

    outcome = match(meaning=Meaning.CONFIRM, questions=questions, choice=2)

    assert outcome == Answer(question=questions[0], meaning=Meaning.CONFIRM)


def test_a_number_that_was_not_on_offer_is_for_a_person() -> None:
    outcome = match(meaning=Meaning.CONFIRM, questions=(appointment(),), choice=3)

    assert outcome == NeedsPerson(words="The client chose a number that was not on offer.")


FIRST, SECOND = appointment(8, asked="2026-11-24 09:00"), appointment(9, asked="2026-11-24 09:30")
ONE_OFFER, OTHER_OFFER = offer(1), offer(2, asked="2026-11-24 10:05")


def listed(*questions: OpenQuestion, meaning: Meaning, taken: tuple[int, ...] = ()) -> Listed:
    ids = tuple(one.id for one in questions)
    return Listed(question_ids=ids, meaning=meaning, asked_at=at("2026-11-24 11:00"), taken=taken)


def answer_to(text: str, *questions: OpenQuestion, after: Listed | None) -> Outcome:
    reading = understand(text)
    return match(
        meaning=reading.meaning, choice=reading.choice, number=reading.number, questions=questions, listed=after
    )


NOT_ON_OFFER = NeedsPerson(words="The client chose a number that was not on offer.")
A_NO_WITH_A_NUMBER = NeedsPerson(words="A no with a number, and nobody asked for one.")
ANSWER_SECOND = Answer(question=SECOND, meaning=Meaning.CONFIRM)
CHOSEN: list[tuple[str, str, Listed, Outcome]] = [
    (
        "of two offers",
        "2",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES),
        Answer(question=OTHER_OFFER, meaning=Meaning.YES),
    ),
    (
        "not the offer",
        "the first",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.NO),
        Answer(question=ONE_OFFER, meaning=Meaning.NO),
    ),
    (
        "no with its key",
        "NO 1",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.NO),
        Answer(question=ONE_OFFER, meaning=Meaning.NO),
    ),
    (
        "of two visits to confirm",
        "1",
        listed(FIRST, SECOND, meaning=Meaning.CONFIRM),
        Answer(question=FIRST, meaning=Meaning.CONFIRM),
    ),
    (
        "of two visits to move",
        "#1",
        listed(FIRST, SECOND, meaning=Meaning.RESCHEDULE),
        Answer(question=FIRST, meaning=Meaning.RESCHEDULE),
    ),
    (
        "the visit they cannot come to",
        "3",
        listed(FIRST, SECOND, appointment(10), meaning=Meaning.CANNOT_COME),
        Answer(question=appointment(10), meaning=Meaning.CANNOT_COME),
    ),
    (
        "yes, that one I cannot come to",
        "yes 2",
        listed(FIRST, SECOND, meaning=Meaning.CANNOT_COME),
        Answer(question=SECOND, meaning=Meaning.CANNOT_COME),
    ),
    (
        "another key than asked for",
        "C2",
        listed(FIRST, SECOND, meaning=Meaning.CANNOT_COME),
        Answer(question=SECOND, meaning=Meaning.CONFIRM),
    ),
    (
        "in the order of the list",
        "2",
        listed(SECOND, FIRST, meaning=Meaning.CONFIRM),
        Answer(question=FIRST, meaning=Meaning.CONFIRM),
    ),
    ("out of range", "3", listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES), NOT_ON_OFFER),
    ("nought", "0", listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES), NOT_ON_OFFER),
    (
        "over by now",
        "2",
        listed(FIRST, appointment(77), meaning=Meaning.CONFIRM),
        NeedsPerson(words="The client chose something that is over."),
    ),
    ("ended by now", "1", listed(ENDED, OTHER_OFFER, meaning=Meaning.YES), LateYes(question=ENDED)),
    ("no to what has ended", "1", listed(ENDED, OTHER_OFFER, meaning=Meaning.NO), Nothing()),
    ("no. 2, or no to 2", "No. 2", listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES), A_NO_WITH_A_NUMBER),
    (
        "another time than an offered one",
        "R1",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES),
        NeedsPerson(words="The client chose a number, and the answer does not fit what it stands for."),
    ),
    (
        "twice the same",
        "1",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES, taken=(1,)),
        Answer(question=ONE_OFFER, meaning=Meaning.YES),
    ),
    (
        "first the one, then the other",
        "2",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES, taken=(1,)),
        NeedsPerson(words="The client chose a second number, after the first was taken as their answer."),
    ),
    ("a time of day", "2 pm", listed(FIRST, SECOND, meaning=Meaning.CONFIRM), CASES[-1][3]),
    (
        "a pronoun, and no number",
        "that one",
        listed(FIRST, SECOND, meaning=Meaning.CONFIRM),
        NeedsPerson(words="The text could not be read as an answer."),
    ),
    (
        "one of them, and not the first",
        "I'll take one",
        listed(ONE_OFFER, OTHER_OFFER, meaning=Meaning.YES),
        NeedsPerson(words="The text could not be read as an answer."),
    ),
    ("one by itself", "one", listed(SECOND, FIRST, meaning=Meaning.CONFIRM), ANSWER_SECOND),
    ("stop all the same", "stop", listed(FIRST, SECOND, meaning=Meaning.CONFIRM), OptOut(also_visit=True)),
]


@pytest.mark.parametrize(("text", "after", "outcome"), [case[1:] for case in CHOSEN], ids=[c[0] for c in CHOSEN])
def test_after_the_question_which_one_a_number_is_the_choice(text: str, after: Listed, outcome: Outcome) -> None:
    questions = (FIRST, SECOND, appointment(10), ONE_OFFER, OTHER_OFFER, ENDED)

    assert answer_to(text, *questions, after=after) == outcome


@pytest.mark.parametrize("text", ["2", "2 please"])
def test_without_that_question_a_two_means_what_it_always_did(text: str) -> None:
    assert answer_to(text, SECOND, after=None) == Answer(question=SECOND, meaning=Meaning.RESCHEDULE)


def test_a_number_after_a_newer_question_is_no_choice_but_a_key_with_its_number_is() -> None:
    reminded = appointment(9, asked="2026-11-24 12:00")
    after = listed(reminded, FIRST, meaning=Meaning.CONFIRM)

    assert answer_to("2", FIRST, reminded, after=after) == AskWhich(
        questions=(FIRST, reminded), meaning=Meaning.RESCHEDULE
    )
    assert answer_to("C2", FIRST, reminded, after=after) == Answer(question=FIRST, meaning=Meaning.CONFIRM)


@pytest.mark.parametrize("text", ["no 2", "No. 1"])
def test_a_no_with_a_number_that_nobody_asked_for_is_for_a_person(text: str) -> None:
    assert answer_to(text, ONE_OFFER, OTHER_OFFER, after=None) == A_NO_WITH_A_NUMBER


def test_a_lone_cancel_opts_out_and_asks_a_person_about_the_visit() -> None:
    reading = understand("CANCEL")

    outcome = match(meaning=reading.meaning, questions=(), person_should_look=reading.person_should_look)

    assert outcome == OptOut(also_visit=True)


@pytest.mark.parametrize("questions", [(), (ENDED,), (appointment(),)])
def test_a_yes_from_an_opted_out_phone_resubscribes_and_answers_nothing(questions: tuple[OpenQuestion, ...]) -> None:
    assert match(meaning=Meaning.YES, questions=questions, opted_out=True) == Resubscribe()


def test_a_yes_from_an_opted_out_phone_with_an_open_offer_is_a_claim() -> None:
    outcome = match(meaning=Meaning.YES, questions=(offer(),), opted_out=True)

    assert outcome == Answer(question=offer(), meaning=Meaning.YES)

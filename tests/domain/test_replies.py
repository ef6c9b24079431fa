"""A corpus of texts as patients write them, and what a receptionist would read in each."""

from __future__ import annotations

from typing import TypeVar

import pytest

from domain.replies import Meaning, read, understand

#: Texts are parted by a bar or a line's end, here and in the tables below.
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
ReadingT = TypeVar("ReadingT")


def each(table: dict[ReadingT, str]) -> list[tuple[str, ReadingT]]:
    """Every text of a table, beside what it is read as."""
    return [
        (text.strip(), reading)
        for reading, texts in table.items()
        for line in texts.splitlines()
        for text in line.split("|")
        if text.strip()
    ]


@pytest.mark.parametrize(("text", "meaning"), each(CORPUS))
def test_a_text_means_what_a_receptionist_would_read(text: str, meaning: Meaning) -> None:
    assert read(text) is meaning


def test_the_corpus_is_large() -> None:
    assert len(each(CORPUS)) > 200


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

"""What an order of staff's does, said before it is given and after it was accepted; and why one cannot be.

Staff read them behind a link or at a terminal. In a chat clients are initials, and no treatment is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clients import Channel, Client
from domain.messages.facts import VisitFacts, length_words, until, when


@dataclass(frozen=True, kw_only=True)
class OrderWords:
    """`before`: "Books Maya R. today …; texts Maya R. and 2 others." `after`: what is true once it was accepted."""

    before: str
    after: str


def called(client: Client, *, in_chat: bool) -> str:
    """ "Maya R.", or "M.R." where others read along."""
    last = f"{client.last_name[:1]}." if client.last_name else ""
    if in_chat:
        return (f"{client.first_name[:1]}." if client.first_name else "") + last
    return f"{client.first_name} {last}".strip()


def a_time(visit: VisitFacts, *, length: timedelta, now: datetime, consult_instead: bool, in_chat: bool) -> str:
    """ "for Botox (45 min) today (Tue Mar 10) at 2:00 PM with Jo" """
    what = "" if in_chat else f"for {' and '.join(visit.services)} ({length_words(length)}) "
    first = "as a consult first, " if consult_instead else ""
    with_whom = f" with {visit.provider}" if visit.provider else ""
    where = f" at {visit.location}" if visit.location else ""
    return f"{first}{what}{when(visit, now=now)}{with_whom}{where}"


def books(*, who: str, time: str, told_by: tuple[Channel, ...], others: int) -> OrderWords:
    """Booked by hand. `told_by`: how the client may be told; `others`: who were asked and hear that it is gone."""
    also = f" and {_others(others)}" if others else ""
    match told_by:
        case ():
            tells = f"Chairflow may not write to {who}: please tell them."
            tells += f" It texts {_others(others)}." if others else ""
        case (Channel.SMS,):
            tells = _sentence(f"Texts {who}{also}")
        case (Channel.EMAIL,):
            tells = _sentence(f"E-mails {who}" + (f", and texts {_others(others)}" if others else ""))
        case _:
            tells = _sentence(f"Texts and e-mails {who}" + (f", and texts {_others(others)}" if others else ""))
    return OrderWords(
        before=f"Books {who} {time}. {tells}",
        after=f"Being booked: {who} {time}. It stands once the practice system has taken it; a task says so if it does "
        f"not. {tells}",
    )


def offers(
    *, who: str, time: str, open_until: datetime, held: datetime | None, visit: VisitFacts, now: datetime
) -> OrderWords:
    """Asked next; `held`: not before that hour."""
    if held is not None:
        at = until(held, visit=visit, now=now)
        words = f"{who} at {at}, when quiet hours are over: {time}"
        return OrderWords(before=f"Texts {words}.", after=f"Goes out to {words}.")
    ends = until(open_until, visit=visit, now=now)
    return OrderWords(
        before=f"Texts {who} now: {time}. They have until {ends} to answer.",
        after=f"{who} is asked next: {time}. They have until {ends} to answer.",
    )


def goes(*, first: tuple[str, ...], fit: int) -> OrderWords:
    """Offers in the ranked order."""
    named = " and ".join(first) if len(first) < 3 else f"{', '.join(first[:2])} and {len(first) - 2} more"
    return OrderWords(
        before=f"Texts {named} now, the first of {fit} who fit; then the others in their order.",
        after=f"Offers go out to {named} now, the first of {fit} who fit; then to the others in their order.",
    )


def leaves(*, others: int) -> OrderWords:
    tells = _hear_that_it_is_gone(others)
    return OrderWords(before=f"Leaves the time free. {tells}", after=f"The time stays free. {tells}")


def stops(*, others: int) -> OrderWords:
    tells = _hear_that_it_is_gone(others)
    return OrderWords(before=f"Stops filling this time. {tells}", after=f"Offers are withdrawn. {tells}")


def closes_task() -> OrderWords:
    return OrderWords(
        before="Closes this task. Nothing is sent, booked or changed.",
        after="The task is closed. Nothing was sent, booked or changed.",
    )


def notes_booked(*, who: str) -> OrderWords:
    stays = f"The time stays held for {who} until the calendar shows the visit; then they are told by itself."
    return OrderWords(before=f"Notes that it is booked. {stays}", after=f"Noted as booked. {stays}")


def notes_told() -> OrderWords:
    return OrderWords(
        before="Notes that everybody was told. Nobody is texted about it any more.",
        after="Noted: everybody was told. Nobody is texted about it any more.",
    )


def lets_go(*, who: str, texted: bool, offered_on: bool) -> OrderWords:
    """A time that was held for a client is theirs no more."""
    then = "It is offered to the others who wait." if offered_on else "No time is left to offer it to others."
    text = f" The text to {who} goes out." if texted else ""
    return OrderWords(
        before=f"Lets the time go: it is not held for {who} any more. {then}{text}",
        after=f"The time is let go. {then}{text}",
    )


def sends(*, who: str) -> OrderWords:
    """The draft of a task, as it is or changed."""
    return OrderWords(
        before=f"Sends the text to {who} now.",
        after=f"The text to {who} is on its way; the task's page shows what becomes of it.",
    )


def sent_otherwise(words: OrderWords, *, at: str | None, by_mail: bool) -> OrderWords:
    """A text of staff's that does not go out at once as one. `at`: when quiet hours are over."""
    how = " It goes by e-mail: no text can." if by_mail else ""
    if at is None:
        return OrderWords(before=f"{words.before}{how}", after=f"{words.after}{how}")
    waits = f"Quiet hours: it goes out at {at}.{how}"
    return OrderWords(before=f"{words.before.replace(' now.', '.')} {waits}", after=f"{words.after} {waits}")


def made_a_client(*, who: str) -> str:
    """The practice system does not know them yet; it is recognised by name and phone once it does."""
    return (
        f"{who} is a client now, and the conversation is theirs. Please add them to the practice system under this "
        "name and number: then they can be offered times and booked from here."
    )


def linked(*, who: str, is_second: bool) -> str:
    if is_second:
        return (
            f"The conversation is {who}'s, and so is what comes from this number. Our own texts go to the one on file."
        )
    return (
        f"The conversation is {who}'s, and this is their number from now on. Please change it in the practice system, "
        "too."
    )


def on_the_waitlist(*, who: str, services: str, agreed: bool, bookable: bool) -> str:
    words = f"{who} is on the waitlist for {services}."
    if not agreed:
        words += " They have not agreed to offers by text: they can be called, and are not texted."
    if not bookable:
        words += " The practice system does not know them yet: add them there, and they can be offered times."
    return words


# --- refusals ----------------------------------------------------------------------------------------------------

NO_SUCH_CLIENT = "There is no such client in this practice."
NO_CLIENT_NAMED = "Say which client: this is about one of the short list."
NOBODY_BOOKED = "Nobody was booked, and nothing was sent."
FILL_HAS_ENDED = "This fill has ended; start a new one if the time is still free."
TIME_IS_TAKEN = "That time is taken: it has been filled, or was taken out. Nothing was done."
TIME_IS_PAST = "That time is past. Nothing was done."
BEING_BOOKED = "A client has said yes to this time and is being booked just now. Please look again in a minute."
NOBODY_FITS = "Nobody on the waitlist can be asked about this time just now. Nothing was sent."
OFFERS_ARE_PAUSED = "The practice has paused offers. Nothing was sent."


def cannot_have_it(*, who: str, why: str) -> str:
    return f"{who} cannot have it: {why} {NOBODY_BOOKED}"


def cannot_be_sent(*, why: str) -> str:
    """To somebody who would send a task's text. What else the task offers stands."""
    return f"Cannot be sent now: {_sentence(why)} Nothing was sent; please call or write another way."


def which_service(names: tuple[str, ...]) -> str:
    """To somebody who books a client who waits for nothing; `names` are the services that fit."""
    said = f"Say for what: {', '.join(names)}." if names else "No service fits the time."
    return f"They wait for nothing on the waitlist. {said} {NOBODY_BOOKED}"


def cannot_be_asked(*, who: str, why: str) -> str:
    return f"{who} cannot be asked: {why} Nothing was sent."


def _sentence(words: str) -> str:
    """An initial at the end has its full stop already."""
    return words if words.endswith(".") else f"{words}."


def _others(number: int) -> str:
    return "1 other" if number == 1 else f"{number} others"


def _hear_that_it_is_gone(number: int) -> str:
    if number == 0:
        return "Nobody is texted."
    return f"Texts the {'1 client who was' if number == 1 else f'{number} clients who were'} asked that it is gone."

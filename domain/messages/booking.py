"""What clients read about a visit they have, and the short answers to what they write.

C confirms, R asks for another time, X says they cannot come. Words that carriers take for an opt-out are never
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from domain.messages.facts import STOP_LINE, Sender, VisitFacts, Words, call_us, compose, visit_words, when
from domain.people import Channel

#: The key a client is asked for, per meaning of the answer; `which_one` adds a number to it.
KEYS = {"yes": "YES", "no": "NO", "confirm": "C", "reschedule": "R", "cannot_come": "X"}
HOW_TO_ANSWER = "Reply C to confirm, R for another time, X if you cannot come."
IF_SOMETHING_COMES_UP = "Something came up? Reply R for another time, X if you cannot come."


def confirmation(
    *,
    sender: Sender,
    visit: VisitFacts,
    now: datetime,
    won: bool = False,
    replaced: VisitFacts | None = None,
    first_text: bool = False,
    channel: Channel = Channel.SMS,
) -> Words:
    """The visit is booked. `won`: it was an offer they took; `replaced` is the later visit it stands in for."""
    words = visit_words(sender, visit, now=now, channel=channel)
    if replaced is not None:
        words += f" instead of {when(replaced, now=now, channel=channel)}"
    sentences = [
        f"It is yours! You are booked for {words}." if won else f"You are booked for {words}.",
        # Who said YES a moment ago is not asked again whether they mean it.
        _how_to_answer(sender, channel, sure=won),
    ]
    return compose(sender, sentences, channel=channel, subject="you are booked", first_text=first_text)


def reminder(
    *,
    sender: Sender,
    visit: VisitFacts,
    now: datetime,
    confirmed: bool = False,
    first_text: bool = False,
    channel: Channel = Channel.SMS,
) -> Words:
    """The visit comes near. Who has confirmed is not asked again."""
    words = visit_words(sender, visit, now=now, channel=channel)
    sentences = [
        f"We look forward to seeing you {words}." if confirmed else f"A reminder of your visit {words}.",
        _how_to_answer(sender, channel, sure=confirmed),
    ]
    return compose(sender, sentences, channel=channel, subject="your visit", first_text=first_text)


def moved(
    *,
    sender: Sender,
    visit: VisitFacts,
    before: VisitFacts | None,
    now: datetime,
    first_text: bool = False,
    channel: Channel = Channel.SMS,
) -> Words:
    """The visit has another time or provider now; `before` is what its client knew, where that is known."""
    words = visit_words(sender, visit, now=now, channel=channel)
    known = before is not None and before.start != visit.start
    sentences = [
        f"Your visit has moved to {words}.",
        f"It was {when(before, now=now, channel=channel)}." if before and known else "",
        _how_to_answer(sender, channel),
    ]
    return compose(sender, sentences, channel=channel, subject="your visit has moved", first_text=first_text)


def cancelled(
    *, sender: Sender, visit: VisitFacts, now: datetime, first_text: bool = False, channel: Channel = Channel.SMS
) -> Words:
    """The visit is off in the practice's calendar, whoever took it off."""
    reach_us = call_us(sender) if channel is Channel.EMAIL else call_us(sender, otherwise="reply R")
    sentences = [
        f"Your visit {visit_words(sender, visit, now=now, channel=channel)} is cancelled.",
        f"If that is not what you expected, or for a new time, {reach_us}.",
    ]
    return compose(sender, sentences, channel=channel, subject="your visit is cancelled", first_text=first_text)


def thanks(*, sender: Sender, visit: VisitFacts, now: datetime) -> Words:
    """The answer to a "C"; short, for they have the details."""
    return compose(sender, [f"Thank you! See you {when(visit, now=now)}."], channel=Channel.SMS, subject="thank you")


def which_one(*, sender: Sender, meaning: str, visits: Mapping[int, VisitFacts], now: datetime) -> Words:
    """An answer that fits several questions: ask which, each by its number and with its own key ("C1", "C2")."""
    if meaning not in KEYS:
        raise ValueError(f"meaning: cannot ask which visit a {meaning!r} is about; one of {', '.join(KEYS)}")
    key = KEYS[meaning]
    choices = [f"{key}{number} for {visit_words(sender, visit, now=now)}" for number, visit in visits.items()]
    return compose(
        sender, ["Which one do you mean? Reply " + ", ".join(choices) + "."], channel=Channel.SMS, subject=""
    )


def handed_over(*, sender: Sender) -> Words:
    """The answer to what a person must read."""
    return compose(sender, ["Thank you. A member of our team will get back to you."], channel=Channel.SMS, subject="")


def resubscribed(*, sender: Sender) -> Words:
    """The answer to START."""
    return compose(sender, ["Welcome back: you will get our texts again.", STOP_LINE], channel=Channel.SMS, subject="")


def help_text(*, sender: Sender) -> Words:
    """The answer to HELP: who writes, why, how to reach a person, how to stop."""
    sentences = [
        "We text about your visits and earlier times.",
        f"For help, {call_us(sender, otherwise='ask our front desk')}.",
        "Message and data rates may apply.",
        STOP_LINE,
    ]
    return compose(sender, sentences, channel=Channel.SMS, subject="")


def _how_to_answer(sender: Sender, channel: Channel, *, sure: bool = False) -> str:
    """`sure`: they said already that they will come."""
    if channel is Channel.EMAIL:
        return f"To change anything, {call_us(sender)}."
    return IF_SOMETHING_COMES_UP if sure else HOW_TO_ANSWER

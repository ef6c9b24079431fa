"""What clients read about a visit they have, and the short answers to what they write.

C confirms, R asks for another time, X says they cannot come. Words that carriers take for an opt-out are never
asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime

from domain.clients import Channel
from domain.messages.facts import Sender, VisitFacts, Voice, Words, length_words

#: The key a client is asked for, per meaning of the answer; `which_one` adds a number to it.
KEYS = {"yes": "YES", "no": "NO", "confirm": "C", "reschedule": "R", "cannot_come": "X"}


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
    voice = Voice(sender=sender, now=now, channel=channel)
    words = voice.visit(visit)
    if replaced is not None:
        words += voice.say("instead_of", when=voice.when(replaced))
    return voice.compose(
        voice.say("booked_won" if won else "booked_for", visit=words),
        *_what_a_mail_has_room_for(voice, visit),
        # Who said YES a moment ago is not asked again whether they mean it.
        _how_to_answer(voice, sure=won),
        subject="subject_booked",
        first_text=first_text,
    )


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
    voice = Voice(sender=sender, now=now, channel=channel)
    return voice.compose(
        voice.say("look_forward" if confirmed else "reminder", visit=voice.visit(visit)),
        _how_to_answer(voice, sure=confirmed),
        subject="subject_your_visit",
        first_text=first_text,
    )


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
    voice = Voice(sender=sender, now=now, channel=channel)
    known = before is not None and before.start != visit.start
    return voice.compose(
        voice.say("has_moved", visit=voice.visit(visit)),
        voice.say("it_was", before=voice.when(before)) if before and known else "",
        _how_to_answer(voice),
        subject="subject_moved",
        first_text=first_text,
    )


def cancelled(
    *, sender: Sender, visit: VisitFacts, now: datetime, first_text: bool = False, channel: Channel = Channel.SMS
) -> Words:
    """The visit is off in the practice's calendar, whoever took it off."""
    voice = Voice(sender=sender, now=now, channel=channel)
    reach_us = voice.call_us(otherwise="contact_us" if channel is Channel.EMAIL else "reply_r")
    return voice.compose(
        voice.say("is_cancelled", visit=voice.visit(visit)),
        voice.say("if_unexpected", reach_us=reach_us),
        subject="subject_cancelled",
        first_text=first_text,
    )


def thanks(*, sender: Sender, visit: VisitFacts, now: datetime) -> Words:
    """The answer to a "C"; short, for they have the details."""
    voice = Voice(sender=sender, now=now)
    return voice.compose(voice.say("see_you", when=voice.when(visit)))


def which_one(
    *,
    sender: Sender,
    meaning: str,
    visits: Mapping[int, VisitFacts],
    now: datetime,
    offered: Set[int] = frozenset(),
    names: Mapping[int, str] | None = None,
) -> Words:
    """An answer that fits several questions: ask which, each by its number and with its own key ("C1", "C2").

    `offered` are those of the numbers that are an offer; beside visits, each says what it is. `names` say whose each
    is, where people share the phone.
    """
    if meaning not in KEYS:
        raise ValueError(f"meaning: cannot ask which visit a {meaning!r} is about; one of {', '.join(KEYS)}")
    voice = Voice(sender=sender, now=now)
    mixed = 0 < len(offered) < len(visits)
    asked_for = voice.say("yes_key") if meaning == "yes" else KEYS[meaning]

    def choice(number: int, visit: VisitFacts) -> str:
        key, words = f"{asked_for}{number}", voice.visit(visit)
        if mixed:
            words = voice.say("the_offered_time" if number in offered else "the_visit", visit=words)
        if name := (names or {}).get(number):
            return voice.say("choice_named", key=key, name=name, visit=words)
        return voice.say("choice", key=key, visit=words)

    return voice.compose(voice.say("which_one", choices=", ".join(choice(*one) for one in visits.items())))


def handed_over(*, sender: Sender) -> Words:
    """The answer to what a person must read."""
    voice = Voice(sender=sender)
    return voice.compose(voice.say("team_will_get_back"))


def resubscribed(*, sender: Sender) -> Words:
    """The answer to START."""
    voice = Voice(sender=sender)
    return voice.compose(voice.say("welcome_back"), voice.say("stop"))


def help_text(*, sender: Sender) -> Words:
    """The answer to HELP: who writes, why, how to reach a person, how to stop."""
    voice = Voice(sender=sender)
    whole = sender.full_name if sender.full_name != sender.practice else None
    return voice.compose(
        voice.say("who_we_are", practice=whole) if whole else "",
        voice.say("about_our_texts"),
        voice.say("for_help", reach_us=voice.call_us(otherwise="ask_our_front_desk")),
        voice.say("rates"),
        voice.say("stop"),
    )


def _what_a_mail_has_room_for(voice: Voice, visit: VisitFacts) -> tuple[str, ...]:
    if voice.channel is not Channel.EMAIL:
        return ()
    return (
        "" if visit.length is None else voice.say("it_takes", length=length_words(visit.length)),
        "" if visit.address is None else voice.say("we_are_at", address=visit.address),
    )


def _how_to_answer(voice: Voice, *, sure: bool = False) -> str:
    """`sure`: they said already that they will come."""
    if voice.channel is Channel.EMAIL:
        return voice.say("to_change", reach_us=voice.call_us())
    return voice.say("something_came_up" if sure else "how_to_answer")

"""What clients read while an opening finds its next visit.

An offer says when, with whom, how to take it and until when. An ending says what happened, blames nobody, and
promises no place in line.
"""

from __future__ import annotations

from datetime import datetime

from domain.messages.facts import Sender, VisitFacts, Words, call_us, compose, until, visit_words, when
from domain.people import Channel

STILL_LISTED = "You stay on our list for an earlier time."


def offer(
    *,
    sender: Sender,
    visit: VisitFacts,
    open_until: datetime,
    now: datetime,
    link: str | None = None,
    first_text: bool = False,
    consult_instead: bool = False,
    replaces: VisitFacts | None = None,
    channel: Channel = Channel.SMS,
) -> Words:
    """An opening for one client. `replaces` is the later visit they would give up for it."""
    opened = visit_words(sender, visit, now=now, channel=channel)
    if replaces is not None:
        opened += f", to replace your visit {when(replaces, now=now, channel=channel)}"
    sentences = [
        f"An earlier time just opened: {opened}.",
        _consult(consult_instead),
        _how_to_take_it(visit, open_until=open_until, now=now, link=link, channel=channel, say_no=replaces is None),
        "The first YES gets it." if channel is not Channel.EMAIL else "It goes to the first who takes it.",
    ]
    return compose(sender, sentences, channel=channel, subject="an earlier time opened", first_text=first_text)


def offer_next_best(
    *,
    sender: Sender,
    lost_visit: VisitFacts,
    visit: VisitFacts,
    open_until: datetime,
    now: datetime,
    link: str | None = None,
    consult_instead: bool = False,
    channel: Channel = Channel.SMS,
) -> Words:
    """The truth to a client whose YES could not be kept, with the next best opening at once."""
    sentences = [
        f"We are sorry: {when(lost_visit, now=now, channel=channel)} was taken before we could save it.",
        f"We can offer you {visit_words(sender, visit, now=now, channel=channel)}.",
        _consult(consult_instead),
        _how_to_take_it(visit, open_until=open_until, now=now, link=link, channel=channel, say_no=False),
    ]
    return compose(sender, sentences, channel=channel, subject="another time for you")


def booking_note(*, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS) -> Words:
    """To the winner when the practice's calendar takes its time: confirming, not confirmed."""
    sentences = [
        f"Thank you! We are booking {visit_words(sender, visit, now=now, channel=channel)} for you.",
        "It is not confirmed yet; we will tell you as soon as it is.",
    ]
    return compose(sender, sentences, channel=channel, subject="we are booking it for you")


def lost(
    *,
    sender: Sender,
    visit: VisitFacts,
    now: datetime,
    listed: bool,
    said_yes: bool = True,
    channel: Channel = Channel.SMS,
) -> Words:
    """Somebody else has it. `said_yes`: this client wanted it as well, a moment later."""
    words = visit_words(sender, visit, now=now, channel=channel)
    sentences = (
        [f"Thank you for your YES. Someone else was a moment before you, so {words} is taken. We are sorry."]
        if said_yes
        else [f"{_capital(words)} is taken now; no reply needed."]
    )
    return compose(sender, [*sentences, _what_next(sender, listed)], channel=channel, subject="that time is taken")


def withdrawn(
    *,
    sender: Sender,
    visit: VisitFacts,
    now: datetime,
    listed: bool,
    said_yes: bool = False,
    channel: Channel = Channel.SMS,
) -> Words:
    """The practice itself filled or closed the opening while it was on offer."""
    words = visit_words(sender, visit, now=now, channel=channel)
    sentences = [
        "Thank you for your YES." if said_yes else "",
        f"We are sorry: {words} is no longer open.",
        _what_next(sender, listed),
    ]
    return compose(sender, sentences, channel=channel, subject="that time is no longer open")


def lapsed(*, sender: Sender, visit: VisitFacts, now: datetime, listed: bool, channel: Channel = Channel.SMS) -> Words:
    """The offer's time is over and nobody took it."""
    sentences = [
        f"Our offer for {visit_words(sender, visit, now=now, channel=channel)} has closed; no reply needed.",
        _what_next(sender, listed),
    ]
    return compose(sender, sentences, channel=channel, subject="that offer has closed")


def declined(*, sender: Sender, listed: bool, channel: Channel = Channel.SMS) -> Words:
    """The answer to a NO."""
    sentences = ["Thank you for letting us know.", _what_next(sender, listed)]
    return compose(sender, sentences, channel=channel, subject="thank you")


def late_yes(
    *, sender: Sender, visit: VisitFacts, now: datetime, listed: bool, channel: Channel = Channel.SMS
) -> Words:
    """The answer to a YES that came when all was decided; by whose doing is not known here."""
    return withdrawn(sender=sender, visit=visit, now=now, listed=listed, said_yes=True, channel=channel)


def clinic_filled(*, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS) -> Words:
    """The truth to a client who was first and still cannot have it, when there is nothing else to offer yet."""
    sentences = [
        f"We are sorry: {visit_words(sender, visit, now=now, channel=channel)} is taken. It was booked in our calendar "
        "before we could save it for you.",
        f"A member of our team will contact you about another time{_and_call(sender)}.",
    ]
    return compose(sender, sentences, channel=channel, subject="we could not keep that time for you")


def still_trying_handed_over(
    *, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS
) -> Words:
    """The booking could not be finished by itself; a person has it now, and whether it comes true is open."""
    sentences = [
        f"We could not book {visit_words(sender, visit, now=now, channel=channel)} for you by ourselves, so it is not "
        "confirmed.",
        f"A member of our team has taken over and will contact you{_and_call(sender)}.",
        "Please wait for our word before you come.",
    ]
    return compose(sender, sentences, channel=channel, subject="your booking is not confirmed yet")


def _how_to_take_it(
    visit: VisitFacts, *, open_until: datetime, now: datetime, link: str | None, channel: Channel, say_no: bool
) -> str:
    """`say_no` offers a NO as well; a text that has much to say saves the words, silence means no too."""
    deadline = until(open_until, visit=visit, now=now, channel=channel)
    if channel is Channel.EMAIL:
        # Nobody reads replies to our e-mails; the link is the only way to claim there.
        return f"Take it by {deadline}: {link}" if link else f"Reply YES to our text by {deadline} to take it."
    either = f"Reply YES or tap {link}" if link else "Reply YES"
    return f"{either} by {deadline} to take it{', NO to pass' if say_no else ''}."


def _what_next(sender: Sender, listed: bool) -> str:
    """`listed`: they do wait for more (`domain.filling.waits_for_more`); who does not is told how to ask."""
    return STILL_LISTED if listed else f"For another time, {call_us(sender, otherwise='reply to this text')}."


def _consult(consult_instead: bool) -> str:
    return "It would be a consultation, which comes first." if consult_instead else ""


def _and_call(sender: Sender) -> str:
    return f"; you can also {call_us(sender)}" if sender.phone else ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

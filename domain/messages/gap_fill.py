"""What clients read while an opening finds its next visit.

An offer says when, for how long, with whom, how to take it and until when, in one segment where names and link allow.
An ending says what happened, blames nobody, and promises no place in line.
"""

from __future__ import annotations

from datetime import datetime

from domain.clients import Channel
from domain.messages.facts import Sender, VisitFacts, Voice, Words, length_words


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
    """An opening for one client. `replaces` is the later visit they would give up for it: only then is it "earlier"."""
    voice = Voice(sender=sender, now=now, channel=channel)
    consult = _consult(voice, consult_instead)
    full = _opened(voice, visit, replaces)
    if channel is Channel.EMAIL:
        how = _by_mail(voice, visit, open_until=open_until, link=link)
        return voice.compose(full, consult, how, voice.say("first_who_takes_it"), subject="subject_free")
    dated = _opened(voice, visit, replaces, near=False)
    how = _by_text(voice, visit, open_until=open_until, link=link)
    how_short = _by_text(voice, visit, open_until=open_until, link=link, short=True)
    no, first = voice.say("no_to_pass"), voice.say("first_yes")
    ladder = [
        (full, consult, how, no, first),
        (full, consult, how, first),
        (dated, consult, how, first),
        (dated, consult, how),
        (dated, consult, how_short),
        (_opened(voice, visit, replaces, near=False, short=True), consult, how_short),
    ]
    if consult_instead or replaces is not None:
        consult_short = voice.say("consultation_short") if consult_instead else ""
        ladder += [
            (_opened(voice, visit, replaces, near=False, short=True), consult_short, how_short),
            (_in_fewest_words(voice, visit, replaces), consult_short, how_short),
        ]
    return voice.compose_short(ladder, first_text=first_text)


def offer_next_best(
    *,
    sender: Sender,
    lost_visit: VisitFacts,
    visit: VisitFacts,
    open_until: datetime,
    now: datetime,
    link: str | None = None,
    consult_instead: bool = False,
    said_yes: bool = True,
    channel: Channel = Channel.SMS,
) -> Words:
    """The truth to a client whose YES could not be kept, or whose offer the calendar overtook, with the next best
    opening at once."""
    voice = Voice(sender=sender, now=now, channel=channel)
    take_it = _by_mail if channel is Channel.EMAIL else _by_text
    return voice.compose(
        voice.say("sorry_taken_before" if said_yes else "sorry_not_open", lost=voice.when(lost_visit)),
        voice.say("we_can_offer", visit=voice.visit(visit), length=_length(visit)),
        _consult(voice, consult_instead),
        take_it(voice, visit, open_until=open_until, link=link),
        subject="subject_another_time",
    )


def booking_note(*, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS) -> Words:
    """To the winner when the practice's calendar takes its time: confirming, not confirmed."""
    voice = Voice(sender=sender, now=now, channel=channel)
    booking = voice.say("booking_it", visit=voice.visit(visit))
    return voice.compose(booking, voice.say("not_confirmed_yet"), subject="subject_booking_it")


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
    voice = Voice(sender=sender, now=now, channel=channel)
    words = voice.visit(visit)
    happened = (
        voice.say("somebody_faster", visit=words) if said_yes else voice.say("taken_no_reply", visit=_capital(words))
    )
    return voice.compose(happened, what_next(voice, listed), subject="subject_taken")


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
    voice = Voice(sender=sender, now=now, channel=channel)
    return voice.compose(
        voice.say("thanks_for_yes") if said_yes else "",
        voice.say("no_longer_open", visit=voice.visit(visit)),
        what_next(voice, listed),
        subject="subject_no_longer_open",
    )


def lapsed(*, sender: Sender, visit: VisitFacts, now: datetime, listed: bool, channel: Channel = Channel.SMS) -> Words:
    """The offer's time is over and nobody took it."""
    voice = Voice(sender=sender, now=now, channel=channel)
    closed = voice.say("offer_closed", visit=voice.visit(visit))
    return voice.compose(closed, what_next(voice, listed), subject="subject_offer_closed")


def declined(*, sender: Sender, listed: bool, channel: Channel = Channel.SMS) -> Words:
    """The answer to a NO."""
    voice = Voice(sender=sender, channel=channel)
    return voice.compose(voice.say("thanks_for_telling"), what_next(voice, listed), subject="subject_thank_you")


def late_yes(
    *, sender: Sender, visit: VisitFacts, now: datetime, listed: bool, channel: Channel = Channel.SMS
) -> Words:
    """The answer to a YES that came when all was decided; by whose doing is not known here."""
    return withdrawn(sender=sender, visit=visit, now=now, listed=listed, said_yes=True, channel=channel)


def clinic_filled(*, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS) -> Words:
    """The truth to a client who was first and still cannot have it, when there is nothing else to offer yet."""
    voice = Voice(sender=sender, now=now, channel=channel)
    return voice.compose(
        voice.say("booked_in_our_calendar", visit=voice.visit(visit)),
        voice.say("team_will_contact", also=_and_call(voice)),
        subject="subject_could_not_keep",
    )


def still_trying_handed_over(
    *, sender: Sender, visit: VisitFacts, now: datetime, channel: Channel = Channel.SMS
) -> Words:
    """The booking could not be finished by itself; a person has it now, and whether it comes true is open."""
    voice = Voice(sender=sender, now=now, channel=channel)
    return voice.compose(
        voice.say("could_not_book", visit=voice.visit(visit)),
        voice.say("team_has_taken_over", also=_and_call(voice)),
        voice.say("wait_for_our_word"),
        subject="subject_not_confirmed_yet",
    )


def what_next(voice: Voice, listed: bool) -> str:
    """`listed`: they do wait for more (`domain.filling.waits_for_more`); who does not is told how to ask."""
    if listed:
        return voice.say("still_listed")
    return voice.say("for_another_time", reach_us=voice.call_us(otherwise="reply_to_this_text"))


def _opened(
    voice: Voice, visit: VisitFacts, replaces: VisitFacts | None, *, near: bool = True, short: bool = False
) -> str:
    """The opening in one sentence. An e-mail greets in a line of its own."""
    name = None if voice.channel is Channel.EMAIL else voice.sender.greets
    opened, length = voice.visit(visit, near=near), _length(visit)
    greeting = "" if not name else f"{name}, " if short else voice.say("hi", name=name) + " "
    if replaces is not None:
        phrase = "earlier_short" if short else "earlier"
        replaced = voice.when(replaces, near=near)
        return voice.say(phrase, hi=greeting, visit=opened, length=length, replaced=replaced)
    shown = opened if short and greeting else _capital(opened)
    return voice.say("free_short" if short else "free", hi=greeting, visit=shown, length=length)


def _in_fewest_words(voice: Voice, visit: VisitFacts, replaces: VisitFacts | None) -> str:
    """Without their name; and who has the visit already knows its length."""
    opened = _capital(voice.visit(visit, near=False))
    if replaces is not None:
        return voice.say("earlier_shortest", visit=opened, replaced=voice.when(replaces, near=False))
    return voice.say("free_short", hi="", visit=opened, length=_length(visit))


def _by_text(voice: Voice, visit: VisitFacts, *, open_until: datetime, link: str | None, short: bool = False) -> str:
    deadline, phrase = voice.until(open_until, visit=visit, short=short), "yes" if short else "reply_yes"
    if link is None:
        return voice.say(phrase, until=deadline)
    return voice.say(f"{phrase}_or_tap", link=link, until=deadline)


def _by_mail(voice: Voice, visit: VisitFacts, *, open_until: datetime, link: str | None) -> str:
    """Nobody reads replies to our e-mails; the link is the only way to claim there."""
    deadline = voice.until(open_until, visit=visit)
    if link is None:
        return voice.say("take_it_by_text", until=deadline)
    return voice.say("take_it_by_link", until=deadline, link=link)


def _length(visit: VisitFacts) -> str:
    assert visit.length is not None, "an offer is of a visit whose services are known"
    return length_words(visit.length)


def _consult(voice: Voice, consult_instead: bool) -> str:
    return voice.say("consultation") if consult_instead else ""


def _and_call(voice: Voice) -> str:
    return voice.say("also_call", phone=voice.sender.phone) if voice.sender.phone else ""


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]

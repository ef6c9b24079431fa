"""The draft that answers what a client asked, from what the system knows of it.

Where it does not know a thing it leaves a blank for a person, and a text with a blank is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.inquiries import Inquiry, Topic, WishedTime
from domain.messages.facts import Sender, VisitFacts, Voice, Words, clock_time, length_words
from domain.messages.segments import cost
from domain.wall_time import local_date

#: What a person has to fill in.
BLANK: Final = "[…]"
#: As people and phones write it, too.
_BLANKS: Final = re.compile(r"\[\s*(?:…|\.{2,}|_+)?\s*\]")
HAS_BLANK: Final = "The text has a blank […] that nobody has filled in; please say it in your own words."
DRAFT_CHANGED: Final = (
    "What the draft says is not so any more. The task's page has it as of now; please send it from there."
)


class Standing(StrEnum):
    """How it stands with what the text is about."""

    #: On offer to this client, and free.
    OFFERED = "offered"
    #: It was, and is no more.
    GONE = "gone"
    #: Their visit.
    BOOKED = "booked"
    #: Nothing but a wish on the waitlist, or not even that.
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class KnownFacts:
    """What the system can say. `prices` are in cents, none where they are not known or not to be said; `free` is None
    where nobody can say what is free. `exactly`: the first of `free` is the very time they asked for."""

    standing: Standing = Standing.NOTHING
    about: VisitFacts | None = None
    lengths: tuple[timedelta, ...] = ()
    prices: tuple[int, ...] = ()
    address: str | None = None
    parking: str | None = None
    free: tuple[VisitFacts, ...] | None = None
    exactly: bool = False
    listed: bool = False


def has_blank(text: str) -> bool:
    return _BLANKS.search(text) is not None


def answer(*, sender: Sender, asked: Inquiry, known: KnownFacts, now: datetime) -> str | None:
    """The draft, in the client's language; None where the text asks nothing that is known of."""
    voice = Voice(sender=replace(sender, greets=None), now=now)
    if not asked.topics:
        return _filled(voice.compose(voice.say("thanks_for_question"), BLANK).text) if asked.asks_more else None
    said = [words for topic in asked.topics for words in _on(topic, voice, asked, known)]
    if asked.asks_more:
        said.append(BLANK)
    return _filled(voice.compose(*dict.fromkeys(said)).text)


def first_answer(*, sender: Sender, asked: Inquiry, known: KnownFacts, now: datetime) -> Words | None:
    """To who wants another time, at once: what is free; None where that is not known, and a person answers."""
    if not known.free or known.about is None:
        return None
    voice = Voice(sender=replace(sender, greets=None), now=now)
    happy = voice.say("another_time", visit=voice.when(known.about, near=False))
    texts = [
        voice.compose(happy, *_free(voice, asked, replace(known, free=known.free[:count]))).text
        for count in range(len(known.free), 0, -1)
    ]
    return Words(text=next((one for one in texts if cost(one).segments == 1), texts[0]))


def reschedule_draft(
    *, sender: Sender, asked: Inquiry, known: KnownFacts, visit: VisitFacts, now: datetime, told: bool = False
) -> str:
    """A person's answer to the same, with what is free where that is known. `told`: they have read that already."""
    voice = Voice(sender=replace(sender, greets=None), now=now)
    if told:
        return voice.compose(voice.say("none_of_these")).text
    happy = voice.say("another_time", visit=voice.when(visit))
    return _filled(voice.compose(happy, *_free(voice, asked, known, otherwise=voice.say("which_days"))).text)


def _on(topic: Topic, voice: Voice, asked: Inquiry, known: KnownFacts) -> Sequence[str]:
    match topic:
        case Topic.WHO:
            return [_who(voice, known)]
        case Topic.WHEN:
            return [voice.say("it_is_then", visit=_visit(voice, known))]
        case Topic.STILL_FREE:
            return [_still_free(voice, known)]
        case Topic.LENGTH:
            return [voice.say("it_takes", length=_one_of(voice, [length_words(one) for one in known.lengths]))]
        case Topic.PRICE:
            return [voice.say("it_costs", price=_range(voice, known.prices))]
        case Topic.ADDRESS:
            return [voice.say("we_are_at", address=known.address or BLANK)]
        case Topic.PARKING:
            return [voice.say("park_at", parking=known.parking or BLANK)]
        case Topic.OTHER_TIME | Topic.OTHER_PROVIDER:
            return _free(voice, asked, known)


def _who(voice: Voice, known: KnownFacts) -> str:
    practice = voice.sender.full_name or voice.sender.practice
    if known.standing is Standing.BOOKED and known.about is not None:
        return voice.say("who_of_visit", practice=practice, visit=voice.when(known.about))
    if known.standing in {Standing.OFFERED, Standing.GONE} or known.listed:
        return voice.say("who_of_list", practice=practice)
    return f"{voice.say('who_we_are', practice=practice)} {BLANK}"


def _still_free(voice: Voice, known: KnownFacts) -> str:
    match known.standing:
        case Standing.OFFERED:
            return voice.say("yes_still_free", visit=_visit(voice, known))
        case Standing.GONE:
            return voice.say("no_longer_open", visit=_visit(voice, known))
        case Standing.BOOKED:
            return voice.say("it_is_yours", visit=_visit(voice, known))
        case Standing.NOTHING:
            return BLANK


def _visit(voice: Voice, known: KnownFacts) -> str:
    return BLANK if known.about is None else voice.visit(known.about)


def _free(voice: Voice, asked: Inquiry, known: KnownFacts, *, otherwise: str | None = None) -> Sequence[str]:
    """Times that are free, and that a YES still takes what is on offer, not one of them."""
    if known.free is None:
        return [otherwise or voice.say("free_are", times=BLANK)]
    if not known.free:
        named = asked.wished != WishedTime()
        return [voice.say("nothing_free_then" if named else "nothing_free"), voice.say("which_days")]
    times = _times(voice, known.free)
    if known.exactly:
        said = [voice.say("that_is_free", times=times), voice.say("shall_we")]
    elif asked.wished.at:
        said = [voice.say("not_then", times=times), voice.say("which_time")]
    else:
        said = [voice.say("free_are", times=times), voice.say("which_time")]
    if known.standing is Standing.OFFERED and known.about is not None:
        said.append(voice.say("yes_takes", visit=voice.when(known.about, near=False)))
    return said


def _times(voice: Voice, free: Sequence[VisitFacts]) -> str:
    """ "Tue Nov 24 at 3:00 PM with Maria, 4:15 PM with Hana or Wed Nov 25 at 9:00 AM with Maria"."""
    said: list[str] = []
    day: date | None = None
    for one in free:
        on = local_date(one.start, one.zone)
        words = clock_time(one.start, one.zone) if on == day else voice.when(one, near=False)
        said.append(words + (voice.say("with_provider", provider=one.provider) if one.provider else ""))
        day = on
    return _one_of(voice, said)


def _one_of(voice: Voice, said: Sequence[str]) -> str:
    known = list(dict.fromkeys(said))
    if not known:
        return BLANK
    return voice.say("either", some=", ".join(known[:-1]), last=known[-1]) if len(known) > 1 else known[0]


def _range(voice: Voice, cents: Sequence[int]) -> str:
    if not cents:
        return BLANK
    least, most = min(cents), max(cents)
    return _money(least) if least == most else voice.say("from_to", least=_money(least), most=_money(most))


def _money(cents: int) -> str:
    return f"${cents // 100:,}" + (f".{cents % 100:02}" if cents % 100 else "")


def _filled(text: str) -> str:
    """Texts know no "…" (`segments.plain`); a blank is for people."""
    return text.replace("[...]", BLANK)

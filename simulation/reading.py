"""How a person reads the practice's texts: what it is about, which visit, and where the link leads.

Written from what a reader sees, not from the product's message functions: words that no longer say what they mean
make the simulated patients stop answering, and the account show it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Gist(StrEnum):
    """What a text is about."""

    OFFER = "offer"
    #: "We are booking it for you; it is not confirmed yet."
    CONFIRMING = "confirming"
    #: They won an offer.
    WON = "won"
    BOOKED = "booked"
    REMINDER = "reminder"
    #: "Thank you! See you ...": their C is heard.
    THANKED = "thanked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    #: An offer's ending for those who did not get it, and answers to a late or unclear word.
    CLOSED = "closed"
    OTHER = "other"


@dataclass(frozen=True)
class Reading:
    """A text as its reader takes it; `slot` is "Tue Oct 6 at 2:00 PM with Hana". `instead_of` is the visit that
    they give up for it, as an offer or a booking says: "Wed Oct 7 at 9:00 AM"."""

    gist: Gist
    slot: str | None
    link: str | None
    instead_of: str | None = None


_SLOT: Final = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} "
    r"\d{1,2}\)? at \d{1,2}:\d{2} [AP]M(?: [A-Z]{2,5})?(?: with [\w’'-]+)?"
)
_INSTEAD_OF: Final = re.compile(r"(?:to replace your visit|instead of) (?:(?:today|tomorrow) \()?" + _SLOT.pattern)
_LINK: Final = re.compile(r"https?://\S+")

#: In this order: the first phrase found decides.
_PHRASES: Final = (
    (Gist.OFFER, ("An earlier time: ", "can offer")),
    (Gist.CONFIRMING, ("not confirmed yet",)),
    (Gist.WON, ("It is yours",)),
    (Gist.BOOKED, ("You are booked for",)),
    (Gist.REMINDER, ("A reminder of your visit", "look forward to seeing you")),
    (Gist.THANKED, ("Thank you! See you",)),
    (Gist.MOVED, ("Your visit has moved",)),
    (Gist.CANCELLED, ("is cancelled", "taken off our calendar")),
    (Gist.CLOSED, ("is taken", "no longer open", "has closed")),
    # However short: a time, and the word that takes it.
    (Gist.OFFER, ("YES",)),
)


def read(body: str) -> Reading:
    """What a person makes of it."""
    gist, told = Gist.OTHER, body
    for candidate, phrases in _PHRASES:
        found = next((phrase for phrase in phrases if phrase in body), None)
        if found is not None:
            # An apology may name the lost visit first; what is offered comes after the phrase.
            gist, told = candidate, body[body.index(found) :] if found == "can offer" else body
            break
    slot, link = _SLOT.search(told), _LINK.search(body)
    given_up = _INSTEAD_OF.search(told) if gist in (Gist.OFFER, Gist.WON, Gist.BOOKED) else None
    when_given_up = _SLOT.search(given_up.group()) if given_up else None
    return Reading(
        gist,
        slot.group().replace(")", "") if slot else None,
        link.group().rstrip(".,)") if link else None,
        when_given_up.group().replace(")", "") if when_given_up else None,
    )


def without_codes(body: str) -> str:
    """The words alone: links are signed anew for each person and say nothing."""
    return _LINK.sub("", body).strip()


def slot_words(start: datetime, first_name: str) -> str:
    """A chair as a text names it: "Tue Oct 6 at 2:00 PM with Hana"; `start` in the practice's zone."""
    return f"{time_words(start)} with {first_name}"


def time_words(start: datetime) -> str:
    """A time as a text names it: "Tue Oct 6 at 2:00 PM"."""
    clock = f"{start.hour % 12 or 12}:{start:%M} {'AM' if start.hour < 12 else 'PM'}"
    return f"{start:%a %b} {start.day} at {clock}"

"""How a person reads the practice's texts: what it is about, which visit, and where the link leads.

Written from what a reader sees, not from the product's message functions: words that no longer say what they mean
make the simulated patients stop answering, and the account show it.
"""

from __future__ import annotations

import re
import unicodedata
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
    #: "A member of our team will get back to you": not an answer, but the promise of one.
    NOTE = "note"
    #: Their NO is heard.
    DECLINED = "declined"
    #: In nobody's form: a person's own words.
    OTHER = "other"


@dataclass(frozen=True)
class Reading:
    """A text as its reader takes it; `slot` is "Tue Oct 6 at 2:00 PM with Hana" in whatever language it was said.
    `instead_of` is the visit that they give up for it, as an offer or a booking says: "Wed Oct 7 at 9:00 AM"."""

    gist: Gist
    slot: str | None
    link: str | None
    instead_of: str | None = None
    #: It says that it is sorry: an offer that comes after a loss, which answers the yes before it.
    sorry: bool = False


_DAYS: Final = {"lun": "Mon", "mar": "Tue", "mie": "Wed", "jue": "Thu", "vie": "Fri", "sab": "Sat", "dom": "Sun"}
_MONTHS: Final = {"ene": "Jan", "abr": "Apr", "ago": "Aug", "dic": "Dec"}
#: Both ways of writing a day: "Tue Oct 6", "mar 6 oct"; accents are left off before.
_SLOT: Final = re.compile(
    r"\b(?:(?P<day>Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<month>[A-Z][a-z]{2}) (?P<date>\d{1,2})"
    r"|(?P<dia>(?i:lun|mar|mie|jue|vie|sab|dom)) (?P<fecha>\d{1,2}) (?P<mes>[a-z]{3}))"
    r"\)? (?:at|a las?) (?P<clock>\d{1,2}:\d{2} [AP]M(?: [A-Z]{2,5})?)(?: (?:with|con) (?P<who>[\w’'-]+))?"
)
_INSTEAD_OF: Final = re.compile(
    r"(?:to replace your visit|instead of|en lugar de su cita|en vez de) "
    r"(?:(?:today|tomorrow|hoy|manana) \()?" + _SLOT.pattern
)
_LINK: Final = re.compile(r"https?://\S+")
_SORRY: Final = re.compile(r"\bsorry\b|\blo sentimos\b", re.IGNORECASE)

#: In this order: the first phrase found decides. Accents are left off.
_PHRASES: Final = (
    (Gist.OFFER, ("An earlier time: ", "can offer", "Mas pronto: ", "Le ofrecemos")),
    (Gist.CONFIRMING, ("not confirmed yet", "no esta confirmado")),
    (Gist.WON, ("It is yours", "Es suya")),
    (Gist.BOOKED, ("You are booked for", "Su cita es ")),
    (
        Gist.REMINDER,
        ("A reminder of your visit", "look forward to seeing you", "Le recordamos su cita", "Le esperamos"),
    ),
    (Gist.THANKED, ("Thank you! See you", "¡Gracias! Nos vemos")),
    (Gist.MOVED, ("Your visit has moved", "Su cita pasa a")),
    (Gist.CANCELLED, ("is cancelled", "taken off our calendar", "esta cancelada")),
    (
        Gist.CLOSED,
        ("is taken", "no longer open", "has closed", "esta ocupado", "ya no esta libre", "se ha cerrado"),
    ),
    # However short: a time, and the word that takes it.
    (Gist.OFFER, ("YES or ", "YES by ", "SI o ", "SI hasta ")),
    (Gist.NOTE, ("get back to you", "be in touch", "contact you", "taken over", "le respondera", "le escribira")),
    (Gist.DECLINED, ("Thank you for letting us know", "Gracias por avisarnos")),
)


def read(body: str) -> Reading:
    """What a person makes of it."""
    plain = _plain(body)
    gist, told = Gist.OTHER, plain
    for candidate, phrases in _PHRASES:
        found = next((phrase for phrase in phrases if phrase in plain), None)
        if found is not None:
            # An apology may name the lost visit first; what is offered comes after the phrase.
            offered = found in ("can offer", "Le ofrecemos")
            gist, told = candidate, plain[plain.index(found) :] if offered else plain
            break
    slot, link = _SLOT.search(told), _LINK.search(body)
    given_up = _INSTEAD_OF.search(told) if gist in (Gist.OFFER, Gist.WON, Gist.BOOKED) else None
    return Reading(
        gist,
        _in_one_form(slot) if slot else None,
        link.group().rstrip(".,)") if link else None,
        _in_one_form(given_up) if given_up else None,
        _SORRY.search(plain) is not None,
    )


def _plain(body: str) -> str:
    """Without accents, as a phone without them shows it."""
    return "".join(one for one in unicodedata.normalize("NFKD", body) if not unicodedata.combining(one))


def _in_one_form(found: re.Match[str]) -> str:
    if found["day"]:
        on = f"{found['day']} {found['month']} {found['date']}"
    else:
        day, month = _DAYS[found["dia"].lower()], _MONTHS.get(found["mes"], found["mes"].capitalize())
        on = f"{day} {month} {found['fecha']}"
    return f"{on} at {found['clock']}" + (f" with {found['who']}" if found["who"] else "")


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

"""What patients ask by text, and what answers it, as a person on either side of the counter reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from simulation.catalogue import PLACE, Place, Service


class Topic(StrEnum):
    """What a text asks for."""

    LENGTH = "how long it takes"
    PRICE = "what it costs"
    PARKING = "where to park"
    OTHER_TIME = "another time"
    ANYTHING = "something else"


#: In this order: the first that is found decides.
_ASKS: Final = (
    (Topic.LENGTH, re.compile(r"how long|cuanto (?:dura|tarda|tiempo)")),
    (Topic.PRICE, re.compile(r"how much|\bcosts?\b|\bprice|cuanto (?:cuesta|vale|es)|precio")),
    (Topic.PARKING, re.compile(r"\bpark|estacion|aparca")),
    (Topic.OTHER_TIME, re.compile(r"\binstead\b|(?:an)?other time|otra hora|(?:puede|podria) ser a las?|mejor a las?")),
    (Topic.ANYTHING, re.compile(r"\?")),
)
_LENGTH: Final = re.compile(r"(?:(\d+) ?(?:h|hours?|horas?)\b)?(?:,| and| y)? ?(?:(\d+) ?(?:min|minutes|minutos)\b)?")
_PRICE: Final = re.compile(r"\$ ?(\d[\d,]*)")
_CLOCK: Final = re.compile(r"\b\d{1,2}(?::\d{2})? ?[ap]m\b")
_SPANISH: Final = re.compile(r"[¿¡]|\b(?:si|cuanto|donde|puede|podria|por favor|gracias)\b")


def asks(body: str) -> Topic | None:
    """What a patient asks for; None where they ask nothing."""
    words = without_accents(body)
    return next((topic for topic, asked in _ASKS if asked.search(words)), None)


def answers(topic: Topic, body: str, services: Iterable[Service], place: Place = PLACE) -> bool:
    """Whether a person's text says what was asked; `services` are those it may have been asked about."""
    words = without_accents(body)
    match topic:
        case Topic.LENGTH:
            said = {int(hours or 0) * 60 + int(minutes or 0) for hours, minutes in _LENGTH.findall(words)}
            return bool(said & {one.minutes for one in services})
        case Topic.PRICE:
            prices = {int(price.replace(",", "")) for price in _PRICE.findall(words)}
            return bool(prices & {one.price_cents // 100 for one in services})
        case Topic.PARKING:
            return any(without_accents(named) in words for named in (place.street, place.garage))
        case Topic.OTHER_TIME:
            return _CLOCK.search(words) is not None
        case Topic.ANYTHING:
            return True


def in_spanish(body: str) -> bool:
    """Whether it is written in Spanish."""
    return _SPANISH.search(without_accents(body)) is not None


def without_accents(words: str) -> str:
    """As people type in a hurry: small letters, no accents."""
    bare = unicodedata.normalize("NFKD", words.lower())
    return "".join(one for one in bare if not unicodedata.combining(one))

"""The last step: what a client's own plain words mean. One word too many, and it is for a person."""

from __future__ import annotations

import re

from domain.reading.meanings import Meaning, Reading
from domain.reading.normalise import Plain
from domain.reading.opt_outs import OptOut, opt_out
from domain.reading.vocabulary import (
    CONFIRM_WORDS,
    COURTESY,
    DISLIKE,
    FOLDED,
    HALT,
    HEARTS,
    HELP_WORDS,
    LIKE,
    NO_WORDS,
    NOT_RESCHEDULE,
    NUMBER,
    NUMBER_ONE,
    NUMBERED,
    OKAY_WORDS,
    REASONS,
    RESCHEDULE,
    SHORT_KEYS,
    SOFT_OKAY_WORDS,
    START_WORDS,
    SURROUNDS,
    THANKS_WORDS,
    YES_WORDS,
)

KEYS = {
    "yes": Meaning.YES,
    "y": Meaning.YES,
    "si": Meaning.YES,
    "no": Meaning.NO,
    "c": Meaning.CONFIRM,
    "r": Meaning.RESCHEDULE,
    "x": Meaning.CANNOT_COME,
}
CHOICE = re.compile(r"(?P<key>yes|y|si|no|c|r|x) ?(?P<number>[1-9]\d?)( please| pls)?")
#: A client who writes "can you cancel my appointment?" asks for it and not about it.
_REQUEST = re.compile(r"^((hi|hello|hey|please) )*(can|could|would|will) (you|u) (please |pls )?cancel\b")
#: Asked without its mark, as a text often is; "why not" is a yes.
_ASKED = re.compile(
    r"^((hi|hello|hey|ok|okay|so|and|but|wait) )*(is|are|am i|did|does|do (i|you|we)|what|which|who|when|where|how"
    r"|why(?! not)"
    r"|can (i|we)|could (i|we)|may i|should|que(?! si\b)|cuando|cuanto|como|donde|puedo)\b"
)
#: "Cancel my appointment", while all that was asked is an offer.
_VISIT = re.compile(
    r"\bcancel\w*\b.*\b(appointment|appt|visit|booking|reservation|cita)\b"
    r"|\b(my|our|mi|nuestra) (appointment|appt|visit|cita)\b"
)
_ALONE = {
    **dict.fromkeys(("c", "1"), Meaning.CONFIRM),
    **dict.fromkeys(("r", "2"), Meaning.RESCHEDULE),
    **dict.fromkeys(("x", "3"), Meaning.CANNOT_COME),
}


def meaning_of(plain: Plain) -> Reading:
    """What the words mean, out of any context."""
    words, emojis = plain.words, plain.emojis
    match opt_out(plain):
        case OptOut.CLEAR:
            return Reading(meaning=Meaning.STOP)
        case OptOut.DOUBTFUL:
            return Reading(meaning=Meaning.STOP, person_should_look=True)
        case OptOut.MENTIONED:
            return Reading(meaning=Meaning.OTHER)
        case None:
            pass
    if plain.unread:
        return Reading(meaning=Meaning.OTHER)
    if not words:
        return Reading(meaning=Meaning.OTHER if plain.asks else _of_emojis(emojis))
    if words in START_WORDS:
        return Reading(meaning=Meaning.START)
    if words in HELP_WORDS:
        return Reading(meaning=Meaning.HELP)
    # A picture that is no mere decoration is a word that nobody explained.
    asks = plain.asks or bool(_ASKED.search(words))
    clouded = asks or not emojis <= LIKE | HEARTS
    if not clouded and (chosen := CHOICE.fullmatch(words)):
        return Reading(meaning=KEYS[chosen["key"]], choice=int(chosen["number"]))
    meaning = _of_words(words, asks=asks)
    a_clear_no = meaning is Meaning.NO and emojis <= DISLIKE | HEARTS and not asks
    a_request = meaning is Meaning.RESCHEDULE or (asks and emojis <= LIKE | HEARTS and _REQUEST.search(words))
    if clouded and not a_clear_no and not a_request:
        meaning = Meaning.OTHER
    return Reading(
        meaning=meaning,
        number=None if clouded else _number(words),
        names_a_visit=meaning is Meaning.CANNOT_COME and bool(_VISIT.search(words)),
    )


def _of_words(words: str, *, asks: bool) -> Meaning:
    """Every word must be one that means it, or merely surround it."""
    said = words.split()
    key = [word for word in said if word not in COURTESY]
    if len(key) == 1 and key[0] in _ALONE and (said[-1] != key[0] or len(said) < 3):
        return Meaning.OTHER if asks else _ALONE[key[0]]
    folded = words
    for pattern, one in FOLDED:
        folded = pattern.sub(f" {one} ", folded)
    tokens = frozenset(folded.split())
    yes, no, cannot = bool(YES_WORDS & tokens), bool(NO_WORDS & tokens), "cannotcome" in tokens
    if RESCHEDULE.search(words) and not NOT_RESCHEDULE.search(words):
        return Meaning.OTHER if YES_WORDS & frozenset(said) else Meaning.RESCHEDULE
    if tokens & SHORT_KEYS and not tokens <= SHORT_KEYS | COURTESY | YES_WORDS | NO_WORDS | OKAY_WORDS | {"confirm"}:
        return Meaning.OTHER
    if cannot and not yes and tokens <= {"cannotcome"} | SURROUNDS | REASONS | NO_WORDS | OKAY_WORDS:
        return Meaning.CANNOT_COME
    if cannot or (yes and no):
        return Meaning.OTHER
    if no and tokens <= NO_WORDS | SURROUNDS | OKAY_WORDS | REASONS:
        return Meaning.NO
    if yes and tokens <= YES_WORDS | OKAY_WORDS | CONFIRM_WORDS | SURROUNDS | SOFT_OKAY_WORDS:
        return Meaning.YES
    if tokens & CONFIRM_WORDS and tokens <= CONFIRM_WORDS | OKAY_WORDS | SURROUNDS | SOFT_OKAY_WORDS:
        return Meaning.CONFIRM
    if "haveread" in tokens and not tokens & THANKS_WORDS and tokens <= OKAY_WORDS | SURROUNDS:
        return Meaning.HEARD
    if tokens & OKAY_WORDS and tokens <= OKAY_WORDS | SURROUNDS:
        return Meaning.THANKS if tokens & THANKS_WORDS else Meaning.OKAY
    if tokens & THANKS_WORDS and tokens <= THANKS_WORDS | SURROUNDS:
        return Meaning.THANKS
    return Meaning.OKAY if tokens <= SOFT_OKAY_WORDS else Meaning.OTHER


def _number(words: str) -> int | None:
    """The number a text consists of; with nothing around it but a few words of courtesy."""
    if NUMBER_ONE.fullmatch(words):
        return 1
    found = NUMBER.fullmatch(words)
    if found is None:
        return None
    said = found["number"]
    if said[0].isdigit():
        return int(said.rstrip("stndrh"))
    return next(number for number, names in enumerate(NUMBERED, start=1) if said in names)


def _of_emojis(emojis: frozenset[str]) -> Meaning:
    if not emojis or not emojis <= HALT | DISLIKE | LIKE | HEARTS:
        return Meaning.OTHER
    if emojis & HALT:
        return Meaning.STOP
    if emojis & DISLIKE:
        return Meaning.OTHER if emojis & LIKE else Meaning.NO
    return Meaning.YES if emojis & LIKE else Meaning.THANKS

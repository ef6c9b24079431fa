"""A client's words as a request for a booking: what for, how much, with whom, when.

Never a guess: what is not certain is a question with its candidates, and what is no request is for a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from domain.catalogue import Matrix, Provider, Service
from domain.reading.normalise import normalise
from domain.treatment_words import AREAS, TREATMENTS
from domain.wishes import Wish, read_wish

#: From here a misspelled word is taken for the word; a little below it is asked about.
_SURE: Final = 0.85
#: Shorter words have too many neighbours.
_SHORTEST_MISSPELLED: Final = 5


@dataclass(frozen=True, kw_only=True)
class Understood:
    """A booking of these services, one after the other."""

    service_ids: tuple[int, ...]
    when: Wish
    provider_id: int | None = None
    units: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """A booking, but which treatment has to be asked: one of these, or any where there are none."""

    candidates: tuple[int, ...]
    when: Wish
    provider_id: int | None = None
    units: int | None = None


@dataclass(frozen=True, kw_only=True)
class _Offered:
    service: Service
    treatments: frozenset[str]
    areas: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Offerings:
    """What a practice offers, by the field's words."""

    matrix: Matrix

    @cached_property
    def services(self) -> tuple[_Offered, ...]:
        found = []
        for service in self.matrix.services:
            seen = _mentions(normalise(f"{service.name} , {service.code}").words.split())
            named = frozenset(one.name for one in seen if one.kind == "treatment")
            areas = frozenset(one.name for one in seen if one.kind == "area")
            implied = {AREAS[one][0] for one in areas} - {None} if not named else set()
            found.append(
                _Offered(
                    service=service,
                    treatments=_narrowest(named) | frozenset(one for one in implied if one is not None),
                    areas=areas,
                )
            )
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Mention:
    kind: str
    name: str
    at: int
    words: int


def read_request(text: str, offerings: Offerings, *, today: date) -> Understood | Unclear | None:
    """None where no booking is asked for, or nobody can tell."""
    plain = normalise(text)
    words = [_corrected(one) for one in f" {_STOP} ".join(plain.clauses).split()]
    said = " ".join(one for one in words if one != _STOP)
    if not words or _NO_BOOKING.search(said):
        return None
    seen = _mentions(words)
    wanted = [one for one in seen if not _is_negated(one, words, seen)]
    when = read_wish(text, today=today)
    provider = _provider(words, offerings.matrix.providers)
    units = next((int(found[1]) for found in [_UNITS.search(said)] if found), None)
    treatments = _narrowest(frozenset(one.name for one in wanted if one.kind == "treatment"))
    areas = frozenset(one.name for one in wanted if one.kind == "area")
    if not treatments:
        treatments = frozenset(stands for area in areas if (stands := AREAS[area][0]) is not None)
    asks = provider is not None or _BOOKS.search(said) is not None
    if not treatments:
        if not asks or any(one.kind == "treatment" for one in seen):
            return None
        return Unclear(candidates=(), when=when, provider_id=provider, units=units)
    if not (asks or _SOON.search(said) or when.says_something or _explains(words, seen)):
        return None
    order = [one.name for one in wanted if one.kind == "treatment" and one.name in treatments] or sorted(treatments)
    chosen: list[int] = []
    unsure: list[int] = []
    clear = True
    for name in dict.fromkeys(order):
        ids, sure = _services(name, areas, offerings)
        clear = clear and sure and not (len(treatments) > 1 and _EITHER in words)
        (chosen if clear else unsure).extend(ids)
    if clear:
        return Understood(service_ids=tuple(dict.fromkeys(chosen)), when=when, provider_id=provider, units=units)
    return Unclear(candidates=tuple(dict.fromkeys(unsure)), when=when, provider_id=provider, units=units)


def _services(name: str, areas: frozenset[str], offerings: Offerings) -> tuple[list[int], bool]:
    """The services that may be meant, and whether it is certain."""
    sure = True
    found = [one for one in offerings.services if name in one.treatments]
    if not found:
        found = [one for one in offerings.services if any(name in _kinds(each) for each in one.treatments)]
    if not found:
        found = [one for one in offerings.services if TREATMENTS[name][0] in one.treatments]
    if not found:
        wider = TREATMENTS[name][0]
        sure = False
        found = [
            one
            for one in offerings.services
            if wider is not None and any(wider in _kinds(each) for each in one.treatments)
        ]
    of_area = [one for one in found if one.areas & areas]
    if of_area:
        each = [[one for one in of_area if area in one.areas] for area in sorted(areas)]
        named = [group for group in each if group]
        return [one.service.id for one in of_area], sure and all(len(group) == 1 for group in named)
    ids = [one.service.id for one in found]
    return ids, sure and len(found) == 1 and not found[0].areas


def _kinds(name: str) -> set[str]:
    """The wider kinds of a treatment, its own name left out."""
    wider = TREATMENTS[name][0]
    return set() if wider is None else {wider, *_kinds(wider)}


def _narrowest(names: Iterable[str]) -> frozenset[str]:
    """ "SkinPen microneedling" is SkinPen."""
    told = frozenset(names)
    return told - {kind for one in told for kind in _kinds(one)}


def _phrases() -> Mapping[tuple[str, ...], tuple[_Mention, ...]]:
    found: dict[tuple[str, ...], list[_Mention]] = {}
    for kind, table in (("treatment", TREATMENTS), ("area", AREAS)):
        for name, (_, written) in table.items():
            for phrase in written:
                words = tuple(phrase.split())
                found.setdefault(words, []).append(_Mention(kind=kind, name=name, at=0, words=len(words)))
    return {words: tuple(ones) for words, ones in found.items()}


_PHRASES: Final = _phrases()
_LONGEST: Final = max(map(len, _PHRASES))
_VOCABULARY: Final = frozenset(word for phrase in _PHRASES for word in phrase)
_MISSPELLABLE: Final = tuple(sorted(word for word in _VOCABULARY if len(word) >= _SHORTEST_MISSPELLED))
#: Words of every day that are near to one of the field's.
_THEMSELVES: Final = frozenset(
    ["needing", "needed", "needle", "feeling", "healing", "later", "cheers", "fuller", "lashed", "diamonds"]
)


def _corrected(word: str) -> str:
    if word in _VOCABULARY or len(word) < _SHORTEST_MISSPELLED or word in _THEMSELVES:
        return word
    if word.endswith("s") and word[:-1] in _VOCABULARY:
        return word[:-1]
    near = [(SequenceMatcher(None, word, known).ratio(), known) for known in _MISSPELLABLE if known[0] == word[0]]
    best = max(near, default=(0.0, word))
    return best[1] if best[0] >= _SURE else word


def _mentions(words: list[str]) -> tuple[_Mention, ...]:
    """Treatments and areas, the longest phrase first."""
    found: list[_Mention] = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            known = _PHRASES.get(tuple(words[at : at + length]))
            if known is not None:
                found += [_Mention(kind=one.kind, name=one.name, at=at, words=length) for one in known]
                at += length
                break
        else:
            at += 1
    return tuple(found)


def _is_negated(mention: _Mention, words: list[str], seen: Iterable[_Mention]) -> bool:
    """ "not Botox", "instead of Botox"; a denial reaches three words, and no further than the treatment before."""
    ends = max((one.at + one.words for one in seen if one.at < mention.at), default=0)
    before = words[max(ends, mention.at - 3) : mention.at]
    if _STOP in before:
        before = before[len(before) - before[::-1].index(_STOP) :]
    if (before and before[-1] in {"just", "only"}) or (before[-1:] == ["but"] and before[-2:-1] != ["anything"]):
        return False
    return bool(set(before) & _DENIALS) or before[-2:] in (["instead", "of"], ["anything", "but"])


def _provider(words: list[str], providers: Iterable[Provider]) -> int | None:
    """Who is asked for by name; nobody where two have it, or "not with" them."""
    found = set()
    for at, word in enumerate(words):
        before = words[max(0, at - 2) : at]
        if not set(before) & _WITH or set(words[max(0, at - 3) : at]) & _DENIALS:
            continue
        for one in providers:
            names = {*normalise(one.first_name).words.split(), *normalise(one.display_name).words.split()} - _TITLES
            if word in names:
                found.add(one.id)
    return found.pop() if len(found) == 1 else None


def _explains(words: list[str], seen: Iterable[_Mention]) -> bool:
    """Whether nothing is said but treatments and areas."""
    told = {at for one in seen for at in range(one.at, one.at + one.words)}
    return all(at in told or word == _STOP or word in _LITTLE or word.isdigit() for at, word in enumerate(words))


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Stands between clauses.
_STOP: Final = ","
_EITHER: Final = "or"
_DENIALS: Final = _each("no not dont without sin never")
_WITH: Final = _each("with w con see is can dr doctor has")
_TITLES: Final = _each("dr doctor rn np pa md")
#: Say nothing beside a treatment.
_LITTLE: Final = _each(
    "and or y plus with w my the a an in for of on to me please pls plz hi hey hello hola then some this "
    "time touch up refill shot shots injection injections full half syringe vial vials unit units u appt "
    "usual con dr combo deluxe same day"
)
_UNITS: Final = re.compile(r"\b(\d{1,3}) ?(?:units?|u|unidades)\b")
#: Asks for a booking, whatever for.
_BOOKS: Final = re.compile(
    r"\b(appts?|appointments?|openings?|open|availab\w*|book|booking|schedule|slots?|spots?|come in|get in|see me|"
    r"fit me|squeeze|my usual|the usual|same as last time|have anything|do you have|any|need|want|wanna|please|pls|"
    r"id like|i d like|would like|can i|could i|time for|looking|citas?|quiero|quisiera|gustaria|agendar|por favor|"
    r"asap)\b"
)
_SOON: Final = re.compile(
    r"\b(today|tonight|tomorrow|tmrw|tmr|weekend|"
    r"(this|next|nxt) (week|wk|month|time|mon|tue|tues|wed|thu|thurs|fri|sat|sun)|"
    r"hoy|manana|semana)\b"
)
#: Asks, tells, thanks or undoes; a booking in the same breath is for a person to see.
_NO_BOOKING: Final = re.compile(
    r"\bhow (much|long|many|do|does|is|are|often|soon)\b|\b(price|prices|pricing|cost|costs|charge|cuanto|precio)\b|"
    r"\b(what|whats|which|who|where|why|donde|quien)\b|\bdo (you|u|yall) (do|take|sell|offer|accept)\b|\bdoes\b|"
    r"\bis (it|there|this|that|my|\w+ safe|\w+ ok)\b|\bare (you|u|there|they)\b|\bdo i\b|\bshould i\b|\bnormal\b|"
    r"\bcan i (?!get\b|book\b|come\b|schedule\b|have\b|do\b|see\b|make\b|please\b)|\bpregnan|\bbreastfeed|\bnursing\b|"
    r"\b(swollen|swelling|bruis\w*|lumps?|bumps?|itch\w*|red|hurts?|painful|numb|rash|infect\w*|droop\w*|uneven|"
    r"higher than|didnt work|not working|allerg\w*)\b|\b(love|loved|obsessed|amazing|awesome|thanks?|best|gracias)\b|"
    r"\bwas\b|\b(had|did|got) (my )?(botox|dysport|filler|it|the|a)\b|\b(ago|yesterday|last week|last month|left my)\b|"
    r"\b(cancel\w*|resched\w*|move my|we move|change my|cant|cannot|wont|unable|late|im here|on my way|no puedo)\b|"
    r"\b(stop|unsubscribe|not interested|no more|wrong number|sister|husband|friend|know about|about my)\b|"
    r"\b(see you|still on|resend|receipt|gift card|gift cards|hiring|hours|located|my new|call me)\b|"
    r"\bwhen (is|was|are) (my|the)\b|\b(refund\w*|discounts?|specials?|deals?|promos?|coupons?|groupon|financing)\b|"
    r"\b(dissolv\w*|hylenex|hyaluronidase|remove|reverse|reversal|fix|correct)\b|\b(party|ad|tell me|talk to|info)\b|"
    r"\b(daughter|son|mom|mother|wife|kid|baby shower)\b|^(is|does|do|did|will|was) the\b"
)

"""What a client's text asks a person: how long it takes, what it costs, where it is, whether another time is free, who
we are. For drafts only: nothing is decided by it, so a question may be recognised by a few of its words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from domain.clients import WeeklyWindow
from domain.wishes import Wish, read_wish


class Topic(StrEnum):
    """What is asked for, in the order of the answer."""

    WHO = "who writes"
    WHEN = "when it is"
    STILL_FREE = "whether it is still free"
    LENGTH = "how long it takes"
    PRICE = "what it costs"
    ADDRESS = "where it is"
    PARKING = "where to park"
    OTHER_TIME = "another time"
    OTHER_PROVIDER = "another provider"


@dataclass(frozen=True, kw_only=True)
class WishedTime:
    """When instead; nothing said is any other time. `at` are times of day in minutes, `later` and `earlier` are than
    what was offered."""

    on: date | None = None
    at: tuple[int, ...] = ()
    windows: tuple[WeeklyWindow, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    later: bool = False
    earlier: bool = False


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """`asks_more`: a question of the text is about none of the topics. `provider`: the first name they ask for."""

    topics: tuple[Topic, ...] = ()
    wished: WishedTime = WishedTime()
    provider: str | None = None
    asks_more: bool = False

    @property
    def is_about_times(self) -> bool:
        return Topic.OTHER_TIME in self.topics or Topic.OTHER_PROVIDER in self.topics


_ASKS: Final = {
    Topic.WHO: (
        r"\bwho(s| is| are| r)? (this|that|you|u|it|dis|texting|writing)\b|\bwho dis\b|\bwhos? (its )?from\b|"
        r"\bnew phone\b|how did (you|u) get (my|this) number|why (are|r) (you|u) (texting|messaging|contacting)|"
        r"what is this( about)?$|\bquien (es|eres|son|habla|escribe|manda)\b|de quien es este numero|"
        r"como (tienen|consiguieron) mi numero"
    ),
    Topic.WHEN: (
        r"\b(when|what (time|day|date)) (is|was|s) (it|that|this|my|the)\b|\bwhens (my|the)\b|\bwhat time again\b|"
        r"\b(cuando|a que hora|que dia) (es|era|seria|tengo)\b"
    ),
    Topic.STILL_FREE: (
        r"\b(is|are) (it|that|this|they|the (time|slot|appointment|spot|opening)|.{1,20}) still\b|"
        r"\bstill (free|available|open|there|have it|good)\b|"
        r"\bis (it|that|this)( time| slot| spot)? (free|available|open|taken|gone)\b|\b(am i|is it) too late\b|"
        r"\bdid i (miss|get) it\b|\bsigue(n)? (libre|disponible|abiert)|"
        r"\b(todavia|aun)\b.*\b(libre|disponible|hay)\b|\besta (libre|disponible)\b|"
        r"ya (esta|lo|la) (ocupad|tomaron|tomad)"
    ),
    Topic.LENGTH: (
        # Of the visit, and of nothing else: not how long it heals, lasts, or has to be waited for.
        r"\bhow long\b(?! (until|till|before|after|between|ago|in advance|have|has|can|should|must|"
        r"do (i|you|we) (have|need) to (wait|rest|keep|avoid|fast|starve)|"
        r"is (the|your|ur) (wait|line|list|parking|recovery|healing|drive)|"
        r"(do|does|will|would|can) (\w+ ){1,3}(last|hold|heal|hurt|keep)))|"
        r"\b(what time|when) (does|will|would|do) (it|this|that|i|we) (end|finish|be (done|over|finished))\b|"
        r"\bhow much time\b|\bhow many (min|minute|hour|hr)s?\b|\b(length|duration)\b|\btake long\b|"
        r"\bcuanto (dura|tarda|demora|toma|tiempo|se tarda)|\bduracion\b|\bcuantas horas\b|\bcuantos minutos\b"
    ),
    Topic.PRICE: (
        r"\bhow much\b(?! (time|longer|notice|earlier|later))|"
        r"\b(cost|costs|price|prices|pricing|fee|fees|rates?|charge)\b|"
        r"\bcuanto (cuesta|cuestan|vale|es|sale|cobran|seria)\b|\bprecios?\b|\bcostos?\b|\bque (precio|costo)\b"
    ),
    Topic.ADDRESS: (
        r"\bwhere (are|r) (you|u|y all|we)\b|"
        r"\bwhere (is|s) (it|this|that|the (office|clinic|place|appointment|spa))\b|\bwheres (it|this|the)\b|"
        r"\b(your|the|ur) address\b|\baddress\??$|\bwhich (location|office|clinic|place)\b|\blocated\b|"
        r"\bdirections\b|\bhow (do|can) i (get|find) (there|you|it|u)\b|"
        r"\bwhere (do|should|am) i (go|come|going|supposed)\b|"
        r"\bdonde (estan|esta|queda|quedan|es|se ubican|los encuentro)\b|\bdireccion\b|\bubicacion\b|\bcomo llego\b|"
        r"\bque (sede|sucursal|clinica)\b"
    ),
    Topic.PARKING: (r"\bpark(ing)?\b|\bgarage\b|\bvalet\b|\bestacion|\baparca|\bparqueo\b|\bparquear\b|\bcochera\b"),
    Topic.OTHER_TIME: (
        r"\binstead\b|\b(an|any|some)?other (time|day|date|slot|hour)s?\b|\bdifferent (time|day|date)s?\b|"
        r"\banything (else|later|earlier|sooner|on|in|at|after|before|around|next|this)\b|"
        r"\b(later|earlier|sooner)\b(?! (than|visit))|\btomorrow\b|"
        r"\bdo (you|u) have\b.*\b(time|slot|opening|availab|anything|appointment|day|am|pm|morning|afternoon|"
        r"evening)|\bwhat (other )?(times|days|else|openings)\b|"
        r"\bwhat (other )?(time|day) (do|can|could|would|works)\b|"
        r"\b(can|could|would) (we|i|you|it) (do|make|come|move|switch|be|get)\b.*(\d|morning|afternoon|evening|day)|"
        r"\b(is|how about|what about|maybe) .*\d{1,2} ?([ap]m)?\b.*(free|available|open|possible|work|\?)|"
        r"\b(move|reschedule|change|push|switch) (it|my|the|to)\b|\bnext week\b|"
        r"\ben (vez|lugar)\b|\botr[ao]s? (hora|dia|fecha|cita|horario|momento)s?\b|\bmas (tarde|temprano)\b|"
        r"\bmanana\b|"
        r"\b(puede|podria|podemos|podriamos|se puede|puedo|seria) (ser|cambiar|venir|ir|posible)?\b.*(\d|tarde|"
        r"manana|dia)|\bmejor (a|el|por)\b|\b(hay|tiene|tienen|tienes) (algo|otr|lugar|citas?|espacio)|"
        r"\bcambiar(la|lo)?\b|\ba las \d"
    ),
}
#: Asks for another time where nothing else is asked: "what about Friday", not "what about parking".
_ABOUT: Final = re.compile(r"\b(how|what) about\b")
_OTHER_PROVIDER: Final = re.compile(
    r"\b(someone|somebody|anyone|anybody|who) else\b|"
    r"\b(another|other|different) (provider|doctor|dr|injector|nurse|np|pa|person|esthetician|aesthetician|"
    r"specialist)\b|\botr[ao] (persona|doctora?|especialista|enfermer[ao]|proveedora?|profesional|esteticista)\b|"
    r"\bcon alguien mas\b"
)
_COMPILED: Final = {topic: re.compile(words) for topic, words in _ASKS.items()}
_ON: Final = (
    (re.compile(r"\b(day after tomorrow|pasado manana)\b"), 2),
    (re.compile(r"\b(tomorrow|tmrw|tmr)\b|(?<!la )(?<!las )(?<!esta )(?<!de )\bmanana\b"), 1),
    (re.compile(r"\b(today|tonight|hoy|esta (tarde|manana|noche)|this (morning|afternoon|evening))\b"), 0),
)
_LATER: Final = re.compile(r"\b(later|mas tarde|despues)\b(?! (de|than|on)\b)")
_EARLIER: Final = re.compile(r"\b(earlier|sooner|mas temprano|mas pronto|antes)\b(?! (de|than)\b)")
#: "I'll be 10 min late" names no time of day.
_LATE: Final = re.compile(r"\b(running|be|am|im) (a (bit|little|few) )?.*\blate\b|\bllego tarde\b|\bminut|\bmins?\b")


_ASKED: Final = re.compile(r"(can|do|does|is|are|will|should|could|what|where|when|how|why|puedo|tengo que|que|hay)\b")
#: Where another question begins.
_QUESTIONS: Final = re.compile(
    r"(?<=[.?!\n])\s+|\b(?:and|also|y|tambien)\s+(?=(?:can|do|does|is|are|will|should|could|what|where|when|how|why|puedo|tengo|hay)\b)",
    re.IGNORECASE,
)


def inquiry(text: str, *, today: date, providers: Iterable[str] = (), reschedule: bool = False) -> Inquiry:
    """What a text asks. `providers` are first names that may be asked for; `reschedule`: it was read as a wish for
    another time already ("R")."""
    words, names = _plain(text), tuple(providers)
    topics = {topic for topic, asked in _COMPILED.items() if asked.search(words)}
    wish = read_wish(text, today=today)
    if _ABOUT.search(words) and (_names_a_time(wish) or not topics):
        topics.add(Topic.OTHER_TIME)
    provider = next((name for name in names if _asks_for(name, words)), None)
    if _OTHER_PROVIDER.search(words) or provider is not None:
        topics.add(Topic.OTHER_PROVIDER)
    if _LATE.search(words) and not reschedule:
        topics.discard(Topic.OTHER_TIME)
    elif reschedule or (_names_a_time(wish) and "?" in text and not topics):
        topics.add(Topic.OTHER_TIME)
    if topics & {Topic.WHO, Topic.STILL_FREE} and not wish.at and not reschedule:
        topics.discard(Topic.OTHER_TIME)
    return Inquiry(
        topics=tuple(topic for topic in Topic if topic in topics),
        wished=_wished(words, wish, today),
        provider=provider,
        asks_more=any(
            not any(asked.search(_plain(part)) for asked in (*_COMPILED.values(), _ABOUT, _OTHER_PROVIDER))
            and not any(_asks_for(name, _plain(part)) for name in names)
            and not _names_a_time(read_wish(part, today=today))
            and len(_plain(part).split()) > 2
            for part in _QUESTIONS.split(text)
            if "?" in text and (part.rstrip().endswith("?") or _ASKED.match(_plain(part)))
        ),
    )


def _asks_for(name: str, words: str) -> bool:
    """ "with Hana?", and not "not with Hana"."""
    asked = (
        rf"(?P<no>\b(not|no|sin|anyone but|except) )?\b(with|con|see|does|is|has) (\w+ )?{re.escape(_plain(name))}\b"
    )
    found = re.search(asked, words)
    return found is not None and found["no"] is None


def _names_a_time(wish: Wish) -> bool:
    return bool(wish.at) or wish.says_something


def _wished(words: str, wish: Wish, today: date) -> WishedTime:
    on = next((today + timedelta(days=days) for said, days in _ON if said.search(words)), None)
    later = bool(_LATER.search(words))
    return WishedTime(
        on=on,
        at=wish.at,
        windows=() if later else wish.windows,
        earliest=wish.earliest,
        latest=wish.latest,
        later=later,
        earlier=bool(_EARLIER.search(words)) and not wish.windows,
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(one for one in folded if not unicodedata.combining(one))
    return " ".join(re.sub(r"[^\w?$:]+", " ", re.sub(r"['’`´]", "", bare)).replace("?", " ? ").split()).replace(
        " ?", "?"
    )

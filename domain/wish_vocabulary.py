"""The words in which people say when they can come, in English and Spanish, and a text cut into them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from domain.weekdays import ENGLISH, SPANISH

#: From and until, in minutes of a day.
Minutes = tuple[int, int]

DAYS: Final = {
    **{
        form: frozenset({at})
        for at, names in enumerate(zip(ENGLISH, SPANISH, strict=True))
        for one in chain(*names)
        for form in (one, f"{one}s")
    },
    **dict.fromkeys(
        ("weekdays", "weekday", "week days", "workdays", "during the week", "entre semana", "dias de semana", "m-f"),
        frozenset(range(5)),
    ),
    "mwf": frozenset({0, 2, 4}),
    **dict.fromkeys(("weekends", "weekend", "fin de semana", "fines de semana"), frozenset({5, 6})),
    **dict.fromkeys(
        ("every day", "everyday", "any day", "all days", "daily", "cualquier dia", "todos los dias"),
        frozenset(range(7)),
    ),
}


def _h(start: float, end: float) -> Minutes:
    return int(start * 60), int(end * 60)


_ANY_TIME: Final = (
    *("any time", "anytime", "whenever", "flexible", "totally flexible", "no preference", "all the time"),
    *("cualquier hora", "a cualquier hora", "cualquier momento", "cualquiera", "cuando sea", "siempre"),
)
HOURS: Final = {
    **dict.fromkeys(("early morning", "early mornings", "temprano"), _h(0, 10)),
    **dict.fromkeys(("late morning", "late mornings"), _h(10, 12)),
    **dict.fromkeys(
        (
            *("morning", "mornings", "in the morning", "am", "ams", "mananas", "de la manana", "por la manana"),
            *("por las mananas", "en la manana", "en las mananas"),
        ),
        _h(0, 12),
    ),
    **dict.fromkeys(("early afternoon", "early afternoons"), _h(12, 15)),
    **dict.fromkeys(("late afternoon", "late afternoons"), _h(15, 18)),
    **dict.fromkeys(("afternoon", "afternoons"), _h(12, 18)),
    **dict.fromkeys(("tarde", "tardes", "por la tarde", "por las tardes", "en la tarde", "en las tardes"), _h(12, 20)),
    **dict.fromkeys(("pm", "pms"), _h(12, 24)),
    **dict.fromkeys(("evening", "evenings", "night", "nights", "after work", "despues del trabajo"), _h(17, 24)),
    **dict.fromkeys(("despues de trabajar",), _h(17, 24)),
    **dict.fromkeys(("noche", "noches", "por la noche", "por las noches", "en la noche"), _h(18, 24)),
    **dict.fromkeys(("before work", "antes del trabajo", "antes de trabajar"), _h(0, 9)),
    **dict.fromkeys(("after school",), _h(15, 24)),
    **dict.fromkeys(("during school hours", "school hours"), _h(9, 15)),
    **dict.fromkeys(
        ("lunch", "lunchtime", "lunch time", "lunch hour", "lunch break", "during lunch", "a mediodia", "al mediodia"),
        _h(11, 14),
    ),
    **dict.fromkeys(("all day", "todo el dia", *_ANY_TIME), _h(0, 24)),
}
MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *(("january", "jan", "enero"), ("february", "feb", "febrero"), ("march", "marzo")),
            *(("april", "apr", "abril"), ("may", "mayo"), ("june", "jun", "junio"), ("july", "jul", "julio")),
            *(("august", "aug", "agosto"), ("september", "sept", "sep", "septiembre"), ("october", "oct", "octubre")),
            *(("november", "nov", "noviembre"), ("december", "dec", "diciembre", "dic")),
        ),
        start=1,
    )
    for name in names
}
_AFTER: Final = ("after", "past", "later than", "starting", "starting at", "starting in", "from", "since")
_AFTER_ES: Final = ("despues de", "despues del", "a partir de", "a partir del", "desde", "pasadas")
#: Before a number they say that it is a day of a month, for hours are "las 3".
OF_A_DAY: Final = frozenset({"el", "del", "al"})
#: Those that begin with what they name.
FROM: Final = frozenset(
    {"from", "since", "starting", "starting at", "starting in", "a partir de", "a partir del", "desde"}
)
_BEFORE: Final = ("before", "earlier than", "by", "antes de", "antes del")
UNTIL: Final = ("until", "til", "till", "up to", "hasta")
LATER: Final = (
    "or later",
    "and later",
    "or after",
    "and after",
    "onward",
    "onwards",
    "on",
    "o mas tarde",
    "en adelante",
)
_NOT: Final = (
    *("not", "no", "never", "except", "except for", "but not", "excluding", "apart from", "other than", "besides"),
    *("dont", "cant", "cannot", "cant do", "cant make", "cannot do", "wont work", "not on", "not in", "not in the"),
    *("menos", "excepto", "salvo", "nunca", "no puedo", "pero no"),
)
WEEK: Final = {
    **dict.fromkeys(("next week", "la proxima semana", "la semana que viene", "proxima semana"), "week"),
    **dict.fromkeys(("next month", "el proximo mes", "el mes que viene", "proximo mes"), "month"),
}
_ALSO: Final = ("and", "or", "and or", "also", "plus", "y", "o", "tambien", "either", ",", "&", "/", "+")
AND: Final = frozenset({"and", "or", "and or", "also", "plus", "y", "o", "tambien", "either", "&", "+"})
_TO: Final = ("to", "through", "thru", "-", "a", "al")
_NOISE: Final = (
    *("i", "im", "i am", "id", "ill", "i can", "i can do", "i could", "can", "do", "could", "come", "make it", "make"),
    *("is", "are", "be", "would be", "would", "work", "works", "works best", "work best", "best", "better", "good"),
    *(
        "great",
        "fine",
        "perfect",
        "ideal",
        "for me",
        "me",
        "my",
        "the",
        "a",
        "at",
        "in",
        "on",
        "in the",
        "only",
        "just",
    ),
    *(
        "usually",
        "mostly",
        "mainly",
        "generally",
        "preferably",
        "ideally",
        "prefer",
        "i prefer",
        "like",
        "suit",
        "suits",
    ),
    *(
        "free",
        "available",
        "open",
        "off",
        "availability",
        "days",
        "day",
        "times",
        "time",
        "hours",
        "hour",
        "oclock",
        "hrs",
    ),
    *(
        "please",
        "pls",
        "thanks",
        "thank you",
        "thx",
        "hi",
        "hello",
        "hey",
        "yes",
        "yeah",
        "ok",
        "okay",
        "sure",
        "really",
    ),
    *("that", "it", "of", "so", "honestly", "well", "during", "between", "week", "with"),
    *(
        "los",
        "las",
        "el",
        "la",
        "de",
        "en",
        "por",
        "del",
        "lo",
        "es",
        "son",
        "me viene bien",
        "me vienen bien",
        "viene",
    ),
    *(
        "bien",
        "mejor",
        "me va bien",
        "puedo",
        "podria",
        "ir",
        "venir",
        "estoy",
        "libre",
        "disponible",
        "solo",
        "gracias",
    ),
    *("muchas gracias", "hola", "si", "por favor", "prefiero", "horas", "hrs", "dias", "entre", "preferiblemente"),
)
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_PICTURES: Final = frozenset("🙏👍😊🙂☺❤🥰😀😃😄😁🤗✨🙌\ufe0f")

_CLOCK: Final = (
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?!\d)\s*"
    r"(?P<half>(?<=\d)[ap]\b|a\.?m\b\.?|p\.?m\b\.?|de la (?:manana|tarde|noche)\b)?"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
)


def _phrases(*groups: Iterable[str]) -> str:
    known = sorted({one for group in groups for one in group}, key=len, reverse=True)
    return "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in known)


_KINDS: Final[dict[str, Iterable[str]]] = {
    "any": ("any", "cualquier", "anything", "all"),
    "busy": (
        "i work",
        "im working",
        "working",
        "at work",
        "busy",
        "i am busy",
        "im busy",
        "trabajo",
        "ocupada",
        "ocupado",
    ),
    "but": ("but", "pero"),
    "days": DAYS,
    "hours": HOURS,
    "span": WEEK,
    "month": MONTHS,
    "noon": ("noon", "midday", "mediodia", "12 noon"),
    "after": (*_AFTER, *_AFTER_ES),
    "before": _BEFORE,
    "until": UNTIL,
    "later": LATER,
    "not": _NOT,
    "also": _ALSO,
    "to": _TO,
    "noise": _NOISE,
}
#: A phrase that means one thing here and another there, by the kind it has first.
_KIND: Final = {phrase: kind for kind, phrases in reversed(_KINDS.items()) for phrase in phrases}
_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<time>{_CLOCK})|(?P<phrase>(?:{_phrases(_KIND)})(?:(?<=\W)|(?![^\W\d_])))\.?|(?P<pause>[.;:!?\n()\"]+)"
    r"|(?P<word>[^\W\d_]+)|(?P<other>\S))",
)


@dataclass(frozen=True, kw_only=True)
class Token:
    kind: str
    text: str
    hour: int = 0
    minute: int = 0
    #: "a", "p", or nothing.
    half: str = ""
    ordinal: bool = False


def tokens_of(text: str) -> Iterator[Token]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in folded if not unicodedata.combining(one))
    plain = re.sub(r"['’`´]", "", plain).translate(_DASHES)
    for found in _TOKEN.finditer(plain):
        if found["time"]:
            half = found["half"] or ""
            yield Token(
                kind="time",
                text=found["time"].strip(),
                hour=int(found["hour"]),
                minute=int(found["minute"] or 0),
                half={"de la manana": "a", "de la tarde": "p", "de la noche": "p"}.get(half, half[:1]),
                ordinal=bool(found["ordinal"]),
            )
        elif found["phrase"]:
            phrase = " ".join(found["phrase"].split())
            yield Token(kind=_KIND[phrase], text=phrase)
        elif found["pause"]:
            yield Token(kind="pause", text=found["pause"].strip())
        elif found["word"] or found["other"] not in _PICTURES:
            yield Token(kind="unread", text=found["word"] or found["other"] or "")

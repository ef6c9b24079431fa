"""The sentences we say ourselves, as patterns, so that whoever quotes them is not taken to have said them.

Made from `domain.messages.translations`, in every language: a sentence that is added there is known here at once.
Beside them stand sentences of former versions, which phones still keep, and the opt-out lines that other senders
append.
"""

from __future__ import annotations

import re
from dataclasses import fields
from string import Formatter
from typing import Final

from domain.messages.segments import unaccented
from domain.messages.translations import PHRASES, Phrases

#: What may stand where a phrase has a part. A part at the end goes on to the end of the sentence.
_PARTS: Final = {
    "until": r"(?:el )?(?:\w{2,4}\.? )?(?:(?:a )?las? )?\d{1,2}:\d{2} ?(?:[AP]M)?(?: [A-Z]{2,5}\b)?",
    "link": r"\S+",
    "length": r"[\dhmin ]{3,14}",
    "also": r"(?:;[^\n.]*)?",
}
_ANY_PART = r"[^\n]{1,140}?"
_TO_THE_END = r"[^\n]{1,140}?(?=[.?!](?:\s|$)|\n|$)"
#: The keys we ask for. A sentence with one is ours where it is no mere key, one without where it is long.
_KEY = re.compile(r"\b(?:YES|SI|NO|STOP|[CRX])\b")
_WORDS_BESIDE_A_KEY, _WORDS_WITHOUT_A_KEY = 4, 7

_FORMER = (
    r"reply (?:yes|y|c|r|x|no)\b(?:[^.\n]{0,80}?\bto (?:take|confirm|pass)\b[^.\n]*"
    r"| or tap[^\n]*?\bto take it[^.\n]*| by \S[^.\n]*)?",
    r"an earlier time (?:just )?opened[^.\n]*",
    r"(?:you are|you're) booked for[^.\n]*",
    r"(?:responda )?yes (?:o (?:toque )?\S+ )?hasta (?:el |las? )?[^.\n]{1,40}|responda yes para reservarla"
    r"|responda yes a nuestro mensaje[^.\n]*|gracias por su yes|un yes reserva[^.\n]*",
)
_STOP_KEY = (
    r"[\"'“”*]?(?:stop|alto|baja|arr[eê]t|parar|sair|end|cancel|cancelar|unsubscribe|quit|optout|opt.out)[\"'“”*]?"
)
#: The instruction of any sender, with and without its verb.
_ANYBODYS = (
    r"(?:reply|text|txt|send|answer|type|respond[ae]?|conteste|env[ií]e|escriba|mande|r[eé]pondez|envoyez"
    rf"|antworten sie|rispondi)(?: (?:with|con|mit|par|com|per))? {_STOP_KEY}"
    r" (?:to|2|at any time|anytime|para|pour|um|zum|per|si|if)\b[^.\n]{0,60}",
    r"(?:message (?:and|&) data|msg ?(?:and|&) ?data|msg&data|std msg|data) rates (?:may|might)(?: apply)?",
    r"(?:reply|text|txt) help (?:for|4)\b[^.\n]{0,40}",
)
_ANYBODYS_SHORT = rf"{_STOP_KEY} ?(?:to|2|=|para|pour) ?(?:opt.?out|end|quit|stop|cancel|unsubscribe|salir|cancelar)"


#: What we ask a yes or a C to, in whichever length, and how a reminder begins.
_ASKING: Final = (
    "yes",
    "yes_or_tap",
    "reply_yes",
    "reply_yes_or_tap",
    "take_it_by_text",
    "earlier",
    "free",
    "how_to_answer",
    "reminder",
)


def _patterns() -> tuple[list[str], list[str]]:
    """Sentences that nobody but a sender of texts would say, and those a client could say as well."""
    unmistakable: list[str] = []
    shared: list[str] = []
    for phrases in PHRASES.values():
        for one in fields(Phrases):
            said = getattr(phrases, one.name)
            if isinstance(said, str) and is_sentence(said):
                words = _own_words(said)
                least = _WORDS_BESIDE_A_KEY if _KEY.search(said) else _WORDS_WITHOUT_A_KEY
                (unmistakable if words >= least else shared).append(_pattern(said))
    # The first that fits is taken: what we say now, in all its length, before what anybody says.
    return [*unmistakable, *_FORMER, *_ANYBODYS], [*shared, _ANYBODYS_SHORT]


def is_sentence(said: str) -> bool:
    """Whether a phrase stands in a text as a sentence of its own; the others are parts of one."""
    return said.endswith((".", "?", "{link}")) and _own_words(said) > 0


def _own_words(said: str) -> int:
    return sum(len(re.findall(r"\w+", literal)) for literal, *_ in Formatter().parse(said))


def _pattern(said: str) -> str:
    """With or without its accents, from its first word that is ours."""
    pieces = list(Formatter().parse(said))
    parts: list[str] = []
    for number, (literal, field, _, _) in enumerate(pieces):
        parts += (_token(one) for one in re.findall(r"\s+|\w+|[^\w\s]", literal))
        if field is not None and parts:
            rest = "".join(after for after, *_ in pieces[number + 1 :])
            parts.append(_PARTS.get(field, _ANY_PART if re.search(r"\w", rest) else _TO_THE_END))
    return "".join(parts).removeprefix(r"\s+")


def _token(token: str) -> str:
    if token.isspace():
        return r"\s+"
    if not token.isalnum():
        return f"{re.escape(token)}?"
    return rf"\b(?:{'|'.join(map(re.escape, sorted({token, unaccented(token)})))})\b"


_UNMISTAKABLE_ONES, _SHARED_ONES = _patterns()
_UNMISTAKABLE: Final = re.compile("|".join(_UNMISTAKABLE_ONES), re.IGNORECASE)
ANY_OF_OURS: Final = re.compile("|".join((*_UNMISTAKABLE_ONES, *_SHARED_ONES)), re.IGNORECASE)
_ASKS: Final = re.compile(
    "|".join((*_FORMER[:2], *(_pattern(getattr(phrases, name)) for phrases in PHRASES.values() for name in _ASKING))),
    re.IGNORECASE,
)


def asks(text: str) -> bool:
    """Whether it holds words with which we ask something."""
    return _ASKS.search(text) is not None


def are_quoted(text: str) -> bool:
    """Whether a text holds words of ours: one sentence that nobody else says, or two of the others."""
    return _UNMISTAKABLE.search(text) is not None or len(ANY_OF_OURS.findall(text)) > 1

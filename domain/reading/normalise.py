"""The first step: a text as plain lower-case words, and whether anything in it was no word we can read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plain:
    """`clauses` are the words between stops, commas and line ends. `unread`: it has a sign we cannot read."""

    words: str
    clauses: tuple[str, ...]
    emojis: frozenset[str]
    asks: bool
    unread: bool


#: Question marks of every script, as signs and as pictures. U+037E is the Greek one, U+FF1F the full-width one.
QUESTION_MARKS = frozenset("?？؟¿⁇⁈⁉❓❔‽⸮՞፧︖﹖꘏；\u037e")
PLEASED = re.compile(r"(?<!\w)(?:[:;=8]['’]?-?[)D\]pP3]|<3+|\^_*\^|x[dD]\b)(?!\w)")
DISPLEASED = re.compile(r"(?<!\w)>?[:;=]['’]?-?[(/\\|\[cC](?!\w)")
#: A number with a sign is an amount, a range or a date; letters with a slash are alternatives. Neither is a key.
COUNTED = re.compile(r"[-$€£¥+=≥≤<>~^@/]\s?\d|\d\s?[%$€£¥+=/°]|\w/\w|\d[-–:.,/]\d")
#: Marks of a person's sex in an emoji, and the bars of a decorated line, say nothing by themselves.
SILENT = frozenset("♀♂")
LATIN = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "&": " and "})
SPELLED_OUT = re.compile(r"\bs t o p\b")


def normalise(text: str) -> Plain:
    """Words of a text without accents, apostrophes and drawn-out letters; the emojis apart."""
    asks = any(mark in QUESTION_MARKS for mark in text)
    unread = bool(DISPLEASED.search(text))
    flat = PLEASED.sub(" ", DISPLEASED.sub(" ", text))
    flat = "".join(character for character in flat if unicodedata.category(character) != "Cf")
    flat = unicodedata.normalize("NFKD", flat).casefold().translate(LATIN)
    flat = "".join(character for character in flat if not unicodedata.category(character).startswith("M"))
    unread = unread or any(not character.isascii() and character.isalnum() for character in flat)
    unread = unread or bool(COUNTED.search(flat))
    flat = re.sub(r"['’‘´`]", "", flat)
    flat = re.sub(r"\bwrong\s*#", "wrong number", flat)
    clauses = (
        " ".join(_drawn_in(word) for word in re.findall(r"[a-z0-9]+", clause))
        for clause in re.split(r"[.!?,;:\n]+|\s[-–—~]+\s?|…", flat)
    )
    kept = tuple(clause for clause in clauses if clause)
    words = SPELLED_OUT.sub("stop", " ".join(kept))
    return Plain(words=words, clauses=kept, emojis=_emojis(text), asks=asks, unread=unread)


def _drawn_in(word: str) -> str:
    """ "yesss" is "yes"; "xxx" and "111" are themselves, for nobody draws out a key."""
    return word if len(set(word)) == 1 else re.sub(r"([a-z])\1{2,}", r"\1", word)


def _emojis(text: str) -> frozenset[str]:
    """Pictures without skin tones and presentation marks."""
    return frozenset(one for one in text if unicodedata.category(one) == "So" and one not in SILENT)

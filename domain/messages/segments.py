"""What a text costs: carriers bill by segment, and one odd character makes every segment less than half as long."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

#: GSM 03.38: the basic set, one septet each.
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: The extension set: an escape and a character, two septets that are never torn apart.
EXTENDED = frozenset("^{}\\[~]|€\f")

#: What word processors put in, and what a keyboard of 1990 has. No letters: those belong to somebody's name.
PLAIN = {
    "‘": "'",
    "’": "'",
    "‚": "'",
    "ʼ": "'",
    "´": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "‐": "-",
    "‑": "-",
    "–": "-",
    "—": "-",
    "―": "-",
    "−": "-",
    "…": "...",
    "•": "*",
    "·": "*",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "\u200b": "",
    "\ufeff": "",
}


class Encoding(StrEnum):
    GSM_7 = "gsm-7"
    UCS_2 = "ucs-2"


@dataclass(frozen=True, kw_only=True)
class Cost:
    encoding: Encoding
    segments: int


def cost(text: str) -> Cost:
    """How a text is encoded and how many segments it takes."""
    if all(character in BASIC or character in EXTENDED for character in text):
        sizes = [2 if character in EXTENDED else 1 for character in text]
        return Cost(encoding=Encoding.GSM_7, segments=_packed(sizes, alone=160, joined=153))
    sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Cost(encoding=Encoding.UCS_2, segments=_packed(sizes, alone=70, joined=67))


def plain(text: str) -> str:
    """The text with typography that GSM-7 lacks made plain. Letters stay as they are: one may be part of a name, and
    José's visit is not with Jose."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(PLAIN.get(character, character) for character in composed)


def unaccented(words: str) -> str:
    """Words of our own with only the accents GSM-7 has: "más" costs a second alphabet, "mas" is read just as well."""
    return "".join(_unaccented(character) for character in plain(words))


def _unaccented(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    bare = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return bare if bare and all(part in BASIC or part in EXTENDED for part in bare) else character


def _packed(sizes: list[int], *, alone: int, joined: int) -> int:
    if sum(sizes) <= alone:
        return 1
    segments, room = 1, joined
    for size in sizes:
        if size > room:
            segments, room = segments + 1, joined
        room -= size
    return segments

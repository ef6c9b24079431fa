"""How many segments a text takes: GSM 03.38 where every character fits, else UCS-2."""

from __future__ import annotations

from math import ceil

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")

# What Smart Encoding writes instead, where a plain character says the same: the usual typographic ones.
SMART = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "*"})


def segments(text: str) -> int:
    """Return the number of segments; an empty text takes one.

    A two-septet character, or a surrogate pair, is never cut in two: it moves to the next segment.
    """
    if all(char in GSM_BASIC or char in GSM_EXTENDED for char in text):
        return _pack([2 if char in GSM_EXTENDED else 1 for char in text], single=160, split=153)
    return _pack([2 if ord(char) > 0xFFFF else 1 for char in text], single=70, split=67)


def smart_encoded(text: str) -> str:
    """Return the text as SmartEncoded=true sends it."""
    return text.translate(SMART)


def _pack(widths: list[int], *, single: int, split: int) -> int:
    if sum(widths) <= single:
        return 1
    if 2 not in widths:
        return ceil(len(widths) / split)
    count, room = 1, split
    for width in widths:
        if width > room:
            count, room = count + 1, split
        room -= width
    return count

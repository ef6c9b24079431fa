"""Lengths of time as people write them: "30 min", "1 h 30 min", "84 days"; and back."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "second": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "hr": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "d": timedelta(days=1),
    "day": timedelta(days=1),
    "w": timedelta(weeks=1),
    "wk": timedelta(weeks=1),
    "week": timedelta(weeks=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.ASCII)
#: Nothing a practice decides is longer, and what is far longer no clock can count.
LONGEST = timedelta(days=3660)
_WHOLE = re.compile(rf"(?:{_PART.pattern}[\s,]*)+", re.ASCII)
_WRITTEN = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("min", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)


def read_duration(words: str) -> timedelta:
    """Raises `ValueError` with the way out; a bare number is refused, because it does not say of what."""
    tidy = words.strip().casefold()
    if tidy == "0":
        return timedelta()
    total = timedelta()
    if not _WHOLE.fullmatch(tidy):
        raise ValueError(f'"{words}" is no length of time; write it like "30 min", "2 h" or "84 days"')
    for number, unit in _PART.findall(tidy):
        # A thousandth of a second is no plural of a minute.
        size = _UNITS.get(unit) or (_UNITS.get(unit.removesuffix("s")) if unit != "ms" else None)
        if size is None:
            raise ValueError(
                f'"{unit}" is no unit of time; use s, min, h, days or weeks (a month is not always as long)'
            )
        try:
            total += float(number) * size
        except OverflowError:
            total = timedelta.max
        if total > LONGEST:
            raise ValueError(f'"{words}" is longer than ten years')
    return total


def write_duration(length: timedelta) -> str:
    """What `read_duration` reads back as the same; the least is a microsecond."""
    if length < timedelta():
        raise ValueError(f"{length} is less than nothing")
    words, left = [], length
    for unit, size in _WRITTEN[:-1]:
        whole, left = divmod(left, size)
        if whole:
            words.append(f"{whole} {unit}")
    if left or not words:
        words.append(f"{left.total_seconds():.6f}".rstrip("0").rstrip(".") + " s")
    return " ".join(words)

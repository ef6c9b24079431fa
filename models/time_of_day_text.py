"""Times of day as people write them: "20:00", "8 pm", "9:30am", "noon"."""

from __future__ import annotations

import re
from datetime import time
from typing import Final

_CLOCK: Final = re.compile(r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::00)?)?\s*(?P<half>[ap])?", re.ASCII)
_WORDS: Final = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def read_time(words: str, *, bare_hours: bool = False) -> time:
    """Raises `ValueError` with the way out. 24:00 is midnight, as 00:00 is.

    A number alone ("20", "1440") says neither of what nor in which notation; `bare_hours` takes "9" where the place
    makes it an hour ("Mon 9-12").
    """
    tidy = " ".join(words.casefold().split()).replace("a.m.", "am").replace("p.m.", "pm")
    if tidy in _WORDS:
        return _WORDS[tidy]
    match = _CLOCK.fullmatch(re.sub(r"\s*([ap])m$", r"\1", tidy))
    if match is not None and (match["minute"] or match["half"] or bare_hours):
        hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
        if half is not None and 1 <= hour <= 12:
            return time(hour % 12 + (12 if half == "p" else 0), minute) if minute < 60 else _refuse(words)
        if half is None and (hour, minute) == (24, 0):
            return time(0)
        if half is None and hour < 24 and minute < 60:
            return time(hour, minute)
    return _refuse(words)


def _refuse(words: str) -> time:
    raise ValueError(f'"{words}" is no time of day; write it like 20:00 or 8 pm, in the practice\'s own time')

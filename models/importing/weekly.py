"""Weekly times as people write them: "Mon-Fri 09:00-12:00; Sat 1-5pm", "weekdays after 3pm", "Tue and Thu 9-12, 14-17".

What has two meanings is refused with both: a wish read wrongly asks somebody at the wrong hours for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Final

from domain.clients import WeeklyWindow
from domain.weekdays import ENGLISH, TWO_LETTERS
from models.time_of_day_text import read_time

_WEEKDAY: Final = {
    spelling: number
    for number, (names, two_letters) in enumerate(zip(ENGLISH, TWO_LETTERS, strict=True))
    for spelling in (
        two_letters,
        *names,
        *(f"{one}s" for one in names if one == names[0] or len(one) == len("mon")),
    )
}
_SEVERAL: Final = {
    **dict.fromkeys(("daily", "everyday", "any day", "every day", "all days", "all week"), range(7)),
    **dict.fromkeys(("weekday", "weekdays", "m-f", "workdays"), range(5)),
    **dict.fromkeys(("weekend", "weekends"), range(5, 7)),
    "mwf": (0, 2, 4),
    **dict.fromkeys(("tth", "tuth"), (1, 3)),
}
_ANY_TIME: Final = {"any", "anytime", "any time"}

_TIME: Final = r"\d[\d:.h]*\s*(?:[ap]\.?m\.?|[ap](?![a-z]))?|noon|midday|midnight"
_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<several>{'|'.join(sorted(map(re.escape, _SEVERAL), key=len, reverse=True))})(?![a-z])"
    rf"|(?P<time>{_TIME})"
    r"|(?P<to>-|to\b|until\b|till?\b|thru\b|through\b)"
    r"|(?P<after>after\b|since\b)|(?P<before>before\b)|(?P<noise>from\b|between\b|at\b|on\b|:(?=\s))"
    r"|(?P<also>,|&|/|\+|and\b|or\b)"
    r"|(?P<word>[^\W\d_]+\.?)|(?P<other>\S+))",
    re.ASCII,
)
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
#: A treatment does not begin at night: a bare "2-4" before this hour is the afternoon's to nearly everybody.
_FIRST_PLAIN_HOUR: Final = 7


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def windows(words: str) -> tuple[WeeklyWindow, ...]:
    """ "Mon-Fri 09:00-12:00; Sat 10:00-14:00"; "any" is none, for any time. Raises `ValueError`."""
    if words.strip().casefold() in _ANY_TIME:
        return ()
    found: set[tuple[int, time, time]] = set()
    for part in re.split(r"[;\n]", words):
        if part.strip():
            found |= _Part(part.strip()).read()
    return tuple(
        WeeklyWindow(weekday=weekday, start=start, end=end)
        for weekday, start, end in sorted(found, key=lambda one: (one[0], one[1], one[2]))
    )


class _Part:
    """Days and their hours, one group after the other: "Mon, Wed 9-12, Fri 1-5pm"."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._tokens = [one for one in _tokens(words.casefold().translate(_DASHES)) if one.kind != "noise"]
        self._at = 0

    def read(self) -> set[tuple[int, time, time]]:
        found: set[tuple[int, time, time]] = set()
        while self._at < len(self._tokens):
            days = self._days()
            hours = self._hours()
            found |= {(day, start, end) for day in days for start, end in hours}
            self._skip("also")
        if not found:
            raise self._not_weekly()
        return found

    def _days(self) -> list[int]:
        found: list[int] = []
        while (token := self._peek()) is not None and token.kind in {"several", "word", "also"}:
            if token.kind == "also":
                self._next()
                continue
            if token.kind == "several":
                found += _SEVERAL[self._next().text]
                continue
            first = self._day()
            if (after := self._peek()) is not None and after.kind == "to" and self._is_day(self._at + 1):
                self._next()
                found += [(first + step) % 7 for step in range((self._day() - first) % 7 + 1)]
            else:
                found.append(first)
        if not found:
            raise self._not_weekly()
        return found

    def _day(self) -> int:
        word = self._next().text.removesuffix(".")
        if word not in _WEEKDAY:
            raise ValueError(f'"{word}" is no weekday; write Mon, Tue, Wed, Thu, Fri, Sat or Sun')
        return _WEEKDAY[word]

    def _is_day(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "word"

    def _hours(self) -> list[tuple[time, time]]:
        found = [self._range()]
        while self._at + 1 < len(self._tokens) and self._tokens[self._at].kind == "also":
            if self._tokens[self._at + 1].kind not in {"time", "after", "before", "to"}:
                break
            self._next()
            found.append(self._range())
        return found

    def _range(self) -> tuple[time, time]:
        token = self._peek()
        if token is None:
            raise self._not_weekly()
        if token.kind in {"after", "before", "to"}:
            side = self._next().kind
            edge = self._one_time()
            return (edge, time(0)) if side == "after" else (time(0), edge)
        first = self._time()
        between = self._peek()
        if between is None or between.kind not in {"to", "also"}:
            raise self._not_weekly()
        self._next()
        return self._between(first, self._time())

    def _one_time(self) -> time:
        words = self._time()
        if words.isdigit() and int(words) < _FIRST_PLAIN_HOUR and not words.startswith("0"):
            raise self._two_meanings(words, words)
        return read_time(words, bare_hours=True)

    def _between(self, first: str, last: str) -> tuple[time, time]:
        start, end = _with_halves(first, last)
        if start is None or end is None:
            raise self._two_meanings(first, last)
        if first.startswith("24"):
            raise ValueError(f'"{self._words}" starts at 24:00, which is 00:00 of the day after; name that day')
        if end != time(0) and end <= start:
            if not _has_half(first) and not _has_half(last) and end.hour < 12 and start.hour < 12:
                raise self._two_meanings(first, last)
            raise ValueError(
                f'"{self._words}" ends before it starts; a night is two: "Fri 22:00-24:00; Sat 00:00-02:00"'
            )
        return start, end

    def _time(self) -> str:
        token = self._peek()
        if token is None or token.kind != "time":
            raise self._not_weekly()
        return self._next().text

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, kind: str) -> None:
        if (token := self._peek()) is not None and token.kind == kind:
            self._next()

    def _not_weekly(self) -> ValueError:
        return ValueError(f'"{self._words}" is no weekly time; write it like "Mon-Fri 09:00-12:00"')

    def _two_meanings(self, first: str, last: str) -> ValueError:
        hours = first if first == last else f"{first}-{last}"
        return ValueError(
            f'"{self._words}" does not say whether {hours} is in the morning; write it like "1pm-5pm" or "13:00-17:00"'
        )


def _tokens(words: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(words):
        kind = match.lastgroup
        if kind is not None:
            yield _Token(kind, match[kind].strip())


def _with_halves(first: str, last: str) -> tuple[time | None, time | None]:
    """Both times, where only one may say whether it is morning; None for one that could be either."""
    if _has_half(first) and not _has_half(last) and _is_on_a_dial(last):
        start = read_time(first)
        # The nearer of its two meanings: "9am-12" ends at noon, "9am-5" at five in the afternoon.
        later = [one for half in "ap" if (one := read_time(last + half)) > start]
        return start, min(later, default=time(0) if read_time(last + "a") == time(0) else read_time(last + "p"))
    if _has_half(last) and not _has_half(first) and _is_on_a_dial(first):
        end = read_time(last)
        if end == time(0):
            return None, end
        same = read_time(first + ("p" if end.hour >= 12 else "a"))
        return (same if same < end else read_time(first + "a")), end
    start, end = read_time(first, bare_hours=True), read_time(last, bare_hours=True)
    dial = not _has_half(first) and first[:1].isdigit() and not first.startswith("0")
    if dial and 0 < start.hour < _FIRST_PLAIN_HOUR and not _has_half(last):
        return None, end
    return start, end


def _has_half(words: str) -> bool:
    return not words[-1].isdigit()


def _is_on_a_dial(words: str) -> bool:
    """Whether it could be either half of the day: 17:00 and 09:00 could not."""
    hour = re.match(r"\d+", words)
    return hour is not None and 1 <= int(hour[0]) <= 12 and not words.startswith("0")

"""What people write into one cell, as values. Each reader raises `ValueError` with the way out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from domain.people import WeeklyWindow
from models.durations import read_duration

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL_DAYS = {"daily": range(7), "every day": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_PAPERS = re.compile(r"\s+(?:cert(?:s|\.|ificates?|ified|ifications?)?|licen[cs]es?|licen[cs]ed)$")
_HOURS = re.compile(r"^(?P<days>[a-z ,\-–]+?)\s+(?P<from>\d[^\s\-–]*(?:\s*[ap]m)?)\s*[-–]\s*(?P<to>\d.*)$")
_CLOCK = re.compile(r"^(\d{1,2})(?::(\d{2}))?\s*(am|pm)?$")
_YES = {"yes", "y", "true", "x", "1"}
_NO = {"no", "n", "false", "0"}


def kind(words: str) -> str:
    """A kind of credential, room or device as a code: lower-case words. "Laser room only" is a "laser room"."""
    tidy = " ".join(words.replace("_", " ").casefold().split())
    return _PAPERS.sub("", tidy.removesuffix(" only"))


def requirements(words: str) -> tuple[tuple[str, ...], ...]:
    """ "Neurotoxin cert + RN/NP/PA": all of what "+" joins, any of what "/" joins."""
    if words.strip().casefold() in {"none", "-"}:
        return ()
    groups = []
    for group in re.split(r"\s*\+\s*|\s+and\s+", words.strip()):
        options = tuple(kind(one) for one in re.split(r"\s*/\s*|\s+or\s+", group))
        if not all(options):
            raise ValueError(f'"{words}" has an empty part; write it like "Neurotoxin cert + RN/NP/PA"')
        groups.append(options)
    return tuple(groups)


def lengths(words: str) -> tuple[timedelta, timedelta, timedelta]:
    """Duration, buffer before and buffer after, of "30 min + 15 min buffer"."""
    duration = before = after = None
    for part in words.split("+"):
        tidy = " ".join(part.casefold().split())
        if tidy.endswith("buffer before"):
            before = read_duration(tidy.removesuffix("buffer before"))
        elif tidy.endswith(("buffer after", "buffer")):
            after = read_duration(tidy.removesuffix("after").rstrip().removesuffix("buffer"))
        elif duration is None:
            duration = read_duration(tidy)
        else:
            raise ValueError(f'"{words}" names two durations; write it like "30 min + 15 min buffer"')
    if duration is None or duration <= timedelta():
        raise ValueError(f'"{words}" names no duration; write it like "30 min + 15 min buffer"')
    return duration, before or timedelta(), after or timedelta()


def cents(words: str) -> int:
    """ "$1,250.00" or "1250"."""
    tidy = words.strip().removeprefix("$").replace(",", "").strip()
    if not re.fullmatch(r"\d+(\.\d{1,2})?", tidy):
        raise ValueError(f'"{words}" is no price; write it like "420" or "$1,250.00"')
    whole, _, rest = tidy.partition(".")
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def yes_no(words: str) -> bool:
    tidy = words.strip().casefold()
    if tidy in _YES:
        return True
    if tidy in _NO:
        return False
    raise ValueError(f'"{words}" is neither yes nor no')


def day(words: str) -> date:
    """Only the order that cannot be misread: 2026-11-03."""
    try:
        return date.fromisoformat(words.strip())
    except ValueError:
        raise ValueError(f'"{words}" is no date; write it like 2026-11-03') from None


def instant(words: str, zone: str) -> datetime:
    """A date, or a date with time; without an offset it is the practice's wall time."""
    try:
        read = datetime.fromisoformat(words.strip())
    except ValueError:
        raise ValueError(f'"{words}" is no date; write it like 2026-11-03 or 2026-11-03 14:30') from None
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def zone(words: str) -> str:
    if words not in available_timezones():
        raise ValueError(f'"{words}" is no time zone; write it like America/New_York')
    return words


def email(words: str) -> str:
    tidy = words.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", tidy):
        raise ValueError(f'"{words}" is no e-mail address')
    return tidy


def windows(words: str) -> tuple[WeeklyWindow, ...]:
    """ "Mon-Fri 09:00-12:00; Sat 10:00-14:00"; "any" is none, for any time."""
    if words.strip().casefold() in {"any", "anytime", "any time"}:
        return ()
    found: dict[tuple[int, time, time], WeeklyWindow] = {}
    for part in words.split(";"):
        tidy = part.strip().casefold()
        if not tidy:
            continue
        match = _HOURS.match(tidy)
        if match is None:
            raise ValueError(f'"{part.strip()}" is no weekly time; write it like "Mon-Fri 09:00-12:00"')
        start, end = _clock(match["from"]), _clock(match["to"])
        if end != time(0) and end <= start:
            raise ValueError(
                f'"{part.strip()}" ends before it starts; a night is two: "Fri 22:00-24:00; Sat 00:00-02:00"'
            )
        for weekday in _weekdays(match["days"]):
            found[weekday, start, end] = WeeklyWindow(weekday=weekday, start=start, end=end)
    return tuple(found[key] for key in sorted(found))


def _weekdays(words: str) -> list[int]:
    if words.strip() in _ALL_DAYS:
        return list(_ALL_DAYS[words.strip()])
    found: list[int] = []
    for part in words.split(","):
        first, dash, last = (
            (one.strip() for one in re.split(r"([-–])", part, maxsplit=1))
            if re.search("[-–]", part)
            else (
                part.strip(),
                "",
                "",
            )
        )
        start = _weekday(first)
        found += [(start + step) % 7 for step in range((_weekday(last) - start) % 7 + 1)] if dash else [start]
    return found


def _weekday(words: str) -> int:
    for number, short in enumerate(_DAYS):
        if words.startswith(short):
            return number
    raise ValueError(f'"{words}" is no weekday; write Mon, Tue, Wed, Thu, Fri, Sat or Sun')


def _clock(words: str) -> time:
    match = _CLOCK.match(words.strip())
    if match is not None:
        hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
        if half is not None and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if (hour, minute) == (24, 0):
            return time(0)
        if (half is None or match[1] != "0") and hour < 24 and minute < 60:
            return time(hour, minute)
    raise ValueError(f'"{words}" is no time of day; write it like 09:00')

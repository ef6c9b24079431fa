"""What a person types, as values: times of a zone, stretches, providers and locations by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from cli.errors import MISUSED, CannotDo
from domain.catalogue import Location, Provider, Service

_TIME: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*([ap])?\.?(?:m\.?)?", re.IGNORECASE)
_LASTS: Final = re.compile(r"(\d+)\s*([smhd])")
#: Of a length of time: more than this many are a slip of the finger, and soon more than a calendar has.
_MOST_DIGITS: Final = 6
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


#: `api.routes.shapes` has the same, which takes too long to import for a mistyped option; a test compares them.
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2199
LARGEST_ID: Final = 2**63 - 1


class _Named(Protocol):
    @property
    def id(self) -> int: ...


NamedT = TypeVar("NamedT", bound=_Named)


def instant(text: str, *, option: str, zone: str, today: date) -> datetime:
    """`14:00` or `2pm` (today there), `2026-03-10 14:00`, or with an offset. Raises `CannotDo` naming the option."""
    words = text.strip()
    try:
        wall = datetime.fromisoformat(words)
    except ValueError:
        wall = datetime.combine(today, _time_of_day(words, option))
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise CannotDo(
            f"{option}: {words} is no time of ours; say a year from {FIRST_YEAR} to {LAST_YEAR}", code=MISUSED
        )
    if wall.tzinfo is not None:
        return wall
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    if first.utcoffset() < second.utcoffset():  # type: ignore[operator]
        raise CannotDo(f"{option}: {words} does not exist in {zone}: the clocks skip it that night", code=MISUSED)
    both = " or ".join(one.isoformat(timespec="minutes") for one in (first, second))
    raise CannotDo(f"{option}: {words} happens twice in {zone} that night; say {both}", code=MISUSED)


def lasting(text: str, *, option: str) -> timedelta:
    """`90s`, `10m`, `1h`."""
    match = _LASTS.fullmatch(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise CannotDo(f'{option}: "{text}" is no length of time; say 90s, 10m or 1h', code=MISUSED)
    if len(match[1]) > _MOST_DIGITS:
        raise CannotDo(f'{option}: "{text}" is longer than anybody waits; say 90s, 10m or 1h', code=MISUSED)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def provider(text: str, providers: Sequence[Provider]) -> Provider:
    """By id, full name or first name."""
    return _one(text, providers, lambda one: (one.display_name, one.first_name), what="provider")


def service(text: str, services: Sequence[Service]) -> Service:
    """By id, code or name."""
    return _one(text, services, lambda one: (one.code, one.name), what="service")


def location(text: str | None, locations: Sequence[Location]) -> Location:
    """By id or name; the only one where nothing is said."""
    if text is None:
        if len(locations) == 1:
            return next(iter(locations))
        raise CannotDo(
            f"--location: which one? {', '.join(one.name for one in locations) or 'There is none yet.'}", code=MISUSED
        )
    return _one(text, locations, lambda one: (one.name,), what="location")


def _time_of_day(words: str, option: str) -> time:
    match = _TIME.fullmatch(words)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (-1, 0)
    half = match[3].lower() if match and match[3] else None
    if half is not None:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else -1
    elif match and match[2] is None:
        hour = -1  # "2": of the night, or of the afternoon?
    if not (0 <= hour < 24 and minute < 60):
        raise CannotDo(f'{option}: "{words}" is no time; say 14:00, 2pm or "2026-03-10 14:00"', code=MISUSED)
    return time(hour, minute)


def _one(text: str, known: Sequence[NamedT], names: Callable[[NamedT], tuple[str, ...]], *, what: str) -> NamedT:
    wanted = text.strip().casefold()
    found = [one for one in known if wanted == str(one.id)]
    found = found or [one for one in known if wanted in {name.casefold() for name in names(one)}]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{names(one)[0]} ({one.id})" for one in found or known) or "none yet"
    if found:
        raise CannotDo(f'--{what}: "{text}" is several; say the number: {listed}', code=MISUSED)
    raise CannotDo(f'--{what}: there is no "{text}"; known: {listed}', code=MISUSED)

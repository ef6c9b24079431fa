"""What people write into one cell, as values. Each reader raises `ValueError` with the way out."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from domain.clients import Language
from domain.email_addresses import is_address
from domain.names import name_key
from models.duration_text import read_duration

_PAPERS = re.compile(r"\s+(?:cert(?:s|\.|ificates?|ified|ifications?)?|licen[cs]es?|licen[cs]ed)$")
#: A price as it is written where a dollar sign stands before it; what groups thousands stands between three digits.
_PRICE = re.compile(
    r"(?P<whole>\d{1,3}(?P<group>[,.\s'])\d{3}(?:(?P=group)\d{3})*|\d+)(?:(?P<point>[.,])(?P<cents>\d{2}|\d(?=$)))?"
)
_CURRENCY = re.compile(r"^(?:us\s?\$|usd|us\b|\$)\s*|\s*(?:us\s?\$|usd|dollars?|\$)$")
#: More than any treatment costs; a price above it is a slip of the key, such as a point that was lost.
_MOST_CENTS = 100_000_00
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
_LANGUAGES = {
    **dict.fromkeys(("en", "eng", "english", "inglés", "ingles"), Language.ENGLISH),
    **dict.fromkeys(("es", "spa", "spanish", "español", "espanol", "castellano"), Language.SPANISH),
}
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
    """ "$1,250.00", "1250", "420,00" or "1.250,00". "1.250" has two meanings and is refused."""
    tidy = " ".join(words.replace("\u00a0", " ").replace("\u202f", " ").casefold().split())
    tidy = _CURRENCY.sub("", _CURRENCY.sub("", tidy)).removesuffix(".-").removesuffix(",-").strip()
    match = _PRICE.fullmatch(tidy)
    no_price = f'"{words}" is no price in dollars; write it like "420" or "$1,250.00"'
    twice = match is not None and match["point"] is not None and match["point"] == match["group"]
    if match is None or twice or (match["group"] and tidy.startswith("0")):
        raise ValueError(no_price)
    if match["group"] == "." and match["point"] is None and tidy.count(".") == 1:
        either = f"{tidy.replace('.', ',')} or {tidy[:-1]}"
        raise ValueError(f'"{words}" may be {either}; write it like "420" or "$1,250.00"')
    whole = int(re.sub(r"\D", "", match["whole"]))
    amount = whole * 100 + int((match["cents"] or "").ljust(2, "0") or 0)
    if amount > _MOST_CENTS:
        raise ValueError(f'"{words}" is more than ${_MOST_CENTS // 100:,}; write it like "420" or "$1,250.00"')
    return amount


def yes_no(words: str) -> bool:
    tidy = words.strip().casefold()
    if tidy in _YES:
        return True
    if tidy in _NO:
        return False
    raise ValueError(f'"{words}" is neither yes nor no')


def day(words: str) -> date:
    """Only the order that cannot be misread: 2026-11-03."""
    tidy = words.strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", tidy, re.ASCII):
        raise ValueError(f'"{words}" is no date; write it like 2026-11-03')
    try:
        found = date.fromisoformat(tidy)
    except ValueError:
        raise ValueError(f'"{words}" is no date of any calendar; write it like 2026-11-03') from None
    if not _FIRST_DAY <= found <= _LAST_DAY:
        raise ValueError(f'"{words}" is in no year we know of; write it like 2026-11-03')
    return found


def instant(words: str, zone: str) -> datetime:
    """A date, or a date with time; without an offset it is the practice's wall time."""
    tidy = words.strip()
    try:
        day(tidy[:10])
        read = datetime.fromisoformat(tidy)
    except ValueError as error:
        way_out = str(error) if len(tidy) <= 10 else f'"{words}" is no date'
        raise ValueError(f"{way_out.partition(';')[0]}; write it like 2026-11-03 or 2026-11-03 14:30") from None
    return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def language(words: str) -> str:
    """A language we speak, by its name or code, with or without a country: "Spanish", "es", "es-MX", "Español"."""
    tidy = name_key(words)
    code = _LANGUAGES.get(tidy) or _LANGUAGES.get(re.split(r"[-_ ]", tidy)[0])
    if code is None:
        raise ValueError(f'"{words}" is no language we write in; write English or Spanish, or leave it empty')
    return code.value


def zone(words: str) -> str:
    if words not in available_timezones():
        raise ValueError(f'"{words}" is no time zone; write it like America/New_York')
    return words


#: Quotes of every keyboard, and signs that nobody sees.
_AROUND: Final = " \"'“”„«»‘’‹›`\u200b\u200e\u200f\ufeff"


def email(words: str) -> str:
    """One address, also as address books and spreadsheets wrap it: "Ana <ana@x.example>", "mailto:ana@x.example;"."""
    tidy = re.sub(r"\s*\([^()@]*\)\s*$", "", unicodedata.normalize("NFKC", words).strip(_AROUND))
    tidy = tidy.lstrip(_AROUND).rstrip(f"{_AROUND};,.")
    tidy = re.sub(r"^(mailto|e-?mail)\s*:\s*", "", tidy, flags=re.IGNORECASE).partition("?")[0].rstrip(";,. ")
    wrapped = re.fullmatch(r"[^<>@]*<\s*(?:mailto:)?([^<>]*?)\s*>", tidy, re.IGNORECASE)
    tidy = (wrapped[1] if wrapped else tidy).rstrip(";,. ").lower()
    if is_address(tidy):
        return tidy
    if len(re.findall("@", tidy)) > 1:
        raise ValueError(f'"{words}" holds more than one e-mail address; write the one that is read')
    raise ValueError(f'"{words}" is no e-mail address; write it like ana@example.com')

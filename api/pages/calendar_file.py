"""One visit as a calendar file (RFC 5545), for a client's own calendar."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.ranges import TimeRange

#: A line of the file holds so many octets, the blank that continues one included.
_LINE = 75


def one_event(*, uid: str, stamped: datetime, during: TimeRange, title: str, place: str) -> str:
    """The file. Times are UTC, so that no zone has to be explained to a calendar."""
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Chairflow//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{_utc(stamped)}",
        f"DTSTART:{_utc(during.start)}",
        f"DTEND:{_utc(during.end)}",
        f"SUMMARY:{_escaped(title)}",
        f"LOCATION:{_escaped(place)}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(words: str) -> str:
    words = "\n".join(words.splitlines())
    for sign, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        words = words.replace(sign, written)
    return words


def _folded(line: str) -> list[str]:
    """Long lines go on after a blank; no letter is torn apart."""
    folded, current = [], ""
    for sign in line:
        if len((current + sign).encode()) > _LINE:
            folded.append(current)
            current = " "
        current += sign
    return [*folded, current]

"""What the ledger says about the texts: drawn up from its entries alone, so that nobody has to believe the product."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandboxes.common.ledger import Entry, practice_instant


def texts(entries: Iterable[Entry]) -> list[Entry]:
    """Return every text that reached a phone: when, body, segments and intent."""
    return [entry for entry in entries if entry["kind"] == "text"]


def asked_for(entries: Iterable[Entry]) -> list[Entry]:
    """Return every text the product asked for: accepted by Twilio, or refused because the person had opted out."""
    return [
        entry
        for entry in entries
        if entry["kind"] == "accepted" or (entry["kind"] == "refused" and entry["code"] == 21610)
    ]


def after_stop(entries: Iterable[Entry]) -> list[Entry]:
    """Return what was asked for after the person had said STOP and before START; a refused text counts too.

    A text accepted before the STOP may reach the phone after it: nobody can call it back, so it does not count.
    """
    stopped: set[str] = set()
    found: list[Entry] = []
    for entry in entries:
        if entry["kind"] == "opt_out":
            stopped.add(entry["person"])
        elif entry["kind"] == "opt_in":
            stopped.discard(entry["person"])
        elif entry.get("to") in stopped and asked_for([entry]):
            found.append(entry)
    return found


def in_quiet_hours(entries: Iterable[Entry], *, zone: str, begins: time, ends: time) -> list[Entry]:
    """Return the accepted texts whose practice time lies in the quiet hours `[begins, ends)` of a zone.

    The moment of acceptance counts: vendor delays are real seconds, and a fast practice clock would stretch them.
    """
    place = ZoneInfo(zone)

    def quiet(moment: time) -> bool:
        if begins <= ends:
            return begins <= moment < ends
        return moment >= begins or moment < ends

    return [
        entry
        for entry in entries
        if entry["kind"] == "accepted" and quiet(practice_instant(entry).astimezone(place).time())
    ]


def duplicates(entries: Iterable[Entry], *, within: timedelta) -> list[Entry]:
    """Return the texts whose body had reached the same phone less than `within` practice time before."""
    last: dict[tuple[str, str], Entry] = {}
    found: list[Entry] = []
    for entry in texts(entries):
        key = (entry["to"], entry["body"])
        if key in last and practice_instant(entry) - practice_instant(last[key]) < within:
            found.append(entry)
        last[key] = entry
    return found


def account(
    entries: list[Entry], *, zone: str, quiet_begins: time, quiet_ends: time, duplicate_minutes: float
) -> dict[str, Any]:
    """Return the whole account, as `GET /_control/account` shows it."""
    reached = texts(entries)
    per_phone: dict[str, list[Entry]] = {}
    for entry in reached:
        per_phone.setdefault(entry["to"], []).append(entry)
    return {
        "texts": len(reached),
        "segments": sum(entry["segments"] for entry in reached),
        "automatic": sum(entry["automatic"] for entry in reached),
        "per_phone": per_phone,
        "after_stop": after_stop(entries),
        "in_quiet_hours": in_quiet_hours(entries, zone=zone, begins=quiet_begins, ends=quiet_ends),
        "duplicates": duplicates(entries, within=timedelta(minutes=duplicate_minutes)),
    }

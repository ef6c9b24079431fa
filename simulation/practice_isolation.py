"""Whether anything of one practice turned up at another, looked for in every vendor's ledger and behind every link.

Each practice has vendors of its own, and half of its clients' phones are known to all practices. What belongs to one
practice alone (its references, addresses, numbers, names) is its *marks*; none may stand in another's ledgers.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import httpx

from simulation.evidence import Evidence, by_us, practice_time
from simulation.patient_profiles import World
from simulation.sandbox_client import Entry

#: What a mark may be part of without being it is cut here: a UUID, a phone, an address, a word.
_TOKEN: Final = re.compile(r"[\w@.+-]*\w")
_LINK: Final = re.compile(r"https?://[^\s\"<>|\\]+")
#: The vendors that reach people; their words are read for the names of practices.
_SPOKEN: Final = ("twilio", "sendgrid", "slack")


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """One practice of several, as its day ended."""

    world: World
    evidence: Evidence
    #: Its accounts' addresses and ids (number, sender, team, channel, business).
    accounts: frozenset[str]
    #: Its connections' names in the addresses of webhooks, by vendor.
    connections: Mapping[str, str]

    @property
    def slug(self) -> str:
        return self.world.place.slug

    def marks(self) -> frozenset[str]:
        """What belongs to nobody else, as far as this practice knows."""
        world = self.world
        refs = (world.location_ref, *world.provider_refs.values(), *world.service_refs.values())
        people = (mark for one in world.patients for mark in (one.ref, one.phone, one.email))
        names = (world.place.short_name, world.place.slug)
        return frozenset({*refs, *people, *(one.ref for one in world.visits), *names, *self.accounts})


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """One thing that was found where it does not belong. `where` says whose ledger or link, `what` what was found."""

    where: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """What was found, and how much was looked at."""

    found: tuple[Crossing, ...]
    #: Entries of ledgers by their kind, and links that were opened.
    looked_at: Mapping[str, int]
    #: How often a phone that had stopped at one practice alone was texted by another afterwards, as it may be.
    stopped_elsewhere: int = 0

    def plain(self) -> dict[str, object]:
        """As JSON."""
        return {
            "crossings": [vars(one) for one in self.found],
            "looked_at": dict(self.looked_at),
            "texts_to_phones_that_stopped_elsewhere": self.stopped_elsewhere,
        }


@dataclass
class _Look:
    found: list[Crossing] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)

    def note(self, where: str, what: str) -> None:
        self.found.append(Crossing(where=where, what=what))


def look_for_crossings(neighbours: Iterable[Neighbour], *, open_links: bool = True) -> Crossings:
    """Reads everything there is. Links are opened, which changes nothing."""
    everybody, look = tuple(neighbours), _Look()
    for one in everybody:
        strange = _strange_marks(one, everybody)
        for vendor, ledger in one.evidence.ledgers.items():
            for entry in ledger:
                look.count[f"{vendor}: {entry['kind']}"] += 1
                _read_entry(one, vendor, entry, strange, look)
        if open_links:
            _open_links(one, everybody, look)
    return Crossings(
        found=tuple(look.found), looked_at=dict(sorted(look.count.items())), stopped_elsewhere=_stopped(everybody)
    )


def _strange_marks(one: Neighbour, everybody: tuple[Neighbour, ...]) -> dict[str, str]:
    """The marks of the others that this practice does not have too (a phone that both know), with whose they are."""
    own = one.marks()
    return {mark: other.slug for other in everybody if other is not one for mark in other.marks() - own}


def _read_entry(one: Neighbour, vendor: str, entry: Entry, strange: Mapping[str, str], look: _Look) -> None:
    where = f"{one.slug}: {vendor} {entry['kind']} {entry['seq']}"
    for token in set(_TOKEN.findall(json.dumps(entry, ensure_ascii=False))):
        if token in strange:
            look.note(where, f"something of {strange[token]}'s")
    if entry["kind"] == "auth_refused":
        look.note(where, f"a call with credentials of somebody else: {entry['reason']}")
    if entry["kind"] == "webhook" and one.connections[vendor] not in entry["url"]:
        look.note(where, "a webhook to somebody else's address")
    if vendor == "twilio" and entry["kind"] in ("accepted", "text") and not entry.get("automatic"):
        if entry["from"] not in one.accounts:
            look.note(where, "a text from a number that is not the practice's")
        if one.world.by_phone(entry["to"]) is None:
            look.note(where, "a text to somebody who is no client of the practice")
        if one.world.place.short_name not in entry["body"]:
            look.note(where, "a text that does not say whose it is")
    if (
        vendor == "sendgrid"
        and entry["kind"] == "mail"
        and not any(entry["to"] == patient.email for patient in one.world.patients)
    ):
        look.note(where, "a mail to somebody who is no client of the practice")
    if vendor == "slack" and entry["kind"] == "posted" and entry["channel"] not in one.accounts:
        look.note(where, "a card in a channel that is not the practice's")
    if entry["kind"].startswith("appointment_") and by_us(entry) and one.world.by_ref(entry["client"]) is None:
        look.note(where, "a visit of somebody who is no client of the practice")


def _open_links(one: Neighbour, everybody: tuple[Neighbour, ...], look: _Look) -> None:
    """What a link of this practice's texts and cards shows must be this practice's."""
    said = " ".join(json.dumps(entry) for vendor in ("twilio", "slack") for entry in one.evidence.ledgers[vendor])
    names = {other.world.place.short_name: other.slug for other in everybody if other is not one}
    with httpx.Client(timeout=30, trust_env=False, follow_redirects=True) as browser:
        for link in sorted({found.rstrip(".,)\\") for found in _LINK.findall(said) if "/webhooks/" not in found}):
            look.count["links opened"] += 1
            page = browser.get(link)
            for name in set(_TOKEN.findall(page.text)) & names.keys():
                look.note(f"{one.slug}: a link", f"a page of {names[name]}'s")
            if not page.is_success:
                look.note(f"{one.slug}: a link", f"answers {page.status_code}")


def _stopped(everybody: tuple[Neighbour, ...]) -> int:
    stops = {one.slug: dict(_stops(one.evidence)) for one in everybody}
    return sum(
        entry["kind"] == "accepted"
        and entry["to"] not in stops[one.slug]
        and any(
            entry["to"] in stops[other.slug] and stops[other.slug][entry["to"]] < practice_time(entry)
            for other in everybody
            if other is not one
        )
        for one in everybody
        for entry in one.evidence.twilio
    )


def _stops(evidence: Evidence) -> Iterator[tuple[str, datetime]]:
    return ((entry["person"], practice_time(entry)) for entry in evidence.twilio if entry["kind"] == "opt_out")

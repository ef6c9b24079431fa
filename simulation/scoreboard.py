"""What is known of the day so far, from the ledgers as they grow: chairs, counters, and news in plain words."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from simulation.action_log import AS_DRAFTED, IN_OWN_WORDS, Deed, Diary
from simulation.catalogue import PROVIDERS, Place, Provider
from simulation.evidence import by_us, practice_time
from simulation.patient_profiles import CLOSES, OPENS, World
from simulation.reading import Gist, read
from simulation.sandbox_client import Entry
from simulation.vendors import Sandboxes

CELL: Final = timedelta(minutes=15)


class Tone(StrEnum):
    """How a line of news is meant."""

    FREED = "freed"
    OFFERED = "offered"
    WON = "won"
    SAID = "said"
    STAFF = "staff"
    TROUBLE = "trouble"
    QUIET = "quiet"


class Cell(StrEnum):
    """A quarter of an hour of a chair."""

    FREE = "free"
    BOOKED = "booked"
    OPEN = "open"
    RECOVERED = "recovered"


@dataclass(frozen=True)
class News:
    """One line of the feed."""

    at: datetime
    tone: Tone
    words: str


@dataclass
class Counters:
    """Figures of the day so far; the account at the end counts anew."""

    freed: int = 0
    offers: int = 0
    recovered: int = 0
    dollars: int = 0
    texts: int = 0
    replies: int = 0
    cards: int = 0


@dataclass
class _Seat:
    """A visit as it stands now."""

    staff: str
    start: datetime
    end: datetime
    live: bool
    ours: bool


@dataclass
class Scoreboard:
    """Grows with `catch_up`; the screen only shows it."""

    world: World
    sandboxes: Sandboxes
    diary: Diary
    counters: Counters = field(default_factory=Counters)
    news: deque[News] = field(default_factory=lambda: deque(maxlen=400))
    _seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _read: int = 0
    _seats: dict[str, _Seat] = field(default_factory=dict)
    _freed: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def catch_up(self) -> list[News]:
        """Reads what is new everywhere and returns the new lines, oldest first."""
        fresh: list[News] = []
        for deed in self.diary.deeds[self._read :]:
            self._read += 1
            fresh += _told(deed, self.world.place)
        for name, control in zip(self.sandboxes.names, self.sandboxes.all(), strict=True):
            for entry in control.ledger(since=self._seen[name]):
                self._seen[name] = entry["seq"]
                fresh += self._heard(name, entry)
        fresh.sort(key=lambda one: one.at)
        self.news.extend(fresh)
        return fresh

    def row(self, provider: Provider, *, days: int) -> list[Cell]:
        """A provider's day, a quarter of an hour a cell."""
        staff = self.world.provider_refs[provider.key]
        start, closes = self.world.at(OPENS, days=days), self.world.at(CLOSES, days=days)
        cells = []
        while start < closes:
            cells.append(self._cell(staff, start))
            start += CELL
        return cells

    def _cell(self, staff: str, start: datetime) -> Cell:
        for seat in self._seats.values():
            if seat.live and seat.staff == staff and seat.start < start + CELL and start < seat.end:
                return Cell.RECOVERED if seat.ours else Cell.BOOKED
        if any(who == staff and begin < start + CELL and start < end for who, begin, end in self._freed):
            return Cell.OPEN
        return Cell.FREE

    # --- what the ledgers say -------------------------------------------------------------------------------------

    def _heard(self, vendor: str, entry: Entry) -> list[News]:
        if vendor == self.sandboxes.system.name and entry["kind"].startswith("appointment_"):
            return self._calendar(entry)
        if vendor == "twilio":
            return self._phone(entry)
        if vendor == "slack" and entry["kind"] == "posted":
            self.counters.cards += 1
            return [News(practice_time(entry), Tone.STAFF, f"Card for staff: {entry['text']}")]
        return []

    def _calendar(self, entry: Entry) -> list[News]:
        before = self._seats.get(entry["appointment"])
        ours = entry["kind"] == "appointment_booked" and by_us(entry)
        segment = entry["segments"][0]
        seat = _Seat(
            staff=segment["staff"],
            start=datetime.fromisoformat(entry["start_at"]),
            end=datetime.fromisoformat(entry["end_at"]),
            live=entry["state"] != "CANCELLED",
            ours=ours or (before is not None and before.ours),
        )
        self._seats[entry["appointment"]] = seat
        if before is not None and before.live and (not seat.live or before.start != seat.start):
            self.counters.freed += 1
            self._freed.append((before.staff, before.start, before.end))
        if not ours:
            if entry["kind"] == "appointment_cancelled" and by_us(entry):
                words = f"{self._who(entry['client'])} gives up {self._slot(seat)} for the earlier chair"
                return [News(practice_time(entry), Tone.FREED, words)]
            return []
        self.counters.recovered += 1
        self.counters.dollars += sum(one["price"] for one in entry["segments"]) // 100
        words = f"Recovered: {self._slot(seat)} goes to {self._who(entry['client'])}"
        return [News(practice_time(entry), Tone.WON, words)]

    def _phone(self, entry: Entry) -> list[News]:
        if entry["kind"] == "inbound":
            self.counters.replies += 1
            return []  # the diary tells of it
        if entry["kind"] != "text" or entry["automatic"]:
            return []
        self.counters.texts += 1
        reading = read(entry["body"])
        patient = self.world.by_phone(entry["to"])
        who = patient.name if patient else "somebody"
        at = practice_time(entry)
        match reading.gist:
            case Gist.OFFER:
                self.counters.offers += 1
                return [News(at, Tone.OFFERED, f"Offer to {who}: {reading.slot}")]
            case Gist.CONFIRMING:
                return [News(at, Tone.TROUBLE, f"{who} reads: confirming, not confirmed yet")]
            case Gist.WON:
                return [News(at, Tone.WON, f"{who} reads: it is yours, {reading.slot}")]
            case Gist.MOVED | Gist.REMINDER | Gist.BOOKED | Gist.CANCELLED:
                return [News(at, Tone.QUIET, f"{who} reads: {reading.gist.value}, {reading.slot}")]
            case _:
                return [News(at, Tone.QUIET, f"{who} reads: {_short(entry['body'], self.world.place)}")]

    def _who(self, ref: str) -> str:
        patient = self.world.by_ref(ref)
        return patient.name if patient else "somebody new"

    def _slot(self, seat: _Seat) -> str:
        key = next(key for key, ref in self.world.provider_refs.items() if ref == seat.staff)
        provider = next(one for one in PROVIDERS if one.key == key)
        return f"{seat.start.astimezone(self.world.zone):%a %H:%M} with {provider.display_name}"


def _told(deed: Deed, place: Place) -> list[News]:
    """A deed in plain words."""
    words = {
        "texted": f"{deed.who} texts “{deed.words}”",
        "claimed": f"{deed.who} taps the link: {_short(deed.outcome or deed.words, place)}",
        "cancelled": f"Cancelled: {deed.words}",
        "slipped": f"Slip of the mouse: {deed.words}",
        "moved": f"Moved: {deed.words}",
        "no_show": f"No-show: {deed.words}",
        "booked": f"Front desk books {deed.words}",
        "pressed": f"Front desk presses {deed.words}",
        AS_DRAFTED: f"Front desk answers {_short(deed.words, place)}",
        IN_OWN_WORDS: f"Front desk answers {_short(deed.words, place)}",
        "content": f"{deed.who} reads {_short(deed.words, place)}",
        "puzzled": f"{deed.who} {_short(deed.words, place)}",
        "outage": f"Outage: {deed.words}",
        "outage over": f"Outage over: {deed.words}",
        "fault": f"Network: {deed.words}",
    }.get(deed.kind)
    tones = {
        "texted": Tone.SAID,
        "claimed": Tone.SAID,
        "cancelled": Tone.FREED,
        "moved": Tone.FREED,
        "no_show": Tone.FREED,
        "outage": Tone.TROUBLE,
        "outage over": Tone.TROUBLE,
    }
    return [News(deed.at, tones.get(deed.kind, Tone.STAFF), words)] if words else []


def _short(text: str, place: Place) -> str:
    words = " ".join(text.split()).removeprefix(place.short_name).lstrip(": ")
    return words if len(words) <= 70 else words[:69].rstrip() + "…"

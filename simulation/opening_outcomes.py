"""Chairs that became free during the day, and what became of them, read from the calendar's ledger.

An opening is a stretch of one provider that a cancellation, a no-show or a move left free while it still lay ahead;
a cancellation taken back within `SLIP` was a slip and none. A visit that Chairflow itself booked and took out again
within `UNDONE` was never a fill, and its end frees nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from simulation.catalogue import PROVIDERS, SERVICES, Provider, Service, service
from simulation.evidence import Evidence, by_us, practice_time
from simulation.patient_profiles import Wish, World
from simulation.sandbox_client import Entry

SLIP: Final = timedelta(minutes=2)
UNDONE: Final = timedelta(minutes=15)
#: What the demo's policy calls too near, and how long it lets a mis-click settle.
LEAD: Final = timedelta(minutes=60)
_SHORTEST: Final = timedelta(minutes=min(one.minutes for one in SERVICES))
_FREEING: Final = frozenset(
    {"CLIENT_CANCEL", "CLIENT_LATE_CANCEL", "STAFF_CANCEL", "NO_SHOW", "BLVD_CANCELLED", "OFFBOARDED"}
)
_LIVE: Final = frozenset({"BOOKED", "CONFIRMED", "ARRIVED", "ACTIVE", "FINAL"})


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A chair that became free; `seq` is the ledger's entry that freed it."""

    seq: int
    #: The appointment that was there.
    appointment: str
    staff_ref: str
    provider: Provider
    start: datetime
    end: datetime
    freed_at: datetime
    #: "cancellation", "no_show", "move", "swap" (the winner of another chair gave this one up) or "rest" (a shorter
    #: visit filled a part).
    cause: str
    worth_filling: bool = False
    filled: Entry | None = None
    filled_by_hand: bool = False

    @property
    def minutes_to_fill(self) -> float | None:
        """Practice minutes from being free to being booked again by Chairflow."""
        if self.filled is None:
            return None
        return (practice_time(self.filled) - self.freed_at).total_seconds() / 60


def openings(evidence: Evidence, world: World) -> tuple[Opening, ...]:
    """Every opening of the day, in order, with who filled it and whether somebody could have."""
    ledger = [entry for entry in evidence.calendar if entry["kind"].startswith("appointment_")]
    bookings = [entry for entry in ledger if entry["kind"] == "appointment_booked" and not _undone(entry, ledger)]
    found: list[Opening] = []
    taken: set[int] = set()
    waiting = list(_freed(ledger, world))
    while waiting:
        opening = waiting.pop(0)
        fill = _filling(opening, bookings, taken)
        if fill is not None:
            taken.add(fill["seq"])
            ours = by_us(fill)
            opening = replace(opening, filled=fill if ours else None, filled_by_hand=not ours)
            waiting = [*_left_over(opening, fill, world), *waiting]
        found.append(replace(opening, worth_filling=_worth(opening, ledger, evidence, world)))
    return tuple(found)


def own_fills(found: tuple[Opening, ...]) -> list[Entry]:
    """The bookings by which Chairflow filled openings."""
    return [opening.filled for opening in found if opening.filled is not None]


def released(evidence: Evidence) -> list[Entry]:
    """The visits Chairflow took out of the calendar; one it had itself booked within `UNDONE` was none of anybody's."""
    ledger = [entry for entry in evidence.calendar if entry["kind"].startswith("appointment_")]
    undone = {
        entry["appointment"] for entry in ledger if entry["kind"] == "appointment_booked" and _undone(entry, ledger)
    }
    return [
        entry
        for entry in ledger
        if entry["kind"] == "appointment_cancelled" and by_us(entry) and entry["appointment"] not in undone
    ]


# --- what was freed, and by whom it was taken ---------------------------------------------------------------------


def _freed(ledger: list[Entry], world: World) -> Iterator[Opening]:
    ours: dict[str, datetime] = {}
    for entry in ledger:
        at = practice_time(entry)
        if entry["kind"] == "appointment_booked" and by_us(entry):
            ours[entry["appointment"]] = at
        elif entry["kind"] == "appointment_cancelled":
            taken_out = by_us(entry) and at - ours.get(entry["appointment"], at - 2 * UNDONE) < UNDONE
            if entry["reason"] in _FREEING and not taken_out and not _slip(entry, ledger):
                cause = "no_show" if entry["reason"] == "NO_SHOW" else "swap" if by_us(entry) else "cancellation"
                yield from _stretches(entry, entry["segments"], cause, at, world)
        elif entry["kind"] == "appointment_moved":
            yield from _left_behind(entry, at, world)


def _stretches(
    entry: Entry, segments: list[dict[str, Any]], cause: str, at: datetime, world: World
) -> Iterator[Opening]:
    for segment in segments:
        start, end = _instant(segment["start_at"], world), _instant(segment["end_at"], world)
        if end <= at:
            continue
        yield Opening(
            seq=entry["seq"],
            appointment=entry["appointment"],
            staff_ref=segment["staff"],
            provider=_provider(segment["staff"], world),
            start=max(start, at.astimezone(world.zone)),
            end=end,
            freed_at=at,
            cause=cause,
        )


def _left_behind(entry: Entry, at: datetime, world: World) -> Iterator[Opening]:
    """Where a visit was before it moved; nothing where it still overlaps its old place."""
    shift = _instant(entry["before"]["start_at"], world) - _instant(entry["start_at"], world)
    for segment, staff in zip(entry["segments"], entry["before"]["staff"], strict=True):
        old = {
            **segment,
            "staff": staff,
            "start_at": (_instant(segment["start_at"], world) + shift).isoformat(),
            "end_at": (_instant(segment["end_at"], world) + shift).isoformat(),
        }
        length = _instant(segment["end_at"], world) - _instant(segment["start_at"], world)
        if staff != segment["staff"] or abs(shift) >= length:
            yield from _stretches(entry, [old], "move", at, world)


def _left_over(opening: Opening, fill: Entry, world: World) -> Iterator[Opening]:
    """What a shorter visit leaves of a chair, where the shortest service still has room after its buffer."""
    used = next(segment for segment in fill["segments"] if segment["staff"] == opening.staff_ref)
    code = next(code for code, ref in world.service_refs.items() if ref == used["service"])
    start = _instant(used["end_at"], world) + timedelta(minutes=service(code).buffer_minutes)
    if opening.end - start >= _SHORTEST:
        yield replace(
            opening,
            seq=fill["seq"],
            start=start,
            freed_at=practice_time(fill),
            cause="rest",
            filled=None,
            filled_by_hand=False,
        )


def _filling(opening: Opening, bookings: list[Entry], taken: set[int]) -> Entry | None:
    """The first visit booked into the chair after it became free."""
    for entry in bookings:
        if entry["seq"] <= opening.seq or entry["seq"] in taken:
            continue
        for segment in entry["segments"]:
            start, end = datetime.fromisoformat(segment["start_at"]), datetime.fromisoformat(segment["end_at"])
            if segment["staff"] == opening.staff_ref and start < opening.end and opening.start < end:
                return entry
    return None


def _slip(cancelled: Entry, ledger: list[Entry]) -> bool:
    return any(
        entry["kind"] == "appointment_uncancelled"
        and entry["appointment"] == cancelled["appointment"]
        and timedelta() <= practice_time(entry) - practice_time(cancelled) <= SLIP
        for entry in ledger
    )


def _undone(booked: Entry, ledger: list[Entry]) -> bool:
    return by_us(booked) and any(
        entry["kind"] == "appointment_cancelled"
        and by_us(entry)
        and entry["appointment"] == booked["appointment"]
        and practice_time(entry) - practice_time(booked) < UNDONE
        for entry in ledger
    )


# --- whether somebody could have had it -----------------------------------------------------------------------------


def _worth(opening: Opening, ledger: list[Entry], evidence: Evidence, world: World) -> bool:
    """Worth filling: more than `LEAD` ahead when it became free, and at least one line of the waitlist fits it then.

    A line fits when its client takes texts, has no visit at that time and did not win one today, comes at that hour
    and date with the notice they asked for, and one of its services is given by this provider, is clinically not too
    soon, and ends with its buffer before the provider's next visit. Rooms are not counted: each service has its own.
    """
    if opening.start - opening.freed_at < LEAD:
        return False
    calendar = _calendar_after(opening.seq, ledger)
    stopped = {
        entry["person"]
        for entry in evidence.twilio
        if entry["kind"] == "opt_out" and practice_time(entry) <= opening.freed_at
    }
    return any(
        wish.client.phone not in stopped and _could_come(wish, opening, calendar, world) for wish in world.waitlist
    )


def _could_come(wish: Wish, opening: Opening, calendar: list[Entry], world: World) -> bool:
    client, start = wish.client, opening.start.astimezone(world.zone)
    if not client.may_offer or (wish.providers and opening.provider.key not in wish.providers):
        return False
    if wish.between is not None and not wish.between[0] <= start.time() < wish.between[1]:
        return False
    if wish.latest is not None and start.date() > wish.latest:
        return False
    if start - opening.freed_at < timedelta(minutes=wish.notice_minutes):
        return False
    if any(entry["client"] == client.ref and (by_us(entry) or _meets(entry, opening)) for entry in calendar):
        return False
    return any(_fits(service(code), wish, opening, calendar, world) for code in wish.services)


def _fits(wanted: Service, wish: Wish, opening: Opening, calendar: list[Entry], world: World) -> bool:
    if wanted.code not in opening.provider.services:
        return False
    free_until = min(
        (
            datetime.fromisoformat(segment["start_at"])
            for entry in calendar
            for segment in entry["segments"]
            if segment["staff"] == opening.staff_ref and datetime.fromisoformat(segment["start_at"]) >= opening.end
        ),
        default=opening.end + timedelta(hours=1),
    )
    done = opening.start + timedelta(minutes=wanted.minutes)
    if done > opening.end or done + timedelta(minutes=wanted.buffer_minutes) > free_until:
        return False
    last = [on for kind, on in wish.client.treatments if kind == wanted.kind]
    too_soon = wanted.earliest_interval is not None and any(
        opening.start.astimezone(world.zone).date() - on < wanted.earliest_interval for on in last
    )
    return not too_soon


def _calendar_after(seq: int, ledger: list[Entry]) -> list[Entry]:
    """The visits that stood once entry `seq` had happened, each as its last entry shows it."""
    present: dict[str, Entry] = {}
    booked_by: dict[str, str] = {}
    for entry in ledger:
        if entry["seq"] > seq:
            break
        booked_by.setdefault(entry["appointment"], entry["by"])
        present[entry["appointment"]] = {**entry, "by": booked_by[entry["appointment"]]}
    return [entry for entry in present.values() if entry["state"] in _LIVE]


def _meets(entry: Entry, opening: Opening) -> bool:
    start, end = datetime.fromisoformat(entry["start_at"]), datetime.fromisoformat(entry["end_at"])
    return start < opening.end and opening.start < end


def _provider(ref: str, world: World) -> Provider:
    key = next(key for key, staff in world.provider_refs.items() if staff == ref)
    return next(provider for provider in PROVIDERS if provider.key == key)


def _instant(text: str, world: World) -> datetime:
    return datetime.fromisoformat(text).astimezone(world.zone)

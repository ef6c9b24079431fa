"""Every double booking of a provider there ever was, also one that stood only for a moment.

Each change of an appointment's times, providers or life begins a new version of what it occupies. Two versions of
different appointments that overlap for one provider, and that stood at the same time, are a double booking; it existed
from the later beginning of the two to the earlier end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandboxes.common.ledger import Entry
from sandboxes.practice.records import Appointment


@dataclass(frozen=True)
class Stretch:
    """One provider's time in one visit."""

    staff_id: str
    start: datetime
    end: datetime


@dataclass
class Version:
    """What an appointment occupied from one ledger entry to another."""

    appointment_id: str
    stretches: tuple[Stretch, ...]
    since: Entry
    until: Entry | None = None


class OccupancyHistory:
    """All versions of all appointments."""

    def __init__(self) -> None:
        self._versions: list[Version] = []
        self._present: dict[str, Version] = {}

    def note(self, appointment: Appointment, entry: Entry) -> None:
        """Begin a new version where this ledger entry changed what the appointment occupies."""
        stretches = _stretches(appointment) if appointment.stands else ()
        present = self._present.get(appointment.id)
        if present is not None:
            if present.stretches == stretches:
                return
            present.until = entry
        version = Version(appointment.id, stretches, since=entry)
        self._versions.append(version)
        self._present[appointment.id] = version

    def double_bookings(self, *, staff_id: str | None = None, only_standing: bool = False) -> list[dict[str, Any]]:
        """The double bookings in the order in which they began."""
        by_staff: dict[str, list[tuple[Stretch, Version]]] = defaultdict(list)
        for version in self._versions:
            for stretch in version.stretches:
                if staff_id in (None, stretch.staff_id):
                    by_staff[stretch.staff_id].append((stretch, version))
        found = [row for staffed in by_staff.values() for row in _pairs(staffed)]
        if only_standing:
            found = [row for row in found if row["existed_until"] is None]
        return sorted(found, key=lambda row: row["existed_from"]["seq"])


def _stretches(appointment: Appointment) -> tuple[Stretch, ...]:
    return tuple(Stretch(segment.staff_id, *appointment.range_of(segment)) for segment in appointment.segments)


def _pairs(staffed: list[tuple[Stretch, Version]]) -> list[dict[str, Any]]:
    staffed.sort(key=lambda pair: pair[0].start)
    rows = []
    for position, (stretch, version) in enumerate(staffed):
        for later_stretch, later in staffed[position + 1 :]:
            if later_stretch.start >= stretch.end:
                break
            row = _row(stretch, version, later_stretch, later)
            if row is not None:
                rows.append(row)
    return rows


def _row(stretch: Stretch, version: Version, other_stretch: Stretch, other: Version) -> dict[str, Any] | None:
    if version.appointment_id == other.appointment_id:
        return None
    began = max(version.since, other.since, key=lambda entry: entry["seq"])
    ends = [entry for entry in (version.until, other.until) if entry is not None]
    ended = min(ends, key=lambda entry: entry["seq"]) if ends else None
    if ended is not None and ended["seq"] <= began["seq"]:
        return None
    return {
        "staff": stretch.staff_id,
        "appointments": sorted((version.appointment_id, other.appointment_id)),
        "overlap_start": max(stretch.start, other_stretch.start).isoformat(),
        "overlap_end": min(stretch.end, other_stretch.end).isoformat(),
        "existed_from": _moment(began),
        "existed_until": _moment(ended) if ended else None,
        "made_by": began["by"],
    }


def _moment(entry: Entry) -> dict[str, Any]:
    return {"seq": entry["seq"], "at_real": entry["at_real"], "at_practice": entry["at_practice"]}

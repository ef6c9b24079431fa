"""Where practice systems differ in what their screens allow. States and reasons are the practice's own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Every state a visit can be in. A dialect translates those it knows.
STATES = ("RESERVED", "BOOKED", "CONFIRMED", "ARRIVED", "ACTIVE", "FINAL", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a vendor's people can do with a visit."""

    settable: tuple[str, ...] = ("BOOKED", "CONFIRMED", "ARRIVED", "ACTIVE")
    """States that are set directly. FINAL and CANCELLED have a way of their own."""
    buttons: Mapping[str, str] = field(default_factory=lambda: {"CONFIRMED": "Confirmed", "ARRIVED": "Arrived"})
    """The states the calendar page can set, with their labels."""
    reasons: tuple[str, ...] = ("CLIENT_CANCEL", "CLIENT_LATE_CANCEL", "MISTAKE", "NO_SHOW", "STAFF_CANCEL")
    """Reasons of a cancellation; a no-show is one of them."""
    closed: tuple[str, ...] = ("CANCELLED", "FINAL")
    """States in which a visit can no longer be changed."""
    deletes: bool = False
    """Whether a visit can be deleted, so that it is gone rather than cancelled."""
    one_service: bool = False
    """Whether a visit has exactly one service."""

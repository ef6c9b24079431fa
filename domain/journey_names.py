"""The names of the journeys and of what they can be told; the same words in rows, ids and the Temporal UI."""

from __future__ import annotations

from enum import StrEnum


class Journey(StrEnum):
    """One Temporal workflow type each; the value is the id's first word."""

    BOOKING = "booking"
    GAP_FILL = "gapfill"
    TASK = "task"
    #: Answers a text that no other journey owns: a late YES, an unclear word.
    REPLY = "reply"
    #: Reads the coming days of the PMS, by schedule or by hand.
    RECONCILE = "reconcile"


class Action(StrEnum):
    """How a delivery is handed over. Only PMS events, wins, and orders of staff's to a fill that has
    ended may start a journey by signalling it."""

    START = "start"
    SIGNAL = "signal"
    SIGNAL_WITH_START = "signal_with_start"
    UPDATE = "update"

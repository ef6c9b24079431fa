"""Visits, blocks and shifts of a day, and what a change of them frees.

An opening is made only from a difference between what was known and what is now: a cancelled or moved visit, a
no-show early in its time, a block taken away, a shift added. Merged, mistaken and voided visits free nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.ranges import TimeRange


class VisitState(StrEnum):
    """How our mirror sees an appointment."""

    #: Known by reference only; not read from the PMS yet.
    UNREAD = "unread"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    ARRIVED = "arrived"
    ACTIVE = "active"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    VOID = "void"
    #: The PMS knows no such appointment any more.
    GONE = "gone"

    @property
    def occupies(self) -> bool:
        return self in {
            VisitState.BOOKED,
            VisitState.CONFIRMED,
            VisitState.ARRIVED,
            VisitState.ACTIVE,
            VisitState.COMPLETED,
        }


class Cause(StrEnum):
    """Why a chair became free."""

    CANCELLATION = "cancellation"
    NO_SHOW = "no_show"
    MOVE = "move"
    BLOCK_REMOVED = "block_removed"
    SHIFT_ADDED = "shift_added"
    #: The winner of another opening gave this visit up.
    SWAP = "swap"
    #: Staff asked for it by hand.
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One service of a visit with its provider, room and device. `during` is without buffers.

    `room_id` and `device_id` are None when neither the PMS nor our own inference could tell.
    """

    service_id: int
    provider_id: int
    room_id: int | None
    device_id: int | None
    during: TimeRange
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()

    @property
    def occupied(self) -> TimeRange:
        """The range with its buffers: what nobody else may use."""
        return self.during.widened(before=self.buffer_before, after=self.buffer_after)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appointment as known at one moment; segments in order."""

    appointment_id: int
    location_id: int
    client_id: int | None
    state: VisitState
    segments: tuple[Segment, ...]

    @property
    def during(self) -> TimeRange:
        return TimeRange(
            min(segment.during.start for segment in self.segments), max(segment.during.end for segment in self.segments)
        )


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch a provider keeps free."""

    ref: str
    provider_id: int
    during: TimeRange


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A stretch a provider works."""

    provider_id: int
    during: TimeRange


@dataclass(frozen=True, kw_only=True)
class Day:
    """All that decides who and what is free around an opening: one location, one stretch of time."""

    location_id: int
    visits: tuple[Visit, ...]
    blocks: tuple[Block, ...]
    shifts: tuple[Shift, ...]
    #: Segments held by running fills that are not in the PMS yet; occupied like visits.
    holds: tuple[Segment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Freed:
    """A stretch of one provider that a change made free."""

    location_id: int
    provider_id: int
    during: TimeRange
    cause: Cause
    appointment_id: int | None

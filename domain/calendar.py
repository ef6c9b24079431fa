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


class Kind(StrEnum):
    """What the PMS may name and the matrix lack."""

    SERVICE = "service"
    PROVIDER = "provider"
    LOCATION = "location"


@dataclass(frozen=True, kw_only=True, order=True)
class Unknown:
    """One such thing, by the PMS's reference."""

    kind: Kind
    ref: str


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One service of a visit with its provider, room and device. `during` is without buffers.

    `room_id` and `device_id` are None when neither the PMS nor our own inference could tell; `service_id` and
    `provider_id` when the matrix lacks them, which then says under which reference the PMS has them, or when the PMS
    says none. What is not understood takes its time all the same.
    """

    service_id: int | None
    provider_id: int | None
    room_id: int | None
    device_id: int | None
    during: TimeRange
    buffer_before: timedelta = timedelta()
    buffer_after: timedelta = timedelta()
    #: The PMS's references of a service and a provider that the matrix lacks.
    service_ref: str | None = None
    provider_ref: str | None = None
    #: The PMS names no provider, here or elsewhere in the visit: it may be anybody's time, and takes everybody's.
    anybodys: bool = False
    #: What the PMS charges for it; None where it does not tell.
    price_cents: int | None = None

    def takes(self, provider_id: int) -> bool:
        """Whether this is time of that provider, who works where it is."""
        return self.anybodys or self.provider_id == provider_id

    @property
    def occupied(self) -> TimeRange:
        """The range with its buffers: what nobody else may use."""
        return self.during.widened(before=self.buffer_before, after=self.buffer_after)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """An appointment as known at one moment; segments in order. `location_id` is None at a place we do not keep."""

    appointment_id: int
    location_id: int | None
    client_id: int | None
    state: VisitState
    segments: tuple[Segment, ...]
    #: The PMS's reference of a place that the matrix lacks.
    location_ref: str | None = None

    @property
    def unknown(self) -> frozenset[Unknown]:
        """What the matrix lacks of it."""
        place = {Unknown(kind=Kind.LOCATION, ref=self.location_ref)} if self.location_ref is not None else set()
        return frozenset(place).union(
            *(
                {Unknown(kind=kind, ref=ref)}
                for segment in self.segments
                for kind, ref in ((Kind.SERVICE, segment.service_ref), (Kind.PROVIDER, segment.provider_ref))
                if ref is not None
            )
        )

    @property
    def during(self) -> TimeRange:
        return TimeRange(
            min(segment.during.start for segment in self.segments), max(segment.during.end for segment in self.segments)
        )


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch a provider keeps free, or, `unread`, one that nobody can say more of than that it is taken.

    `not_at_work`: they do not work at this location then, which says nothing of other places.
    """

    ref: str
    provider_id: int
    during: TimeRange
    unread: bool = False
    not_at_work: bool = False


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
    #: Visits of the same hours at other places, and at places we do not keep: a provider who is there is not here.
    elsewhere: tuple[Visit, ...] = ()
    #: What providers keep free at our other places: they are not here then either.
    blocked_elsewhere: tuple[Block, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Freed:
    """A stretch of one provider that a change made free."""

    location_id: int
    provider_id: int
    during: TimeRange
    cause: Cause
    appointment_id: int | None

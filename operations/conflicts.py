"""What stands in the way of holding a visit, as our mirror and our other holds have it."""

from __future__ import annotations

from enum import Enum

from domain.calendar import Day, Segment
from domain.placing import occupying_segments
from domain.wall_time import merged


class Busy(Enum):
    """What stands in the way of a hold. Without its provider the chair is gone; otherwise it is free for the next."""

    PROVIDER = "provider"
    #: A room, a device, or the client's own other visit.
    OTHER = "other"


def conflict(segments: tuple[Segment, ...], day: Day) -> Busy | None:
    """Whether the mirror or another hold uses the provider of any segment then, or they are away."""
    taken = any(
        wanted.provider_id is not None and other.takes(wanted.provider_id) and wanted.occupied.overlaps(other.occupied)
        for wanted in segments
        for other in occupying_segments(day)
    )
    return Busy.PROVIDER if taken or any(_away(wanted, day) for wanted in segments) else None


def _away(wanted: Segment, day: Day) -> bool:
    """Whether its provider keeps that time free of clients, or works at other hours of that day."""
    blocked = any(
        one.provider_id == wanted.provider_id and one.during.overlaps(wanted.occupied)
        for one in (*day.blocks, *day.blocked_elsewhere)
    )
    works = merged([one.during for one in day.shifts if one.provider_id == wanted.provider_id])
    return blocked or (bool(works) and not any(one.contains(wanted.during) for one in works))

"""What stands in the way of holding a visit, as our mirror and our other holds have it."""

from __future__ import annotations

from enum import Enum

from domain.calendar import Day, Segment


class Busy(Enum):
    """What stands in the way of a hold. Without its provider the chair is gone; otherwise it is free for the next."""

    PROVIDER = "provider"
    #: A room, a device, or the client's own other visit.
    OTHER = "other"


def conflict(segments: tuple[Segment, ...], day: Day) -> Busy | None:
    """What the mirror or another hold uses of any segment then; the provider before all else."""
    others = [segment for visit in day.visits if visit.state.occupies for segment in visit.segments]
    meeting = [
        (wanted, other)
        for wanted in segments
        for other in (*others, *day.holds)
        if wanted.occupied.overlaps(other.occupied)
    ]
    if any(other.provider_id == wanted.provider_id for wanted, other in meeting):
        return Busy.PROVIDER
    if any(
        (other.room_id is not None and other.room_id == wanted.room_id)
        or (other.device_id is not None and other.device_id == wanted.device_id)
        for wanted, other in meeting
    ):
        return Busy.OTHER
    return None

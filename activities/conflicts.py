"""What stands in the way of holding a visit, as our mirror and our other holds have it."""

from __future__ import annotations

from enum import Enum

from domain.calendar import Day, Segment
from domain.placing import occupying_segments


class Busy(Enum):
    """What stands in the way of a hold. Without its provider the chair is gone; otherwise it is free for the next."""

    PROVIDER = "provider"
    #: A room, a device, or the client's own other visit.
    OTHER = "other"


def conflict(segments: tuple[Segment, ...], day: Day) -> Busy | None:
    """What the mirror or another hold uses of any segment then; the provider before all else."""
    meeting = [
        (wanted, other)
        for wanted in segments
        for other in occupying_segments(day)
        if wanted.occupied.overlaps(other.occupied)
    ]
    if any(wanted.provider_id is not None and other.takes(wanted.provider_id) for wanted, other in meeting):
        return Busy.PROVIDER
    if any(
        (other.room_id is not None and other.room_id == wanted.room_id)
        or (other.device_id is not None and other.device_id == wanted.device_id)
        for wanted, other in meeting
    ):
        return Busy.OTHER
    return None

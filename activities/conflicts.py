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
    """Whether the mirror or another hold uses the provider of any segment then."""
    taken = any(
        wanted.provider_id is not None and other.takes(wanted.provider_id) and wanted.occupied.overlaps(other.occupied)
        for wanted in segments
        for other in occupying_segments(day)
    )
    return Busy.PROVIDER if taken else None

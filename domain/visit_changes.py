"""What a change of a visit changed, by the names that reports count by."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from domain.calendar import Segment, Visit, VisitState


class Changed(StrEnum):
    """One thing about a visit."""

    #: It is read for the first time; what it is then is no change.
    SEEN = "seen"
    STATE = "state"
    TIME = "time"
    PLACE = "place"
    CLIENT = "client"
    PROVIDER = "provider"
    SERVICE = "service"
    #: The room or the device, as the PMS tells or as inferred.
    ROOM = "room"
    PRICE = "price"


_OF_SEGMENTS: tuple[tuple[Changed, Callable[[Segment], object]], ...] = (
    (Changed.TIME, lambda one: one.during),
    (Changed.PROVIDER, lambda one: (one.provider_id, one.provider_ref)),
    (Changed.SERVICE, lambda one: (one.service_id, one.service_ref)),
    (Changed.ROOM, lambda one: (one.room_id, one.device_id)),
    (Changed.PRICE, lambda one: one.price_cents),
)


def what_changed(*, before: Visit, after: Visit) -> tuple[Changed, ...]:
    """In a fixed order; nothing for two readings that say the same. A reading without services keeps those of before:
    some systems drop them from a cancelled visit."""
    if before.state is VisitState.UNREAD:
        return () if after.state is VisitState.UNREAD else (Changed.SEEN,)
    changed = []
    if before.state is not after.state:
        changed.append(Changed.STATE)
    if (before.location_id, before.location_ref) != (after.location_id, after.location_ref):
        changed.append(Changed.PLACE)
    if before.client_id != after.client_id:
        changed.append(Changed.CLIENT)
    if after.segments:
        changed += [
            what
            for what, of in _OF_SEGMENTS
            if [of(one) for one in before.segments] != [of(one) for one in after.segments]
        ]
    return tuple(changed)

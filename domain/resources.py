"""Rooms and devices: which of a kind is free for a stretch of time, by one rule for all who ask.

Ranking asks whether there is any, the hold asks which one, and so does the assignment of a visit whose practice system
does not tell.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TypeVar

from domain.catalogue import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)


def pick(
    resources: Iterable[ResourceT],
    *,
    kind: str,
    location_id: int | None,
    used: Container[int],
    used_unseen: int = 0,
) -> ResourceT | None:
    """The one of this kind at this place that nobody uses; of several the one that the practice named first. Never by
    its name, which two may share. `used` are ids; of `used_unseen` we do not know which they are."""
    free = [one for one in resources if one.location_id == location_id and one.kind == kind and one.id not in used]
    return min(free, key=lambda one: one.id) if len(free) > used_unseen else None

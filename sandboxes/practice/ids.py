"""Ids of records. A dialect that writes them otherwise subclasses `Ids`."""

from __future__ import annotations

import random
import uuid


class Ids:
    """Version 4 UUIDs from a seeded source, so that one seed gives one run."""

    def __init__(self, source: random.Random) -> None:
        self.source = source

    def new(self) -> str:
        """Return an id that no record has."""
        return random_uuid(self.source)

    def accept(self, kind: str, given: str) -> str:
        """Return the stored form of an id of this kind as it came in."""
        return given

    def bare(self, given: str) -> str:
        """Return the stored form of an id whose kind is not known."""
        return given


def random_uuid(source: random.Random) -> str:
    """Return a version 4 UUID from a seeded source."""
    return str(uuid.UUID(int=source.getrandbits(128), version=4))

"""Activities by themselves: a real Postgres, vendors that only write down, and an hour each test sets."""

from __future__ import annotations

import pytest

from models.session import Database
from tests.inbox.scene import Scene, set_scene


@pytest.fixture
def scene(database: Database) -> Scene:
    """One practice, empty but for a place and a provider."""
    return set_scene(database)

"""Activities by themselves: a real Postgres, vendors that only write down, and an hour each test sets."""

from __future__ import annotations

import pytest

from models.session import Database
from tests.activities.activity_runner import Desk
from tests.activities.outside import Outside
from tests.inbox.scene import Scene, set_scene


@pytest.fixture
def scene(database: Database) -> Scene:
    """One practice, empty but for a place and a provider."""
    return set_scene(database)


@pytest.fixture
def outside() -> Outside:
    """Texts and staff chat that work; a module whose tests need other vendors has a fixture of its own."""
    return Outside()


@pytest.fixture
def desk(scene: Scene, outside: Outside) -> Desk:
    """The activities of that practice with those vendors."""
    return Desk(scene, outside)

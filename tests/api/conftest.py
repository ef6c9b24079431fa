"""The API's tests: a real Postgres, the vendors' real readers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from models.session import Database
from tests.api.support import Api, running_api
from tests.inbox.scene import Scene, set_scene


@pytest.fixture
def scene(database: Database) -> Scene:
    """One practice, empty but for a place and a provider."""
    return set_scene(database)


@pytest.fixture
async def api(scene: Scene) -> AsyncIterator[Api]:
    """The application with Temporal away."""
    async with running_api(scene) as api:
        yield api

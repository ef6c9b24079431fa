"""Real workflows on the skipping clock, against a made-up world."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.workflows.fake_activities import FakeWorld, Worlds


@pytest.fixture(scope="session")
async def worlds(temporal_env: WorkflowEnvironment) -> AsyncIterator[Worlds]:
    """Workers on every queue, for all tests of this folder."""
    worlds = Worlds(temporal_env)
    async with worlds.at_work():
        yield worlds


@pytest.fixture
def world(worlds: Worlds) -> FakeWorld:
    """A practice of this test's own, at nine in the morning."""
    return worlds.new()

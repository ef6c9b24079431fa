"""One visit on the skipping clock; its messages reach its client."""

from __future__ import annotations

import pytest

from contracts.booking import SEND_TOUCH
from tests.workflows.booking.visits import SENT, Visit
from tests.workflows.fake_activities import FakeWorld


@pytest.fixture
def visit(world: FakeWorld) -> Visit:
    world.answer(SEND_TOUCH, SENT)
    return Visit(world)

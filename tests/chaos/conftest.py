"""The stage whose processes these tests kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.stage import Stage, StageOptions
from tests.journeys.scenario_practice import Premises, open_premises

#: How long adapters wait for word of a request whose answer was lost, before they ask once more.
QUICK_TO_READ_BACK = {
    "CHAIRFLOW_TWILIO_READ_BACK_GRACE_SECONDS": "1.5",
    "CHAIRFLOW_BOULEVARD_READ_BACK_GRACE_SECONDS": "1.5",
}


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """A practice by a fast clock."""
    options = StageOptions(folder=tmp_path_factory.mktemp("stage"), environ=QUICK_TO_READ_BACK)
    with Stage(options) as stage:
        yield open_premises(stage, rate=10.0)

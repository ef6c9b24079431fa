"""The stage whose processes these tests kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.stage import Stage, StageOptions
from tests.journeys.corners import Premises, open_premises


@pytest.fixture(scope="module")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """A practice by a fast clock whose adapters do not wait long for a lost answer's word."""
    options = StageOptions(
        folder=tmp_path_factory.mktemp("stage"),
        environ={
            "CHAIRFLOW_TWILIO_READ_BACK_GRACE_SECONDS": "1.5",
            "CHAIRFLOW_BOULEVARD_READ_BACK_GRACE_SECONDS": "1.5",
        },
    )
    with Stage(options) as stage:
        yield open_premises(stage, rate=10.0)

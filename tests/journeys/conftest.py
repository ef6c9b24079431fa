"""One stage for all journeys of this folder; scenarios stay apart by their corners."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulation.stage import Stage, StageOptions
from tests.journeys.scenario_practice import Premises, open_premises

#: Practice seconds per real second: a two-hour window lasts minutes, a settling delay a blink.
RATE = 30.0


@pytest.fixture(scope="session")
def running_premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    options = StageOptions(
        folder=tmp_path_factory.mktemp("stage"),
        environ={
            "CHAIRFLOW_TWILIO_READ_BACK_GRACE_SECONDS": "1.5",
            "CHAIRFLOW_BOULEVARD_READ_BACK_GRACE_SECONDS": "1.5",
        },
    )
    with Stage(options) as stage:
        yield open_premises(stage, rate=RATE)


@pytest.fixture
def premises(running_premises: Premises) -> Iterator[Premises]:
    """The practice with an unhurried policy and no faults; afterwards nobody heard anything twice."""
    running_premises.policy()
    yield running_premises
    for sandbox in running_premises.stage.sandboxes.all():
        sandbox.clear_faults()
    assert running_premises.double_texts() == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "premises" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.engine)
            item.add_marker(pytest.mark.database)

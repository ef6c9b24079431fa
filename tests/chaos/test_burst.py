"""A busy morning: twenty and fifty cancellations at once. `python -m tests.chaos.burst --chairs 80` plays more, and
`make bench` says how fast."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from domain.policy import Pace
from simulation.stage import Stage, StageOptions
from tests.chaos.burst import play
from tests.journeys.scenario_practice import UNHURRIED, open_premises

pytestmark = [pytest.mark.engine, pytest.mark.database, pytest.mark.chaos]


@pytest.mark.parametrize("chairs", [20, 50])
def test_cancellations_of_one_moment_are_all_filled(tmp_path: Path, chairs: int) -> None:
    """With fewer people than three to a chair: nobody is planned for two of them, nobody who said YES is refused over
    a room, and nobody of the staff is asked anything."""
    with Stage(StageOptions(folder=tmp_path)) as stage:
        burst = play(
            open_premises(stage, rate=30.0),
            chairs=chairs,
            waiting=chairs * 3 // 2,
            fill=replace(UNHURRIED, pace=Pace.WAVES, wave_size=3),
        )

    assert burst.endings == Counter(filled=chairs)
    assert set(burst.offers) == {"won", "lost"}
    assert sum(burst.offers.values()) == burst.sent
    assert (burst.offers["won"], burst.won) == (chairs, chairs)
    assert burst.tasks == Counter()
    assert burst.double_bookings == 0

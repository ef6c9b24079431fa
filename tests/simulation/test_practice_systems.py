"""The practice systems a demo can be played on."""

from __future__ import annotations

from simulation.practice_systems import SYSTEMS
from wiring.vendors import SPOKEN


def test_a_demo_can_be_played_on_every_practice_system_that_is_spoken_to() -> None:
    assert set(SYSTEMS) == SPOKEN["pms"]

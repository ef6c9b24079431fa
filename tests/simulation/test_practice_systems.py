"""The practice systems a demo can be played on."""

from __future__ import annotations

from typing import get_args

from cli.demo import PracticeSystem
from simulation.practice_systems import SYSTEMS
from wiring.vendors import SPOKEN


def test_the_command_offers_every_practice_system_that_is_spoken_to() -> None:
    assert set(get_args(PracticeSystem)) - {"all"} == set(SYSTEMS) == SPOKEN["pms"]

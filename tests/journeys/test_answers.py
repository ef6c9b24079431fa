"""What clients write is understood as they meant it, from their phone to the practice's calendar."""

from __future__ import annotations

from simulation.reading import Gist
from tests.journeys.scenario_practice import Premises
from tests.journeys.scenarios import eventually


def test_which_of_two_visits(premises: Premises) -> None:
    """A bare C fits two visits: the client is asked which, and a bare number is the answer."""
    corner = premises.corner(waiting=0)
    first = corner.book(1, corner.at(14))
    corner.hears(1, Gist.BOOKED)
    second = corner.book(1, corner.at(16))
    corner.hears(1, Gist.BOOKED, Gist.BOOKED)

    corner.says(1, "C")
    eventually(lambda: len(corner.texts(1)) == 3, "the question which one")
    question = corner.texts(1)[-1]
    corner.says(1, "2")

    corner.hears(1, Gist.BOOKED, Gist.BOOKED, Gist.OTHER, Gist.THANKED)
    assert "Which one do you mean? Reply C1 for" in question
    assert "2:00 PM" in question.partition("C2 for")[0]
    assert "4:00 PM" in question.partition("C2 for")[2]
    assert "4:00 PM" in corner.texts(1)[-1]
    corner.mirrored(second, "confirmed")
    corner.mirrored(first, "booked")
    assert corner.tasks() == []

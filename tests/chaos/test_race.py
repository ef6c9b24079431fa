"""Fifty YES at once and YES at the deadline: a share of the seeds `make race` plays by the hundred."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.race import Arena, open_arena

pytestmark = [pytest.mark.engine, pytest.mark.database, pytest.mark.chaos]


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with open_arena(tmp_path_factory.mktemp("race")) as arena:
        yield arena


@pytest.mark.parametrize(("cache", "seed"), [(1000, 1), (1000, 3), (0, 2), (0, 4)])
def test_fifty_at_once(arena: Arena, cache: int, seed: int) -> None:
    arena.use_cache(cache)
    outcome = arena.fifty_at_once(seed)
    assert outcome.wrong == ()
    assert (outcome.askers, outcome.wins, outcome.bookings, outcome.answers) == (50, 1, 1, 50)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_yes_at_the_deadline(arena: Arena, seed: int) -> None:
    """Either order wins; whoever is told they have it is in the calendar, and nobody else is."""
    outcome = arena.at_the_deadline(seed)
    assert outcome.wrong == ()
    assert outcome.wins == outcome.bookings <= 1
    assert outcome.answers == outcome.askers

"""The worker is killed at every outward step of a fill, before the vendor does it and after: nothing is lost, nobody is
texted twice, the chair is booked once.

The steps are those of an undisturbed run, read from the vendors' ledgers, so a new step is killed at as soon as it
exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from domain.policy import Pace
from simulation.reading import Gist
from simulation.sandbox_client import Entry
from simulation.stage import Stage, StageOptions
from tests.chaos.conftest import QUICK_TO_READ_BACK
from tests.chaos.fill_steps import Killer, Point, Step, marks, steps_since
from tests.chaos.worker_forks import Nursery
from tests.journeys.scenario_practice import UNHURRIED, Premises, open_premises
from tests.journeys.scenarios import Corner, eventually

pytestmark = [pytest.mark.engine, pytest.mark.database, pytest.mark.chaos]

#: One story may see several workers die; they are spread over it.
DEATHS_PER_STORY = 5
TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE, chain_depth=0)


def scene(premises: Premises) -> tuple[Corner, str]:
    """Client 3's visit at 14:00 is about to be given up; client 1 has a later one, client 2 waits as well."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    chair = corner.book(3, corner.at(14))
    corner.book(1, corner.at(16))
    # Their confirmations, by text and by mail, are no part of the story.
    corner.hears(1, Gist.BOOKED)
    corner.hears(3, Gist.BOOKED)
    eventually(lambda: len(mails(corner)) == 2, "both mails")
    premises.settled()
    return corner, chair


def story(corner: Corner, chair: str) -> None:
    """The chair is given up, both are asked, client 1 says yes."""
    corner.cancel(chair)
    corner.offered(1, 2)
    corner.says(1, "YES")
    corner.ended()
    corner.hears(1, Gist.BOOKED, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.hears(3, Gist.BOOKED, Gist.CANCELLED)


def mails(corner: Corner) -> list[Entry]:
    """Mails the vendor took on for the corner's clients."""
    addresses = {f"client{number}@example.com" for number in corner.client_numbers}
    return [one for one in corner.stage.sandboxes.sendgrid.ledger(kind="accepted") if one["to"] in addresses]


def promises_kept(corner: Corner) -> None:
    """The chair is client 1's, written once, their later visit is given up, and every text went out once."""
    corner.premises.settled()
    (standing,) = corner.visits()
    assert standing["client"] == corner.client_ref(1).rpartition(":")[2]
    assert datetime.fromisoformat(standing["start_at"]) == corner.at(14)
    ours = [
        one
        for one in corner.stage.sandboxes.boulevard.ledger(kind="appointment_booked")
        if one["by"] == "api" and one["location"] == standing["location"]
    ]
    assert len(ours) == 1
    assert corner.premises.double_texts() == []
    assert [one.state for one in corner.offers()] == ["won", "lost"]
    sent = [(one["to"], one["subject"], str(one["custom_args"])) for one in mails(corner)]
    assert len(sent) == len(set(sent)), "a mail went out twice"


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Premises, Nursery]]:
    """A practice served by workers that can be had again in a moment."""
    folder = tmp_path_factory.mktemp("stage")
    with served(folder) as both:
        yield both


@contextmanager
def served(folder: Path) -> Iterator[tuple[Premises, Nursery]]:
    options = StageOptions(folder=folder, workers=0, environ=QUICK_TO_READ_BACK, cache_size=0)
    with Stage(options) as stage, Nursery(log=folder / "worker.log", environ=stage.environ()) as nursery:
        nursery.start()
        yield open_premises(stage, rate=10.0), nursery


def test_at_every_step(nursery: tuple[Premises, Nursery]) -> None:
    premises, workers = nursery
    corner, chair = scene(premises)
    mark = marks(premises.stage)
    story(corner, chair)
    promises_kept(corner)
    steps = steps_since(premises.stage, mark)
    assert {"bookingCreate", "bookingComplete", "cancelAppointment", "CreateMessage"} <= {
        one.operation for one in steps
    }
    points = points_of(steps)
    lives = -(-len(points) // DEATHS_PER_STORY)
    failures = []
    for life in range(lives):
        deaths = points[life::lives]
        try:
            killed_at(premises, workers, deaths)
        except AssertionError as error:
            failures.append(f"killed {', '.join(map(str, deaths))}: {error}")
    assert not failures, "\n".join(failures)


def points_of(steps: list[Step]) -> list[Point]:
    """Before and after every step that changes something; before each kind of read, the first time, since a read that
    happened is as good as one that did not."""
    return [
        Point(step, kind)
        for step in steps
        for kind in (("hold", "hold_after") if step.writes else ("hold",))
        if step.writes or step.nth == 1
    ]


def killed_at(premises: Premises, nursery: Nursery, deaths: list[Point]) -> None:
    corner, chair = scene(premises)
    killer = Killer(premises.stage, nursery, deaths)
    with killer.at_work():
        story(corner, chair)
        eventually(lambda: set(deaths) <= set(killer.killed), f"every kill of {', '.join(map(str, deaths))}")
    promises_kept(corner)

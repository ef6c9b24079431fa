"""How often each step of a fill asks Postgres: a ceiling for each, so that no reading creeps back unseen.

The second fill of a process is counted: the first also reads the practice's matrix, which is kept by its version.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pytest

from contracts.booking import TouchKind
from contracts.gap_fill import Assessment, OpeningOrder
from tests.activities.free_chair import Chairs, at, chairs
from tests.inbox.scene import Scene
from tests.statements import Asked, counted

#: Statements and transactions.
CEILINGS = MappingProxyType(
    {
        "assess": (30, 2),
        "wave": (31, 6),
        "book": (51, 5),
        "confirm": (17, 4),
        "close": (8, 2),
        "look": (25, 3),
    }
)


@pytest.fixture
def house(scene: Scene) -> Chairs:
    """Its day is mirrored, and one fill has been through it."""
    house = chairs(scene)
    house.works(-60, 240)
    fill(house)
    return house


def fill(house: Chairs, start: int = 0) -> dict[str, Asked]:
    """One opening from its assessment until all is told, and what each step asked of Postgres."""
    desk = house.desk
    asked: dict[str, Asked] = {}

    def step(name: str, act: Callable[[], None]) -> None:
        with counted(house.scene.database.engine) as asked[name]:
            act()

    client, opening = house.waiting(30), house.opening(start, start + 30)
    assessed: list[Assessment] = []

    def assess() -> None:
        order = OpeningOrder(practice_id=desk.practice_id, opening_id=opening, plan_wave=True)
        assessed.append(desk.run(desk.offering.assess_opening, order))

    def wave() -> None:
        (plan,) = assessed
        desk.offer_wave(opening, offers_until=plan.offers_until, others_fit=plan.others_fit)

    step("assess", assess)
    step("wave", wave)
    offer = house.offers(opening)[client].id or 0
    visits: list[int] = []

    def book() -> None:
        visits.append(desk.book(opening, offer).appointment_id or 0)

    step("book", book)
    step("confirm", lambda: _confirmed(house, visits[0], start))
    step("close", lambda: _closed(house, opening, offer))
    step("look", lambda: _looked(house, visits[0]))
    return asked


def _confirmed(house: Chairs, visit: int, start: int) -> None:
    house.desk.touch(visit, TouchKind.CONFIRMATION, starts_at=at(start))


def _closed(house: Chairs, opening: int, offer: int) -> None:
    house.desk.close(opening, winner_offer_id=offer, claimed=(offer,), final=True, won=True)


def _looked(house: Chairs, visit: int) -> None:
    house.desk.look(visit)


def test_no_step_of_a_fill_asks_postgres_more_often_than_it_has_to(house: Chairs) -> None:
    asked = fill(house, 60)

    counts = {name: (len(one.statements), one.transactions) for name, one in asked.items()}
    more = {
        name: (counts[name], ceiling)
        for name, ceiling in CEILINGS.items()
        if any(count > most for count, most in zip(counts[name], ceiling, strict=True))
    }
    assert more == {}

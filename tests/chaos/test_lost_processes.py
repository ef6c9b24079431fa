"""Temporal and the API die while webhooks arrive: what was answered with a 2xx is delivered when they are back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from domain.policy import Pace
from models.inbox import Delivery, Receipt
from simulation.reading import Gist
from tests.journeys.house import until
from tests.journeys.scenario_practice import UNHURRIED, Premises
from tests.journeys.scenarios import PATIENCE, Corner, eventually

pytestmark = [pytest.mark.engine, pytest.mark.database, pytest.mark.chaos]

TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE)


def many_chairs(premises: Premises, count: int = 6) -> tuple[Corner, list[str]]:
    """A corner with as many visits, and twice as many who wait."""
    premises.policy(replace(TOGETHER, pace=Pace.ONE_AT_A_TIME))
    corner = premises.corner(waiting=count, others=count, rooms=2)
    visits = [corner.book(count + place, corner.at(9 + place), mirrored=False) for place in range(1, count + 1)]
    for visit in visits:
        corner.mirrored(visit)
    premises.settled()
    return corner, visits


def undelivered(premises: Premises) -> list[Any]:
    """Receipts that were not routed and deliveries that did not reach their journey."""
    with premises.stage.database().transaction() as session:
        unread = session.exec(select(Receipt).where(Receipt.state == "new")).all()
        stuck = session.exec(select(Delivery).where(Delivery.state != "done").where(Delivery.state != "over")).all()
        return [*unread, *stuck]


def all_filled(premises: Premises, corner: Corner, count: int) -> None:
    """Everybody asked says yes, and every chair has exactly one visit."""
    answered: set[int] = set()

    def answer() -> bool:
        for client in range(1, count + 1):
            if client not in answered and Gist.OFFER in corner.heard(client):
                answered.add(client)
                corner.says(client, "YES")
        return sum(one.state == "filled" for one in corner.openings()) == count

    until(answer, seconds=2 * PATIENCE, what="every chair filled")
    for client in range(1, count + 1):
        corner.hears(client, Gist.OFFER, Gist.WON)
    premises.settled()
    assert len(corner.visits()) == count
    assert corner.double_bookings() == []
    assert undelivered(premises) == []
    assert premises.double_texts() == []


def test_temporal_killed_while_webhooks_arrive(premises: Premises) -> None:
    corner, visits = many_chairs(premises)
    temporal = premises.stage.temporal
    with ThreadPoolExecutor() as pool:
        given_up = [pool.submit(corner.cancel, visit) for visit in visits[:3]]
        temporal.kill()
        given_up += [pool.submit(corner.cancel, visit) for visit in visits[3:]]
        for one in given_up:
            one.result()
    # All webhooks were answered with a 2xx though nobody could be told.
    eventually(lambda: premises.stage.sandboxes.boulevard.state()["webhooks_pending"] == 0, "all webhooks answered")
    assert all(
        200 <= one["status"] < 300
        for one in premises.stage.sandboxes.boulevard.ledger(kind="webhook")
        if one["status"] is not None
    )
    assert undelivered(premises) != []
    temporal.start()
    premises.stage.wait_until_ready()
    all_filled(premises, corner, len(visits))


def test_api_killed_between_answer_and_relay(premises: Premises) -> None:
    """Temporal is away, so that nothing taken in can be handed over; then the API dies with all of it in hand."""
    corner, visits = many_chairs(premises)
    premises.stage.temporal.kill()
    for visit in visits:
        corner.cancel(visit)
    eventually(lambda: premises.stage.sandboxes.boulevard.state()["webhooks_pending"] == 0, "all webhooks answered")
    premises.stage.stop_api(kill=True)
    waiting = undelivered(premises)
    assert len(waiting) >= len(visits)
    premises.stage.temporal.start()
    premises.stage.start_api()
    premises.stage.wait_until_ready()
    all_filled(premises, corner, len(visits))

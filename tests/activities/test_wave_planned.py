"""The first wave is planned where its opening is assessed, and only sent after."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.gap_fill import Assessment, OpeningOrder, WaveResult
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.scene import Scene
from tests.statements import counted


@pytest.fixture
def house(scene: Scene) -> Chairs:
    house = chairs(scene)
    house.works(-60, 240)
    return house


def assess(house: Chairs, opening: int) -> Assessment:
    desk = house.desk
    order = OpeningOrder(practice_id=desk.practice_id, opening_id=opening, plan_wave=True)
    return desk.run(desk.offering.assess_opening, order)


def send(house: Chairs, opening: int, assessed: Assessment, **values: Any) -> WaveResult:
    told: dict[str, Any] = {"offers_until": assessed.offers_until, "others_fit": assessed.others_fit}
    return house.desk.offer_wave(opening, **{**told, **values})


def test_who_was_planned_with_the_assessment_is_asked_without_another_ranking(house: Chairs) -> None:
    client, opening = house.waiting(30), house.opening()
    assessed = assess(house, opening)
    planned = house.offers(opening)[client].state

    with counted(house.scene.database.engine) as asked:
        wave = send(house, opening, assessed)

    assert (planned, house.offers(opening)[client].state, len(wave.offers)) == ("planned", "open", 1)
    assert [one for one in asked.statements if "FROM waitlist_service" in one or "FROM day_stretch" in one] == []


def test_the_wave_says_that_nobody_is_left_where_the_assessment_saw_nobody_else(house: Chairs) -> None:
    house.waiting(30)
    opening = house.opening()

    wave = send(house, opening, assess(house, opening))

    assert wave.nobody_left


def test_staffs_choice_goes_out_before_what_was_planned_which_is_chosen_anew(house: Chairs) -> None:
    first, chosen, opening = house.waiting(30), house.waiting(30), house.opening(0, 90)
    assessed = assess(house, opening)

    by_staff = send(house, opening, assessed, only_client=chosen, by="Dana", reason="on the phone")
    after = house.desk.offer_wave(opening, 2)

    assert [len(one.offers) for one in (by_staff, after)] == [1, 1]
    assert {client: one.state for client, one in house.offers(opening).items()} == {first: "open", chosen: "open"}


def test_what_was_planned_and_not_sent_is_let_go_when_the_calendar_changes(house: Chairs) -> None:
    client, opening = house.waiting(30), house.opening()
    assess(house, opening)

    house.desk.refit(opening)

    offer = house.offers(opening)[client]
    assert (offer.state, offer.wave, offer.reserved_until) == ("planned", 0, None)

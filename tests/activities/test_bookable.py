"""Only what could be booked is offered: before anybody is asked, on the short list, and after the yes."""

from __future__ import annotations

import pytest

from contracts.gap_fill import Booked, OpeningOrder, Verdict
from models.client import Client
from models.matrix import Provider, Service
from models.offers import Offer
from models.practice import Location
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.scene import Scene


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


def loses_reference(scene: Scene, table: type[Client | Service | Provider | Location], ref: int) -> None:
    with scene.database.transaction() as session:
        session.get_one(table, ref).pms_ref = None


def test_a_client_the_practice_system_does_not_know_is_not_asked_and_stands_on_the_short_list_with_the_rule(
    maria: Chairs,
) -> None:
    client = maria.waiting(60)
    loses_reference(maria.scene, Client, client)
    opening = maria.opening(0, 60)

    wave = maria.desk.offer_wave(opening)
    maria.desk.ask_person(opening, "nobody_left")

    assert (wave.offers, maria.bodies) == ((), [])
    (task,) = maria.desk.tasks()
    assert [(one["client_id"], one["fits"], one["reasons"]) for one in task.shortlist] == [
        (
            client,
            False,
            ["Has no reference in the practice system, so a visit could not be booked; add their pms_ref."],
        )
    ]


def test_who_waits_for_a_service_it_does_not_know_stands_on_the_short_list_with_the_rule(maria: Chairs) -> None:
    maria.waiting(30)
    loses_reference(maria.scene, Service, maria.service(30))
    opening = maria.opening(0, 60)

    wave = maria.desk.offer_wave(opening)
    maria.desk.ask_person(opening, "nobody_left")

    assert (wave.offers, maria.bodies) == ((), [])
    (task,) = maria.desk.tasks()
    assert [one["reasons"][0] for one in task.shortlist] == [
        "Visit of 30 has no reference in the practice system, so it cannot be booked; add its pms_ref and import again."
    ]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (Provider, "NP Martinez has no reference in the practice system and cannot be booked"),
        (Location, "Downtown has no reference in the practice system, so nothing can be booked there"),
    ],
)
def test_a_provider_or_place_it_does_not_know_makes_no_opening_worth_filling(
    maria: Chairs, table: type[Provider | Location], words: str
) -> None:
    maria.waiting(60)
    opening = maria.opening(0, 60)
    loses_reference(maria.scene, table, maria.scene.provider_id if table is Provider else maria.scene.location_id)

    order = OpeningOrder(practice_id=maria.scene.practice_id, opening_id=opening)
    assessment = maria.desk.run(maria.desk.offering.assess_opening, order)

    assert assessment.verdict is Verdict.NOT_WORTH
    assert assessment.words.startswith(words)


def test_what_loses_its_reference_after_the_offer_is_refused_with_its_name_and_nothing_is_written(
    maria: Chairs,
) -> None:
    client = maria.waiting(60)
    opening = maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    loses_reference(maria.scene, Service, maria.service(60))

    offer: Offer = maria.offers(opening)[client]
    result = maria.desk.book(opening, offer.id or 0)

    assert result.outcome is Booked.REFUSED
    assert result.words.startswith("Visit of 60 has no reference in the practice system")
    assert maria.front_desk.appointments == []

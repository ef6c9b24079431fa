"""What came of earlier offers decides who is asked first, and whether alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.gap_fill import Ending
from domain.offer_history import Came
from domain.policy import GapFillPolicy, Pace, PracticePolicy
from models.offers import Offer
from models.repositories import offers, openings, practices
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.scene import NOW, Scene


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    fill = GapFillPolicy(pace=Pace.WAVES, wave_size=2)
    with scene.database.transaction() as session:
        practices.save_policy(session, scene.practice_id, PracticePolicy(gap_fill=fill))
    return chairs(scene)


def asked(maria: Chairs, opening: int) -> list[int]:
    return [one.client_id for one in maria.desk.rows(Offer) if one.opening_id == opening]


def said_yes_in_vain(maria: Chairs, client: int, *, hour: int) -> None:
    """Their offer of another chair, which somebody faster has."""
    opening = maria.opening(hour * 60, hour * 60 + 30)
    maria.scene.add(
        Offer(
            practice_id=maria.scene.practice_id,
            opening_id=opening,
            client_id=client,
            phone=f"+1646555{hour:04}",
            wave=1,
            state="lost",
            starts_at=NOW,
            ends_at=NOW,
            plan=[],
            token=f"t{hour}",
            sent_at=NOW - timedelta(days=hour),
            expires_at=NOW - timedelta(days=hour) + timedelta(minutes=10),
            claimed_at=NOW - timedelta(days=hour),
            closed_at=NOW - timedelta(days=hour),
        )
    )


def came(maria: Chairs, client: int) -> list[Came]:
    with maria.desk.database.transaction() as session:
        found = offers.past(
            session, maria.scene.practice_id, [client], since=NOW - timedelta(days=30), now=maria.desk.at
        )
    return [one.came for one in found.get(client, ())]


def test_who_lost_twice_in_a_row_is_asked_alone_before_the_others(maria: Chairs) -> None:
    first, second, unlucky = [maria.waiting(60) for _ in range(3)]
    said_yes_in_vain(maria, unlucky, hour=3)
    said_yes_in_vain(maria, unlucky, hour=5)
    opening = maria.opening(0, 60)

    maria.desk.offer_wave(opening)
    alone = asked(maria, opening)
    maria.desk.at = NOW + timedelta(minutes=11)
    maria.desk.offer_wave(opening, wave=2)

    assert alone == [unlucky]
    assert asked(maria, opening) == [unlucky, first, second]


def test_an_offer_is_unanswered_once_its_window_is_over(maria: Chairs) -> None:
    client = maria.waiting(60)
    maria.desk.offer_wave(maria.opening(0, 60))
    meanwhile = came(maria, client)
    maria.desk.at = NOW + timedelta(minutes=11)

    assert (meanwhile, came(maria, client)) == ([], [Came.UNANSWERED])


def test_a_yes_after_the_end_is_a_loss(maria: Chairs) -> None:
    """It came too late, and counts when the next chair is offered."""
    client = maria.waiting(60)
    opening = maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    maria.desk.close(opening, Ending.FILLED)

    maria.scene.text(maria.phone(maria.people), "YES")

    assert came(maria, client) == [Came.LOST]


def test_a_yes_after_nobody_took_it_is_a_loss(maria: Chairs) -> None:
    client = maria.waiting(60)
    opening = maria.opening(0, 60)
    maria.desk.offer_wave(opening)
    with maria.desk.database.transaction() as session:
        openings.close(session, maria.scene.practice_id, opening, state="lapsed", now=NOW)
    maria.desk.close(opening, Ending.LAPSED)

    maria.scene.text(maria.phone(maria.people), "YES")

    assert came(maria, client) == [Came.LOST]

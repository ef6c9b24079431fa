"""The next best thing for a client whose yes could not be kept: an offer like any other, in one text with the truth."""

from __future__ import annotations

import pytest

from contracts.gap_fill import Tell
from models.effects import Intent
from models.offers import Offer
from models.repositories.receipts import Purpose
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.events import arrive
from tests.inbox.scene import Scene
from vendors.sms.base import TextReport, TextState


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


def test_when_its_text_never_arrives_its_phone_is_free_for_others(maria: Chairs) -> None:
    client = maria.waiting(60)
    lost = maria.opening(0, 60)
    maria.desk.offer_wave(lost)
    other = maria.opening(120, 180)
    maria.by_hand(0, 60)
    assert maria.desk.tell(lost, maria.offers(lost)[client].id or 0, Tell.NOT_FREE).next_best_offered
    text = maria.desk.rows(Intent)[-1]

    failed = TextReport(event_key="s", ref="SM2", key=str(text.id), state=TextState.FAILED, error_code="30003")
    arrive(maria.scene, Purpose.TEXT_STATUS, failed)

    next_best: Offer = maria.offers(other)[client]
    assert (next_best.chosen_by, next_best.state) == ("next_best", "declined")
    assert maria.scene.waiting()[-1] == ("gapfill", other, "signal", "decline")


def test_a_yes_to_it_means_it_and_not_the_time_that_was_lost(maria: Chairs) -> None:
    client = maria.waiting(60)
    lost, other = maria.opening(0, 60), maria.opening(120, 180)
    maria.desk.offer_wave(lost)
    maria.scene.text(maria.phone(1), "YES")
    maria.by_hand(0, 60)
    maria.desk.tell(lost, maria.offers(lost)[client].id or 0, Tell.NOT_FREE)

    receipt = maria.scene.text(maria.phone(1), "YES")

    assert maria.scene.receipt(receipt).outcome == "claim"
    assert maria.scene.waiting()[-1] == ("gapfill", other, "signal", "claim_by_text")

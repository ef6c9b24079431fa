"""An offer on its way: whoever answers at once answers it, and what never went out asks nothing."""

from __future__ import annotations

import pytest
from sqlmodel import col, delete
from temporalio.exceptions import ApplicationError

from models.offers import Offer, Question
from tests.activities.asked import Asked, nora_is_asked
from tests.activities.outside import away
from tests.activities.people import PHONE
from tests.inbox.scene import Scene


@pytest.fixture
def planned(scene: Scene) -> Asked:
    """Nora's offer is planned, and nothing has gone out."""
    asked = nora_is_asked(scene)
    with asked.scene.database.transaction() as session:
        session.get_one(Offer, asked.offer).state = "planned"
        session.execute(delete(Question).where(col(Question.offer_id) == asked.offer))
    return asked


def test_a_yes_that_is_faster_than_our_own_note_counts(planned: Asked) -> None:
    answers: list[int] = []
    planned.desk.outside.phones.at_once = lambda: answers.append(planned.scene.text(PHONE, "YES"))

    planned.desk.offer_wave(planned.opening)

    assert [planned.scene.receipt(one).outcome for one in answers] == ["claim"]
    assert planned.scene.waiting()[-1] == ("gapfill", planned.opening, "signal", "claim_by_text")


def test_a_yes_while_the_offer_cannot_be_sent_claims_nothing(planned: Asked) -> None:
    phones = planned.desk.outside.phones
    phones.refuses = away("twilio")
    with pytest.raises(ApplicationError, match="no answer"):
        planned.desk.offer_wave(planned.opening)

    unasked = planned.scene.text(PHONE, "YES")
    phones.refuses = None
    planned.desk.offer_wave(planned.opening)
    asked = planned.scene.text(PHONE, "YES")

    assert planned.scene.receipt(unasked).outcome != "claim"
    assert planned.scene.receipt(asked).outcome == "claim"

"""An offer on its way: whoever answers at once answers it, and what never went out asks nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, delete
from temporalio.exceptions import ApplicationError

from activities.offering import Offering
from contracts.gap_fill import OfferWave
from models.offers import Offer, Question
from models.repositories import offers, suppressions
from models.repositories.practices import PracticeFacts
from operations.gate import Draft, MessageGate, Outcome
from operations.ports import Grace
from tests.activities.activity_runner import LINKS
from tests.activities.open_offer import Asked, nora_is_asked
from tests.activities.outside import away
from tests.activities.people import PHONE
from tests.inbox.scene import NOW, Scene
from vendors.errors import RecipientInvalid


@pytest.fixture
def planned(scene: Scene) -> Asked:
    """Nora's offer is planned, and nothing has gone out."""
    asked = nora_is_asked(scene)
    with asked.scene.database.transaction() as session:
        offer = session.get_one(Offer, asked.offer)
        offer.state, offer.sent_at, offer.expires_at = "planned", None, None
        session.execute(delete(Question).where(col(Question.offer_id) == asked.offer))
    return asked


class StopComesFirst(MessageGate):
    """Between the draft of a text and its way out, its client says STOP."""

    def send(
        self,
        practice: PracticeFacts,
        draft: Draft,
        *,
        now: datetime,
        with_it: Callable[[Session], str | None] | None = None,
    ) -> Outcome:
        with self._database.transaction() as session:
            suppressions.stop(session, practice.id, draft.channel, PHONE, now, "reply")
        return super().send(practice, draft, now=now, with_it=with_it)


def test_a_yes_that_is_faster_than_our_own_note_counts(planned: Asked) -> None:
    answers: list[int] = []
    planned.desk.outside.phones.at_once = lambda: answers.append(planned.scene.text(PHONE, "YES"))

    planned.desk.offer_wave(planned.opening)

    assert [planned.scene.receipt(one).outcome for one in answers] == ["claim"]
    assert planned.scene.waiting()[-1] == ("gapfill", planned.opening, "signal", "claim_by_text")


def test_an_offer_that_never_went_out_is_neither_asked_nor_closed_and_holds_no_phone(planned: Asked) -> None:
    phones = planned.desk.outside.phones
    phones.refuses = away("twilio")
    with pytest.raises(ApplicationError, match="no answer"):
        planned.desk.offer_wave(planned.opening)
    phones.refuses = None

    offer: Offer = planned.scene.row(Offer, planned.offer)
    assert (offer.state, offer.sent_at) == ("planned", None)

    planned.close()
    assert planned.bodies == []


def test_stop_said_while_the_offer_is_on_its_way_to_the_carrier_holds(planned: Asked) -> None:
    """The client was read before they said it; the gate looks again where it lets the text out."""
    desk = planned.desk
    gate = StopComesFirst(database=desk.database, vendors=desk.outside, grace=Grace())
    offering = Offering(database=desk.database, vendors=desk.outside, gate=gate, links=LINKS)
    order = OfferWave(practice_id=desk.practice_id, opening_id=planned.opening, wave=1)

    desk.run(offering.offer_wave, order)

    assert planned.bodies == []
    assert planned.scene.row(Offer, planned.offer).state == "suppressed"


def test_an_offer_given_up_before_it_went_out_is_not_sent(planned: Asked) -> None:
    with planned.scene.database.transaction() as session:
        session.get_one(Offer, planned.offer).state = "declined"
        assert not offers.take_phone(session, planned.scene.practice_id, planned.offer, now=NOW)


def test_a_wave_is_cut_short_by_a_yes(planned: Asked) -> None:
    """A carrier that refuses one of the wave for the moment keeps no other's yes waiting."""
    with planned.scene.database.transaction() as session:
        row = session.get_one(Offer, planned.offer)
        row.state, row.claimed_at, row.expires_at = "open", NOW, NOW + timedelta(minutes=10)

    wave = planned.desk.offer_wave(planned.opening)

    assert [one.offer_id for one in wave.offers] == [planned.offer]
    assert (wave.nobody_left, planned.bodies) == (False, [])


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


def test_an_offer_the_carrier_refused_asks_nothing(planned: Asked) -> None:
    planned.desk.outside.phones.refuses = RecipientInvalid("no such number", vendor="twilio", operation="send")
    planned.desk.offer_wave(planned.opening)

    said = planned.scene.text(PHONE, "YES")

    assert planned.scene.row(Offer, planned.offer).state == "suppressed"
    assert planned.scene.receipt(said).outcome != "claim"

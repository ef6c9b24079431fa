"""A cancelled chair refills itself: who hears what, and what stands in the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import httpx

from domain.policy import Pace
from simulation.reading import Gist
from simulation.sandbox_client import Control
from tests.journeys.scenario_practice import UNHURRIED, Premises
from tests.journeys.scenarios import Corner, eventually, shown

TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE)
ONE_BY_ONE = replace(UNHURRIED, pace=Pace.ONE_AT_A_TIME)


def cancelled_chair(corner: Corner, *, client: int, hour: int = 14) -> str:
    """The client's visit, given up."""
    appointment = corner.book(client, corner.at(hour))
    corner.cancel(appointment)
    return appointment


def won_by(corner: Corner, client: int, *, hour: int = 14) -> None:
    """Exactly one visit stands at that time, and it is this client's."""
    standing = [one for one in corner.visits() if datetime.fromisoformat(one["start_at"]) == corner.at(hour)]
    assert [one["client"] for one in standing] == [corner.client_ref(client).rpartition(":")[2]]
    assert corner.double_bookings() == []


def test_yes_by_text(premises: Premises) -> None:
    """The first YES wins and is confirmed once, who was asked as well is told once, nobody else hears a word."""
    premises.policy(replace(UNHURRIED, pace=Pace.WAVES, wave_size=3))
    corner = premises.corner(waiting=4)
    cancelled_chair(corner, client=5)
    corner.offered(1, 2, 3)
    corner.says(2, "YES")
    assert corner.ended() == "filled"
    corner.hears(2, Gist.OFFER, Gist.WON)
    corner.hears(1, Gist.OFFER, Gist.CLOSED)
    corner.hears(3, Gist.OFFER, Gist.CLOSED)
    assert corner.texts(4) == []
    assert corner.heard(5) == [Gist.BOOKED, Gist.CANCELLED]
    won_by(corner, 2)
    assert [one.state for one in corner.offers()] == ["lost", "won", "lost"]


def test_claim_by_link(premises: Premises) -> None:
    """Looking takes nothing; the button does, and each page says what is true for its reader."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    first, second = corner.link(1), corner.link(2)
    with httpx.Client(trust_env=False, timeout=30) as browser:
        for _ in range(3):
            assert shown(browser.get(first).text) == "open"
            assert browser.head(first).is_success
        premises.settled()
        assert corner.visits() == []
        held = premises.stage.sandboxes.boulevard.fault("bookingComplete", "hold", times=1)
        assert shown(browser.post(first).text) == "confirming"
        eventually(lambda: waiting_at(premises.stage.sandboxes.boulevard, held) == 1, "the visit's write")
        assert shown(browser.get(first).text) == "confirming"
        assert shown(browser.post(second).text) == "next"
        premises.stage.sandboxes.boulevard.release(held)
        assert corner.ended() == "filled"
        assert shown(browser.get(first).text) == "won"
        assert shown(browser.get(second).text) == "lost"
        assert shown(browser.post(second).text) == "lost"
        assert browser.get(f"{premises.stage.api_url}/claim/{'x' * 32}").status_code == 404
    premises.settled()
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    won_by(corner, 1)


def test_no_is_thanked_and_the_next_is_asked(premises: Premises) -> None:
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=2)
    cancelled_chair(corner, client=3)
    corner.offered(1)
    corner.says(1, "No thanks")
    corner.offered(2)
    corner.says(2, "yes please!")
    assert corner.ended() == "filled"
    corner.hears(2, Gist.OFFER, Gist.WON)
    assert corner.heard(1)[0] is Gist.OFFER
    assert len(corner.texts(1)) == 2, corner.texts(1)
    assert "thank" in corner.texts(1)[1].lower()
    won_by(corner, 2)


def test_stop_while_an_offer_is_open(premises: Premises) -> None:
    """STOP ends all texts to that phone, and the fill goes on with the next."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=2)
    cancelled_chair(corner, client=3)
    corner.offered(1)
    corner.says(1, "STOP")
    before = len(corner.asked_for(1))
    corner.offered(2)
    corner.says(2, "Y")
    assert corner.ended() == "filled"
    corner.hears(2, Gist.OFFER, Gist.WON)
    assert len(corner.asked_for(1)) == before
    won_by(corner, 2)
    # The next chair does not reach that phone either.
    cancelled_chair(corner, client=3, hour=16)
    assert corner.ended(2) in {"declined", "lapsed", "handed_over"}
    assert len(corner.asked_for(1)) == before


def test_late_yes_gets_its_one_answer(premises: Premises) -> None:
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    corner.says(1, "👍🏽")
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.reads_and_says(2, "YES")
    corner.hears(2, Gist.OFFER, Gist.CLOSED, Gist.CLOSED)
    premises.settled()
    corner.hears(2, Gist.OFFER, Gist.CLOSED, Gist.CLOSED)
    won_by(corner, 1)


def test_a_yes_that_passes_the_closing_message(premises: Premises) -> None:
    """While the closing texts to two clients are on their way, both say YES: each hears once that the chair is gone."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=3)
    cancelled_chair(corner, client=4)
    corner.offered(1, 2, 3)
    twilio = premises.stage.sandboxes.twilio
    held = [twilio.fault("CreateMessage", "hold", times=1, match={"to": corner.phone(one)}) for one in (2, 3)]
    corner.says(1, "YES")
    eventually(lambda: sum(waiting_at(twilio, one) for one in held) == 2, "both closing texts")
    corner.says(2, "YES")
    corner.says(3, "YES")
    for one in held:
        twilio.release(one)
    assert corner.ended() == "filled"
    premises.settled()
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.hears(3, Gist.OFFER, Gist.CLOSED)


def test_staff_book_over_a_live_opening(premises: Premises) -> None:
    """The front desk is always right: offers are withdrawn, and everybody asked is told."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2, others=2)
    cancelled_chair(corner, client=3)
    corner.offered(1, 2)
    corner.book(4, corner.at(14))
    assert corner.ended() == "withdrawn"
    corner.hears(1, Gist.OFFER, Gist.CLOSED)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.reads_and_says(1, "YES")
    corner.hears(1, Gist.OFFER, Gist.CLOSED, Gist.CLOSED)
    won_by(corner, 4)


def waiting_at(sandbox: Control, fault: int) -> int:
    """How many requests a fault holds just now."""
    return next(int(one["waiting"]) for one in sandbox.faults() if one["id"] == fault)

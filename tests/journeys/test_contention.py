"""Two fills want the same client, room or device; a winner gives up a later visit; a person decides."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from domain.policy import Pace
from simulation.reading import Gist
from tests.journeys.scenario_practice import UNHURRIED, Premises
from tests.journeys.scenarios import Corner, eventually

ONE_BY_ONE = replace(UNHURRIED, pace=Pace.ONE_AT_A_TIME)
TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE)


def two_chairs(corner: Corner, first: int, second: int) -> None:
    """The visits of two providers at 14:00 are given up, one after the other."""
    visits = [corner.book(client, corner.at(14), provider=place) for place, client in enumerate((first, second), 1)]
    for place, visit in enumerate(visits, 1):
        corner.cancel(visit)
        corner.opening(place)


def starts(corner: Corner, client: int) -> list[datetime]:
    return [datetime.fromisoformat(one["start_at"]) for one in corner.visits_of(client)]


def test_two_fills_want_one_client(premises: Premises) -> None:
    """One phone has one open offer; its YES fills one chair, and the other chair asks no more of it."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=1, others=2, providers=2)
    two_chairs(corner, 2, 3)
    corner.offered(1)
    premises.settled()
    corner.says(1, "YES")
    corner.hears(1, Gist.OFFER, Gist.WON)
    premises.settled()
    corner.hears(1, Gist.OFFER, Gist.WON)
    assert starts(corner, 1) == [corner.at(14)]
    assert [one.state for one in corner.offers()].count("won") == 1


def test_staff_give_one_client_two_chairs(premises: Premises) -> None:
    """Two receptionists assign the same client to two chairs of one hour: one stands, the other is told why not."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=1, others=2, providers=2)
    two_chairs(corner, 2, 3)
    corner.offered(1)

    def assign(opening: int) -> int:
        body = {"client_id": corner.client_id(1), "reason": "called us"}
        return premises.ask("POST", f"gap-fills/{opening}/assign-to", body).status_code

    with ThreadPoolExecutor() as pool:
        assert set(pool.map(assign, [corner.opening(1), corner.opening(2)])) <= {200, 409}
    eventually(lambda: Gist.WON in corner.heard(1), "a confirmation")
    premises.settled()
    assert starts(corner, 1) == [corner.at(14)]
    assert corner.heard(1).count(Gist.WON) == 1, corner.texts(1)
    assert corner.double_bookings() == []


def test_two_fills_want_one_room(premises: Premises) -> None:
    _one_place_for_two(premises, rooms=1, devices=0)


def test_two_fills_want_one_device(premises: Premises) -> None:
    _one_place_for_two(premises, rooms=2, devices=1)


def _one_place_for_two(premises: Premises, *, rooms: int, devices: int) -> None:
    """Both say YES in the same second: one has the visit, the other the truth."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=2, others=2, providers=2, rooms=rooms, devices=devices)
    two_chairs(corner, 3, 4)
    corner.offered(1, 2)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda client: corner.says(client, "YES"), (1, 2)))
    eventually(lambda: all(len(corner.texts(client)) == 2 for client in (1, 2)), "an answer to each")
    premises.settled()
    assert starts(corner, 1) + starts(corner, 2) == [corner.at(14)]
    winner, other = (1, 2) if starts(corner, 1) else (2, 1)
    corner.hears(winner, Gist.OFFER, Gist.WON)
    assert corner.heard(other)[0] is Gist.OFFER
    assert "taken over" in corner.texts(other)[1], corner.texts(other)
    assert [one.kind for one in corner.tasks() if one.client_id == corner.client_id(other)] == ["pms_refused"]
    assert len(corner.texts(1)) == len(corner.texts(2)) == 2


def test_winners_give_up_later_visits(premises: Premises) -> None:
    """Each winner's later visit is released and offered on; the chain ends where the policy says."""
    premises.policy(replace(ONE_BY_ONE, chain_depth=2))
    corner = premises.corner(waiting=3, others=1)
    chair = corner.book(4, corner.at(14))
    later = [corner.book(client, corner.at(14 + client)) for client in (1, 2, 3)]
    corner.cancel(chair)
    for client in (1, 2, 3):
        corner.offered(client)
        corner.says(client, "YES")
        assert corner.ended(client) == "filled"
    premises.settled()
    assert [starts(corner, client) for client in (1, 2, 3)] == [[corner.at(14)], [corner.at(15)], [corner.at(16)]]
    standing = {one["appointment"] for one in corner.visits()}
    assert not standing & set(later)
    assert [(one.cause, one.chain_depth) for one in corner.openings()] == [
        ("cancellation", 0),
        ("swap", 1),
        ("swap", 2),
    ]
    for client in (1, 2, 3):
        # One confirmation of the visit they had, one offer, one confirmation of the new one; no word that it is off.
        assert corner.heard(client) == [Gist.BOOKED, Gist.OFFER, Gist.WON], corner.texts(client)
        _, offer, won = corner.texts(client)
        assert "instead of" in offer and "instead of" in won, corner.texts(client)
    assert corner.double_bookings() == []


def test_nobody_left_assigned_by_api(premises: Premises) -> None:
    """Everybody said no; a receptionist talks one of them into it and answers the task."""
    premises.policy(ONE_BY_ONE)
    corner = premises.corner(waiting=1)
    corner.cancel(corner.book(2, corner.at(14)))
    corner.offered(1)
    corner.says(1, "no")
    eventually(lambda: any(one.kind == "nobody_left" for one in corner.tasks()), "a task")
    (task,) = corner.tasks()
    body = {"action": "assign", "client_id": corner.client_id(1), "reason": "came round on the phone", "by": "Maya"}
    answer = premises.ask("POST", f"tasks/{task.id}/resolve", body)
    assert answer.status_code == 200, answer.text
    assert corner.ended() == "filled"
    assert starts(corner, 1) == [corner.at(14)]
    eventually(lambda: Gist.WON in corner.heard(1), "a confirmation")
    premises.settled()
    assert corner.heard(1).count(Gist.WON) == 1, corner.texts(1)
    (task,) = corner.tasks()
    assert (task.state, task.resolved_by) == ("resolved", "Maya")


def test_a_client_staff_name_who_cannot_have_it_ends_no_fill(premises: Premises) -> None:
    """The rule in the way is said in the call, and the next in rank is asked all the same."""
    premises.policy(replace(ONE_BY_ONE, offer_window=timedelta(minutes=4)))
    corner = premises.corner(waiting=2)
    corner.cancel(corner.book(3, corner.at(14)))
    corner.offered(1)
    wish = {"client_id": corner.client_id(3), "reason": "asked at the desk"}
    refused = premises.ask("POST", f"gap-fills/{corner.opening()}/offer-to", wish)
    assert refused.status_code == 409
    assert "waitlist" in refused.text
    corner.offered(2)
    corner.says(2, "YES")
    assert corner.ended() == "filled"
    premises.settled()
    assert corner.tasks() == []
    assert Gist.OFFER not in corner.heard(3)


def test_nobody_left_assigned_by_page(premises: Premises) -> None:
    """The task's page lists who fits with reasons; its button books."""
    premises.policy(replace(ONE_BY_ONE, offer_window=timedelta(minutes=1)))
    corner = premises.corner(waiting=1)
    corner.cancel(corner.book(2, corner.at(14)))
    corner.offered(1)
    eventually(lambda: any(one.kind == "nobody_left" for one in corner.tasks()), "a task")
    (task,) = corner.tasks()
    page = f"{premises.stage.api_url}/tasks/{task.token}"
    with httpx.Client(trust_env=False, timeout=30) as browser:
        shown = browser.get(page).text
        nonce = re.search(r'name="nonce" value="([^"]+)"', shown)
        assert nonce is not None
        choice = f"assign:{corner.client_id(1)}"
        assert f'value="{choice}"' in shown
        form = {"nonce": nonce.group(1), "choice": choice, "by": "Maya", "reason": "rang and said yes"}
        for _ in range(2):
            assert browser.post(page, data=form).is_success
    assert corner.ended() == "filled"
    assert starts(corner, 1) == [corner.at(14)]
    eventually(lambda: Gist.WON in corner.heard(1), "a confirmation")
    premises.settled()
    assert corner.heard(1).count(Gist.WON) == 1, corner.texts(1)

"""The front desk changes its mind: mis-clicks, moves and hand bookings, their webhooks in every order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from domain.policy import BookingPolicy, Pace
from models.calendar import Appointment
from simulation.reading import Gist
from simulation.stage import Stage
from tests.journeys.house import until
from tests.journeys.scenario_practice import UNHURRIED, Premises
from tests.journeys.scenarios import PATIENCE, Corner, eventually

TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE)
#: Twenty real seconds and more: time enough to take a slip back, however slow the machine.
SLOW_TO_SETTLE = timedelta(minutes=12)


def test_slip_taken_back_in_time(premises: Premises) -> None:
    """A cancellation undone within the settling delay: nobody is texted about it, not even its client."""
    premises.policy(
        replace(TOGETHER, settling_delay=SLOW_TO_SETTLE), booking=BookingPolicy(settling_delay=SLOW_TO_SETTLE)
    )
    corner = premises.corner(waiting=2)
    appointment = corner.book(3, corner.at(14))
    corner.cancel(appointment)
    corner.opening()
    corner.by_hand("uncancel", id=appointment)
    assert corner.ended() == "withdrawn"
    corner.mirrored(appointment)
    assert corner.texts(1) == corner.texts(2) == []
    corner.hears(3, Gist.BOOKED)


def test_slip_taken_back_too_late(premises: Premises) -> None:
    """Offers were out already: they are withdrawn, whoever was asked is told, and the visit stands."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    appointment = corner.book(3, corner.at(14))
    corner.cancel(appointment)
    corner.offered(1, 2)
    corner.by_hand("uncancel", id=appointment)
    assert corner.ended() == "withdrawn"
    corner.hears(1, Gist.OFFER, Gist.CLOSED)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    assert corner.heard(3)[-1] is Gist.BOOKED
    assert [one["client"] for one in corner.visits()] == [corner.client_ref(3).rpartition(":")[2]]


def test_block_taken_away_and_shift_added(premises: Premises) -> None:
    """No webhook tells of these: the regular look at the coming days finds them and opens the chair."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2, others=0)
    block = corner.by_hand(
        "add_timeblock",
        staff=corner.staff(1),
        start=corner.at(14).isoformat(),
        duration=30,
        location=corner.location_ref,
        title="Lunch",
    )
    premises.reconcile()
    assert corner.openings() == []
    corner.by_hand("remove_timeblock", id=block["timeblock"])
    premises.reconcile()
    corner.offered(1, 2)
    corner.says(1, "YES")
    assert corner.ended() == "filled"
    corner.hears(1, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.by_hand(
        "add_shift",
        staff=corner.staff(1),
        location=corner.location_ref,
        date=corner.day.isoformat(),
        clock_in="18:00",
        clock_out="18:30",
    )
    premises.reconcile()
    corner.opening(2)
    eventually(lambda: corner.heard(2).count(Gist.OFFER) == 2, "the second offer")
    corner.says(2, "YES")
    assert corner.ended(2) == "filled"
    assert sorted(datetime.fromisoformat(one["start_at"]) for one in corner.visits()) == [corner.at(14), corner.at(18)]
    assert corner.double_bookings() == []


# --- every order ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """Something the front desk does, and the event the practice system tells of it."""

    do: Callable[[], str]
    event: str


def deeds_of(corner: Corner, *, provider: int, client: int, hour: int) -> tuple[str, dict[str, Deed]]:
    """One visit that is cancelled, taken back and moved, while somebody else is put into its time."""
    mine = corner.book(client, corner.at(hour), provider=provider, mirrored=False)

    def cancel() -> str:
        corner.cancel(mine)
        return mine

    def uncancel() -> str:
        corner.by_hand("uncancel", id=mine)
        return mine

    def move() -> str:
        corner.by_hand("move", id=mine, start=corner.at(hour, 30).isoformat())
        return mine

    def book() -> str:
        return corner.book(client + 1, corner.at(hour), provider=provider, mirrored=False)

    told = {
        "cancel": Deed(cancel, "APPOINTMENT_CANCELLED"),
        "uncancel": Deed(uncancel, "APPOINTMENT_UPDATED"),
        "move": Deed(move, "APPOINTMENT_RESCHEDULED"),
        "book": Deed(book, "APPOINTMENT_CREATED"),
    }
    return mine, told


def possible_orders() -> list[tuple[str, ...]]:
    """Orders a person can do them in: nothing cancelled is moved, and only what is cancelled is taken back."""
    orders = itertools.permutations(("cancel", "uncancel", "move", "book"))
    return [
        order
        for order in orders
        if order.index("cancel") < order.index("uncancel")
        and not order.index("cancel") < order.index("move") < order.index("uncancel")
    ]


def test_webhooks_in_every_order(premises: Premises) -> None:
    """All orders of four webhooks over all orders of their deeds end in the same truth: no chair is open, no visit is
    lost or doubled, and whoever was asked about a chair that closed again was told so."""
    premises.policy(TOGETHER)
    arrivals = list(itertools.permutations(range(4)))
    corner = premises.corner(waiting=2, others=2 * len(arrivals), providers=4, rooms=8)
    orders = possible_orders()
    stage = premises.stage
    stands: dict[str, datetime] = {}
    for number in range(len(arrivals)):
        hour, client = 10 + number // 4, 3 + 2 * number
        stands[corner.client_ref(client).rpartition(":")[2]] = corner.at(hour, 30)
        stands[corner.client_ref(client + 1).rpartition(":")[2]] = corner.at(hour)
    visits = [
        deeds_of(corner, provider=number % 4 + 1, client=3 + 2 * number, hour=10 + number // 4)
        for number in range(len(arrivals))
    ]
    for mine, _ in visits:
        corner.mirrored(mine)
    premises.settled()
    hooks = stage.sandboxes.boulevard.config()["webhook_targets"]
    stage.sandboxes.boulevard.configure(webhook_targets=[])
    try:
        for number, arrival in enumerate(arrivals):
            order = orders[number % len(orders)]
            _play(stage, [visits[number][1][name] for name in order], arrival)
    finally:
        stage.sandboxes.boulevard.configure(webhook_targets=hooks)
    premises.settled()
    _agree(corner)
    premises.settled()
    assert {one["client"]: datetime.fromisoformat(one["start_at"]) for one in corner.visits()} == stands
    assert Counter(one["client"] for one in corner.visits()) == Counter(stands.keys())
    until(lambda: all(one.state != "live" for one in corner.openings()), seconds=PATIENCE, what="an end of all fills")
    for place in range(1, len(corner.openings()) + 1):
        corner.ended(place)
    for client in (1, 2):
        heard = corner.heard(client)
        assert heard.count(Gist.OFFER) == heard.count(Gist.CLOSED), heard


def _play(stage: Stage, deeds: list[Deed], arrival: tuple[int, ...]) -> None:
    """Do the deeds in order; each webhook arrives when its deed is done and those before it in `arrival` are there."""
    done: dict[int, str] = {}
    waiting = list(arrival)
    for place, deed in enumerate(deeds):
        done[place] = deed.do()
        while waiting and waiting[0] in done:
            which = waiting.pop(0)
            deliver(stage, event=deeds[which].event, appointment=done[which])


def deliver(stage: Stage, *, event: str, appointment: str, key: str | None = None) -> None:
    """A webhook as the vendor signs it (vendors/boulevard.md), sent by hand: its order is the test's."""
    config = stage.sandboxes.boulevard.config()
    body: dict[str, Any] = {
        "data": {"node": {"__typename": "Appointment", "id": f"urn:blvd:Appointment:{appointment}"}},
        "timestamp": datetime.now(UTC).isoformat(),
        "resource": "Appointment",
        "event": event.lower().replace("_", ".", 1),
        "eventType": event,
        "businessId": f"urn:blvd:Business:{config['business_id']}",
        "apiApplicationId": f"urn:blvd:ApiApplication:{config['application_id']}",
        "idempotencyKey": key or str(uuid.uuid4()),
        "webhookId": f"urn:blvd:Webhook:{uuid.uuid4()}",
    }
    content = json.dumps(body).encode()
    salt = f"blvd-webhook-v1:{config['application_id']}:{int(time.time())}"
    mac = hmac.new(base64.b64decode(config["application_secret"]), salt.encode() + b":" + content, hashlib.sha256)
    httpx.post(
        f"{stage.api_url}/webhooks/boulevard/{stage.options.practice_slug}",
        content=content,
        headers={
            "content-type": "application/json",
            "x-blvd-hmac-salt": salt,
            "x-blvd-hmac-sha256": base64.b64encode(mac.digest()).decode(),
        },
        timeout=30,
        trust_env=False,
    ).raise_for_status()


def _agree(corner: Corner) -> None:
    """Waits until our mirror says what the practice system says."""

    def same() -> bool:
        theirs = {one["appointment"]: datetime.fromisoformat(one["start_at"]) for one in corner.visits()}
        ours = {
            str(one.pms_ref).rpartition(":")[2]: one.starts_at
            for one in corner.rows(Appointment, Appointment.location_id == corner.location_id)
            if one.state == "booked"
        }
        return ours == theirs

    eventually(same, "a mirror that agrees with the practice system")

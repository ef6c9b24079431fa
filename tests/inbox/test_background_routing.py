"""Routing after the commit: in which order, by whom, and what a failure leaves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from inbox import receipt_routing, routing_results
from inbox.background_routing import Router
from inbox.intake import Arrival, Intake
from models.calendar import Appointment
from models.inbox import Receipt
from models.practice import Practice
from models.repositories import locks
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.scene import NOW, Scene, set_scene
from vendors.pms.base import PmsEvent

PHONE = "+12125550111"


def hint(scene: Scene, key: str, appointment: str | None = "urn:blvd:Appointment:a") -> Arrival:
    event = PmsEvent(event_key=key, event_type="X", business_ref="b", occurred_at=NOW, appointment_ref=appointment)
    return Arrival(
        vendor="v",
        slug=scene.slug,
        purpose=Purpose.PMS,
        event_key=key,
        event_type="X",
        heard=event,
        payload=b"raw",
    )


@contextmanager
def routing_as(purpose: Purpose, rule: Callable[..., Any]) -> Iterator[None]:
    good = receipt_routing._ROUTES[purpose]
    receipt_routing._ROUTES[purpose] = rule
    try:
        yield
    finally:
        receipt_routing._ROUTES[purpose] = good


@contextmanager
def started(router: Router) -> Iterator[Router]:
    router.start()
    try:
        yield router
    finally:
        router.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def states(scene: Scene, *receipts: int) -> list[str]:
    return [scene.receipt(receipt).state for receipt in receipts]


def test_hints_are_routed_together_a_delivery_each(scene: Scene) -> None:
    kept = [scene.keep(hint(scene, f"e{number}", f"urn:{number % 3}")) for number in range(7)]
    nothing = scene.keep(hint(scene, "ping", None))

    routed = scene.router().route_new()

    assert routed == 8
    assert [one.receipt_id for one in scene.deliveries()] == kept
    assert len({one.ref for one in scene.deliveries()}) == 3
    assert scene.deliveries()[0].body == {"receipt_id": kept[0], "baseline": False}
    assert states(scene, *kept, nothing) == ["routed"] * 7 + ["ignored"]
    assert scene.receipt(kept[0]).parsed["about"] == {"appointment_id": scene.deliveries()[0].ref}


def test_many_hints_take_more_than_one_transaction(scene: Scene) -> None:
    for number in range(130):
        scene.keep(hint(scene, f"e{number}", f"urn:{number}"))

    assert scene.router().route_new() == 130
    assert len(scene.deliveries()) == 130
    assert len(scene.nudges) == 2


def test_what_people_write_is_read_before_older_hints_of_any_practice(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")
    for number in range(130):
        scene.keep(hint(scene, f"e{number}", f"urn:{number}"))
    kept = [one.keep(one.text_arrival(PHONE, "YES")) for one in (scene, other)]
    order: list[int] = []

    def note(session: Any, practice: Any, receipt: Any) -> Any:
        order.append(receipt.id)
        assert len(scene.deliveries()) < 100  # those of the one transaction that the first text came with
        return routing_results.routed("read")

    with routing_as(Purpose.TEXT, note):
        scene.router().route_new()

    assert order == kept


def test_an_unreadable_hint_spoils_only_itself(scene: Scene) -> None:
    kept = [scene.keep(hint(scene, f"e{number}", f"urn:{number}")) for number in range(3)]
    with scene.database.transaction() as session:
        session.get_one(Receipt, kept[1]).parsed = {"not": "an event"}

    scene.router().route_new()

    assert states(scene, *kept) == ["routed", "new", "routed"]
    assert [one.receipt_id for one in scene.deliveries()] == [kept[0], kept[2]]
    scene.router().route_new()
    assert states(scene, kept[1]) == ["new"]
    scene.router().route_new(once_more=True)
    assert states(scene, kept[1]) == ["failed"]


def test_texts_of_a_phone_are_read_in_the_order_they_came_whoever_reads_them(scene: Scene) -> None:
    read: list[int] = []

    def rule(session: Any, practice: Any, receipt: Any) -> Any:
        read.append(receipt.id)
        time.sleep(0.002)
        return good(session, practice, receipt)

    good = receipt_routing._ROUTES[Purpose.TEXT]
    sent = [scene.keep(scene.text_arrival(PHONE, f"text {number}")) for number in range(40)]
    with routing_as(Purpose.TEXT, rule):
        both = [threading.Thread(target=route_until_read, args=(scene, sent)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()

    assert read == sent


def route_until_read(scene: Scene, sent: list[int]) -> None:
    router = scene.router()
    until(lambda: not router.route_new() and "new" not in states(scene, sent[-1]))


def fails(*_: Any) -> Any:
    raise RuntimeError("a bug")


def test_a_practice_that_another_process_is_at_is_left_to_it(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")
    mine, theirs = scene.keep(hint(scene, "a")), other.keep(hint(other, "b"))

    with database.transaction() as session:
        assert locks.try_hold(session, "routing", scene.practice_id)
        assert scene.router().route_new() == 1
        assert (states(scene, mine), states(other, theirs)) == (["new"], ["routed"])

    assert scene.router().route_new() == 1
    assert states(scene, mine) == ["routed"]


def test_a_practice_whose_policy_cannot_be_read_holds_up_no_other(database: Database, scene: Scene) -> None:
    other = set_scene(database, slug="other")
    mine = scene.keep(scene.text_arrival(PHONE, "STOP"))
    theirs = other.keep(hint(other, "b"))
    with database.transaction() as session:
        session.get_one(Practice, scene.practice_id).policy = {"gap_fill": {"pace": "no such pace"}}

    scene.router().route_new()

    assert (states(scene, mine), states(other, theirs)) == (["new"], ["routed"])
    assert scene.receipt(mine).outcome == "routing: PolicyInvalid"


def test_the_thread_routes_when_it_is_woken_and_finds_what_a_dead_process_left(scene: Scene) -> None:
    left = scene.keep(hint(scene, "of a dead process"))

    with started(scene.router()) as router:
        until(lambda: states(scene, left) == ["routed"])
        intake = Intake(scene.database, committed=router.wake, wall=lambda: datetime.now(UTC))
        intake.record([hint(scene, "of this one")])
        until(lambda: len(scene.deliveries()) == 2)


def test_the_thread_tries_a_failed_receipt_once_more(scene: Scene) -> None:
    with routing_as(Purpose.TEXT, fails):
        receipt = scene.text(PHONE, "STOP")
    assert states(scene, receipt) == ["new"]

    with started(scene.router()):
        until(lambda: states(scene, receipt) == ["routed"])


def test_a_hint_about_a_known_appointment_makes_no_second_one(scene: Scene) -> None:
    known = scene.add(Appointment(practice_id=scene.practice_id, pms_ref="urn:blvd:Appointment:a", turn=3))
    scene.keep(hint(scene, "a"))

    scene.router().route_new()

    assert [(one.ref, one.turn) for one in scene.deliveries()] == [(known, 3)]

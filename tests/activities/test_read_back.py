"""What a visit's booking is told when its writing has been read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.booking import AppointmentFacts, Change
from contracts.workflow_messages import Won
from models.inbox import Delivery
from models.repositories.receipts import Purpose
from tests.activities.free_chair import Chairs, at, chairs
from tests.activities.outside import ABLE, FrontDesk
from tests.inbox.events import arrive
from tests.inbox.scene import Scene
from vendors.pms.base import NewVisit, PmsAppointment, PmsDay, PmsEvent


@pytest.fixture
def house(scene: Scene) -> Chairs:
    return chairs(scene)


def facts_of_the_win(house: Chairs) -> AppointmentFacts | None:
    (told,) = [one for one in house.desk.rows(Delivery) if one.message == "won"]
    return Won.model_validate(told.body).facts


def win(house: Chairs) -> None:
    client, opening = house.waiting(30), house.opening()
    house.desk.offer_wave(opening)
    house.desk.book(opening, house.offers(opening)[client].id or 0)


def test_a_visit_that_stands_as_it_was_asked_for_need_not_be_read_again(house: Chairs) -> None:
    win(house)

    told = facts_of_the_win(house)

    assert told is not None
    assert (told.change, told.state, told.starts_at, told.ends_at) == (Change.CREATED, "booked", at(0), at(30))


def test_it_is_told_what_a_look_at_the_visit_would_tell(house: Chairs) -> None:
    win(house)
    (visit,) = [one.ref for one in house.desk.rows(Delivery) if one.message == "won"]

    told, looked = facts_of_the_win(house), house.desk.look(visit, won=True)

    assert told == looked


@dataclass
class Talkative(FrontDesk):
    """Warns of a collision instead of refusing it, and tells of each visit as it is written, and once more later."""

    tells: Callable[[str], object] = lambda _: None
    days_read: int = 0

    def book(self, visit: NewVisit) -> PmsAppointment:
        written = super().book(visit)
        self.tells("created")
        return written

    def read_day(self, **asked: Any) -> PmsDay:
        self.days_read += 1
        day = super().read_day(**asked)
        if self.days_read == 2:  # before the write, and after it
            self.tells("updated")
        return day


def test_echoes_of_a_write_wake_nobody_but_for_one_look_after_the_win_where_one_came_late(scene: Scene) -> None:
    house = chairs(scene)
    event = PmsEvent(event_key="", event_type="", business_ref="b", occurred_at=None, appointment_ref="ours")
    desk = Talkative(
        capabilities=replace(ABLE, refuses_double_booking=False),
        tells=lambda key: arrive(scene, Purpose.PMS, replace(event, event_key=key), key=key),
    )
    house.front_desk = house.desk.outside.calendar = desk
    scene.wall = lambda: datetime.now(UTC)

    win(house)

    told = [one for one in house.desk.rows(Delivery) if one.journey == "booking"]
    assert [(one.message, one.state, one.outcome) for one in told] == [
        ("pms_changed", "done", "read since"),
        ("pms_changed", "done", "read since"),
        ("won", "waiting", None),
        ("pms_changed", "waiting", None),
    ]


def test_echoes_that_all_came_before_the_day_was_read_again_are_settled_with_it(scene: Scene) -> None:
    house = chairs(scene)
    event = PmsEvent(event_key="e", event_type="", business_ref="b", occurred_at=None, appointment_ref="ours")
    house.front_desk = house.desk.outside.calendar = Talkative(
        capabilities=replace(ABLE, refuses_double_booking=False),
        tells=lambda key: arrive(scene, Purpose.PMS, event) if key == "created" else None,
    )
    scene.wall = lambda: datetime.now(UTC)

    win(house)

    told = [one for one in house.desk.rows(Delivery) if one.journey == "booking"]
    assert [(one.message, one.state) for one in told] == [("pms_changed", "done"), ("won", "waiting")]


@dataclass
class OtherwiseWritten(FrontDesk):
    """Writes a visit, but not as it was asked to."""

    def book(self, visit: NewVisit) -> PmsAppointment:
        written = super().book(visit)
        longer = replace(written.segments[0], end=written.end + timedelta(minutes=15))
        changes: dict[str, Any] = {"segments": (longer,), "end": longer.end}
        return replace(written, **changes)


def test_a_visit_that_was_written_otherwise_is_looked_at(scene: Scene) -> None:
    house = chairs(scene)
    house.front_desk = OtherwiseWritten()
    house.desk.outside.calendar = house.front_desk

    win(house)

    assert facts_of_the_win(house) is None

"""Every change of a mirrored visit is kept, in the transaction that changes the mirror, and for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.clients import MessageKind
from models.calendar import AppointmentChange
from models.client import Client
from models.matrix import Provider
from models.practice import Location
from models.repositories import calendar, visit_changes
from tests.activities.activity_runner import Desk
from tests.activities.open_offer import in_the_calendar
from tests.activities.outside import FrontDesk, Outside
from tests.activities.people import PHONE, agrees
from tests.activities.visits import HOUR, STARTS, service
from tests.inbox.scene import Scene
from vendors.pms.base import PmsAppointment, PmsState


@pytest.fixture
def front_desk(scene: Scene) -> FrontDesk:
    """Maria, the place and Nora are known to the practice system."""
    service(scene)
    with scene.database.transaction() as session:
        session.get_one(Provider, scene.provider_id).pms_ref = "maria"
        session.get_one(Location, scene.location_id).pms_ref = "place"
    nora = scene.add(
        Client(practice_id=scene.practice_id, first_name="Nora", last_name="Example", phone=PHONE, pms_ref="nora")
    )
    agrees(scene, nora, to=[MessageKind.APPOINTMENT])
    return FrontDesk()


@pytest.fixture
def desk(scene: Scene, front_desk: FrontDesk) -> Desk:
    return Desk(scene, Outside(calendar=front_desk))


def changes(scene: Scene, desk: Desk, front_desk: FrontDesk, *readings: PmsAppointment) -> list[AppointmentChange]:
    """The log after these readings, one after the other."""
    with scene.database.transaction() as session:
        visit = calendar.ensure(session, scene.practice_id, pms_ref="by-hand").id
    for reading in readings:
        front_desk.appointments = [reading]
        desk.look(visit)
    with scene.database.transaction() as session:
        found = list(visit_changes.of_visit(session, scene.practice_id, visit))
        session.expunge_all()
    return found


def priced(visit: PmsAppointment, cents: int) -> PmsAppointment:
    return replace(visit, segments=tuple(replace(one, price_cents=cents) for one in visit.segments))


def test_a_visits_life_is_kept_one_row_a_change(scene: Scene, desk: Desk, front_desk: FrontDesk) -> None:
    booked = in_the_calendar()
    moved = in_the_calendar(start=STARTS + HOUR)

    found = changes(
        scene,
        desk,
        front_desk,
        booked,
        booked,
        priced(booked, 45000),
        priced(moved, 45000),
        replace(priced(moved, 45000), state=PmsState.CANCELLED),
    )

    assert [(one.what, one.state_before, one.state) for one in found] == [
        (["seen"], "unread", "booked"),
        (["price"], "booked", "booked"),
        (["time"], "booked", "booked"),
        (["state"], "booked", "cancelled"),
    ]
    assert [(one.starts_at_before, one.starts_at) for one in found] == [
        (None, STARTS),
        (STARTS, STARTS),
        (STARTS, STARTS + HOUR),
        (STARTS + HOUR, STARTS + HOUR),
    ]
    assert [one.segments[0]["price_cents"] for one in found] == [None, 45000, 45000, 45000]
    assert found[-1].segments[0]["provider_id"] == scene.provider_id
    assert found[-1].ends_at == STARTS + HOUR + timedelta(minutes=60)


def test_a_visit_that_the_practice_system_no_longer_knows_is_kept_as_gone(
    scene: Scene, desk: Desk, front_desk: FrontDesk
) -> None:
    found = changes(scene, desk, front_desk, in_the_calendar(), replace(in_the_calendar(), ref="another"))

    assert [(one.what, one.state) for one in found] == [(["seen"], "booked"), (["state"], "gone")]


@pytest.mark.parametrize("wiping", ["UPDATE appointment_change SET state = 'booked'", "DELETE FROM appointment_change"])
def test_nobody_rewrites_the_log(scene: Scene, desk: Desk, front_desk: FrontDesk, wiping: str) -> None:
    changes(scene, desk, front_desk, in_the_calendar())

    with pytest.raises(DBAPIError, match="only grows"), scene.database.transaction() as session:
        session.execute(text(wiping))

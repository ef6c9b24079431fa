"""What a visit's messages say of it: a win once, and a move from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from activities.contracts.booking import SendTouch, TouchKind, TouchResult
from activities.gate import MessageGate
from activities.ports import Grace
from activities.touches import Touches
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment
from models.matrix import Service
from tests.activities.test_task_drafts import PHONE, Desk, Outside, desk, nora, outside
from tests.inbox.scene import NOW, Scene

__all__ = ["desk", "outside"]  # fixtures

STARTS = NOW + timedelta(days=1)


@pytest.fixture
def visit(scene: Scene) -> int:
    """Nora is booked with Maria tomorrow at ten."""
    client = nora(scene)
    scene.sent("an-earlier-text", client, PHONE)
    appointment = scene.visit(client, PHONE)
    service = scene.add(
        Service(practice_id=scene.practice_id, code="s", name="Filler", kind="s", duration=timedelta(hours=1))
    )
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, appointment)
        row.location_id, row.starts_at, row.ends_at = scene.location_id, STARTS, STARTS + timedelta(hours=1)
    scene.add(
        AppointmentSegment(
            practice_id=scene.practice_id,
            appointment_id=appointment,
            position=0,
            service_id=service,
            provider_id=scene.provider_id,
            during=TimeRange(STARTS, STARTS + timedelta(hours=1)),
            inferred=False,
        )
    )
    return appointment


def send(desk: Desk, visit: int, kind: TouchKind, *, before: datetime | None = None) -> TouchResult:
    gate = MessageGate(database=desk.scene.database, vendors=desk.outside, grace=Grace())
    order = SendTouch(
        practice_id=desk.scene.practice_id, appointment_id=visit, kind=kind, starts_at=STARTS, before=before
    )
    result: TouchResult = desk.run(Touches(database=desk.scene.database, gate=gate).send_touch, order)
    return result


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (STARTS + timedelta(hours=5), " It was tomorrow (Tue Nov 24) at 3:00 PM."),
        (STARTS - timedelta(days=1), " It was today (Mon Nov 23) at 10:00 AM."),
        (STARTS, ""),
        (None, ""),
    ],
)
def test_a_moved_visit_says_from_when_where_that_is_known(
    outside: Outside, desk: Desk, visit: int, before: datetime | None, words: str
) -> None:
    send(desk, visit, TouchKind.MOVED, before=before)

    assert outside.bodies == [
        f"Glow: Your visit has moved to tomorrow (Tue Nov 24) at 10:00 AM with Maria.{words} Reply C to confirm, R for "
        "another time, X if you cannot come."
    ]


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        (
            0,
            "It is yours! You are booked for tomorrow (Tue Nov 24) at 10:00 AM with Maria. Something came up? Reply R "
            "for another time, X if you cannot come.",
        ),
        (
            1,
            "You are booked for tomorrow (Tue Nov 24) at 10:00 AM with Maria. Reply C to confirm, R for another time, "
            "X if you cannot come.",
        ),
    ],
)
def test_a_win_is_news_once_and_a_visit_that_is_on_again_is_none(
    scene: Scene, outside: Outside, desk: Desk, visit: int, turn: int, words: str
) -> None:
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        assert row.client_id is not None
        client = row.client_id
    offer = scene.offer(scene.opening(state="filled"), client, PHONE, state="won", ask=False)
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        row.offer_id, row.turn = offer, turn

    send(desk, visit, TouchKind.CONFIRMATION)

    assert outside.bodies == [f"Glow: {words}"]

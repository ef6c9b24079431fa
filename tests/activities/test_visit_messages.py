"""What a visit's messages say of it: a win once, and a move from when to when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contracts.booking import TouchKind
from models.calendar import Appointment
from tests.activities.activity_runner import Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, heard_before, nora
from tests.activities.visits import STARTS, booked
from tests.inbox.scene import Scene


@pytest.fixture
def client(scene: Scene) -> int:
    """Nora, who had texts of ours before."""
    client = nora(scene)
    heard_before(scene, client)
    return client


@pytest.fixture
def visit(scene: Scene, client: int) -> int:
    """She is booked with Maria tomorrow at ten."""
    return booked(scene, client)


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
    desk.touch(visit, TouchKind.MOVED, before=before)

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
    scene: Scene, outside: Outside, desk: Desk, client: int, visit: int, turn: int, words: str
) -> None:
    offer = scene.offer(scene.opening(state="filled"), client, PHONE, state="won", ask=False)
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        row.offer_id, row.turn = offer, turn

    desk.touch(visit, TouchKind.CONFIRMATION)

    assert outside.bodies == [f"Glow: {words}"]

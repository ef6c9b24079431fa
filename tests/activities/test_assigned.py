"""A time that staff gave a client: what is kept of it, what staff read, and no text about what no text had offered."""

from __future__ import annotations

import pytest

from contracts.gap_fill import Booked, Tell
from models.tasks import Decision
from tests.activities.free_chair import Chairs, chairs
from tests.inbox.scene import Scene

DANA = "Dana Reyes"


@pytest.fixture
def maria(scene: Scene) -> Chairs:
    return chairs(scene)


def decisions(maria: Chairs) -> list[tuple[str, str, str, object]]:
    """Subject, verdict, by whom, and the first reason's words."""
    return [
        (one.subject, one.verdict, one.decided_by, one.reasons[0].get("words"))
        for one in maria.desk.rows(Decision)
        if one.subject in {"assigned", "claim"}
    ]


def test_its_decision_says_who_booked_the_client(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)

    offer = maria.desk.assign(opening, client).offer_id
    booked = maria.desk.book(opening, offer or 0, assigned_by=DANA)

    assert booked.outcome is Booked.BOOKED
    assert decisions(maria) == [
        ("assigned", "assigned", DANA, "on the phone"),
        ("claim", "won", DANA, "booked by Dana Reyes"),
    ]


def test_who_was_asked_first_and_then_booked_by_staff_was_booked_by_staff(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)

    offer = maria.desk.assign(opening, client).offer_id
    maria.desk.book(opening, offer or 0, assigned_by=DANA)

    assert decisions(maria)[-1] == ("claim", "won", DANA, "booked by Dana Reyes")


def test_a_clients_own_word_reads_as_that(maria: Chairs) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.desk.offer_wave(opening)

    maria.desk.book(opening, maria.offers(opening)[client].id or 0)

    assert decisions(maria) == [("claim", "won", "rules", "first to say yes")]


@pytest.mark.parametrize("what", list(Tell))
def test_whom_nobody_asked_is_texted_nothing_about_it(maria: Chairs, what: Tell) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    maria.opening(120, 180)  # a next best thing there would be
    offer = maria.desk.assign(opening, client).offer_id

    told = maria.desk.tell(opening, offer or 0, what)

    assert (told.next_best_offered, maria.bodies) == (False, [])


@pytest.mark.parametrize("kind", ["overlap", "pms_refused", "pms_unreachable", "write_unknown"])
def test_its_tasks_say_who_booked_the_client_and_that_they_know_nothing(maria: Chairs, kind: str) -> None:
    client, opening = maria.waiting(60), maria.opening(0, 60)
    offer = maria.desk.assign(opening, client).offer_id

    maria.desk.ask_person(opening, kind, offer_id=offer, words="refused", assigned_by=DANA)

    (task,) = maria.desk.tasks()
    assert "sent no text" in task.body
    assert "said yes" not in task.body.replace("the next who said yes", "")

"""The worker is killed at every outward step of a fill, before the vendor does it and after: nothing is lost, nobody is
texted twice, the chair is booked once.

The steps are those of an undisturbed run, read from the vendors' ledgers, so a new step is killed at as soon as it
exists.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.policy import Pace
from simulation.reading import Gist
from tests.chaos.steps import Killer, Step, marks, steps_since
from tests.journeys.corners import UNHURRIED, Corner, Premises, eventually

pytestmark = [pytest.mark.engine, pytest.mark.database, pytest.mark.chaos]

TOGETHER = replace(UNHURRIED, pace=Pace.EVERYONE, chain_depth=0)


def scene(premises: Premises) -> tuple[Corner, str]:
    """Client 3's visit at 14:00 is about to be given up; client 1 has a later one, client 2 waits as well."""
    premises.policy(TOGETHER)
    corner = premises.corner(waiting=2)
    chair = corner.book(3, corner.at(14))
    corner.book(1, corner.at(16))
    premises.settled()
    return corner, chair


def story(corner: Corner, chair: str) -> None:
    """The chair is given up, both are asked, client 1 says yes."""
    corner.cancel(chair)
    corner.offered(1, 2)
    corner.says(1, "YES")
    corner.ended()
    corner.hears(1, Gist.BOOKED, Gist.OFFER, Gist.WON)
    corner.hears(2, Gist.OFFER, Gist.CLOSED)
    corner.hears(3, Gist.BOOKED, Gist.CANCELLED)


def promises_kept(corner: Corner) -> None:
    """The chair is client 1's, written once, their later visit is given up, and every text went out once."""
    corner.premises.settled()
    (standing,) = corner.visits()
    assert standing["client"] == corner.client_ref(1).rpartition(":")[2]
    assert datetime.fromisoformat(standing["start_at"]) == corner.at(14)
    ours = [
        one
        for one in corner.stage.sandboxes.boulevard.ledger(kind="appointment_booked")
        if one["by"] == "api" and one["location"] == standing["location"]
    ]
    assert len(ours) == 1
    assert corner.premises.double_texts() == []
    assert [one.state for one in corner.offers()] == ["won", "lost"]
    mails = [
        (one["to"], one["subject"], str(one["custom_args"]))
        for one in corner.stage.sandboxes.sendgrid.ledger(kind="accepted")
    ]
    assert len(mails) == len(set(mails)), "a mail went out twice"


def test_at_every_step(premises: Premises) -> None:
    corner, chair = scene(premises)
    mark = marks(premises.stage)
    story(corner, chair)
    promises_kept(corner)
    steps = steps_since(premises.stage, mark)
    assert {"bookingCreate", "bookingComplete", "cancelAppointment", "CreateMessage"} <= {
        one.operation for one in steps
    }
    failures = []
    for step, kind in points(steps):
        try:
            killed_at(premises, step, kind)
        except AssertionError as error:
            failures.append(f"{kind} {step}: {error}")
    assert not failures, "\n".join(failures)


def points(steps: list[Step]) -> list[tuple[Step, str]]:
    """Reads are killed at once: nothing happens by them. Writes before the vendor does it and after."""
    return [(step, kind) for step in steps for kind in (("hold", "hold_after") if step.writes else ("hold",))]


def killed_at(premises: Premises, step: Step, kind: str) -> None:
    corner, chair = scene(premises)
    killer = Killer(premises.stage, step, kind)
    with killer.at_work():
        story(corner, chair)
        eventually(lambda: killer.killed, f"the kill at {step}")
    promises_kept(corner)

"""A task's draft, once staff have said "send": it leaves through the one gate, and the task says what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from activities.draft_sending import JUST_WROTE
from contracts.task import DraftSent
from domain.clients import Channel
from domain.messages.facts import STOP_LINE
from models.repositories import suppressions
from models.tasks import Task
from tests.activities.activity_runner import LATE, Desk
from tests.activities.outside import Outside
from tests.activities.people import PHONE, VISITS_AND_OFFERS, agrees, heard_before, nora
from tests.inbox.scene import NOW, Scene
from vendors.errors import RateLimited

DRAFT = "Glow: Which days suit you?"


def answered(desk: Desk, client: int, *, text: str | None = None, **values: Any) -> int:
    """A task about the client, answered with "send", or with words of staff's own; its draft is on its way."""
    plain = {"client_id": client, "draft": DRAFT, "kind": "needs_person"}
    task = desk.scene.task(**(plain | values))
    desk.settle(task, "send", text=text)
    return task


def kept(desk: Desk, task: int) -> dict[str, Any]:
    """What stands on the task of its answer."""
    resolution: dict[str, Any] = desk.scene.row(Task, task).resolution
    return resolution


def test_the_draft_goes_out_once_and_the_task_says_so(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene)
    heard_before(scene, client)
    task = answered(desk, client)

    first, second = desk.send_draft(task), desk.send_draft(task)

    assert (outside.bodies, outside.texted) == ([DRAFT], [PHONE])
    assert (first, second) == (DraftSent(outcome="sent"), DraftSent(outcome="already sent"))
    assert kept(desk, task)["text"] == DRAFT
    assert kept(desk, task)["draft"]["state"] == "already sent"


def test_what_staff_typed_goes_out_instead_in_characters_that_phones_have(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    client = nora(scene)
    heard_before(scene, client)
    task = answered(desk, client, text="Glow: It’s fine – see you!")

    desk.send_draft(task)

    assert outside.bodies == ["Glow: It's fine - see you!"]
    assert kept(desk, task)["text"] == "Glow: It’s fine – see you!"


def test_the_first_text_a_phone_gets_says_how_to_stop_them(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = answered(desk, nora(scene))

    desk.send_draft(task)

    assert outside.bodies == [f"{DRAFT} {STOP_LINE}"]


def test_at_a_quiet_hour_it_waits_for_the_morning(scene: Scene, outside: Outside, desk: Desk) -> None:
    desk.at = LATE
    task = answered(desk, nora(scene))

    held = desk.send_draft(task)

    morning = NOW.replace(day=24, hour=13)
    assert (outside.bodies, held.held_until) == ([], morning)
    assert kept(desk, task)["draft"]["until"] == morning.isoformat()

    desk.at = morning
    assert desk.send_draft(task).outcome == "sent"
    assert len(outside.bodies) == 1


@pytest.mark.parametrize(("waited", "goes_out"), [(timedelta(minutes=5), True), (JUST_WROTE * 1.1, False)])
def test_whoever_wrote_just_now_hears_at_any_hour(
    scene: Scene, outside: Outside, desk: Desk, waited: timedelta, goes_out: bool
) -> None:
    client = nora(scene)
    scene.wall = lambda: LATE - waited
    scene.text(PHONE, "is parking free?")
    desk.at = LATE
    task = answered(desk, client)

    desk.send_draft(task)

    assert bool(outside.bodies) == goes_out


def test_stop_holds_also_for_an_answer_by_hand(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene)
    scene.text(PHONE, "what?")
    with scene.database.transaction() as session:
        suppressions.stop(session, scene.practice_id, Channel.SMS, PHONE, NOW, "reply")
    task = answered(desk, client)

    sent = desk.send_draft(task)

    assert outside.bodies == []
    assert sent.outcome == "suppressed: The client asked for no more messages by sms."
    assert kept(desk, task)["draft"] == {
        "state": "suppressed",
        "words": "The client asked for no more messages by sms.",
    }


def test_without_consent_only_an_answer_goes_out(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene, agreed_to=())
    unasked = answered(desk, client, kind="overlap")
    sent = desk.send_draft(unasked)
    assert sent.outcome == "suppressed: The client has not agreed to appointment messages by sms."

    scene.text(PHONE, "is parking free?")
    task = answered(desk, client)

    assert desk.send_draft(task).outcome == "sent"


def test_a_client_without_any_address_is_told_of(scene: Scene, desk: Desk) -> None:
    client = scene.client(None)
    agrees(scene, client, to=VISITS_AND_OFFERS)
    task = answered(desk, client)

    assert desk.send_draft(task).outcome == "suppressed: No phone number on file."


def test_a_task_that_took_care_of_itself_meanwhile_sends_nothing(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = answered(desk, nora(scene), state="withdrawn", resolution={"why": "the visit is off"}, settled_at=NOW)

    sent = desk.send_draft(task)

    assert (outside.bodies, sent.outcome) == ([], "suppressed: the task had taken care of itself before")


def test_a_carrier_that_will_not_take_it_now_is_asked_again(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = answered(desk, nora(scene))
    slow_down = RateLimited("slow down", vendor="twilio", operation="send", retry_after=timedelta(seconds=1))
    outside.phones.refuses = slow_down
    with pytest.raises(Exception, match="slow down"):
        desk.send_draft(task)
    assert "draft" not in kept(desk, task)

    outside.phones.refuses = None

    assert desk.send_draft(task).outcome == "sent"

"""Texts from a number that is no client's: one task, one conversation, an answer, and at last a client."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session

from domain.clients import Channel, MessageKind
from models.client import Client, SecondPhone
from models.effects import Message
from models.practice import Connection
from models.repositories import clients, messages, practices, suppressions, tasks, waitlist
from models.tasks import Decision, Task
from operations import task_answers, task_view, unknown_numbers
from operations.staff_orders import Prospect, Refusal
from operations.task_view import TaskView
from operations.unknown_numbers import NumberSettled
from tests.activities.activity_runner import LATE, Desk
from tests.activities.outside import Outside
from tests.activities.people import OTHER, PHONE
from tests.inbox.scene import NOW, OUR_NUMBER, Scene
from vendors.pms.base import ClientRecord

#: What staff write: the draft alone has a blank for what nobody can know.
YES = "Glow: Yes, we do. Reply STOP to opt out."


def writes(desk: Desk, *texts: str, phone: str = PHONE, to: str = OUR_NUMBER) -> list[int]:
    """Texts come in from the number and are answered; gives their receipts."""
    receipts = [desk.scene.text(phone, text, to=to) for text in texts]
    for receipt in receipts:
        desk.answer(receipt)
    return receipts


def seen(desk: Desk, task: Task) -> TaskView:
    with desk.database.transaction() as session:
        practice = practices.load(session, desk.practice_id)
        row = tasks.read(session, desk.practice_id, task.id or 0)
        return task_view.view(session, practice, row, (), now=desk.at)


def judged(desk: Desk, task: Task, action: str = "send") -> Prospect:
    with desk.database.transaction() as session:
        practice = practices.load(session, desk.practice_id)
        return task_answers.judge(
            session, practice, tasks.get(session, desk.practice_id, task.id or 0), action, now=desk.at, text=YES
        )


def sends(desk: Desk, task: Task, text: str | None = None) -> str:
    desk.settle(task.id or 0, "send", text=text)
    return desk.send_draft(task.id or 0).outcome


def says(desk: Desk, task: Task, what: str, **values: Any) -> NumberSettled | Refusal:
    """Staff say who it is, or what they wait for."""
    with desk.database.transaction() as session:
        practice = practices.load(session, desk.practice_id)
        row = tasks.get(session, desk.practice_id, task.id or 0)
        done: NumberSettled | Refusal = getattr(unknown_numbers, what)(
            session, practice, row, by="Dana", now=NOW, **values
        )
        return done


def made(desk: Desk, task: Task, first_name: str = "Ruth", last_name: str = "Okafor") -> int:
    done = says(desk, task, "make_client", first_name=first_name, last_name=last_name)
    assert isinstance(done, NumberSettled), done
    return done.client_id


def conversation_of(session: Session, practice_id: int, client_id: int) -> list[str]:
    return [one.body for one in messages.last_messages(session, practice_id, client_id=client_id)]


# --- one conversation -------------------------------------------------------------------------------------------------


def test_however_many_texts_they_are_one_task_with_the_conversation(scene: Scene, desk: Desk) -> None:
    writes(desk, "do you do botox?", "hello??", "how much is it")

    (task,) = desk.tasks()
    assert (task.kind, task.phone, task.our_number, task.client_id) == ("unknown_phone", PHONE, OUR_NUMBER, None)
    assert task.body == (
        f"The client wrote: “how much is it” It came from {PHONE}, a number we do not know. "
        "It has written more than once since 10:00 AM; the conversation has it all."
    )
    assert [one.body for one in seen(desk, task).said] == ["do you do botox?", "hello??", "how much is it"]
    assert [one[0] for one in scene.waiting()].count("task") == 1


def test_a_text_that_is_answered_twice_changes_nothing(scene: Scene, desk: Desk) -> None:
    (receipt,) = writes(desk, "do you do botox?")
    (before,) = [one.body for one in desk.tasks()]
    desk.answer(receipt)

    assert [one.body for one in desk.tasks()] == [before]


def test_each_number_of_ours_has_its_own_and_so_has_each_phone(scene: Scene, desk: Desk) -> None:
    writes(desk, "hello")
    writes(desk, "hello", to="+12125550109")
    writes(desk, "hello", phone=OTHER)

    assert [(one.phone, one.our_number) for one in desk.tasks()] == [
        (PHONE, OUR_NUMBER),
        (PHONE, "+12125550109"),
        (OTHER, OUR_NUMBER),
    ]


def test_what_comes_after_the_answer_is_another_task_that_shows_the_answer(scene: Scene, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    sends(desk, desk.tasks()[0], "Glow: Yes, we do. Reply STOP to opt out.")
    writes(desk, "great, when?")

    _, second = desk.tasks()
    assert [(one.by_client, one.body) for one in seen(desk, second).said] == [
        (True, "do you do botox?"),
        (False, "Glow: Yes, we do. Reply STOP to opt out."),
        (True, "great, when?"),
    ]


@pytest.mark.parametrize("text", ["STOP", "I'm driving right now and will reply later.", "Out of office until Monday"])
def test_a_machine_and_a_stop_are_no_task(scene: Scene, desk: Desk, text: str) -> None:
    receipt = scene.text(PHONE, text)

    assert scene.receipt(receipt).outcome in {"opted_out", "automatic"}
    assert [one[0] for one in scene.waiting()] == []


def test_help_is_answered_and_needs_nobody(scene: Scene, outside: Outside, desk: Desk) -> None:
    writes(desk, "HELP")

    assert outside.bodies == [
        "Glow: This is Glow Aesthetics. We text about your visits and free times. For help, call (212) 555-0199. "
        "Message and data rates may apply. Reply STOP to opt out."
    ]
    assert desk.tasks() == []


# --- the answer -------------------------------------------------------------------------------------------------------


def test_they_are_answered_from_the_task(scene: Scene, outside: Outside, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    (task,) = desk.tasks()
    assert "send" in [one["action"] for one in task.choices]
    assert judged(desk, task).words is not None

    assert sends(desk, task, "Glow: Yes, we do. Reply STOP to opt out.") == "sent"

    assert (outside.texted, outside.bodies) == ([PHONE], ["Glow: Yes, we do. Reply STOP to opt out."])
    sent = desk.rows(Message)[-1]
    assert (sent.direction, sent.client_id, sent.address) == ("out", None, PHONE)


def test_the_answer_leaves_from_the_number_that_the_task_is_about(scene: Scene, outside: Outside, desk: Desk) -> None:
    uptown = "+12125550109"
    for address in OUR_NUMBER, uptown:
        scene.add(Connection(practice_id=scene.practice_id, purpose="sms", vendor="twilio", address=address))
    writes(desk, "hello, downtown", to=OUR_NUMBER)
    writes(desk, "hello, uptown", to=uptown)
    downtown, _ = desk.tasks()

    sends(desk, downtown, "Glow: Hello!")

    assert [one.sender for one in outside.phones.sent] == [OUR_NUMBER]


def test_stop_holds_for_a_number_we_do_not_know(scene: Scene, outside: Outside, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    (task,) = desk.tasks()
    with scene.database.transaction() as session:
        suppressions.stop(session, scene.practice_id, Channel.SMS, PHONE, NOW, "reply")

    found = judged(desk, task).refused
    assert found is not None
    assert found.words.startswith("Cannot be sent now: The client asked for no more messages by sms.")
    assert "suppressed" in sends(desk, task, YES)
    assert outside.bodies == []


def test_at_night_the_answer_to_who_wrote_in_the_morning_waits(scene: Scene, outside: Outside, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    (task,) = desk.tasks()
    desk.at = LATE

    words = judged(desk, task).words
    assert words is not None
    assert "Quiet hours: it goes out at Tue 8:00 AM." in words.before
    assert sends(desk, task, YES).startswith("held")
    assert outside.bodies == []


# --- a client ---------------------------------------------------------------------------------------------------------


def test_a_client_is_made_and_the_conversation_is_theirs(scene: Scene, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    (task,) = desk.tasks()

    client = made(desk, task)

    with scene.database.transaction() as session:
        ruth = clients.get(session, scene.practice_id, client)
        assert (ruth.first_name, ruth.last_name, ruth.phone, ruth.pms_ref) == ("Ruth", "Okafor", PHONE, None)
        assert ruth.consent.allows(Channel.SMS, MessageKind.APPOINTMENT)
        assert not ruth.consent.allows(Channel.SMS, MessageKind.OFFER)
        assert conversation_of(session, scene.practice_id, client) == ["do you do botox?"]
    (task,) = desk.tasks()
    assert (task.state, task.client_id) == ("open", client)
    assert [one.decided_by for one in desk.rows(Decision) if one.subject == "made a client"] == ["Dana"]
    receipt = scene.text(PHONE, "and fillers?")
    assert scene.receipt(receipt).outcome == "needs_person"


def test_saying_who_it_is_twice_is_refused(scene: Scene, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    (task,) = desk.tasks()
    made(desk, task)

    again = says(desk, task, "make_client", first_name="Ruth", last_name="Okafor")

    assert isinstance(again, Refusal)
    assert len(desk.rows(Client)) == 1


def test_the_practice_systems_record_of_them_finds_the_client(scene: Scene, desk: Desk) -> None:
    writes(desk, "do you do botox?")
    client = made(desk, desk.tasks()[0])
    record = ClientRecord(
        ref="ruth",
        first_name="Ruth",
        last_name="Okafor",
        email=None,
        phone=PHONE,
        marketing_sms=None,
        marketing_email=None,
    )

    with scene.database.transaction() as session:
        assert clients.upsert_from_pms(session, scene.practice_id, record, now=NOW) == client


def test_a_clients_new_number_is_theirs_and_the_old_one_nobodys(scene: Scene, outside: Outside, desk: Desk) -> None:
    known = scene.client(OTHER, first_name="Nora")
    scene.text(OTHER, "see you soon")
    writes(desk, "this is my new number, Nora")
    task = desk.tasks()[-1]

    done = says(desk, task, "link_client", client_id=known, is_second=False)

    assert isinstance(done, NumberSettled)
    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, known).phone == PHONE
        assert clients.by_phone(session, scene.practice_id, OTHER) == ()
        said = conversation_of(session, scene.practice_id, known)
    assert said == ["see you soon", "this is my new number, Nora"]
    sends(desk, desk.tasks()[-1], "Glow: Thank you!")
    assert outside.texted == [PHONE]


def test_a_second_number_is_answered_there_and_known_from_then_on(scene: Scene, outside: Outside, desk: Desk) -> None:
    known = scene.client(OTHER, first_name="Nora")
    visit = scene.visit(known, OTHER)
    writes(desk, "Nora here, from my work phone")
    (task,) = desk.tasks()

    says(desk, task, "link_client", client_id=known, is_second=True)
    sends(desk, desk.tasks()[0], "Glow: Thank you!")

    assert outside.texted == [PHONE]
    assert [one.phone for one in desk.rows(SecondPhone)] == [PHONE]
    with scene.database.transaction() as session:
        assert clients.get(session, scene.practice_id, known).phone == OTHER
    confirmed = scene.text(PHONE, "C")
    assert scene.receipt(confirmed).outcome == "confirm"
    assert ("booking", visit, "signal", "replied") in scene.waiting()


def test_a_client_nobody_knows_is_refused_by_the_field(scene: Scene, desk: Desk) -> None:
    writes(desk, "hello")

    done = says(desk, desk.tasks()[0], "link_client", client_id=404, is_second=False)

    assert isinstance(done, Refusal)
    assert (done.type, done.field) == ("client_unknown", "client_id")


# --- the waitlist -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agreed", [True, False])
def test_they_go_on_the_waitlist_and_are_texted_offers_as_they_agreed(scene: Scene, desk: Desk, agreed: bool) -> None:
    service = scene.service()
    writes(desk, "anything earlier for botox?")
    (task,) = desk.tasks()
    client = made(desk, task)

    done = says(desk, task, "add_to_waitlist", service_ids=(service,), windows=(), may_be_texted=agreed)

    assert isinstance(done, NumberSettled)
    assert done.entry_id is not None
    with scene.database.transaction() as session:
        (entry,) = waitlist.of_client(session, scene.practice_id, client)
        assert (entry.service_ids, entry.windows, entry.joined_at) == ((service,), (), NOW)
        ruth = clients.get(session, scene.practice_id, client)
        assert ruth.consent.allows(Channel.SMS, MessageKind.OFFER) == agreed
    assert ("have not agreed" in done.words) != agreed


def test_the_same_wish_again_is_the_entry_it_was(scene: Scene, desk: Desk) -> None:
    service = scene.service()
    writes(desk, "anything earlier for botox?")
    (task,) = desk.tasks()
    client = made(desk, task)

    for _ in range(2):
        says(desk, task, "add_to_waitlist", service_ids=(service,), windows=(), may_be_texted=True)

    with scene.database.transaction() as session:
        assert len(waitlist.of_client(session, scene.practice_id, client)) == 1


def test_before_anybody_said_who_it_is_there_is_nobody_to_wait(scene: Scene, desk: Desk) -> None:
    writes(desk, "anything earlier for botox?")

    done = says(
        desk, desk.tasks()[0], "add_to_waitlist", service_ids=(scene.service(),), windows=(), may_be_texted=True
    )

    assert isinstance(done, Refusal)
    assert done.type == "client_missing"


def test_a_service_the_practice_lacks_is_refused_with_those_it_has(scene: Scene, desk: Desk) -> None:
    service = scene.service()
    writes(desk, "anything earlier for botox?")
    (task,) = desk.tasks()
    made(desk, task)

    done = says(desk, task, "add_to_waitlist", service_ids=(404,), windows=(), may_be_texted=True)

    assert isinstance(done, Refusal)
    assert done.words == f"There is no service 404: Botox ({service})."

"""What people are owed: a task's draft through the one gate, a thank-you for a "C", a reason for a press in vain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.appointments import Appointments
from activities.contracts.booking import ConfirmVisit
from activities.contracts.task import ANSWER_REPLY, AnswerReply, DraftSent, SendDraft, SettleTask
from activities.gate import MessageGate
from activities.ports import Grace, Links, StaffChat
from activities.replies import Replies
from activities.task_cards import TaskCards
from activities.task_drafts import JUST_WROTE, TaskDrafts
from domain.messages.facts import STOP_LINE
from domain.people import Channel
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment
from models.client import ConsentGrant
from models.matrix import Service
from models.repositories import consents
from models.repositories.receipts import Purpose
from models.tasks import Task
from tests.inbox.scene import NOW, Scene
from tests.inbox.test_event_routing import arrive, press
from vendors.chat.base import Card
from vendors.errors import RateLimited
from vendors.sms.base import AcceptedText, NewText, TextState

PHONE = "+12125550144"
DRAFT = "Glow: Which days suit you?"
#: Nine in the evening where the practice is.
LATE = NOW + timedelta(hours=11)


@dataclass
class Outside:
    """Texts and answers to presses, written down."""

    texts_sent: list[NewText] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    refuses: Exception | None = None

    def texts(self, practice_id: int) -> Any:
        return self

    def mails(self, practice_id: int) -> None:
        return None

    def chat(self, practice_id: int) -> StaffChat:
        return StaffChat(chat=self, channel="C1")  # type: ignore[arg-type]  # only what these tests use of it

    def pms(self, practice_id: int) -> Any:
        raise AssertionError("no draft needs the practice system")

    def send(self, text: NewText) -> AcceptedText:
        if self.refuses is not None:
            raise self.refuses
        self.texts_sent.append(text)
        return AcceptedText(ref=f"SM{len(self.texts_sent)}", state=TextState.ACCEPTED)

    def find(self, **_: Any) -> None:
        return None

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        self.told.append((response_url, text))

    @property
    def bodies(self) -> list[str]:
        return [one.body for one in self.texts_sent]


@dataclass
class Desk:
    """A task about Nora, answered with "send", and its draft on its way."""

    scene: Scene
    outside: Outside
    at: datetime = NOW

    def run(self, activity: Callable[[Any], Any], order: Any) -> Any:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=self.at, workflow_id="task:1:1")
        return environment.run(activity, order)

    def task(self, client: int | None, **values: Any) -> int:
        plain = {"client_id": client, "draft": DRAFT, "kind": "needs_person"}
        return self.scene.task(**(plain | values))

    def settle(self, task: int, *, text: str | None = None, action: str = "send") -> None:
        cards = TaskCards(
            database=self.scene.database, vendors=self.outside, links=Links(base_url="https://x"), grace=Grace()
        )
        order = SettleTask(practice_id=self.scene.practice_id, task_id=task, action=action, by="Dana", text=text)
        self.run(cards.settle_task, order)

    def send(self, task: int) -> DraftSent:
        gate = MessageGate(database=self.scene.database, vendors=self.outside, grace=Grace())
        drafts = TaskDrafts(database=self.scene.database, gate=gate)
        sent: DraftSent = self.run(drafts.send_draft, SendDraft(practice_id=self.scene.practice_id, task_id=task))
        return sent

    def kept(self, task: int) -> dict[str, Any]:
        resolution: dict[str, Any] = self.scene.row(Task, task).resolution
        return resolution


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def desk(scene: Scene, outside: Outside) -> Desk:
    return Desk(scene, outside)


def nora(scene: Scene, *, consents_to_texts: bool = True, phone: str | None = PHONE) -> int:
    client = scene.client(phone, first_name="Nora")
    if consents_to_texts:
        scene.add(
            ConsentGrant(
                practice_id=scene.practice_id,
                client_id=client,
                channel="sms",
                kind="appointment",
                granted_at=NOW,
                source="import",
            )
        )
    return client


def heard_before(scene: Scene, client: int) -> None:
    scene.sent("confirm:1:sms", client, PHONE)


def test_the_draft_goes_out_once_and_the_task_says_so(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene)
    heard_before(scene, client)
    task = desk.task(client)
    desk.settle(task)

    first, second = desk.send(task), desk.send(task)

    assert (outside.bodies, outside.texts_sent[0].to) == ([DRAFT], PHONE)
    assert (first, second) == (DraftSent(outcome="sent"), DraftSent(outcome="already sent"))
    assert desk.kept(task)["text"] == DRAFT
    assert desk.kept(task)["draft"]["state"] == "already sent"


def test_what_staff_typed_goes_out_instead_in_characters_that_phones_have(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    client = nora(scene)
    heard_before(scene, client)
    task = desk.task(client)
    desk.settle(task, text="Glow: It’s fine – see you!")

    desk.send(task)

    assert outside.bodies == ["Glow: It's fine - see you!"]
    assert desk.kept(task)["text"] == "Glow: It’s fine – see you!"


def test_the_first_text_a_phone_gets_says_how_to_stop_them(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = desk.task(nora(scene))
    desk.settle(task)

    desk.send(task)

    assert outside.bodies == [f"{DRAFT} {STOP_LINE}"]


def test_at_a_quiet_hour_it_waits_for_the_morning(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = desk.task(nora(scene))
    desk.at = LATE
    desk.settle(task)

    held = desk.send(task)

    morning = NOW.replace(day=24, hour=13)
    assert (outside.bodies, held.held_until) == ([], morning)
    assert desk.kept(task)["draft"]["until"] == morning.isoformat()

    desk.at = morning
    assert desk.send(task).outcome == "sent"
    assert len(outside.bodies) == 1


@pytest.mark.parametrize(("waited", "goes_out"), [(timedelta(minutes=5), True), (JUST_WROTE * 1.1, False)])
def test_whoever_wrote_just_now_hears_at_any_hour(
    scene: Scene, outside: Outside, desk: Desk, waited: timedelta, goes_out: bool
) -> None:
    client = nora(scene)
    scene.wall = lambda: LATE - waited
    scene.text(PHONE, "is parking free?")
    scene.router().route_new()
    task = desk.task(client)
    desk.at = LATE
    desk.settle(task)

    desk.send(task)

    assert bool(outside.bodies) == goes_out


def test_stop_holds_also_for_an_answer_by_hand(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene)
    scene.text(PHONE, "what?")
    scene.router().route_new()
    with scene.database.transaction() as session:
        consents.stop(session, scene.practice_id, Channel.SMS, PHONE, NOW, "reply")
    task = desk.task(client)
    desk.settle(task)

    sent = desk.send(task)

    assert outside.bodies == []
    assert sent.outcome == "suppressed: The client asked for no more messages by sms."
    assert desk.kept(task)["draft"] == {
        "state": "suppressed",
        "words": "The client asked for no more messages by sms.",
    }


def test_without_consent_only_an_answer_goes_out(scene: Scene, outside: Outside, desk: Desk) -> None:
    client = nora(scene, consents_to_texts=False)
    unasked = desk.task(client)
    desk.settle(unasked)
    sent = desk.send(unasked)
    assert sent.outcome == "suppressed: The client has not agreed to appointment messages by sms."

    scene.text(PHONE, "is parking free?")
    scene.router().route_new()
    answered = desk.task(client)
    desk.settle(answered)

    assert desk.send(answered).outcome == "sent"


def test_a_client_without_any_address_is_told_of(scene: Scene, desk: Desk) -> None:
    task = desk.task(nora(scene, phone=None))
    desk.settle(task)

    assert desk.send(task).outcome == "suppressed: no email address on file"


def test_a_task_that_took_care_of_itself_meanwhile_sends_nothing(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = desk.task(nora(scene), state="withdrawn", resolution={"why": "the visit is off"}, settled_at=NOW)
    desk.settle(task)

    sent = desk.send(task)

    assert (outside.bodies, sent.outcome) == ([], "suppressed: the task had taken care of itself before")


def test_a_carrier_that_will_not_take_it_now_is_asked_again(scene: Scene, outside: Outside, desk: Desk) -> None:
    task = desk.task(nora(scene))
    desk.settle(task)
    outside.refuses = RateLimited("slow down", vendor="twilio", operation="send", retry_after=timedelta(seconds=1))
    with pytest.raises(Exception, match="slow down"):
        desk.send(task)
    assert "draft" not in desk.kept(task)

    outside.refuses = None

    assert desk.send(task).outcome == "sent"


# --- the thank-you for a "C" -------------------------------------------------------------------------------------


def confirmed(scene: Scene, client: int, *, state: str = "booked", starts: datetime = NOW + timedelta(days=1)) -> int:
    """Nora has a visit, was asked about it and texts "C"; returns the text's receipt."""
    visit = scene.visit(client, PHONE)
    service = scene.add(
        Service(
            practice_id=scene.practice_id,
            code=f"s{visit}",
            name=f"Service {visit}",
            kind="s",
            duration=timedelta(hours=1),
        )
    )
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, visit)
        row.location_id, row.state = scene.location_id, state
        row.starts_at, row.ends_at = starts, starts + timedelta(hours=1)
        session.add(
            AppointmentSegment(
                practice_id=scene.practice_id,
                appointment_id=visit,
                position=0,
                service_id=service,
                provider_id=scene.provider_id,
                during=TimeRange(starts, starts + timedelta(hours=1)),
                inferred=False,
            )
        )
    return says_c(scene)


def says_c(scene: Scene) -> int:
    receipt = scene.text(PHONE, "C")
    scene.router().route_new()
    assert scene.receipt(receipt).outcome == "confirm"
    return receipt


def answer(desk: Desk, receipt: int) -> str:
    gate = MessageGate(database=desk.scene.database, vendors=desk.outside, grace=Grace())
    replies = Replies(database=desk.scene.database, gate=gate, vendors=desk.outside)
    order = AnswerReply(practice_id=desk.scene.practice_id, receipt_id=receipt)
    return str(desk.run(replies.answer_reply, order).outcome)


def test_whoever_confirms_is_thanked_once_a_turn_and_at_any_hour(scene: Scene, outside: Outside, desk: Desk) -> None:
    first = confirmed(scene, nora(scene, consents_to_texts=False))
    desk.at = LATE

    outcomes = [answer(desk, first), answer(desk, says_c(scene))]

    assert outside.bodies == ["Glow: Thank you! See you tomorrow (Tue Nov 24) at 10:00 AM."]
    assert outcomes == ["confirm: sent", "confirm: already sent"]


@pytest.mark.parametrize(
    ("state", "starts"),
    [("cancelled", NOW + timedelta(days=1)), ("completed", NOW - timedelta(days=1)), ("booked", NOW)],
)
def test_nobody_is_thanked_for_a_visit_that_is_off_or_over(
    scene: Scene, outside: Outside, desk: Desk, state: str, starts: datetime
) -> None:
    receipt = confirmed(scene, nora(scene), state=state, starts=starts)

    assert (answer(desk, receipt), outside.bodies) == ("confirm", [])


def test_the_thank_you_is_in_line_before_the_practice_system_is_told(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    receipt = confirmed(scene, nora(scene))
    (replied,) = [one for one in scene.deliveries() if one.message == "replied"]
    appointments = Appointments(database=scene.database, vendors=outside)
    order = ConfirmVisit(practice_id=scene.practice_id, appointment_id=replied.ref, receipt_id=receipt)

    for _ in range(2):
        with pytest.raises(AssertionError, match="no draft needs the practice system"):
            desk.run(appointments.confirm_visit, order)

    assert scene.waiting()[-1] == ("reply", receipt, "start", "")
    assert len(scene.waiting()) == 2


# --- the answer to a press that may not be obeyed ----------------------------------------------------------------


def test_whoever_is_not_on_the_list_hears_so_alone(scene: Scene, outside: Outside, desk: Desk) -> None:
    receipt = arrive(
        scene, Purpose.PRESS, replace(press(f"{scene.task()}:leave"), user_ref="U0STRANGER", user_name="Dana Reyes")
    )
    gate = MessageGate(database=scene.database, vendors=outside, grace=Grace())
    replies = Replies(database=scene.database, gate=gate, vendors=outside)
    assert ANSWER_REPLY.name == "answer_reply"

    desk.run(replies.answer_reply, AnswerReply(practice_id=scene.practice_id, receipt_id=receipt))

    ((url, words),) = outside.told
    assert url == "https://chat.example/answer"
    assert words.startswith(
        "You are not on Chairflow's list of staff for this practice; ask an admin to add U0STRANGER."
    )

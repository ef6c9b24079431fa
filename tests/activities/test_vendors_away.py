"""What activities do about a vendor that is away: the other channel still works; a person gets what was not said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.appointments import Appointments
from activities.contracts.booking import AskAboutCalendar, AskAboutVisit, SendTouch, TouchKind
from activities.contracts.gap_fill import AskPerson, CloseOffers, CloseResult, Ending, OfferWave
from activities.contracts.task import AnswerReply
from activities.endings import Endings
from activities.gate import MessageGate
from activities.offering import Offering
from activities.ports import Grace, Links
from activities.reconciling import Reconciling
from activities.replies import Replies
from activities.touches import Touches
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment, Opening
from models.client import Client, ConsentGrant
from models.matrix import Service
from models.offers import Offer
from models.tasks import Task
from tests.inbox.scene import NOW, Scene
from vendors.email.base import AcceptedMail, NewMail
from vendors.errors import Unreachable
from vendors.sms.base import AcceptedText, NewText, TextState

NORA, OMAR = "+12125550144", "+12125550145"
STARTS = NOW + timedelta(days=1)


@dataclass
class Mails:
    sent: list[NewMail] = field(default_factory=list)
    away: bool = False

    def send(self, mail: NewMail) -> AcceptedMail:
        if self.away:
            raise Unreachable("no answer", vendor="sendgrid", operation="send")
        self.sent.append(mail)
        return AcceptedMail(ref=f"MAIL{len(self.sent)}")


@dataclass
class Outside:
    """Texts and mails, written down; texts may be away."""

    texts_sent: list[NewText] = field(default_factory=list)
    mailbox: Mails = field(default_factory=Mails)
    away: bool = True

    def texts(self, practice_id: int) -> Any:
        return self

    def mails(self, practice_id: int) -> Any:
        return self.mailbox

    def send(self, text: NewText) -> AcceptedText:
        if self.away:
            raise Unreachable("no answer", vendor="twilio", operation="send")
        self.texts_sent.append(text)
        return AcceptedText(ref=f"SM{len(self.texts_sent)}", state=TextState.ACCEPTED)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(one.to, one.body) for one in self.texts_sent]


@dataclass
class Desk:
    """The activities, at an hour each test may set."""

    scene: Scene
    outside: Outside
    at: datetime = NOW

    def run(self, activity: Callable[[Any], Any], order: Any) -> Any:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=self.at, workflow_id="gapfill:1:1")
        return environment.run(activity, order)

    @property
    def gate(self) -> MessageGate:
        return MessageGate(database=self.scene.database, vendors=self.outside, grace=Grace())  # type: ignore[arg-type]

    def touch(self, visit: int, kind: TouchKind = TouchKind.CONFIRMATION) -> Any:
        order = SendTouch(practice_id=self.scene.practice_id, appointment_id=visit, kind=kind, starts_at=STARTS)
        return self.run(Touches(database=self.scene.database, gate=self.gate).send_touch, order)

    def ask_about(self, visit: int, kind: str, **values: Any) -> None:
        order = AskAboutVisit(practice_id=self.scene.practice_id, appointment_id=visit, kind=kind, **values)
        visits = Appointments(database=self.scene.database, vendors=self.outside)  # type: ignore[arg-type]
        self.run(visits.ask_about_visit, order)

    def close(self, opening: int, **values: Any) -> CloseResult:
        links = Links(base_url="https://x")
        endings = Endings(database=self.scene.database, gate=self.gate, links=links)
        order = CloseOffers(
            practice_id=self.scene.practice_id, opening_id=opening, **({"ending": Ending.FILLED} | values)
        )
        result: CloseResult = self.run(endings.close_offers, order)
        return result

    @property
    def offering(self) -> Offering:
        return Offering(
            database=self.scene.database,
            vendors=self.outside,  # type: ignore[arg-type]
            gate=self.gate,
            links=Links(base_url="https://x"),
        )

    def ask_person(self, opening: int, kind: str, **values: Any) -> None:
        order = AskPerson(practice_id=self.scene.practice_id, opening_id=opening, kind=kind, **values)
        self.run(self.offering.ask_person, order)

    def tasks(self) -> list[Task]:
        with self.scene.database.transaction() as session:
            mine = select(Task).where(col(Task.practice_id) == self.scene.practice_id).order_by(col(Task.id))
            return list(session.execute(mine).scalars())


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def desk(scene: Scene, outside: Outside) -> Desk:
    return Desk(scene, outside)


def client(scene: Scene, phone: str, name: str) -> int:
    ref = scene.client(phone, first_name=name)
    for channel in ("sms", "email"):
        for kind in ("appointment", "offer"):
            scene.add(
                ConsentGrant(
                    practice_id=scene.practice_id,
                    client_id=ref,
                    channel=channel,
                    kind=kind,
                    granted_at=NOW,
                    source="import",
                )
            )
    return ref


def visit(scene: Scene, client_id: int) -> int:
    appointment = scene.visit(client_id, NORA)
    service = scene.add(
        Service(
            practice_id=scene.practice_id,
            name="Facial",
            kind="facial",
            code="facial",
            requirements=[],
            duration=timedelta(hours=1),
        )
    )
    with scene.database.transaction() as session:
        row = session.get_one(Appointment, appointment)
        row.location_id, row.starts_at, row.ends_at = scene.location_id, STARTS, STARTS + timedelta(hours=1)
        session.add(
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


def two_asked(scene: Scene) -> tuple[int, int, int]:
    """An opening and two open offers of it."""
    opening = scene.opening()
    nora, omar = client(scene, NORA, "Nora"), client(scene, OMAR, "Omar")
    return opening, scene.offer(opening, nora, NORA), scene.offer(opening, omar, OMAR)


def closings(scene: Scene, *offers: int) -> list[str | None]:
    return [scene.row(Offer, offer).closing for offer in offers]


def test_a_confirmation_goes_by_mail_while_texts_are_away_and_by_text_once_they_are_back(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    nora = client(scene, NORA, "Nora")
    with scene.database.transaction() as session:
        row = session.get_one(Client, nora)
        row.email = "nora@example.com"
    booked = visit(scene, nora)

    with pytest.raises(ApplicationError, match="no answer"):
        desk.touch(booked)
    outside.away = False
    result = desk.touch(booked)

    assert [mail.to for mail in outside.mailbox.sent] == ["nora@example.com"]
    assert [to for to, _ in outside.told] == [NORA]
    assert result.outcomes == ("sms sent", "email already sent")


def test_a_message_that_one_channel_carried_is_no_task(scene: Scene, outside: Outside, desk: Desk) -> None:
    nora = client(scene, NORA, "Nora")
    with scene.database.transaction() as session:
        session.get_one(Client, nora).email = "nora@example.com"
    booked = visit(scene, nora)
    outside.away, outside.mailbox.away = False, True
    touch = SendTouch(
        practice_id=scene.practice_id, appointment_id=booked, kind=TouchKind.CONFIRMATION, starts_at=STARTS
    )

    with pytest.raises(ApplicationError):
        desk.touch(booked)
    desk.ask_about(booked, "touch_unsent", touch=touch)

    assert len(outside.told) == 1
    assert desk.tasks() == []


def test_a_message_that_was_not_sent_is_one_task_with_a_draft_for_each(scene: Scene, desk: Desk) -> None:
    booked = visit(scene, client(scene, NORA, "Nora"))
    touch = SendTouch(
        practice_id=scene.practice_id, appointment_id=booked, kind=TouchKind.CONFIRMATION, starts_at=STARTS
    )
    off = touch.model_copy(update={"kind": TouchKind.CANCELLED})

    for unsent in (touch, touch, off):
        desk.ask_about(booked, "touch_unsent", touch=unsent)

    tasks = desk.tasks()
    assert [task.kind for task in tasks] == ["touch_unsent"] * 2
    assert tasks[0].draft is not None and tasks[0].draft.startswith("Glow: You are booked for tomorrow")
    assert tasks[1].draft is not None and "is cancelled" in tasks[1].draft
    assert all("send" in {choice["action"] for choice in task.choices} for task in tasks)
    assert "Nora" not in f"{tasks[0].title}{tasks[1].title}"


def test_a_calendar_that_cannot_be_read_is_one_task_a_day(scene: Scene, outside: Outside, desk: Desk) -> None:
    calendar = Reconciling(database=scene.database, vendors=outside)  # type: ignore[arg-type]
    order = AskAboutCalendar(practice_id=scene.practice_id)

    for _ in range(2):
        desk.run(calendar.ask_about_calendar, order)
    desk.at = NOW + timedelta(days=1)
    desk.run(calendar.ask_about_calendar, order)

    assert [task.kind for task in desk.tasks()] == ["visits_unread"] * 2
    # Ten in the morning where the practice is; twenty minutes is its patience.
    assert desk.tasks()[0].title == "The calendar cannot be read (since 9:40 AM)"


def test_a_confirmation_that_could_not_be_marked_is_a_task(scene: Scene, desk: Desk) -> None:
    booked = visit(scene, client(scene, NORA, "Nora"))

    desk.ask_about(booked, "confirm_unwritten")

    assert [(task.kind, task.draft) for task in desk.tasks()] == [("confirm_unwritten", None)]


def test_whoever_was_not_told_stands_on_the_task_until_they_are(scene: Scene, outside: Outside, desk: Desk) -> None:
    opening, won, lost = two_asked(scene)
    with scene.database.transaction() as session:
        session.get_one(Offer, won).state = "won"
    with pytest.raises(ApplicationError):
        desk.close(opening, winner_offer_id=won)

    desk.ask_person(opening, "not_told")
    (task,) = desk.tasks()
    assert [(row["name"], row["phone"]) for row in task.shortlist] == [("Omar Example", OMAR)]
    assert task.state == "open"

    outside.away = False
    closed = desk.close(opening, winner_offer_id=won)

    assert (closed.told, [to for to, _ in outside.told]) == (1, [OMAR])
    assert desk.tasks()[0].state == "withdrawn"
    assert closings(scene, won, lost) == [None, "filled"]


def test_what_staff_told_by_hand_stands_instead_of_a_text(scene: Scene, outside: Outside, desk: Desk) -> None:
    opening, first, second = two_asked(scene)
    outside.away = False

    desk.close(opening, ending=Ending.LAPSED, instead="told by Dana")
    desk.close(opening, ending=Ending.LAPSED)

    assert outside.told == []
    assert closings(scene, first, second) == ["told by Dana"] * 2


def test_a_winner_who_could_not_be_told_that_a_person_has_it_is_told_that_with_the_closing_messages(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    opening, winner, _ = two_asked(scene)
    with scene.database.transaction() as session:
        session.get_one(Offer, winner).state = "handed_over"
    outside.away = False

    desk.close(opening, ending=Ending.HANDED_OVER, claimed=(winner,))

    assert "A member of our team has taken over" in dict(outside.told)[NORA]
    assert scene.row(Offer, winner).state == "handed_over"


def test_an_answer_that_could_not_be_sent_is_a_task_with_the_clients_words(
    scene: Scene, outside: Outside, desk: Desk
) -> None:
    client(scene, NORA, "Nora")
    receipt = scene.text(NORA, "HELP")
    replies = Replies(database=scene.database, gate=desk.gate, vendors=outside)  # type: ignore[arg-type]
    order = AnswerReply(practice_id=scene.practice_id, receipt_id=receipt)

    with pytest.raises(ApplicationError):
        desk.run(replies.answer_reply, order)
    desk.run(replies.answer_reply, order.model_copy(update={"by_person": True}))

    (task,) = desk.tasks()
    assert "HELP" in task.body and task.client_id is not None


def test_a_second_outage_is_a_task_of_its_own_and_the_first_takes_care_of_itself(scene: Scene, desk: Desk) -> None:
    opening = scene.opening()
    wave = OfferWave(practice_id=scene.practice_id, opening_id=opening, wave=1)

    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.")
    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.")
    desk.run(desk.offering.offer_wave, wave)
    desk.ask_person(opening, "offers_paused", words="Texts could not be sent.", before=1)

    assert [task.state for task in desk.tasks()] == ["withdrawn", "open"]
    assert scene.row(Opening, opening).state == "live"

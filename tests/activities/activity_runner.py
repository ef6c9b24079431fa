"""The activities as tests ask for them: one order each, for one practice, at an hour the test sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import select
from temporalio.testing import ActivityEnvironment

from activities.appointments import Appointments
from activities.draft_sending import DraftSending
from activities.endings import Endings
from activities.offer_refitting import OfferRefitting
from activities.offering import Offering
from activities.reconciling import Reconciling
from activities.replies import Replies
from activities.task_cards import TaskCards
from activities.visit_messages import VisitMessages
from activities.visit_writing import VisitWriting
from contracts.booking import (
    AppointmentFacts,
    AskAboutVisit,
    Reconciled,
    ReconcileDay,
    RefreshAppointment,
    SendTouch,
    TouchKind,
    TouchResult,
)
from contracts.gap_fill import (
    AskPerson,
    Assign,
    Assigned,
    BookResult,
    BookVisit,
    CloseOffers,
    CloseResult,
    Ending,
    OfferWave,
    RefitOffers,
    Refitted,
    Tell,
    TellWinner,
    Told,
    WaveResult,
)
from contracts.task import AnswerReply, DraftSent, PostTask, SendDraft, SettleTask, TaskFacts, TaskOrder
from models.session import Database
from models.tasks import Task
from operations.gate import MessageGate
from operations.ports import Grace, Links
from tests.activities.outside import Outside
from tests.activities.visits import STARTS
from tests.inbox.scene import NOW, Scene

LINKS = Links(base_url="https://x", secret="of-the-tests")
#: Nine in the evening where the practice is: no hour to text at.
LATE = NOW + timedelta(hours=11)
OrderT = TypeVar("OrderT")
ResultT = TypeVar("ResultT")
RowT = TypeVar("RowT")


def run(activity: Callable[[OrderT], ResultT], order: OrderT, *, at: datetime = NOW) -> ResultT:
    """Runs an activity as a worker would, its attempt started at this hour."""
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, started_time=at, workflow_id="journey:1:1")
    return environment.run(activity, order)


@dataclass
class Desk:
    """One practice and its vendors; each method is one activity's order, and gives what the activity answers."""

    scene: Scene
    outside: Outside = field(default_factory=Outside)
    at: datetime = NOW
    grace: Grace = field(default_factory=Grace)

    @property
    def practice_id(self) -> int:
        return self.scene.practice_id

    @property
    def database(self) -> Database:
        return self.scene.database

    def run(self, activity: Callable[[OrderT], ResultT], order: OrderT) -> ResultT:
        return run(activity, order, at=self.at)

    # --- messages -----------------------------------------------------------------------------------------------

    @property
    def gate(self) -> MessageGate:
        return MessageGate(database=self.database, vendors=self.outside, grace=self.grace)

    def touch(self, visit: int, kind: TouchKind = TouchKind.CONFIRMATION, **values: Any) -> TouchResult:
        touches = VisitMessages(database=self.database, gate=self.gate)
        return self.run(touches.send_touch, self.touch_order(visit, kind, **values))

    def touch_order(
        self, visit: int, kind: TouchKind = TouchKind.CONFIRMATION, *, starts_at: datetime = STARTS, **values: Any
    ) -> SendTouch:
        return SendTouch(practice_id=self.practice_id, appointment_id=visit, kind=kind, starts_at=starts_at, **values)

    def answer(self, receipt: int, *, by_person: bool = False) -> str:
        """Answers what a client wrote or what staff pressed; gives what became of it."""
        replies = Replies(database=self.database, gate=self.gate, vendors=self.outside)
        order = AnswerReply(practice_id=self.practice_id, receipt_id=receipt, by_person=by_person)
        return self.run(replies.answer_reply, order).outcome

    # --- a fill -------------------------------------------------------------------------------------------------

    @property
    def endings(self) -> Endings:
        return Endings(database=self.database, gate=self.gate, links=LINKS)

    @property
    def offering(self) -> Offering:
        return Offering(database=self.database, vendors=self.outside, gate=self.gate, links=LINKS)

    def offer_wave(self, opening: int, wave: int = 1, **values: Any) -> WaveResult:
        order = OfferWave(practice_id=self.practice_id, opening_id=opening, wave=wave, **values)
        return self.run(self.offering.offer_wave, order)

    def refit(self, opening: int, *, lost: int | None = None) -> Refitted:
        """Its open offers fitted again, after `lost` found its time taken."""
        refitting = OfferRefitting(database=self.database, vendors=self.outside)
        order = RefitOffers(practice_id=self.practice_id, opening_id=opening, lost=lost)
        return self.run(refitting.refit_offers, order)

    def close(self, opening: int, ending: Ending = Ending.FILLED, **values: Any) -> CloseResult:
        order = CloseOffers(practice_id=self.practice_id, opening_id=opening, ending=ending, **values)
        return self.run(self.endings.close_offers, order)

    def tell(self, opening: int, offer: int, what: Tell) -> Told:
        order = TellWinner(practice_id=self.practice_id, opening_id=opening, offer_id=offer, what=what)
        return self.run(self.endings.tell_winner, order)

    def book(self, opening: int, offer: int, **values: Any) -> BookResult:
        writing = VisitWriting(database=self.database, vendors=self.outside, grace=Grace())
        order = BookVisit(practice_id=self.practice_id, opening_id=opening, offer_id=offer, **values)
        return self.run(writing.book_visit, order)

    def assign(self, opening: int, client: int, *, by: str = "Dana Reyes", reason: str = "on the phone") -> Assigned:
        order = Assign(practice_id=self.practice_id, opening_id=opening, client_id=client, by=by, reason=reason)
        return self.run(self.offering.assign_client, order)

    def ask_person(self, opening: int, kind: str, **values: Any) -> None:
        order = AskPerson(practice_id=self.practice_id, opening_id=opening, kind=kind, **values)
        self.run(self.offering.ask_person, order)

    def read_calendar(self, day: date) -> Reconciled:
        """The day as the practice system has it: the way blocks and shifts come to be known."""
        reconciling = Reconciling(database=self.database, vendors=self.outside)
        order = ReconcileDay(practice_id=self.practice_id, location_id=self.scene.location_id, day=day.isoformat())
        return self.run(reconciling.reconcile_day, order)

    # --- a visit ------------------------------------------------------------------------------------------------

    @property
    def visits(self) -> Appointments:
        return Appointments(database=self.database, vendors=self.outside)

    def look(self, appointment: int, *, won: bool = False) -> AppointmentFacts:
        order = RefreshAppointment(practice_id=self.practice_id, appointment_id=appointment, won=won)
        return self.run(self.visits.refresh_appointment, order)

    def ask_about(self, visit: int, kind: str, **values: Any) -> None:
        order = AskAboutVisit(practice_id=self.practice_id, appointment_id=visit, kind=kind, **values)
        self.run(self.visits.ask_about_visit, order)

    # --- a task -------------------------------------------------------------------------------------------------

    @property
    def cards(self) -> TaskCards:
        return TaskCards(database=self.database, vendors=self.outside, links=LINKS, grace=Grace())

    def settle(self, task: int, action: str, *, by: str = "Dana", **values: Any) -> None:
        order = SettleTask(practice_id=self.practice_id, task_id=task, action=action, by=by, **values)
        self.run(self.cards.settle_task, order)

    def read_task(self, task: int, **answer: Any) -> TaskFacts:
        return self.run(self.cards.read_task, TaskOrder(practice_id=self.practice_id, task_id=task, **answer))

    def remind(self, task: int, *, alert: int = 0) -> None:
        self.post(task, reminder=1, alert=alert)

    def post(self, task: int, **values: int) -> None:
        self.run(self.cards.post_task, PostTask(practice_id=self.practice_id, task_id=task, **values))

    def send_draft(self, task: int) -> DraftSent:
        drafts = DraftSending(database=self.database, gate=self.gate)
        return self.run(drafts.send_draft, SendDraft(practice_id=self.practice_id, task_id=task))

    # --- what came of it ----------------------------------------------------------------------------------------

    def rows(self, table: type[RowT]) -> list[RowT]:
        """The practice's rows of a table, oldest first."""
        of: Any = table
        with self.database.transaction() as session:
            mine = select(of).where(of.practice_id == self.practice_id).order_by(of.id)
            return list(session.execute(mine).scalars())

    def tasks(self) -> list[Task]:
        return self.rows(Task)

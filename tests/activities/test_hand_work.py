"""Bookings that a person finishes: what the calendar settles, what each answer does, and who is offered the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.testing import ActivityEnvironment

from activities import mirror
from activities.contracts.task import PostTask, SettleTask, TaskFacts, TaskOrder
from activities.ports import Grace, Links
from activities.task_cards import TaskCards
from domain import keys
from domain.calendar import Segment, Visit, VisitState
from domain.journeys import Action, Journey
from domain.messages import staff
from domain.messages.facts import Sender, VisitFacts
from domain.messages.staff import BEING_BOOKED
from domain.ranges import TimeRange
from inbox import settling
from inbox.settling import Attempt, Over
from models.calendar import Opening
from models.inbox import Delivery
from models.matrix import Room, Service
from models.offers import HoldResource, Offer
from models.repositories import calendar, deliveries, effects, holds, offers, practices
from models.tasks import Decision, Task
from tests.activities.test_task_drafts import Outside
from tests.inbox.scene import NOW, Scene

PHONE, OTHER = "+12125550144", "+12125550145"
START = NOW + timedelta(days=1)
VISIT = VisitFacts(start=START, zone="America/New_York", provider="Maria")
WORDS = {
    "pms_unreachable": staff.pms_unreachable(
        sender=Sender(practice="Glow", phone=None), visit=VISIT, now=NOW, since=NOW, reference="x"
    ),
    "write_unknown": staff.write_unknown(
        sender=Sender(practice="Glow", phone=None), visit=VISIT, now=NOW, reference="x"
    ),
}


@dataclass
class Unfinished:
    """Nora said yes to ten o'clock tomorrow, and the practice system could not be written: a person has it."""

    scene: Scene
    service: int
    nora: int
    opening: int
    offer: int
    task: int
    kind: str
    at: datetime = NOW

    @property
    def practice_id(self) -> int:
        return self.scene.practice_id

    # --- what staff and the calendar do -------------------------------------------------------------------------

    def answer(self, action: str, *, task: int | None = None) -> None:
        order = SettleTask(practice_id=self.practice_id, task_id=task or self.task, action=action, by="Dana")
        self._run(self._cards.settle_task, order)

    def nobody_comes(self) -> None:
        order = SettleTask(
            practice_id=self.practice_id, task_id=self.task, action="default", by="nobody", defaulted=True
        )
        self._run(self._cards.settle_task, order)

    def read(self, task: int | None = None) -> TaskFacts:
        order = TaskOrder(practice_id=self.practice_id, task_id=task or self.task)
        facts: TaskFacts = self._run(self._cards.read_task, order)
        return facts

    def remind(self) -> None:
        self._run(self._cards.post_task, PostTask(practice_id=self.practice_id, task_id=self.task, reminder=1))

    def booked_by_hand(self, client: int, *, start: datetime = START, minutes: int = 60) -> int:
        """It comes into the mirror, as it does once its booking has read it."""
        with self.scene.database.transaction() as session:
            practice = practices.load(session, self.practice_id)
            row = calendar.ensure(session, self.practice_id, pms_ref=f"by-hand-{client}-{start}")
            during = TimeRange(start, start + timedelta(minutes=minutes))
            mirror.write(
                session,
                practice,
                practices.matrix(session, self.practice_id),
                before=None,
                after=Visit(
                    appointment_id=row.id,
                    location_id=self.scene.location_id,
                    client_id=client,
                    state=VisitState.BOOKED,
                    segments=(self.segment(during),),
                ),
                now=self.at,
            )
        return row.id

    def the_fill_is_over_for(self, message: str) -> str:
        """The relay finds that the fill has ended; answers with what was done about it."""
        delivery = [one for one in self.scene.deliveries() if one.message == message and one.state == "waiting"][-1]
        with self.scene.database.transaction() as session:
            for one in session.execute(select(Delivery).where(col(Delivery.id) < delivery.id)).scalars():
                one.state = "done"
            session.flush()
            (waiting,) = [
                one
                for one in deliveries.claim(session, now=self.at, lease=timedelta(minutes=1), limit=50)
                if one.id == delivery.id
            ]
            settling.settle(session, [Attempt(delivery=waiting, outcome=Over())], now=self.at)
        settled: Delivery = self.scene.row(Delivery, delivery.id or 0)
        assert settled.state == "over"
        return str(settled.outcome)

    def segment(self, during: TimeRange) -> Segment:
        return Segment(
            service_id=self.service,
            provider_id=self.scene.provider_id,
            room_id=None,
            device_id=None,
            during=during,
        )

    def echoes(self) -> list[int]:
        """Offers whose visit, when it is seen, counts as our own write on its way."""
        with self.scene.database.transaction() as session:
            found = offers.being_booked(session, self.practice_id, client_id=self.nora, starts_at=START)
        return [one.id for one in found]

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        with self.scene.database.transaction() as session:
            standing = session.execute(
                select(HoldResource.id).where(
                    col(HoldResource.practice_id) == self.practice_id, col(HoldResource.released_at).is_(None)
                )
            ).all()
        return bool(standing)

    def offers_of(self, opening: int) -> dict[int, str]:
        with self.scene.database.transaction() as session:
            return {one.client_id: one.state for one in offers.of_opening(session, self.practice_id, opening)}

    def openings(self) -> list[Opening]:
        return self._rows(Opening)

    def tasks(self) -> list[tuple[str, str]]:
        return [(one.kind, one.state) for one in self._rows(Task)]

    def settled(self, task: int | None = None) -> tuple[str, Any]:
        row: Task = self.scene.row(Task, task or self.task)
        return row.state, (row.resolution or {}).get("why")

    def fills_started(self) -> list[int]:
        return [one.ref for one in self.scene.deliveries() if (one.journey, one.action) == ("gapfill", "start")]

    def decided(self) -> list[tuple[str, str]]:
        return [(one.subject, one.reasons[0]["words"]) for one in self._rows(Decision)]

    def _rows(self, table: Any) -> list[Any]:
        with self.scene.database.transaction() as session:
            return list(
                session.execute(select(table).where(table.practice_id == self.practice_id).order_by(table.id)).scalars()
            )

    @property
    def _cards(self) -> TaskCards:
        return TaskCards(
            database=self.scene.database, vendors=Outside(), links=Links(base_url="https://x"), grace=Grace()
        )

    def _run(self, activity: Callable[[Any], Any], order: Any) -> Any:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=self.at, workflow_id="task:1:1")
        return environment.run(activity, order)


def unfinished(scene: Scene, kind: str = "pms_unreachable", *, rooms: int = 2) -> Unfinished:
    service = scene.add(
        Service(
            practice_id=scene.practice_id,
            code="s",
            name="Visit",
            kind="s",
            duration=timedelta(hours=1),
            room_kind="room",
        )
    )
    for number in range(rooms):
        scene.add(Room(practice_id=scene.practice_id, location_id=scene.location_id, kind="room", name=f"R{number}"))
    nora = scene.client(PHONE, first_name="Nora")
    opening = scene.add(
        Opening(
            practice_id=scene.practice_id,
            location_id=scene.location_id,
            provider_id=scene.provider_id,
            during=TimeRange(START, START + timedelta(hours=1)),
            cause="cancellation",
            state="handed_over",
            created_at=NOW,
        )
    )
    offer = scene.offer(opening, nora, PHONE, state="handed_over", ask=False)
    made = Unfinished(scene, service, nora, opening, offer, task=0, kind=kind)
    segment = made.segment(TimeRange(START, START + timedelta(hours=1)))
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.plan = [offers._segment_to_json(segment)]
        row.claimed_at = NOW
        hold = holds.take(
            session,
            scene.practice_id,
            key=keys.booking_key(offer),
            opening_id=opening,
            offer_id=offer,
            client_id=nora,
            segments=(segment,),
            now=NOW,
            expires_at=NOW + timedelta(minutes=30),
        )
        assert hold is not None
        intent = effects.plan(
            session,
            scene.practice_id,
            key=keys.booking_key(offer),
            effect="pms_book",
            workflow_id="gapfill:1:1",
            client_id=nora,
            now=NOW,
        )
        if kind == "write_unknown":
            effects.settle(session, scene.practice_id, intent.id, state="unknown", now=NOW)
            holds.unknown(session, scene.practice_id, hold.id)
        holds.keep(session, scene.practice_id, opening, until=START + timedelta(hours=1))
    made.task = scene.task(
        kind=kind,
        client_id=nora,
        opening_id=opening,
        draft=WORDS[kind].draft,
        choices=[asdict(one) for one in WORDS[kind].choices],
        asked_by={"journey": "gapfill", "ref": opening, "turn": 0},
    )
    return made


KINDS = pytest.mark.parametrize("kind", ["pms_unreachable", "write_unknown"])


# --- the calendar settles it ----------------------------------------------------------------------------------------


@KINDS
def test_a_visit_booked_by_hand_settles_the_task_and_its_booking_tells_the_client(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)

    booking.booked_by_hand(booking.nora)
    booking.the_fill_is_over_for("opening_taken")

    assert booking.settled() == (
        "withdrawn",
        "the visit is in the calendar, and its own confirmation goes to the client",
    )
    assert booking.offers_of(booking.opening) == {booking.nora: "won"}
    assert not booking.held
    assert booking.tasks() == [(kind, "withdrawn")]


@KINDS
@pytest.mark.parametrize("look", [Unfinished.read, Unfinished.remind], ids=["read", "reminder"])
def test_a_visit_that_came_while_the_fill_was_ending_is_seen_at_the_next_look(
    scene: Scene, kind: str, look: Callable[[Unfinished], object]
) -> None:
    booking = unfinished(scene, kind)
    booking.booked_by_hand(booking.nora, start=START + timedelta(minutes=15), minutes=30)

    look(booking)

    assert booking.settled()[0] == "withdrawn"
    assert not booking.held


def test_a_visit_at_another_time_settles_nothing(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.booked_by_hand(booking.nora, start=START + timedelta(hours=3))

    assert booking.read().state == "open"
    assert booking.held


@KINDS
def test_somebody_else_in_that_time_leaves_the_client_to_a_person_with_the_truth(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)
    booking.booked_by_hand(scene.client(OTHER))
    booking.the_fill_is_over_for("opening_taken")

    assert booking.settled() == ("withdrawn", "somebody else is booked into that time")
    assert booking.tasks() == [(kind, "withdrawn"), ("given_away", "open")]
    (given_away,) = [one for one in booking._rows(Task) if one.kind == "given_away"]
    assert given_away.client_id == booking.nora
    assert "could not book" in given_away.draft
    assert booking.offers_of(booking.opening) == {booking.nora: "lost"}
    assert not booking.held


def test_what_a_shorter_visit_by_hand_leaves_is_offered(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.booked_by_hand(booking.nora, minutes=30)

    (rest,) = [one for one in booking.openings() if one.state == "live"]
    assert rest.during.start == START + timedelta(minutes=30)
    assert booking.fills_started() == [rest.id]


def test_a_booking_over_a_time_that_staff_left_free_offers_nothing(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.answer("release")
    with scene.database.transaction() as session:
        for one in session.execute(select(Opening)).scalars():
            one.state = "handed_over"

    booking.booked_by_hand(booking.nora, minutes=30)

    assert [one.state for one in booking.openings()] == ["handed_over", "handed_over"]


# --- a write nobody can tell of ----------------------------------------------------------------------------------


def test_a_write_that_broke_off_is_looked_for_once_a_person_has_it(scene: Scene) -> None:
    """The fill tells no more whose echo a visit is; until then its booking said nothing."""
    booking = unfinished(scene, "write_unknown")
    with scene.database.transaction() as session:
        named = calendar.ensure(session, scene.practice_id, pms_ref="urn:named")
    assert booking.echoes() == [booking.offer]

    booking.read()
    booking.read()

    assert booking.echoes() == []
    assert [one for one in scene.waiting() if one[0] == "booking"] == [
        ("booking", named.id, "signal_with_start", "pms_changed")
    ]


def test_a_hold_of_an_unknown_write_ends_with_the_visit_it_was_for(scene: Scene) -> None:
    booking = unfinished(scene, "write_unknown")
    booking.nobody_comes()

    for hours, stands in ((0, True), (24.5, True), (25, False)):
        with scene.database.transaction() as session:
            holds.release_expired(session, scene.practice_id, now=NOW + timedelta(hours=hours))
        assert booking.held is stands


# --- what each answer does ------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("action", ["release", "send"])
def test_letting_it_go_frees_the_time_for_those_who_were_not_asked(scene: Scene, kind: str, action: str) -> None:
    booking = unfinished(scene, kind)
    asked, too = scene.client(OTHER), scene.client("+12125550146")
    scene.offer(booking.opening, asked, OTHER, state="withdrawn", ask=False)
    second = scene.offer(booking.opening, too, "+12125550146", state="withdrawn", ask=False)
    with scene.database.transaction() as session:
        session.get_one(Offer, second).claimed_at = NOW

    booking.answer(action)

    old, new = booking.openings()
    assert (old.state, new.state, new.during) == ("withdrawn", "live", old.during)
    assert booking.fills_started() == [new.id]
    assert booking.offers_of(new.id or 0) == {booking.nora: "suppressed", asked: "suppressed"}
    assert booking.offers_of(old.id or 0)[booking.nora] == "lost"
    assert not booking.held
    assert booking.decided() == [("let_go", f"offered on as opening {new.id}")]
    task: Task = scene.row(Task, booking.task)
    assert (task.state, (task.resolution or {}).get("text")) == (
        "resolved",
        WORDS[kind].draft if action == "send" else None,
    )


def test_letting_it_go_while_the_visit_would_be_running_offers_what_is_left(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.at = START + timedelta(minutes=20)

    booking.answer("release")

    assert booking.openings()[-1].during == TimeRange(booking.at, START + timedelta(hours=1))


def test_letting_it_go_too_late_says_so(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.at = START + timedelta(hours=1)

    booking.answer("release")

    assert [one.state for one in booking.openings()] == ["handed_over"]
    assert booking.decided() == [("let_go", "no time is left to offer it")]
    assert not booking.held


@KINDS
def test_booked_and_not_seen_keeps_the_time_and_comes_back_to_staff(scene: Scene, kind: str) -> None:
    booking = unfinished(scene, kind)

    booking.answer("booked")

    assert booking.held
    assert booking.tasks() == [(kind, "resolved"), ("not_seen", "open")]
    (later,) = [one for one in scene.deliveries() if one.journey == "task"]
    assert (later.action, later.not_before) == ("start", None)
    facts = booking.read(later.ref)
    assert (facts.post_at, facts.remind_at) == (NOW + timedelta(minutes=30), NOW + timedelta(minutes=60))

    booking.booked_by_hand(booking.nora)
    booking.the_fill_is_over_for("opening_taken")

    assert booking.tasks() == [(kind, "resolved"), ("not_seen", "withdrawn")]
    assert booking.offers_of(booking.opening) == {booking.nora: "won"}
    assert not booking.held


def test_booked_for_in_a_moment_and_not_seen_comes_back_half_way_there(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.at = START - timedelta(minutes=25)
    booking.answer("booked")
    (not_seen,) = [one.id for one in booking._rows(Task) if one.kind == "not_seen"]

    facts = booking.read(not_seen)

    assert facts.post_at == START - timedelta(minutes=12, seconds=30)
    assert (facts.due_at, facts.remind_at) == (START, None)


def test_other_tasks_come_before_staff_at_once(scene: Scene) -> None:
    facts = unfinished(scene).read()

    assert (facts.post_at, facts.remind_at) == (None, NOW + timedelta(minutes=30))


def test_booked_and_not_there_after_all_can_be_let_go(scene: Scene) -> None:
    booking = unfinished(scene)
    booking.answer("booked")
    (not_seen,) = [one.id for one in booking._rows(Task) if one.kind == "not_seen"]

    booking.answer("send", task=not_seen)

    assert not booking.held
    assert booking.fills_started() == [booking.openings()[-1].id]


def test_a_draft_of_an_earlier_version_that_says_booked_lets_nothing_go(scene: Scene) -> None:
    """Its button read "It is booked: send draft"."""
    booking = unfinished(scene)
    with scene.database.transaction() as session:
        old = {"action": "send", "label": "It is booked: send draft", "for_candidate": False}
        session.get_one(Task, booking.task).choices = [old]

    booking.answer("send")

    assert [one.state for one in booking.openings()] == ["handed_over"]


def test_nobody_comes_and_the_time_stays_held(scene: Scene) -> None:
    booking = unfinished(scene)

    booking.nobody_comes()

    assert booking.held
    assert booking.fills_started() == []


# --- orders for a fill that has ended -------------------------------------------------------------------------------


def ended(scene: Scene, state: str, *, action: str = "assign", start: datetime = START) -> tuple[Unfinished, str]:
    """Dana's choice of somebody reaches a fill that has ended like this."""
    booking = unfinished(scene)
    chosen = scene.client(OTHER)
    booking.answer("release")
    with scene.database.transaction() as session:
        for one in session.execute(select(Opening)).scalars():
            one.state = "withdrawn"
        session.flush()
        opening = session.get_one(Opening, booking.opening)
        opening.state, opening.during = state, TimeRange(start, start + timedelta(hours=1))
        task = session.get_one(Task, booking.task)
        task.choices = [{"action": action, "label": "Book this client", "for_candidate": True}]
    answer = {"task_id": booking.task, "kind": "nobody_left", "action": action, "client_id": chosen, "by": "Dana"}
    scene.enqueue(Journey.GAP_FILL, booking.opening, Action.SIGNAL, "task_answered", answer)
    return booking, booking.the_fill_is_over_for("task_answered")


@pytest.mark.parametrize("state", ["lapsed", "handed_over", "declined", "live"])
@pytest.mark.parametrize("action", ["assign", "offer", "go"])
def test_an_order_for_a_fill_that_has_ended_is_carried_out_by_a_new_one(scene: Scene, state: str, action: str) -> None:
    booking, outcome = ended(scene, state, action=action)

    new = booking.openings()[-1]
    assert (new.state, new.during.start) == ("live", START)
    assert outcome == f"the fill had ended; that of opening {new.id} has the order"
    order = scene.deliveries()[-1]
    assert (order.journey, order.ref, order.action, order.message) == (
        "gapfill",
        new.id,
        "signal_with_start",
        "task_answered",
    )
    assert (order.body["action"], order.body["by"]) == (action, "Dana")


@pytest.mark.parametrize("state", ["filled", "withdrawn"])
def test_an_order_for_a_time_that_was_taken_comes_back_to_staff(scene: Scene, state: str) -> None:
    booking, outcome = ended(scene, state)

    assert outcome == "the fill had ended and the time had been taken; staff know"
    (told,) = [one for one in booking._rows(Task) if one.kind == "came_too_late"]
    assert "Dana chose “Book this client”, and when that arrived, the time had been taken." in told.body
    assert booking.openings()[-1].state == "withdrawn"


def test_an_order_for_a_time_that_is_too_near_comes_back_to_staff(scene: Scene) -> None:
    booking, outcome = ended(scene, "lapsed", start=NOW + timedelta(minutes=59))

    assert "in less than 60 minutes; please book it by hand" in outcome
    assert booking.tasks()[-1] == ("came_too_late", "open")


def test_leaving_it_free_needs_no_fill(scene: Scene) -> None:
    booking, outcome = ended(scene, "lapsed", action="leave")

    assert outcome == "the fill had ended; nothing of it was left to do"
    assert booking.tasks() == [("pms_unreachable", "resolved")]


# --- while somebody's yes is being booked ---------------------------------------------------------------------------


def test_a_task_knows_that_a_yes_is_being_booked(scene: Scene) -> None:
    booking = unfinished(scene)
    task = scene.task(kind="nobody_left", opening_id=booking.opening)
    assert booking.read(task).state == BEING_BOOKED

    booking.answer("release")

    assert booking.read(task).state == "open"
    with scene.database.transaction() as session:
        offer = session.get_one(Offer, booking.offer)
        offer.state = "expired"
    assert booking.read(task).state == BEING_BOOKED

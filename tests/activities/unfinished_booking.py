"""A booking that a person finishes: a yes whose visit could not be written, and the task about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from contracts.task import TaskFacts
from domain import effect_keys
from domain.messages import opening_tasks
from domain.messages.facts import Sender, VisitFacts
from domain.ranges import TimeRange
from inbox import settling
from inbox.settling import Attempt, JourneyOver
from models.calendar import Opening
from models.inbox import Delivery
from models.matrix import Room
from models.offers import Offer
from models.repositories import deliveries, effects, holds, offers
from models.tasks import Decision, Task
from tests.activities import visits
from tests.activities.activity_runner import Desk
from tests.activities.people import PHONE, nora
from tests.activities.visits import HOUR, STARTS, TOMORROW_AT_TEN
from tests.inbox.scene import NOW, Scene

GLOW = Sender(practice="Glow", phone=None)
VISIT = VisitFacts(start=STARTS, zone="America/New_York", provider="Maria")
#: What staff read, by the kind of task.
WORDS = {
    "write_by_hand": opening_tasks.write_by_hand(
        sender=GLOW, visit=VISIT, now=NOW, typed=("Client: Nora",), reference="x"
    ),
    "pms_unreachable": opening_tasks.pms_unreachable(sender=GLOW, visit=VISIT, now=NOW, since=NOW, reference="x"),
    "write_unknown": opening_tasks.write_unknown(sender=GLOW, visit=VISIT, now=NOW, reference="x"),
}


@dataclass
class Unfinished:
    """Nora said yes to ten o'clock tomorrow, and the practice system could not be written: a person has it."""

    desk: Desk
    service: int
    nora: int
    opening: int
    offer: int
    task: int

    @property
    def scene(self) -> Scene:
        return self.desk.scene

    # --- what staff and the calendar do -------------------------------------------------------------------------

    def answer(self, action: str, *, task: int | None = None) -> None:
        self.desk.settle(task or self.task, action)

    def nobody_comes(self) -> None:
        self.desk.settle(self.task, "default", by="nobody", defaulted=True)

    def read(self, task: int | None = None) -> TaskFacts:
        return self.desk.read_task(task or self.task)

    def remind(self) -> None:
        self.desk.remind(self.task)

    def booked_by_hand(self, client: int, *, start: datetime = STARTS, minutes: int = 60) -> int:
        segment = visits.segment(self.scene, self.service, TimeRange(start, start + timedelta(minutes=minutes)))
        return visits.by_hand(self.scene, client, segment, now=self.desk.at)

    def the_fill_is_over_for(self, message: str) -> str:
        """The relay finds that the fill has ended; answers with what was done about it."""
        delivery = [one for one in self.scene.deliveries() if one.message == message and one.state == "waiting"][-1]
        with self.scene.database.transaction() as session:
            for one in session.execute(select(Delivery).where(col(Delivery.id) < delivery.id)).scalars():
                one.state = "done"
            session.flush()
            (waiting,) = [
                one
                for one in deliveries.claim(session, now=self.desk.at, lease=timedelta(minutes=1), limit=50)
                if one.id == delivery.id
            ]
            settling.settle(session, [Attempt(delivery=waiting, outcome=JourneyOver())], now=self.desk.at)
        settled: Delivery = self.scene.row(Delivery, delivery.id or 0)
        assert settled.state == "over"
        return str(settled.outcome)

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        return visits.held(self.scene)

    def echoes(self) -> list[int]:
        """Offers whose visit, when it is seen, counts as our own write on its way."""
        with self.scene.database.transaction() as session:
            found = offers.being_booked(session, self.scene.practice_id, client_id=self.nora, starts_at=STARTS)
        return [one.id for one in found]

    def offers_of(self, opening: int) -> dict[int, str]:
        with self.scene.database.transaction() as session:
            return {one.client_id: one.state for one in offers.of_opening(session, self.scene.practice_id, opening)}

    def openings(self) -> list[Opening]:
        return self.desk.rows(Opening)

    def tasks(self) -> list[tuple[str, str]]:
        return [(one.kind, one.state) for one in self.desk.tasks()]

    def task_of(self, kind: str) -> Task:
        """The only task of its kind."""
        (task,) = [one for one in self.desk.tasks() if one.kind == kind]
        return task

    def settled(self) -> tuple[str, Any]:
        row: Task = self.scene.row(Task, self.task)
        return row.state, (row.resolution or {}).get("why")

    def fills_started(self) -> list[int]:
        return [one.ref for one in self.scene.deliveries() if (one.journey, one.action) == ("gapfill", "start")]

    def decided(self) -> list[tuple[str, str]]:
        """Beside that and why staff answered."""
        rows = [one for one in self.desk.rows(Decision) if "task" not in one.reasons[0]]
        return [(one.subject, one.reasons[0]["words"]) for one in rows]


def unfinished(scene: Scene, kind: str = "pms_unreachable") -> Unfinished:
    """Nora's booking is held and planned; a task of this kind is open about it."""
    service = visits.service(scene, room_kind="room")
    for name in ("R0", "R1"):
        scene.add(Room(practice_id=scene.practice_id, location_id=scene.location_id, kind="room", name=name))
    client = nora(scene, agreed_to=())
    opening = visits.opening(scene, state="handed_over")
    offer = scene.offer(opening, client, PHONE, state="handed_over", ask=False)
    visits.planned(scene, offer, visits.segment(scene, service, TOMORROW_AT_TEN))
    _break_off(scene, client, opening, offer, service, surely_not_written=kind != "write_unknown")
    task = scene.task(
        kind=kind,
        client_id=client,
        opening_id=opening,
        draft=WORDS[kind].draft,
        choices=[asdict(one) for one in WORDS[kind].choices],
        asked_by={"journey": "gapfill", "ref": opening, "turn": 0},
    )
    return Unfinished(Desk(scene), service, client, opening, offer, task)


def _break_off(scene: Scene, client: int, opening: int, offer: int, service: int, *, surely_not_written: bool) -> None:
    """The fill has taken its hold and planned its write, and gave up; the hold stays for the person."""
    with scene.database.transaction() as session:
        session.get_one(Offer, offer).claimed_at = NOW
        hold = holds.take(
            session,
            scene.practice_id,
            key=effect_keys.booking_key(offer),
            opening_id=opening,
            offer_id=offer,
            client_id=client,
            segments=(visits.segment(scene, service, TOMORROW_AT_TEN),),
            now=NOW,
            expires_at=NOW + timedelta(minutes=30),
        )
        assert hold is not None
        intent = effects.plan(
            session,
            scene.practice_id,
            key=effect_keys.booking_key(offer),
            effect="pms_book",
            workflow_id="gapfill:1:1",
            client_id=client,
            now=NOW,
        )
        if not surely_not_written:
            effects.settle(session, scene.practice_id, intent.id, state="unknown", now=NOW)
            holds.unknown(session, scene.practice_id, hold.id)
        holds.keep(session, scene.practice_id, opening, until=STARTS + HOUR)

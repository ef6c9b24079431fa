"""The front desk books a client into the very time they hold an offer of: nobody tells them that they lost it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import mirror
from activities.appointments import Appointments
from activities.contracts.booking import AppointmentFacts, Change, RefreshAppointment
from activities.contracts.gap_fill import (
    Booked,
    BookResult,
    BookVisit,
    CloseOffers,
    CloseResult,
    Ending,
    Tell,
    TellWinner,
    Told,
)
from activities.endings import Endings
from activities.gate import MessageGate
from activities.ports import Grace, Links
from activities.visit_writing import VisitWriting
from domain.calendar import Segment, Visit, VisitState
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment, Opening
from models.client import Client, ConsentGrant
from models.matrix import Provider, ProviderLocation, Service
from models.offers import HoldResource, Offer
from models.practice import Location
from models.repositories import calendar, offers, practices
from models.waitlist import WaitlistEntry
from tests.inbox.scene import NOW, Scene
from vendors.errors import SlotTaken
from vendors.pms.base import NewVisit, PmsAppointment, PmsDay, PmsSegment, PmsState
from vendors.sms.base import AcceptedText, NewText, TextState

PHONE = "+12125550144"
START = NOW + timedelta(days=1)


@dataclass
class Outside:
    """A calendar the front desk writes to as well, and the texts that went out."""

    appointments: list[PmsAppointment] = field(default_factory=list)
    #: Comes into the calendar between our look and our write.
    meanwhile: list[PmsAppointment] = field(default_factory=list)
    #: Happens while the answer to the next look at one appointment is on its way.
    on_the_way: Callable[[], Any] | None = None
    bodies: list[str] = field(default_factory=list)
    refuses_double_booking: bool = True

    def pms(self, practice_id: int) -> Any:
        return self

    def texts(self, practice_id: int) -> Any:
        return self

    def mails(self, practice_id: int) -> None:
        return None

    def send(self, text: NewText) -> AcceptedText:
        self.bodies.append(text.body)
        return AcceptedText(ref=f"SM{len(self.bodies)}", state=TextState.ACCEPTED)

    def read_day(self, *, location_ref: str, day: Any, **_: Any) -> PmsDay:
        return PmsDay(location_ref=location_ref, day=day, appointments=tuple(self.appointments), blocks=(), shifts=())

    def book(self, visit: NewVisit) -> PmsAppointment:
        self.appointments += self.meanwhile
        wanted = visit.segments[0]
        if self.refuses_double_booking and any(
            one.start < wanted.end and wanted.start < one.end for one in self.appointments
        ):
            raise SlotTaken("taken", vendor="boulevard", operation="book")
        written = appointment("ours", visit.client_ref, wanted.start, wanted.end)
        self.appointments.append(written)
        return written

    def cancel(self, *, appointment_ref: str, **_: Any) -> None:
        self.appointments = [
            replace(one, state=PmsState.CANCELLED) if one.ref == appointment_ref else one for one in self.appointments
        ]

    def fetch(self, *, appointment_ref: str) -> PmsAppointment | None:
        meanwhile, self.on_the_way = self.on_the_way, None
        if meanwhile is not None:
            meanwhile()
            return appointment(appointment_ref, "nora", START, START + timedelta(hours=1))
        return next((one for one in self.appointments if one.ref == appointment_ref), None)


def appointment(ref: str, client_ref: str, start: datetime, end: datetime) -> PmsAppointment:
    return PmsAppointment(
        ref=ref,
        location_ref="place",
        client_ref=client_ref,
        state=PmsState.BOOKED,
        start=start,
        end=end,
        segments=(PmsSegment(service_ref="visit", provider_ref="maria", start=start, end=end),),
    )


@dataclass
class Asked:
    """Nora was offered ten o'clock tomorrow with Maria and has not answered."""

    scene: Scene
    outside: Outside
    nora: int
    opening: int
    offer: int
    entry: int
    service: int

    def by_hand(
        self, *, start: datetime = START, minutes: int = 60, provider: int | None = None, client: int | None = None
    ) -> int:
        """The front desk's visit, in the mirror as its booking has read it."""
        during = TimeRange(start, start + timedelta(minutes=minutes))
        with self.scene.database.transaction() as session:
            practice = practices.load(session, self.scene.practice_id)
            row = calendar.ensure(session, practice.id, pms_ref="by-hand")
            segment = self.segment(during, provider)
            mirror.write(
                session,
                practice,
                practices.matrix(session, practice.id),
                before=None,
                after=Visit(
                    appointment_id=row.id,
                    location_id=self.scene.location_id,
                    client_id=client or self.nora,
                    state=VisitState.BOOKED,
                    segments=(segment,),
                ),
                now=NOW,
            )
        return row.id

    def segment(self, during: TimeRange, provider: int | None = None) -> Segment:
        return Segment(
            service_id=self.service,
            provider_id=provider or self.scene.provider_id,
            room_id=None,
            device_id=None,
            during=during,
        )

    def another_provider(self) -> int:
        practice_id = self.scene.practice_id
        ben = self.scene.add(Provider(practice_id=practice_id, first_name="Ben", display_name="Ben", pms_ref="ben"))
        self.scene.add(ProviderLocation(practice_id=practice_id, provider_id=ben, location_id=self.scene.location_id))
        return ben

    # --- what the fill asks -------------------------------------------------------------------------------------

    def close(self, ending: Ending = Ending.WITHDRAWN, **values: Any) -> CloseResult:
        order = CloseOffers(practice_id=self.scene.practice_id, opening_id=self.opening, ending=ending, **values)
        result: CloseResult = self._run(self._endings.close_offers, order)
        return result

    def tell(self, what: Tell) -> Told:
        order = TellWinner(practice_id=self.scene.practice_id, opening_id=self.opening, offer_id=self.offer, what=what)
        result: Told = self._run(self._endings.tell_winner, order)
        return result

    def book(self) -> BookResult:
        order = BookVisit(practice_id=self.scene.practice_id, opening_id=self.opening, offer_id=self.offer)
        writing = VisitWriting(
            database=self.scene.database,
            vendors=self.outside,  # type: ignore[arg-type]
            grace=Grace(),
        )
        result: BookResult = self._run(writing.book_visit, order)
        return result

    def look(self, appointment: int) -> AppointmentFacts:
        order = RefreshAppointment(practice_id=self.scene.practice_id, appointment_id=appointment)
        visits = Appointments(
            database=self.scene.database,
            vendors=self.outside,  # type: ignore[arg-type]
        )
        facts: AppointmentFacts = self._run(visits.refresh_appointment, order)
        return facts

    @property
    def _endings(self) -> Endings:
        gate = MessageGate(database=self.scene.database, vendors=self.outside, grace=Grace())  # type: ignore[arg-type]
        return Endings(database=self.scene.database, gate=gate, links=Links(base_url="https://x"))

    def _run(self, activity: Callable[[Any], Any], order: Any) -> Any:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, started_time=NOW, workflow_id="gapfill:1:1")
        return environment.run(activity, order)

    # --- what came of it ----------------------------------------------------------------------------------------

    @property
    def ended(self) -> tuple[str, str, str | None]:
        """Offer, entry, closing."""
        offer: Offer = self.scene.row(Offer, self.offer)
        return offer.state, self.scene.row(WaitlistEntry, self.entry).state, offer.closing

    @property
    def standing(self) -> list[tuple[int, TimeRange]]:
        """The visits of the mirror, and when they are."""
        with self.scene.database.transaction() as session:
            rows = session.execute(
                select(AppointmentSegment).where(col(AppointmentSegment.practice_id) == self.scene.practice_id)
            ).scalars()
            return [(one.appointment_id, one.during) for one in rows]

    @property
    def held(self) -> bool:
        with self.scene.database.transaction() as session:
            return bool(
                session.execute(
                    select(HoldResource.id).where(
                        col(HoldResource.practice_id) == self.scene.practice_id,
                        col(HoldResource.released_at).is_(None),
                    )
                ).all()
            )


@pytest.fixture
def asked(scene: Scene) -> Asked:
    practice_id = scene.practice_id
    service = scene.add(
        Service(practice_id=practice_id, code="v", name="Visit", kind="v", pms_ref="visit", duration=timedelta(hours=1))
    )
    nora = scene.client(PHONE, first_name="Nora")
    for kind in ("appointment", "offer"):
        scene.add(
            ConsentGrant(
                practice_id=practice_id, client_id=nora, channel="sms", kind=kind, granted_at=NOW, source="import"
            )
        )
    entry = scene.add(WaitlistEntry(practice_id=practice_id, client_id=nora, joined_at=NOW))
    opening = scene.add(
        Opening(
            practice_id=practice_id,
            location_id=scene.location_id,
            provider_id=scene.provider_id,
            during=TimeRange(START, START + timedelta(hours=1)),
            cause="cancellation",
            state="live",
            created_at=NOW,
        )
    )
    made = Asked(scene, Outside(), nora, opening, scene.offer(opening, nora, PHONE), entry, service)
    with scene.database.transaction() as session:
        session.get_one(Location, scene.location_id).pms_ref = "place"
        session.get_one(Provider, scene.provider_id).pms_ref = "maria"
        session.get_one(Client, nora).pms_ref = "nora"
        offer = session.get_one(Offer, made.offer)
        offer.entry_id = entry
        offer.plan = [offers._segment_to_json(made.segment(TimeRange(START, START + timedelta(hours=1))))]
    return made


WON = ("won", "fulfilled", None)


@pytest.mark.parametrize("said_yes", [False, True])
@pytest.mark.parametrize(("late", "minutes"), [(0, 60), (30, 30), (30, 60)], ids=["all", "part", "beyond"])
def test_who_has_the_visit_gets_no_closing_message(asked: Asked, said_yes: bool, late: int, minutes: int) -> None:
    asked.by_hand(start=START + timedelta(minutes=late), minutes=minutes)

    asked.close(claimed=(asked.offer,) if said_yes else ())
    asked.close(claimed=(asked.offer,) if said_yes else ())

    assert asked.ended == WON
    assert asked.outside.bodies == []


def test_a_visit_with_somebody_else_in_that_time_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(provider=asked.another_provider())

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")
    assert len(asked.outside.bodies) == 1


def test_a_visit_right_after_that_time_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(start=START + timedelta(hours=1))

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")


def test_a_visit_of_somebody_else_leaves_the_offer_lost(asked: Asked) -> None:
    asked.by_hand(client=asked.scene.client("+12125550145"))

    asked.close()

    assert asked.ended == ("withdrawn", "active", "withdrawn")


def test_who_has_the_visit_is_not_told_that_it_was_lost_and_needs_no_person(asked: Asked) -> None:
    asked.by_hand()

    told = asked.tell(Tell.NOT_FREE)
    again = asked.tell(Tell.NOT_FREE)

    assert told.next_best_offered and again.next_best_offered
    assert asked.ended == WON
    assert asked.outside.bodies == []


def test_who_lost_it_to_somebody_else_still_reads_so(asked: Asked) -> None:
    asked.by_hand(client=asked.scene.client("+12125550145"))

    assert not asked.tell(Tell.NOT_FREE).next_best_offered

    assert asked.ended[0] == "lost"
    assert "is taken" in asked.outside.bodies[0]


@pytest.mark.parametrize(("late", "minutes"), [(0, 60), (30, 30)], ids=["all", "part"])
def test_a_yes_finds_the_visit_made_by_hand_for_it(asked: Asked, late: int, minutes: int) -> None:
    start = START + timedelta(minutes=late)
    end = start + timedelta(minutes=minutes)
    made = asked.by_hand(start=start, minutes=minutes)
    asked.outside.appointments.append(appointment("by-hand", "nora", start, end))

    result = asked.book()

    assert (result.outcome, result.appointment_id) == (Booked.BOOKED, made)
    assert asked.ended == WON
    assert asked.standing == [(made, TimeRange(start, end))]
    assert not asked.held
    assert len(asked.outside.appointments) == 1


def test_a_yes_is_written_where_the_visit_made_by_hand_is_gone_again(asked: Asked) -> None:
    """The mirror has not heard of it yet; the practice system has the last word."""
    asked.by_hand()

    assert asked.book().outcome is Booked.BOOKED

    assert [one.ref for one in asked.outside.appointments] == ["ours"]


def test_a_visit_made_by_hand_while_ours_was_written_is_the_winners(asked: Asked) -> None:
    asked.outside.meanwhile.append(appointment("by-hand", "nora", START, START + timedelta(hours=1)))

    result = asked.book()

    assert result.outcome is Booked.BOOKED
    assert asked.scene.row(Appointment, result.appointment_id or 0).pms_ref == "by-hand"
    assert asked.ended == WON


def test_a_visit_of_somebody_else_made_while_ours_was_written_takes_the_time(asked: Asked) -> None:
    asked.outside.meanwhile.append(appointment("by-hand", "omar", START, START + timedelta(hours=1)))

    assert asked.book().outcome is Booked.TAKEN

    assert not asked.held


def test_the_winners_visit_with_somebody_else_then_is_in_the_way_of_a_yes(asked: Asked) -> None:
    asked.by_hand(provider=asked.another_provider())

    assert asked.book().outcome is Booked.REFUSED

    assert asked.outside.appointments == []


def test_a_look_that_the_taking_back_of_ours_overtook_is_taken_again(asked: Asked) -> None:
    """Read while ours stood, and compared once it was taken back: nobody is told that they are booked."""
    outside = asked.outside
    outside.refuses_double_booking = False
    outside.meanwhile.append(appointment("by-hand", "omar", START, START + timedelta(hours=1)))
    with asked.scene.database.transaction() as session:
        ours = calendar.ensure(session, asked.scene.practice_id, pms_ref="ours").id
    results: list[BookResult] = []
    outside.on_the_way = lambda: results.append(asked.book())

    with pytest.raises(ApplicationError, match="changed while it was read"):
        asked.look(ours)
    facts = asked.look(ours)

    assert [one.outcome for one in results] == [Booked.OVERLAPPED]
    assert (facts.change, facts.quiet) == (Change.CANCELLED, True)
    assert asked.scene.row(Appointment, ours).state == "cancelled"
    assert not asked.tell(Tell.NOT_FREE).next_best_offered


def test_ours_beside_the_winners_own_is_taken_back_and_theirs_stands(asked: Asked) -> None:
    """Both were let in by a practice system that only warns; the winner has the time, and hears no loss."""
    outside = asked.outside
    outside.refuses_double_booking = False
    outside.meanwhile.append(appointment("by-hand", "nora", START, START + timedelta(hours=1)))

    result = asked.book()
    again = asked.book()

    assert (result.outcome, result.appointment_id) == (again.outcome, again.appointment_id)
    assert (result.outcome, asked.ended) == (Booked.BOOKED, WON)
    assert asked.scene.row(Appointment, result.appointment_id or 0).pms_ref == "by-hand"
    assert [(one.ref, one.state) for one in outside.appointments] == [
        ("by-hand", PmsState.BOOKED),
        ("ours", PmsState.CANCELLED),
    ]
    assert not asked.held

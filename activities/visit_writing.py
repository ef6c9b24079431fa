"""A winner's visit: held, written to the PMS, read back, mirrored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from activities.cancelling import cancel_once
from activities.offer_refitting import others_fit
from contracts.booking import AppointmentFacts, Change
from contracts.gap_fill import BOOK_VISIT, Booked, BookResult, BookVisit
from domain import effect_keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Client
from domain.journey_names import Journey
from domain.placing import with_places
from domain.ranges import TimeRange
from domain.rejections import Rejection
from domain.wall_time import local_date
from models.repositories import (
    calendar,
    clients,
    deliveries,
    effects,
    holds,
    offers,
    openings,
    practices,
    receipts,
    tasks,
)
from models.repositories.calendar import AppointmentRow
from models.repositories.effects import IntentRow
from models.repositories.offers import OfferRow
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations import hand_work, journey_deliveries, mirror
from operations.activity_clock import practice_now, real_now, workflow_id
from operations.appointment_facts import appointment_facts
from operations.conflicts import Busy, conflict
from operations.live_day import LiveDay, read_live
from operations.opening_context import OpeningContext, later_visit
from operations.pms_references import SAME_START, NotInPms, References
from operations.ports import Grace, Vendors
from operations.staff_tasks import withdraw_task
from operations.vendor_errors import look_again, translated
from vendors.errors import Ambiguous, BadAnswer, Misconfigured, RateLimited, Refused, SlotTaken, Unreachable
from vendors.pms.base import NewVisit, Pms, PmsAppointment


@dataclass(frozen=True, kw_only=True)
class _Winner:
    """Everything one attempt works with."""

    practice: PracticeFacts
    matrix: Matrix
    opening: OpeningRow
    offer: OfferRow
    client: Client
    visit: NewVisit
    now: datetime
    #: Who of staff gave them the time; empty for one who said yes.
    assigned_by: str = ""

    @property
    def key(self) -> str:
        return effect_keys.booking_key(self.offer.id)

    @property
    def context(self) -> OpeningContext:
        practice = self.practice.at(self.opening.location_id, (one.service_id for one in self.offer.segments))
        return OpeningContext(practice=practice, matrix=self.matrix, opening=self.opening, now=self.now)

    @property
    def during(self) -> TimeRange:
        return TimeRange(self.offer.starts_at, self.offer.ends_at)

    def met(self, live: LiveDay) -> list[PmsAppointment]:
        """What the PMS has of the visit's providers at that time."""
        references = References(self.matrix)
        return [
            one
            for segment in self.offer.segments
            if segment.provider_id is not None
            for one in live.overlapping(references, segment.provider_id, segment.during)
        ]

    def unread_there(self, live: LiveDay) -> bool:
        """Whether the PMS has something there that could not be read: the time is taken until a person has looked."""
        references = References(self.matrix)
        return any(
            live.unread_over(references, one.provider_id, one.during)
            for one in self.offer.segments
            if one.provider_id is not None
        )

    def own_visit(self, live: LiveDay, *, but: str | None = None) -> PmsAppointment | None:
        """The winner's own there, beside `but`: the front desk booked it for them while we could not."""
        own = (one for one in self.met(live) if one.client_ref == self.visit.client_ref and one.ref != but)
        return next(own, None)


def takes(pms: Pms, visit: NewVisit) -> bool:
    """Whether the practice system lets us write this visit."""
    return pms.capabilities.takes.book and (
        len(visit.segments) == 1 or pms.capabilities.shows.several_services_per_visit
    )


class VisitWriting:
    """The lock in three layers: the workflow's winner, our hold, the PMS's own word (DESIGN.md §5.3)."""

    def __init__(self, *, database: Database, vendors: Vendors, grace: Grace) -> None:
        self._database = database
        self._vendors = vendors
        self._grace = grace

    @activity.defn(name=BOOK_VISIT.name)
    def book_visit(self, order: BookVisit) -> BookResult:
        """Hold, look, write, look again, mirror; every attempt starts from what the last one left behind."""
        winner = self._load(order)
        if isinstance(winner, str):
            return BookResult(outcome=Booked.REFUSED, words=winner)
        if (done := self._written_before(winner)) is not None:
            return done
        with translated():
            pms = self._vendors.pms(order.practice_id)
            if (overlapping := self._undo_begun(winner)) is not None:
                return self._undo(pms, winner, overlapping)
        held = self._hold(winner)
        if held is Busy.PROVIDER:
            return _taken("Another booking has that provider then.")
        if isinstance(held, Busy):
            return BookResult(outcome=Booked.REFUSED, words="No room or device is free then, or the client is busy.")
        winner, hold_id, intent = held
        with translated():
            if intent.state in {"trying", "unknown"}:
                found = self._find(pms, winner)
                if found is not None:
                    return self._after_commit(pms, winner, hold_id, intent, found)
                self._wait_for_word(order.practice_id, intent)
            live = self._read_day(pms, winner)
            if (by_hand := winner.own_visit(live)) is not None:
                return self._booked(winner, hold_id, intent, by_hand)  # and never ours to take back
            if winner.met(live) or winner.unread_there(live):
                self._give_back(winner, hold_id, intent, reason="taken in the practice system")
                return _taken("Somebody else was booked into that time in the practice system.")
            if not takes(pms, winner.visit):
                return self._ask_person(winner, intent)
            try:
                written = self._write(pms, winner, hold_id, intent)
            except SlotTaken:
                if (by_hand := winner.own_visit(self._read_day(pms, winner))) is not None:
                    return self._booked(winner, hold_id, intent, by_hand)
                self._give_back(winner, hold_id, intent, reason="the practice system says it is taken")
                return _taken("The practice system says that the time is taken.")
            except Refused as error:
                self._give_back(winner, hold_id, intent, reason=error.code or "refused")
                return BookResult(outcome=Booked.REFUSED, words="The practice system refused this booking.")
            return self._after_commit(pms, winner, hold_id, intent, written)

    # --- one attempt --------------------------------------------------------------------------------------------

    def _load(self, order: BookVisit) -> _Winner | str:
        """Or why it cannot be written: the fit had all it needs when it was found, and may have lost it since."""
        with self._database.transaction() as session:
            practice, matrix = practices.load_with_matrix(session, order.practice_id)
            opening = openings.get(session, order.practice_id, order.opening_id)
            offer = offers.get(session, order.practice_id, order.offer_id)
            client = clients.get(session, order.practice_id, offer.client_id)
            now = practice_now(practice.clock)
            offers.claimed(session, order.practice_id, offer.id, at=now)
        try:
            visit = References(matrix).new_visit(
                location_id=opening.location_id,
                client=client,
                segments=offer.segments,
                key=effect_keys.booking_key(offer.id),
            )
        except NotInPms as lacking:
            return str(lacking)
        return _Winner(
            practice=practice,
            matrix=matrix,
            opening=opening,
            offer=offer,
            client=client,
            visit=visit,
            now=now,
            assigned_by=order.assigned_by,
        )

    def _written_before(self, winner: _Winner) -> BookResult | None:
        """An earlier attempt finished, and its answer was lost on the way to the workflow."""
        if winner.offer.state != "won":
            return None
        with self._database.transaction() as session:
            intent = effects.by_key(session, winner.practice.id, winner.key)
            if intent is None or intent.vendor_ref is None:
                return None
            row = calendar.ensure(session, winner.practice.id, pms_ref=intent.vendor_ref)
            later = self._later_visit(session, winner, row.id)
            goes_on = openings.get(session, winner.practice.id, winner.opening.id).state == "live"
        return BookResult(outcome=Booked.BOOKED, appointment_id=row.id, later_appointment_id=later, goes_on=goes_on)

    def _hold(self, winner: _Winner) -> tuple[_Winner, int, IntentRow] | Busy:
        """Our lock and our intent, in one transaction, or what is in the way. Rooms and devices are chosen here, among
        those that are free."""
        practice_id, now = winner.practice.id, winner.now
        zone = winner.matrix.location(winner.opening.location_id).zone
        theirs = winner.context.practice.policy
        with self._database.transaction() as session:
            calendar.lock_day(
                session, practice_id, winner.opening.location_id, local_date(winner.offer.starts_at, zone)
            )
            holds.release_expired(session, practice_id, now=now)
            known = holds.by_key(session, practice_id, winner.key)
            if known is None or known.state == "released":
                day = calendar.day(session, practice_id, winner.opening.location_id, winner.during, now=now)
                own = calendar.client_visits(session, practice_id, [winner.client.id], since=now).get(
                    winner.client.id, ()
                )
                if (by_hand := hand_work.own_visit(session, practice_id, winner.offer)) is not None:
                    # The practice system says whether it still stands; then it is what the winner gets.
                    own = tuple(one for one in own if one.appointment_id != by_hand.appointment_id)
                    day = replace(
                        day, visits=tuple(one for one in day.visits if one.appointment_id != by_hand.appointment_id)
                    )
                busy = conflict(winner.offer.segments, day)
                if busy is not None:
                    return busy
                if any(visit.during.overlaps(winner.during) for visit in own):
                    return Busy.OTHER
                placed = with_places(
                    winner.offer.segments, matrix=winner.matrix, day=day, location_id=winner.opening.location_id
                )
                if isinstance(placed, Rejection):
                    return Busy.OTHER
                winner = replace(winner, offer=replace(winner.offer, segments=placed))
                offers.place(session, practice_id, winner.offer.id, placed)
            hold = holds.take(
                session,
                practice_id,
                key=winner.key,
                opening_id=winner.opening.id,
                offer_id=winner.offer.id,
                client_id=winner.client.id,
                segments=winner.offer.segments,
                now=now,
                expires_at=now + theirs.patience.pms_give_up + theirs.gap_fill.offer_window,
            )
            if hold is None:
                day = calendar.day(session, practice_id, winner.opening.location_id, winner.during, now=now)
                return conflict(winner.offer.segments, day) or Busy.OTHER
            intent = effects.plan(
                session,
                practice_id,
                key=winner.key,
                effect="pms_book",
                workflow_id=workflow_id(),
                client_id=winner.client.id,
                now=now,
                detail={"opening": winner.opening.id, "offer": winner.offer.id},
            )
        return winner, hold.id, intent

    def _write(self, pms: Pms, winner: _Winner, hold_id: int, intent: IntentRow) -> PmsAppointment:
        with self._database.transaction() as session:
            effects.trying(session, winner.practice.id, intent.id, real_now=real_now())
        try:
            return pms.book(winner.visit)
        except (Ambiguous, BadAnswer):
            self._mark(winner, hold_id, intent, state="unknown", reason="the answer was lost")
            raise
        except (Unreachable, RateLimited, Misconfigured):
            self._mark(winner, hold_id, intent, state="planned", reason="surely not written")
            raise

    def _find(self, pms: Pms, winner: _Winner) -> PmsAppointment | None:
        """Read back: is the visit of an attempt whose answer was lost on the calendar?"""
        found = pms.find(
            location_ref=winner.visit.location_ref,
            client_ref=winner.visit.client_ref,
            start=winner.offer.starts_at,
            segments=winner.visit.segments,
        )
        return next((one for one in found if abs(one.start - winner.offer.starts_at) <= SAME_START), None)

    def _wait_for_word(self, practice_id: int, intent: IntentRow) -> None:
        """Nothing on the calendar yet: a commit may still be on its way; look again until the grace is over."""
        if intent.tried_at is None:
            return
        left = intent.tried_at + self._grace.of(practice_id).bookings - real_now()
        if left > timedelta():
            raise look_again("nobody can say yet whether the visit was written", after=min(left, timedelta(seconds=2)))

    def _read_day(self, pms: Pms, winner: _Winner) -> LiveDay:
        zone = winner.matrix.location(winner.opening.location_id).zone
        return read_live(
            pms,
            winner.matrix,
            location_id=winner.opening.location_id,
            provider_ids=tuple(
                sorted({one.provider_id for one in winner.offer.segments if one.provider_id is not None})
            ),
            day=local_date(winner.offer.starts_at, zone),
            only_visits=True,
        )

    def _after_commit(
        self, pms: Pms, winner: _Winner, hold_id: int, intent: IntentRow, written: PmsAppointment
    ) -> BookResult:
        """The visit is on the calendar. Where the PMS only warns, heed that, and look who else is there."""
        if written.collides:
            return self._undo(pms, winner, written.ref)
        if pms.capabilities.refuses_double_booking:
            return self._booked(winner, hold_id, intent, written)
        with self._database.transaction() as session:
            heard = receipts.newest(session)
        live = self._read_day(pms, winner)
        if any(one.ref != written.ref for one in winner.met(live)):
            return self._undo(pms, winner, written.ref)
        ours = next((one for one in live.read.appointments if one.ref == written.ref), None)
        if ours is None or (ours.state, ours.segments) != (written.state, written.segments):
            heard = 0  # what the day shows of it is not what was read back
        return self._booked(winner, hold_id, intent, written, heard=heard)

    def _booked(
        self, winner: _Winner, hold_id: int, intent: IntentRow, written: PmsAppointment, *, heard: int = 0
    ) -> BookResult:
        """Mirror, hold, offer, opening, waitlist and the booking's start: one transaction. `heard` is the newest
        receipt that was there before the calendar was read again: echoes of the write among them tell nothing new."""
        practice_id, now = winner.practice.id, winner.now
        with self._database.transaction() as session:
            row = calendar.ensure(session, practice_id, pms_ref=written.ref)
            row = calendar.lock(session, practice_id, row.id)
            goes_on = others_fit(session, winner.context, but=winner.offer.id)
            if not goes_on:
                openings.close(session, practice_id, winner.opening.id, state="filled", now=now)
            before = None if row.state is VisitState.UNREAD else calendar.visit(session, practice_id, row.id)
            visit = Visit(
                appointment_id=row.id,
                location_id=winner.opening.location_id,
                client_id=winner.client.id,
                state=VisitState.BOOKED,
                segments=winner.offer.segments,
            )
            if (
                before is not None
                and before.state.occupies
                and before.client_id == winner.client.id
                and before.segments
            ):
                visit = before  # booked by hand, and perhaps not to the minute what was offered
            mirror.write(
                session,
                winner.practice,
                winner.matrix,
                before=before,
                after=visit,
                now=now,
                offer_id=winner.offer.id,
                won_of=winner.opening.id,
            )
            holds.finish(session, practice_id, hold_id, state="written", now=now)
            effects.settle(session, practice_id, intent.id, state="done", now=now, vendor_ref=written.ref)
            offers.set_state(session, practice_id, winner.offer.id, state="won", now=now)
            if winner.offer.entry_id is not None:
                offers.fulfil_entry(session, practice_id, winner.offer.entry_id)
            if not goes_on:
                occupied = tuple(segment.occupied for segment in visit.segments)
                mirror.open_remainder(session, winner.practice, winner.opening, occupied, now=now)
                for task in tasks.open_of_opening(session, practice_id, winner.opening.id):
                    withdraw_task(session, winner.practice, task, why="filled", now=now)
            tasks.decide(
                session,
                practice_id,
                journey=Journey.GAP_FILL.value,
                ref=winner.opening.id,
                subject="claim",
                verdict="won",
                reasons=[
                    {
                        "offer": winner.offer.id,
                        "words": f"booked by {winner.assigned_by}" if winner.assigned_by else "first to say yes",
                    }
                ],
                now=now,
                decided_by=winner.assigned_by or "rules",
            )
            look_again = deliveries.settle_read_hints(
                session, practice_id, row.id, turn=row.turn, up_to=heard, now=real_now()
            )
            journey_deliveries.visit_won(
                session,
                practice_id,
                row.id,
                turn=row.turn,
                offer_id=winner.offer.id,
                now=now,
                facts=self._read_back(session, winner, row, visit, written),
            )
            if look_again:  # after the winner has heard
                key = f"echo:{winner.offer.id}"
                journey_deliveries.look_at_visit(session, practice_id, row.id, turn=row.turn, key=key, now=now)
            later = self._later_visit(session, winner, row.id)
        return BookResult(
            outcome=Booked.BOOKED,
            appointment_id=row.id,
            words="Booked in the practice system.",
            later_appointment_id=later,
            goes_on=goes_on,
        )

    def _read_back(
        self, session: Session, winner: _Winner, row: AppointmentRow, visit: Visit, written: PmsAppointment
    ) -> AppointmentFacts | None:
        """What the visit's booking need not read again. None where what was read is not in every part what the mirror
        now says: then the booking looks, and says what is to be said about it."""
        read = References(winner.matrix).visit(written, appointment_id=row.id, client_id=winner.client.id)
        same = (read.location_id, read.state) == (visit.location_id, visit.state) and [
            (one.service_id, one.provider_id, one.during) for one in read.segments
        ] == [(one.service_id, one.provider_id, one.during) for one in visit.segments]
        if written.unread or written.client_ref != winner.visit.client_ref or not same:
            return None
        return appointment_facts(
            session,
            winner.practice,
            winner.matrix,
            replace(row, offer_id=winner.offer.id),
            visit,
            Change.CREATED,
            client=winner.client,
            now=winner.now,
        )

    def _later_visit(self, session: Session, winner: _Winner, written_id: int) -> int | None:
        """What the new visit replaces; kept with the intent, for the words of its confirmation."""
        later = later_visit(session, winner.practice.id, winner.matrix, winner.offer, now=winner.now, but=written_id)
        if later is None:
            return None
        effects.note(session, winner.practice.id, winner.key, {"replaces": later.appointment_id})
        return later.appointment_id

    def _ask_person(self, winner: _Winner, intent: IntentRow) -> BookResult:
        """The practice system takes no such visit from us. The time stays held while a person types it; whoever writes
        it, the calendar tells of it, and it is no echo of ours."""
        with self._database.transaction() as session:
            holds.keep(session, winner.practice.id, winner.opening.id, until=winner.offer.ends_at)
            effects.settle(
                session,
                winner.practice.id,
                intent.id,
                state="handed_over",
                now=winner.now,
                reason="a person writes it: the practice system takes no such booking",
            )
        return BookResult(outcome=Booked.ASKED, words="The practice system takes no such booking: a person types it.")

    # --- when it does not come about ----------------------------------------------------------------------------

    def _give_back(self, winner: _Winner, hold_id: int, intent: IntentRow, *, reason: str) -> None:
        with self._database.transaction() as session:
            holds.finish(session, winner.practice.id, hold_id, state="released", now=winner.now)
            effects.settle(session, winner.practice.id, intent.id, state="refused", now=winner.now, reason=reason)

    def _undo_begun(self, winner: _Winner) -> str | None:
        """Our visit that an earlier attempt found to overlap, and perhaps cancelled."""
        with self._database.transaction() as session:
            undo = effects.by_key(session, winner.practice.id, effect_keys.undo_key(winner.offer.id))
        return None if undo is None else undo.vendor_ref

    def _undo(self, pms: Pms, winner: _Winner, ref: str) -> BookResult:
        """Ours overlaps and is cancelled again: the mirror knows it as never having been a visit. Where the other one
        is the winner's own, made by hand at the same moment, that is what they get."""
        practice_id = winner.practice.id
        cancel_once(
            self._database,
            pms,
            winner.practice,
            key=effect_keys.undo_key(winner.offer.id),
            ref=ref,
            client_id=winner.client.id,
            now=winner.now,
            void=True,
        )
        by_hand = winner.own_visit(self._read_day(pms, winner), but=ref)
        with self._database.transaction() as session:
            row = calendar.ensure(session, practice_id, pms_ref=ref)
            calendar.mark_state(session, practice_id, row.id, VisitState.VOID, now=winner.now)
            hold = holds.by_key(session, practice_id, winner.key)
            intent = effects.by_key(session, practice_id, winner.key)
            if hold is None or intent is None:
                raise LookupError(f"offer {winner.offer.id} was booked without its hold and intent")
            if by_hand is None or intent.settled:
                holds.finish(session, practice_id, hold.id, state="released", now=winner.now)
                effects.settle(
                    session,
                    practice_id,
                    intent.id,
                    state="refused",
                    now=winner.now,
                    vendor_ref=ref,
                    reason="overlapped, cancelled again",
                )
                words = "Somebody was booked into that time at the same moment."
                return BookResult(outcome=Booked.OVERLAPPED, words=words)
        return self._booked(winner, hold.id, intent, by_hand)

    def _mark(self, winner: _Winner, hold_id: int, intent: IntentRow, *, state: str, reason: str) -> None:
        with self._database.transaction() as session:
            effects.settle(session, winner.practice.id, intent.id, state=state, now=winner.now, reason=reason)
            if state == "unknown":
                holds.unknown(session, winner.practice.id, hold_id)


def _taken(words: str) -> BookResult:
    """The time is somebody else's. What is left of the opening is for its fill to find out."""
    return BookResult(outcome=Booked.TAKEN, words=words)

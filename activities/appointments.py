"""Visits as the PMS has them: fetched anew, compared with the mirror, and what follows from the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from activities.visit_messages import heard
from contracts.activity_call import Done
from contracts.booking import (
    ASK_ABOUT_VISIT,
    CLOSE_BOOKING,
    CONFIRM_VISIT,
    REFRESH_APPOINTMENT,
    AppointmentFacts,
    AskAboutVisit,
    Change,
    CloseBooking,
    ConfirmVisit,
    RefreshAppointment,
)
from domain import effect_keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Client
from domain.tasks import TaskKind
from domain.wall_time import local_date
from models.repositories import calendar, clients, effects, offers, practices, questions, receipts, tasks
from models.repositories.calendar import AppointmentRow
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations import answer_drafts, calendar_not_understood, journey_deliveries, mirror
from operations.activity_clock import practice_now, real_now, workflow_id
from operations.appointment_facts import appointment_facts
from operations.live_day import LiveDay
from operations.message_facts import spoken_to
from operations.pms_references import References
from operations.ports import Vendors
from operations.staff_tasks import (
    about_visit,
    is_untrue,
    open_and_post,
    outlives_visit,
    was_told_by_staff,
    withdraw_task,
)
from operations.vendor_errors import look_again, translated
from operations.visit_states import known_state
from vendors.errors import Ambiguous, BadAnswer, Refused
from vendors.pms.base import PmsAppointment, PmsState

#: A visit the PMS made longer ago than this is news to us, not to its client: mirrored without a confirmation.
CONFIRM_WITHIN = timedelta(hours=24)
#: A look that was overtaken is taken again at once, so often, and then a moment later (real time).
MOST_LOOKS_AT_ONCE = 3
A_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One fresh look."""

    practice: PracticeFacts
    matrix: Matrix
    row: AppointmentRow
    now: datetime


class Appointments:
    """Keeps the mirror true; payloads of webhooks are never applied, only looked after."""

    def __init__(self, *, database: Database, vendors: Vendors) -> None:
        self._database = database
        self._vendors = vendors

    @activity.defn(name=REFRESH_APPOINTMENT.name)
    def refresh_appointment(self, order: RefreshAppointment) -> AppointmentFacts:
        """Fetch, compare under the appointment's lock, write mirror and openings in one transaction."""
        for _ in range(MOST_LOOKS_AT_ONCE):
            if (facts := self._refresh(order)) is not None:
                return facts
        raise look_again("the visit changed while it was read", after=A_MOMENT)

    def _refresh(self, order: RefreshAppointment) -> AppointmentFacts | None:
        """None: written, taken back or released meanwhile. What was read may be older than what the mirror says."""
        look = self._look(order.practice_id, order.appointment_id)
        with translated():
            pms = self._vendors.pms(order.practice_id)
            fetched = pms.fetch(appointment_ref=look.row.pms_ref)
            client_id = self._client_id(look, fetched)
        with self._database.transaction() as session:
            if fetched is not None:
                location_id = References(look.matrix).location_id(fetched.location_ref)
                if location_id is not None:
                    zone = look.matrix.location(location_id).zone
                    calendar.lock_day(session, order.practice_id, location_id, local_date(fetched.start, zone))
            row = calendar.lock(session, order.practice_id, order.appointment_id)
            if row != look.row:
                return None
            before = calendar.visit(session, order.practice_id, order.appointment_id)
            if fetched is None:
                return self._gone(session, look, before)
            after = References(look.matrix).visit(fetched, appointment_id=row.id, client_id=client_id, before=before)
            after = mirror.keep_known(before, after)
            services = tuple(one.service_id for one in after.segments)
            look = replace(look, practice=look.practice.at(after.location_id, services))
            after = known_state(session, order.practice_id, after, pms.capabilities.shows, now=look.now)
            if before is None and not order.won and _own_echo(session, look, after):
                # Our own write, seen before it was read back: the fill tells when it stands.
                return AppointmentFacts(
                    change=Change.NONE,
                    state=VisitState.UNREAD.value,
                    starts_at=after.during.start,
                    close_at=after.during.end + look.practice.policy.booking.close_after_end,
                )
            calendar_not_understood.report(
                session, look.practice, look.matrix, after, now=look.now, fields=_unread(fetched, client_id)
            )
            change = _change(order, after, fetched, now=look.now)
            ours = effects.own_cancel(session, order.practice_id, row.pms_ref) if change is Change.CANCELLED else None
            quiet = change is Change.CANCELLED and (not _knew_it_on(order) or ours is not None)
            # Nobody can say whether it is on again: it takes its time, and its client is not told that it is.
            quiet = quiet or (change is Change.UN_CANCELLED and fetched.state is PmsState.UNKNOWN)
            if before is None or before != after:
                mirrored = mirror.write(
                    session,
                    look.practice,
                    look.matrix,
                    before=before,
                    after=after,
                    now=look.now,
                    receipt_id=order.receipt_id,
                    # The PMS may tell of a release before the fill has written it down.
                    given_up_for=None if ours is None else ours.detail.get("opening"),
                )
                if mirrored.assignment.missing and after.during.start > look.now:
                    open_and_post(
                        session,
                        look.practice,
                        about_visit(
                            look.practice,
                            look.matrix,
                            kind=TaskKind.INFEASIBLE_ASSIGNMENT,
                            visit=after,
                            now=look.now,
                            words="; ".join(mirrored.assignment.missing),
                        ),
                        now=look.now,
                    )
            over = not after.state.occupies or after.state is VisitState.COMPLETED
            if over:
                questions.close_appointment(session, order.practice_id, row.id, look.now)
            for task in tasks.open_of_appointment(session, order.practice_id, row.id):
                if over and not outlives_visit(task, after.state):
                    withdraw_task(session, look.practice, task, why=after.state.value, now=look.now)
                elif after.segments and is_untrue(task, after):
                    withdraw_task(session, look.practice, task, why="the visit has changed again", now=look.now)
            if after.state is VisitState.COMPLETED and client_id is not None:
                clients.note_treatments(session, order.practice_id, client_id, _kinds(look, after))
            client = None if after.client_id is None else clients.get(session, look.practice.id, after.client_id)
            return appointment_facts(
                session, look.practice, look.matrix, row, after, change, client=client, now=look.now, quiet=quiet
            )

    @activity.defn(name=CONFIRM_VISIT.name)
    def confirm_visit(self, order: ConfirmVisit) -> Done:
        """The client said they will come: they are thanked at once, and the PMS shows it as confirmed where it can."""
        look = self._look(order.practice_id, order.appointment_id)
        if order.receipt_id is not None:
            with self._database.transaction() as session:
                journey_deliveries.answer_text(session, order.practice_id, order.receipt_id, now=look.now)
        if look.row.state is not VisitState.BOOKED or look.row.starts_at is None:
            return Done()
        with self._database.transaction() as session:
            intent = effects.plan(
                session,
                order.practice_id,
                key=effect_keys.confirm_visit_key(order.appointment_id, look.row.starts_at),
                effect="pms_confirm",
                workflow_id=workflow_id(),
                client_id=look.row.client_id,
                now=look.now,
            )
            if intent.settled:
                return Done()
            effects.trying(session, order.practice_id, intent.id, real_now=real_now())
        state, reason = "done", None
        with translated():
            pms = self._vendors.pms(order.practice_id)
            try:
                if pms.capabilities.takes.confirm:
                    pms.confirm(appointment_ref=look.row.pms_ref)
            except Refused as error:
                state, reason = "refused", error.code or error.reason
            except (Ambiguous, BadAnswer):
                # Confirming twice is harmless, but pointless once the visit is off or already marked.
                found = pms.fetch(appointment_ref=look.row.pms_ref)
                if found is not None and found.state is PmsState.BOOKED:
                    raise
                reason = "gone" if found is None else found.state.value
        with self._database.transaction() as session:
            effects.settle(session, order.practice_id, intent.id, state=state, now=look.now, reason=reason)
            if state == "done" and reason is None and not pms.capabilities.shows.confirmations:
                row = calendar.lock(session, order.practice_id, order.appointment_id)
                if row.state is VisitState.BOOKED and row.starts_at == look.row.starts_at:
                    # No look at the practice system would show it.
                    calendar.mark_state(session, order.practice_id, row.id, VisitState.CONFIRMED, now=look.now)
        return Done()

    @activity.defn(name=CLOSE_BOOKING.name)
    def close_booking(self, order: CloseBooking) -> Done:
        """From now on events of this visit belong to its next turn."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            calendar.next_turn(session, order.practice_id, order.appointment_id, turn=order.turn)
            questions.close_appointment(session, order.practice_id, order.appointment_id, now)
            if order.unheard:
                journey_deliveries.look_at_visit(
                    session,
                    order.practice_id,
                    order.appointment_id,
                    turn=order.turn + 1,
                    key=f"unheard:{order.appointment_id}:{order.turn}",
                    now=now,
                )
        return Done()

    @activity.defn(name=ASK_ABOUT_VISIT.name)
    def ask_about_visit(self, order: AskAboutVisit) -> Done:
        """A Task for staff about a visit, with a draft of the answer."""
        look = self._look(order.practice_id, order.appointment_id)
        question = self._question(look, order)
        live = {} if question is None else answer_drafts.read_days(question, self._vendors)
        with self._database.transaction() as session:
            visit = calendar.visit(session, order.practice_id, order.appointment_id)
            if visit is None or not visit.segments:
                if order.receipt_id is not None:  # the text is a person's to read, whatever it was about
                    journey_deliveries.answer_text(session, order.practice_id, order.receipt_id, now=look.now)
                return Done()
            if order.touch is not None and (
                heard(session, order.touch, turn=look.row.turn) or was_told_by_staff(session, order.touch)
            ):
                return Done()
            client = None if visit.client_id is None else clients.get(session, order.practice_id, visit.client_id)
            new = about_visit(
                look.practice,
                look.matrix,
                kind=TaskKind(order.kind),
                visit=visit,
                now=look.now,
                client=client,
                receipt_id=order.receipt_id,
                turn=order.turn,
                touch=order.touch,
                draft=None if question is None else _drafted(session, question, client, live),
            )
            open_and_post(session, look.practice, new, now=look.now)
            if question is not None and order.receipt_id is not None:
                # They hear at once what is free; a person moves the visit.
                journey_deliveries.answer_text(session, order.practice_id, order.receipt_id, now=look.now)
        return Done()

    def _question(self, look: _Look, order: AskAboutVisit) -> answer_drafts.ClientQuestion | None:
        """What a client who wants another time wrote of it."""
        if order.kind != "reschedule" or order.receipt_id is None or look.row.client_id is None:
            return None
        with self._database.transaction() as session:
            receipt = receipts.get(session, order.practice_id, order.receipt_id)
            if receipt is None:
                return None
            return answer_drafts.ask(
                session,
                look.practice,
                look.matrix,
                clients.get(session, order.practice_id, look.row.client_id),
                str(receipt.parsed.get("body") or ""),
                now=look.now,
                appointment_id=order.appointment_id,
                reschedule=True,
            )

    # --- one look -----------------------------------------------------------------------------------------------

    def _look(self, practice_id: int, appointment_id: int) -> _Look:
        with self._database.transaction() as session:
            practice, matrix = practices.load_with_matrix(session, practice_id)
            return _Look(
                practice=practice,
                matrix=matrix,
                row=calendar.get(session, practice_id, appointment_id),
                now=practice_now(practice.clock),
            )

    def _client_id(self, look: _Look, fetched: PmsAppointment | None) -> int | None:
        """Our client of this appointment; one we have not met yet is fetched from the PMS."""
        if fetched is None or fetched.client_ref is None:
            return None
        with self._database.transaction() as session:
            known = clients.ids_by_pms_ref(session, look.practice.id, (fetched.client_ref,)).get(fetched.client_ref)
        if known is not None:
            return known
        record = self._vendors.pms(look.practice.id).fetch_client(client_ref=fetched.client_ref)
        if record is None:
            return None
        with self._database.transaction() as session:
            return clients.upsert_from_pms(session, look.practice.id, record, now=look.now)

    def _gone(self, session: Session, look: _Look, before: Visit | None) -> AppointmentFacts:
        """The PMS knows no such appointment (any more): nothing is freed by what may never have been. Whose visit it
        was hears from staff, who can see whether it is off or stands elsewhere."""
        if before is not None and self._was_expected(session, look, before):
            client = None if before.client_id is None else clients.get(session, look.practice.id, before.client_id)
            new = about_visit(
                look.practice,
                look.matrix,
                kind=TaskKind.VISIT_GONE,
                visit=before,
                now=look.now,
                client=client,
                turn=look.row.turn,
            )
            open_and_post(session, look.practice, new, now=look.now)
        calendar.mark_state(session, look.practice.id, look.row.id, VisitState.GONE, now=look.now)
        questions.close_appointment(session, look.practice.id, look.row.id, look.now)
        return AppointmentFacts(change=Change.VOID, state=VisitState.GONE.value)

    def _was_expected(self, session: Session, look: _Look, visit: Visit) -> bool:
        """Whether somebody still means to come to it, and has no other visit that begins when it would have."""
        if not visit.segments or visit.state not in {VisitState.BOOKED, VisitState.CONFIRMED}:
            return False
        if visit.during.start <= look.now:
            return False
        if visit.client_id is None:
            return True
        own = calendar.client_visits(session, look.practice.id, [visit.client_id], since=look.now)
        return not any(
            one.appointment_id != visit.appointment_id
            and one.state.occupies
            and one.segments
            and one.during.start == visit.during.start
            for one in own.get(visit.client_id, ())
        )


def _drafted(
    session: Session,
    question: answer_drafts.ClientQuestion,
    client: Client | None,
    live: Mapping[answer_drafts.PlaceDay, LiveDay],
) -> str | None:
    """What a person may write to who wants another time, beside what they hear at once."""
    voice = spoken_to(question.practice, client)
    told = answer_drafts.at_once(session, question, voice, live) is not None
    return answer_drafts.draft(session, question, voice, live, told=told)


def _own_echo(session: Session, look: _Look, after: Visit) -> bool:
    """Whether the visit is one we are writing just now: same client, start, services and providers."""
    if after.client_id is None or not after.segments:
        return False
    wanted = [(one.service_id, one.provider_id) for one in after.segments]
    return any(
        [(one.service_id, one.provider_id) for one in offer.segments] == wanted
        for offer in offers.being_booked(
            session, look.practice.id, client_id=after.client_id, starts_at=after.during.start
        )
    )


def _change(order: RefreshAppointment, after: Visit, fetched: PmsAppointment, *, now: datetime) -> Change:
    """What the fresh look showed, against what the booking knew. A visit first seen is "created" only while that is
    news to its client."""
    final = {
        VisitState.COMPLETED: Change.COMPLETED,
        VisitState.NO_SHOW: Change.NO_SHOW,
        VisitState.VOID: Change.VOID,
        VisitState.CANCELLED: Change.CANCELLED,
    }.get(after.state)
    if final is not None:
        return final
    if order.won:
        return Change.CREATED
    if order.known_state in {None, VisitState.UNREAD.value}:
        old = fetched.created_at is not None and now - fetched.created_at > CONFIRM_WITHIN
        return Change.NONE if order.baseline or old else Change.CREATED
    if not _knew_it_on(order):
        return Change.UN_CANCELLED
    if after.segments and order.known_start is not None and order.known_start != after.during.start:
        return Change.MOVED
    return Change.NONE


def _knew_it_on(order: RefreshAppointment) -> bool:
    """Whether the booking knew the visit as standing."""
    return order.known_state is not None and VisitState(order.known_state).occupies


def _kinds(look: _Look, visit: Visit) -> tuple[tuple[str, date], ...]:
    """What was given, as far as the matrix knows it."""
    zone = look.matrix.zone(visit.location_id, (one.provider_id for one in visit.segments))
    return tuple(
        (service.kind, local_date(one.during.start, zone))
        for one in visit.segments
        if (service := look.matrix.find_service(one.service_id)) is not None
    )


def _unread(fetched: PmsAppointment, client_id: int | None) -> tuple[str, ...]:
    """What could not be read of a visit; a client whom the PMS names and does not show is one of these things."""
    nobody = fetched.client_ref is not None and client_id is None
    return (*fetched.unread, "client") if nobody and "client" not in fetched.unread else fetched.unread

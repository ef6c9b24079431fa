"""The messages of a visit: confirmation, reminders, news of a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from contracts.booking import SEND_TOUCH, SendTouch, TouchKind, TouchResult
from domain import effect_keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Channel, Client
from domain.messages import booking as words_for
from domain.messages.facts import Sender, VisitFacts, Words
from domain.reminder_times import last_useful
from domain.tasks import TaskKind
from models.repositories import calendar, clients, effects, offers, practices, questions, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from models.session import Database
from operations.activity_clock import practice_now
from operations.gate import Draft, MessageGate, Outcome
from operations.message_facts import quiet_zones, sender, visit_facts_of
from operations.staff_tasks import about_visit, open_and_post, was_told_by_staff, withdraw_task
from operations.vendor_errors import look_again, translated
from vendors.errors import VendorError

NOTICES = {
    TouchKind.CONFIRMATION: Notice.CONFIRMATION,
    TouchKind.REMINDER: Notice.REMINDER,
    TouchKind.MOVED: Notice.MOVED,
    TouchKind.CANCELLED: Notice.CANCELLED,
}
#: After these a text may be answered with C, R or X.
ASKING = {TouchKind.CONFIRMATION, TouchKind.REMINDER, TouchKind.MOVED}


@dataclass(frozen=True, kw_only=True)
class _Touch:
    """One touch with everything its words are made of."""

    practice: PracticeFacts
    matrix: Matrix
    visit: Visit
    client: Client
    turn: int
    won: bool
    #: They said yes to it a moment ago; whom staff booked by hand was asked nothing, and has allowed what they have.
    said_yes: bool
    #: The later visit that a won one stands in for.
    replaced: Visit | None
    voices: dict[Channel, Sender]
    heard: bool
    now: datetime

    @property
    def has_begun(self) -> bool:
        return self.visit.during.start <= self.now

    @property
    def facts(self) -> VisitFacts:
        return visit_facts_of(self.matrix, self.visit, self.client)


class VisitMessages:
    """Hands the visit's messages to the gate, one per channel and key."""

    def __init__(self, *, database: Database, gate: MessageGate) -> None:
        self._database = database
        self._gate = gate

    @activity.defn(name=SEND_TOUCH.name)
    def send_touch(self, order: SendTouch) -> TouchResult:
        """A touch that is no news any more (moved on, on again, told by staff) is not sent, and says so. One that
        reaches its client by no channel in time is a Task at once."""
        touch = self._load(order)
        if isinstance(touch, str):
            return TouchResult(outcomes=(f"not sent: {touch}",))
        if touch.has_begun:
            return self._begun(order, touch)
        notice, tried = NOTICES[order.kind], dict[Channel, Outcome]()
        away: list[VendorError] = []
        for channel in _channels(order.kind, touch.client):
            if not _is_due(notice, tried.values()) or (away and notice is Notice.REMINDER):
                break
            try:
                tried[channel] = self._send(order, touch, channel)
            except VendorError as error:
                away.append(error)  # the other channel may still work
        for channel, outcome in tried.items():
            if channel is Channel.SMS and outcome.reached and order.kind in ASKING:
                self._ask(order, touch)
        if away:
            with translated():
                raise away[0]
        unsure = [one.again_after for one in tried.values() if one.again_after is not None]
        if unsure:
            raise look_again("nobody can say yet whether the message went out", after=min(unsure))
        return self._what_follows(order, touch, tried)

    def _send(self, order: SendTouch, touch: _Touch, channel: Channel) -> Outcome:
        return self._gate.send(
            touch.practice,
            Draft(
                client=touch.client,
                channel=channel,
                notice=NOTICES[order.kind],
                template=order.kind.value,
                words=_words(order, touch, channel),
                key=key_of(order, turn=touch.turn, channel=channel),
                zones=quiet_zones(touch.matrix, touch.visit.location_id, touch.client),
                # Who said YES a moment ago waits for exactly this word.
                is_answer=touch.said_yes and order.kind is TouchKind.CONFIRMATION,
                location_id=touch.visit.location_id,
                detail={"touch": order.model_dump(mode="json", exclude_none=True)},
                useful_until=last_useful(
                    start=touch.visit.during.start,
                    now=touch.now,
                    booking=touch.practice.policy.booking,
                    before=order.before,
                    lead=timedelta(minutes=order.lead_minutes) if order.kind is TouchKind.REMINDER else None,
                ),
            ),
            now=touch.now,
        )

    def _what_follows(self, order: SendTouch, touch: _Touch, tried: dict[Channel, Outcome]) -> TouchResult:
        """The Task where it is due, and until when what is held waits."""
        notice, practice_id = NOTICES[order.kind], touch.practice.id
        next_steps = {follows(notice, one.handed) for one in tried.values()}
        # What quiet hours hold is sent when they end, as long as the visit is still to come; a Task may be faster.
        held = [one.until for one in tried.values() if one.until is not None and one.until < touch.visit.during.start]
        outcomes = [_said(channel, one) for channel, one in tried.items()]
        with self._database.transaction() as session:
            if Follows.NOTHING in next_steps:
                for task in _unsent(session, practice_id, order):
                    withdraw_task(session, touch.practice, task, why="the client has been told", now=touch.now)
            elif Follows.WAITS not in next_steps:
                by_text = any(one.handed in {Handed.TOO_LATE, Handed.UNKNOWN} for one in tried.values())
                why = " ".join(dict.fromkeys(one.words for one in tried.values() if one.words))
                self._open_task(session, order, touch, why=why, by_text=by_text)
                outcomes.append("staff have it")
        return TouchResult(outcomes=tuple(outcomes), held_until=min(held, default=None))

    def _begun(self, order: SendTouch, touch: _Touch) -> TouchResult:
        """Owed where it was news before the visit began; whoever enters a visit afterwards tells nobody anything."""
        with self._database.transaction() as session:
            told = heard(session, order, turn=touch.turn)
            owed = follows(NOTICES[order.kind], Handed.BEGUN) is Follows.TASK
            if owed and not told and _was_news_before(session, order, touch):
                self._open_task(session, order, touch, why="The visit has begun.", by_text=False)
                return TouchResult(outcomes=("not sent: the visit has begun; staff have it",))
        return TouchResult(outcomes=("not sent: the visit has begun",))

    def _open_task(self, session: Session, order: SendTouch, touch: _Touch, *, why: str, by_text: bool) -> None:
        """One for each message; but the newest says it all, and a reminder says what staff are to say already."""
        older = _unsent(session, touch.practice.id, order)
        if order.kind is TouchKind.REMINDER and older:
            return
        new = about_visit(
            touch.practice,
            touch.matrix,
            kind=TaskKind.TOUCH_UNSENT,
            visit=touch.visit,
            now=touch.now,
            client=touch.client,
            turn=touch.turn,
            touch=order,
            words=why,
            by_text=by_text,
        )
        row = open_and_post(session, touch.practice, new, now=touch.now)
        for task in older:
            if task.id != row.id:
                withdraw_task(session, touch.practice, task, why="there is newer news of the visit", now=touch.now)

    def _ask(self, order: SendTouch, touch: _Touch) -> None:
        """From now on the phone may answer with C, R or X."""
        if touch.client.phone is None:
            return
        with self._database.transaction() as session:
            questions.ask(
                session,
                touch.practice.id,
                phone=touch.client.phone,
                client_id=touch.client.id,
                kind="appointment",
                now=touch.now,
                appointment_id=order.appointment_id,
            )

    def _load(self, order: SendTouch) -> _Touch | str:
        """The touch, or why it must not go out any more."""
        with self._database.transaction() as session:
            practice, matrix = practices.load_with_matrix(session, order.practice_id)
            row = calendar.get(session, order.practice_id, order.appointment_id)
            visit = calendar.visit(session, order.practice_id, order.appointment_id)
            now = practice_now(practice.clock)
            if visit is None or not visit.segments:
                return "nothing of the visit could be read yet"
            if visit.client_id is None:
                return "the visit has no client"
            if order.kind is TouchKind.CANCELLED:
                if visit.state is not VisitState.CANCELLED:
                    return "the visit is on again"
            elif not visit.state.occupies or visit.state is VisitState.COMPLETED:
                return f"the visit is {visit.state.value.replace('_', ' ')}"
            elif visit.during.start != order.starts_at:
                return "the visit has another time now"
            if was_told_by_staff(session, order):
                return "staff have told the client"
            client = clients.get(session, order.practice_id, visit.client_id)
            # A later turn is a visit that was off and is on again: no news of a win.
            offer_id = row.offer_id if row.turn == 0 else None
            return _Touch(
                practice=practice.at(visit.location_id, (one.service_id for one in visit.segments)),
                matrix=matrix,
                visit=visit,
                client=client,
                turn=row.turn,
                won=offer_id is not None,
                said_yes=offer_id is not None and offers.get(session, order.practice_id, offer_id).sent_at is not None,
                replaced=_replaced(session, order.practice_id, offer_id),
                voices={
                    channel: sender(session, practice, channel, client) for channel in (Channel.SMS, Channel.EMAIL)
                },
                heard=client.phone is not None
                and effects.heard_before(session, order.practice_id, address=client.phone),
                now=now,
            )


def _replaced(session: Session, practice_id: int, offer_id: int | None) -> Visit | None:
    """Noted with the visit's booking; released already, or about to be."""
    booking = None if offer_id is None else effects.by_key(session, practice_id, effect_keys.booking_key(offer_id))
    later = None if booking is None else booking.detail.get("replaces")
    return None if later is None else calendar.visit(session, practice_id, later)


def _channels(kind: TouchKind, client: Client) -> tuple[Channel, ...]:
    """Where this touch goes, in this order. A reminder begins with the channel last answered, then the stated one."""
    preferred = client.last_answered_channel or client.stated_channel
    if kind is TouchKind.REMINDER and preferred is Channel.EMAIL:
        return (Channel.EMAIL, Channel.SMS)
    return (Channel.SMS, Channel.EMAIL)


def _is_due(notice: Notice, tried: Iterable[Outcome]) -> bool:
    """Whether the next channel is for it, too. News goes by both; a reminder by the first that serves."""
    return notice is not Notice.REMINDER or all(follows(notice, one.handed) is Follows.OTHER_CHANNEL for one in tried)


def _unsent(session: Session, practice_id: int, order: SendTouch) -> list[TaskRow]:
    """Open tasks about messages of this visit that did not reach its client."""
    about = tasks.open_of_appointment(session, practice_id, order.appointment_id)
    return [task for task in about if task.kind == TaskKind.TOUCH_UNSENT]


def heard(session: Session, order: SendTouch, *, turn: int) -> bool:
    """Whether this message reached its client by one of the channels."""
    keys_of = (key_of(order, turn=turn, channel=channel) for channel in (Channel.SMS, Channel.EMAIL))
    found = (effects.by_key(session, order.practice_id, key) for key in keys_of)
    return any(intent is not None and intent.state == "done" for intent in found)


def _was_news_before(session: Session, order: SendTouch, touch: _Touch) -> bool:
    """Whether the client could have been told before the visit began: staff also enter visits afterwards."""
    if order.since is not None:
        return order.since < touch.visit.during.start
    keys_of = (key_of(order, turn=touch.turn, channel=channel) for channel in (Channel.SMS, Channel.EMAIL))
    return any(effects.by_key(session, order.practice_id, key) is not None for key in keys_of)


def _said(channel: Channel, outcome: Outcome) -> str:
    return f"{channel.value} {outcome.handed.value}" + (f": {outcome.words}" if outcome.words else "")


def _words(order: SendTouch, touch: _Touch, channel: Channel) -> Words:
    kind, voice, facts, now = order.kind, touch.voices[channel], touch.facts, touch.now
    first = channel is Channel.SMS and not touch.heard
    if kind is TouchKind.CONFIRMATION:
        return words_for.confirmation(
            sender=voice,
            visit=facts,
            now=now,
            won=touch.won,
            replaced=None if touch.replaced is None else visit_facts_of(touch.matrix, touch.replaced, touch.client),
            first_text=first,
            channel=channel,
        )
    if kind is TouchKind.REMINDER:
        confirmed = touch.visit.state is VisitState.CONFIRMED
        return words_for.reminder(
            sender=voice, visit=facts, now=now, confirmed=confirmed, first_text=first, channel=channel
        )
    if kind is TouchKind.MOVED:
        before = None if order.before is None else replace(facts, start=order.before)
        return words_for.moved(sender=voice, visit=facts, before=before, now=now, first_text=first, channel=channel)
    return words_for.cancelled(sender=voice, visit=facts, now=now, first_text=first, channel=channel)


def key_of(order: SendTouch, *, turn: int, channel: Channel) -> str:
    """What makes this touch of the visit's turn one message on this channel, for ever."""
    if order.kind is TouchKind.CONFIRMATION:
        return effect_keys.confirm_key(order.appointment_id, channel.value, turn)
    if order.kind is TouchKind.REMINDER:
        return effect_keys.reminder_key(order.appointment_id, order.lead_minutes, order.starts_at, channel.value)
    if order.kind is TouchKind.MOVED:
        return effect_keys.moved_key(order.appointment_id, order.starts_at, channel.value, order.moves, order.turn)
    return effect_keys.cancelled_key(order.appointment_id, order.starts_at, channel.value, order.turn)

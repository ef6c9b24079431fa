"""The messages of a visit: confirmation, reminders, news of a change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from activities.contracts.booking import SEND_TOUCH, SendTouch, TouchKind, TouchResult
from activities.errors import look_again, translated
from activities.gate import Draft, Handed, MessageGate, Outcome
from activities.moment import practice_now
from activities.wording import quiet_zones, sender, visit_facts_of
from domain import keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.messages import booking as words_for
from domain.messages.facts import Sender, VisitFacts, Words
from domain.people import Channel, Client, MessageKind
from models.repositories import calendar, clients, effects, practices, questions
from models.repositories.practices import PracticeFacts
from models.session import Database
from vendors.errors import VendorError

#: A confirmation and news of a change go by both; a reminder by the one the client answers.
CHANNELS = {
    TouchKind.CONFIRMATION: (Channel.SMS, Channel.EMAIL),
    TouchKind.MOVED: (Channel.SMS, Channel.EMAIL),
    TouchKind.CANCELLED: (Channel.SMS, Channel.EMAIL),
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
    #: The later visit that a won one stands in for.
    replaced: Visit | None
    voices: dict[Channel, Sender]
    heard: bool
    now: datetime

    @property
    def facts(self) -> VisitFacts:
        return visit_facts_of(self.matrix, self.visit, self.client)


class Touches:
    """Hands the visit's messages to the gate, one per channel and key."""

    def __init__(self, *, database: Database, gate: MessageGate) -> None:
        self._database = database
        self._gate = gate

    @activity.defn(name=SEND_TOUCH.name)
    def send_touch(self, order: SendTouch) -> TouchResult:
        """A touch that no longer fits the visit (moved, cancelled meanwhile) is not sent, and says so."""
        touch = self._load(order)
        if isinstance(touch, str):
            return TouchResult(outcomes=(f"not sent: {touch}",))
        outcomes: list[str] = []
        held: list[datetime] = []
        unsure: list[timedelta] = []
        away: list[VendorError] = []
        for channel in _channels(order.kind, touch.client):
            try:
                outcome = self._send(order, touch, channel)
            except VendorError as error:
                away.append(error)  # the other channel may still work
                continue
            if outcome.handed is Handed.UNKNOWN and outcome.again_after is not None:
                unsure.append(outcome.again_after)
                continue
            if outcome.until is not None:
                held.append(outcome.until)
            if channel is Channel.SMS and outcome.reached and order.kind in ASKING:
                self._ask(order, touch)
            why = f": {outcome.words}" if outcome.words else ""
            outcomes.append(f"{channel.value} {outcome.handed.value}{why}")
        if away:
            with translated():
                raise away[0]
        if unsure:
            raise look_again("nobody can say yet whether the message went out", after=min(unsure))
        return TouchResult(outcomes=tuple(outcomes), held_until=min(held, default=None))

    def _send(self, order: SendTouch, touch: _Touch, channel: Channel) -> Outcome:
        return self._gate.send(
            touch.practice,
            Draft(
                client=touch.client,
                channel=channel,
                kind=MessageKind.APPOINTMENT,
                template=order.kind.value,
                words=_words(order, touch, channel),
                key=key_of(order, turn=touch.turn, channel=channel),
                zones=quiet_zones(touch.matrix, touch.visit.location_id, touch.client),
                # Who said YES a moment ago waits for exactly this word.
                is_answer=touch.won and order.kind is TouchKind.CONFIRMATION,
            ),
            now=touch.now,
        )

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
            practice = practices.load(session, order.practice_id)
            row = calendar.get(session, order.practice_id, order.appointment_id)
            visit = calendar.visit(session, order.practice_id, order.appointment_id)
            now = practice_now(practice.clock)
            if visit is None or not visit.segments:
                return "the visit has no service the practice's matrix knows"
            if visit.client_id is None:
                return "the visit has no client"
            if order.kind is TouchKind.CANCELLED:
                if visit.state is not VisitState.CANCELLED:
                    return "the visit is on again"
            elif not visit.state.occupies or visit.state is VisitState.COMPLETED:
                return f"the visit is {visit.state.value.replace('_', ' ')}"
            elif visit.during.start != order.starts_at:
                return "the visit has another time now"
            if visit.during.start <= now:
                return "the visit has begun"
            client = clients.get(session, order.practice_id, visit.client_id)
            # A later turn is a visit that was off and is on again: no news of a win.
            offer_id = row.offer_id if row.turn == 0 else None
            return _Touch(
                practice=practice,
                matrix=practices.matrix(session, order.practice_id),
                visit=visit,
                client=client,
                turn=row.turn,
                won=offer_id is not None,
                replaced=_replaced(session, order.practice_id, offer_id),
                voices={channel: sender(session, practice, channel) for channel in (Channel.SMS, Channel.EMAIL)},
                heard=client.phone is not None
                and effects.heard_before(session, order.practice_id, address=client.phone),
                now=now,
            )


def _replaced(session: Session, practice_id: int, offer_id: int | None) -> Visit | None:
    """Noted with the visit's booking; released already, or about to be."""
    booking = None if offer_id is None else effects.by_key(session, practice_id, keys.booking_key(offer_id))
    later = None if booking is None else booking.detail.get("replaces")
    return None if later is None else calendar.visit(session, practice_id, later)


def _channels(kind: TouchKind, client: Client) -> tuple[Channel, ...]:
    """Where this touch goes. A reminder follows the channel last answered, then the stated one, then a text."""
    planned = CHANNELS.get(kind)
    if planned is not None:
        return planned
    preferred = client.last_answered_channel or client.stated_channel or Channel.SMS
    return (preferred if preferred in {Channel.SMS, Channel.EMAIL} else Channel.SMS,)


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
        return keys.confirm_key(order.appointment_id, channel.value, turn)
    if order.kind is TouchKind.REMINDER:
        return keys.reminder_key(order.appointment_id, order.lead_minutes, order.starts_at, channel.value)
    if order.kind is TouchKind.MOVED:
        return keys.moved_key(order.appointment_id, order.starts_at, channel.value, order.moves)
    return keys.cancelled_key(order.appointment_id, order.starts_at, channel.value)

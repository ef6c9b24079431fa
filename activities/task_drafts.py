"""The text a person sends from a task: through the one gate, and what became of it written on the task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session
from temporalio import activity

from activities.contracts.task import SEND_DRAFT, DraftSent, SendDraft
from activities.errors import look_again, translated
from activities.gate import Draft, Handed, MessageGate, Outcome
from activities.moment import practice_now
from activities.wording import quiet_zones
from domain import keys
from domain.catalogue import Matrix
from domain.messages import staff
from domain.messages.facts import STOP_LINE, Words
from domain.messages.segments import plain
from domain.people import Channel, Client, MessageKind
from models.repositories import calendar, clients, effects, messages, openings, practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from models.session import Database

#: Practice time: so long after their text a client waits for its answer, whatever the hour. Later it is a message like
#: any other.
JUST_WROTE = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A settled task's text with whom it is for."""

    practice: PracticeFacts
    draft: Draft
    now: datetime


class TaskDrafts:
    """One activity: a task's draft, as it was or as staff changed it, to the client the task is about."""

    def __init__(self, *, database: Database, gate: MessageGate) -> None:
        self._database = database
        self._gate = gate

    @activity.defn(name=SEND_DRAFT.name)
    def send_draft(self, order: SendDraft) -> DraftSent:
        with self._database.transaction() as session:
            found = _load(session, order)
        if order.given_up:
            return self._noted(order, Outcome(handed=Handed.SUPPRESSED, words="texts could not be sent in time"))
        if isinstance(found, str):
            return self._noted(order, Outcome(handed=Handed.SUPPRESSED, words=found))
        with translated():
            outcome = self._gate.send(found.practice, found.draft, now=found.now)
        if outcome.handed is Handed.UNKNOWN and outcome.again_after is not None:
            raise look_again("nobody can say yet whether the text went out", after=outcome.again_after)
        return self._noted(order, outcome)

    def _noted(self, order: SendDraft, outcome: Outcome) -> DraftSent:
        kept = {"state": outcome.handed.value, "words": outcome.words}
        if outcome.until is not None:
            kept["until"] = outcome.until.isoformat()
        with self._database.transaction() as session:
            tasks.note_draft(session, order.practice_id, order.task_id, kept)
        why = f": {outcome.words}" if outcome.words else ""
        return DraftSent(outcome=f"{outcome.handed.value}{why}", held_until=outcome.until)


def _load(session: Session, order: SendDraft) -> _Text | str:
    """The text, or why there is none to send."""
    row = tasks.get(session, order.practice_id, order.task_id)
    resolution = row.resolution or {}
    text = str(resolution.get("text") or "").strip()
    if row.state != "resolved" or resolution.get("action") != staff.SEND_DRAFT:
        return "the task had taken care of itself before"
    if row.client_id is None or not text:
        return "the task has no client or no text"
    practice = practices.load(session, order.practice_id)
    matrix = practices.matrix(session, order.practice_id)
    client = clients.get(session, order.practice_id, row.client_id)
    channel = Channel.EMAIL if client.phone is None else Channel.SMS
    now = practice_now(practice.clock)
    draft = Draft(
        client=client,
        channel=channel,
        kind=MessageKind.APPOINTMENT,
        template="task_draft",
        words=_words(session, practice, client, channel, text),
        key=keys.draft_key(row.id),
        zones=quiet_zones(matrix, _location(session, practice, row, matrix), client),
        is_answer=_just_wrote(session, practice, client, now),
    )
    return _Text(practice=practice, draft=draft, now=now)


def _words(session: Session, practice: PracticeFacts, client: Client, channel: Channel, text: str) -> Words:
    if channel is Channel.EMAIL or client.phone is None:
        return Words(text=text, subject=f"{practice.short_name}: a message for you")
    if STOP_LINE not in text and not effects.heard_before(session, practice.id, address=client.phone):
        text = f"{text} {STOP_LINE}"
    return Words(text=plain(text))


def _just_wrote(session: Session, practice: PracticeFacts, client: Client, now: datetime) -> bool:
    if client.phone is None:
        return False
    at = messages.last_received(session, practice.id, channel=Channel.SMS, address=client.phone)
    return at is not None and now - at <= JUST_WROTE


def _location(session: Session, practice: PracticeFacts, row: TaskRow, matrix: Matrix) -> int:
    """The place whose quiet hours are minded: the opening's or the visit's, else the practice's first."""
    if row.opening_id is not None:
        return openings.get(session, practice.id, row.opening_id).location_id
    visit = None if row.appointment_id is None else calendar.visit(session, practice.id, row.appointment_id)
    return matrix.locations[0].id if visit is None else visit.location_id

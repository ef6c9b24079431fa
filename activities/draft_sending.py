"""The text a person sends from a task: through the one gate, and what became of it written on the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session
from temporalio import activity

from contracts.task import SEND_DRAFT, DraftSent, SendDraft
from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Channel
from domain.messages import staff
from domain.messages.answer_drafts import has_blank
from domain.tasks import SEND_DRAFT as SEND
from models.repositories import practices, tasks
from models.repositories.practices import PracticeFacts
from models.session import Database
from operations.activity_clock import practice_now
from operations.channels import by_any_channel, is_for_a_person
from operations.gate import Draft, MessageGate, Outcome
from operations.staff_tasks import new_task, open_and_post
from operations.task_drafts import JUST_WROTE as JUST_WROTE
from operations.task_drafts import drafts_of
from operations.vendor_errors import look_again, translated


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A settled task's text with whom it is for."""

    practice: PracticeFacts
    #: By channel, in the order in which they are tried.
    drafts: Mapping[Channel, Draft]
    now: datetime


class DraftSending:
    """One activity: a task's draft, as it was or as staff changed it, to the client the task is about."""

    def __init__(self, *, database: Database, gate: MessageGate) -> None:
        self._database = database
        self._gate = gate

    @activity.defn(name=SEND_DRAFT.name)
    def send_draft(self, order: SendDraft) -> DraftSent:
        with self._database.transaction() as session:
            found = _load(session, order)
        if order.given_up:
            unsent = Outcome(handed=Handed.SUPPRESSED, words="texts could not be sent in time")
            return self._noted(order, unsent, found, by_text=True)
        if isinstance(found, str):
            return self._noted(order, Outcome(handed=Handed.SUPPRESSED, words=found), found)
        tried: list[Channel] = []

        def send(channel: Channel) -> Outcome:
            tried.append(channel)
            return self._gate.send(found.practice, found.drafts[channel], now=found.now)

        with translated():
            outcome = by_any_channel(Notice.DRAFT, send, channels=tuple(found.drafts))
        if outcome.again_after is not None:
            raise look_again("nobody can say yet whether the text went out", after=outcome.again_after)
        by_text = outcome.handed in {Handed.TOO_LATE, Handed.UNKNOWN}
        return self._noted(order, outcome, found, by_text=by_text, channel=tried[-1])

    def _noted(
        self,
        order: SendDraft,
        outcome: Outcome,
        found: _Text | str,
        *,
        by_text: bool = False,
        channel: Channel = Channel.SMS,
    ) -> DraftSent:
        """What became of it, on the task; and a new task where the client has no answer yet."""
        waits = follows(Notice.DRAFT, outcome.handed) is Follows.WAITS
        kept = {"state": outcome.handed.value, "words": outcome.words}
        if channel is not Channel.SMS:
            kept["channel"] = channel.value
        if waits and outcome.until is not None:
            kept["until"] = outcome.until.isoformat()
        with self._database.transaction() as session:
            tasks.note_draft(session, order.practice_id, order.task_id, kept)
            if not isinstance(found, str) and is_for_a_person(Notice.DRAFT, outcome):
                _ask_to_tell(session, found, order.task_id, outcome, by_text=by_text)
        why = f": {outcome.words}" if outcome.words else ""
        return DraftSent(outcome=f"{outcome.handed.value}{why}", held_until=outcome.until if waits else None)


def _ask_to_tell(session: Session, found: _Text, task_id: int, outcome: Outcome, *, by_text: bool) -> None:
    """The task has its answer and its client has none: a person finds another way."""
    row = tasks.get(session, found.practice.id, task_id)
    words = staff.draft_unsent(
        text=str((row.resolution or {}).get("text") or ""),
        why=outcome.words,
        by_text=by_text,
        reference=f"task {task_id}",
    )
    new = new_task(
        found.practice,
        words,
        key=f"draft_unsent:{task_id}",
        now=found.now,
        client_id=row.client_id,
        opening_id=row.opening_id,
        appointment_id=row.appointment_id,
        phone=row.phone,
        our_number=row.our_number,
    )
    open_and_post(session, found.practice, new, now=found.now)


def _load(session: Session, order: SendDraft) -> _Text | str:
    """The text, or why there is none to send."""
    row = tasks.get(session, order.practice_id, order.task_id)
    resolution = row.resolution or {}
    text = str(resolution.get("text") or "").strip()
    if row.state != "resolved" or resolution.get("action") != SEND:
        return "the task had taken care of itself before"
    if has_blank(text):
        return "the text has a blank that nobody has filled in"
    practice = practices.load(session, order.practice_id)
    now = practice_now(practice.clock)
    drafts = drafts_of(session, practice, row, text, now=now) if text else {}
    return _Text(practice=practice, drafts=drafts, now=now) if drafts else "the task has no client or no text"

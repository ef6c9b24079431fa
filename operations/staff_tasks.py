"""Tasks: the row, the words with a draft, and the start of the journey that puts it before staff."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from contracts.booking import SendTouch, TouchKind
from domain import task_keys
from domain.calendar import Visit, VisitState
from domain.catalogue import Matrix
from domain.clients import Client
from domain.journey_names import Journey
from domain.matching import Ranked, Ranking, Rejection
from domain.messages import opening_tasks, staff
from domain.messages.task_words import TaskWords
from domain.tasks import SEND_DRAFT, Deadline, TaskKind, spec_of
from models.repositories import tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import NewTask, TaskRow
from operations import journey_deliveries
from operations.message_facts import spoken_to, visit_facts

#: How many of the ranked, and of the nearly fitting, stand on a short list.
SHORT = 8


def new_task(
    practice: PracticeFacts,
    words: TaskWords,
    *,
    key: str,
    now: datetime,
    asked_by: dict[str, Any] | None = None,
    shortlist: tuple[dict[str, Any], ...] = (),
    client_id: int | None = None,
    opening_id: int | None = None,
    appointment_id: int | None = None,
    phone: str | None = None,
    our_number: str | None = None,
    begins_at: datetime | None = None,
) -> NewTask:
    """A task as its kind's spec says. `begins_at`: of what it is about; some must be decided before."""
    spec = spec_of(words.kind)
    due = now + practice.policy.task.due_after
    if begins_at is not None and spec.deadline is Deadline.BEFORE_IT_BEGINS:
        due = max(now + timedelta(minutes=1), min(due, begins_at))
    safe_default = words.safe_default
    return NewTask(
        key=key,
        kind=words.kind,
        title=words.title,
        body=words.body,
        draft=words.draft,
        safe_default=f"{safe_default} {staff.STAYS_OPEN}" if spec.client_waits else safe_default,
        choices=tuple(
            # A text needs somebody to go to.
            asdict(choice)
            for choice in words.choices
            if choice.action != SEND_DRAFT or client_id is not None or phone is not None
        ),
        shortlist=shortlist,
        due_at=due,
        asked_by=asked_by,
        client_id=client_id,
        opening_id=opening_id,
        appointment_id=appointment_id,
        phone=phone,
        our_number=our_number,
    )


def open_and_post(session: Session, practice: PracticeFacts, new: NewTask, *, now: datetime) -> TaskRow:
    """Open the task and start its journey, in the caller's transaction; a second ask is the same task."""
    row, is_new = tasks.open_task(session, practice.id, new, now=now)
    times = 1
    while spec_of(new.kind).asked_anew and row.state != "open" and not is_new:
        times += 1
        row, is_new = tasks.open_task(session, practice.id, replace(new, key=task_keys.again(new.key, times)), now=now)
    if is_new:
        journey_deliveries.start_task(session, practice.id, row.id, now=now)
    return row


def post_at(practice: PracticeFacts, task: TaskRow) -> datetime | None:
    """When staff get the card of a task that may take care of itself first; None is at once. Never later than half way
    to its deadline, so that something can still be done."""
    if not spec_of(task.kind).may_pass:
        return None
    return task.opened_at + min(practice.policy.task.remind_after, (task.due_at - task.opened_at) / 2)


def withdraw_task(session: Session, practice: PracticeFacts, task: TaskRow, *, why: str, now: datetime) -> None:
    """It took care of itself: the row is settled, and the task's journey redraws its card and ends."""
    settled = tasks.settle(
        session, practice.id, task.id, state="withdrawn", by="rules", resolution={"why": why}, now=now
    )
    if settled:
        journey_deliveries.task_withdrawn(session, practice.id, task.id, why=why, now=now)


def about_visit(
    practice: PracticeFacts,
    matrix: Matrix,
    *,
    kind: TaskKind,
    visit: Visit,
    now: datetime,
    client: Client | None = None,
    receipt_id: int | None = None,
    turn: int = 0,
    words: str = "",
    touch: SendTouch | None = None,
    by_text: bool = True,
    draft: str | None = None,
) -> NewTask:
    """A task about a visit: another time wanted, cannot come, it cannot be placed, or what was due was not done."""
    sender = spoken_to(practice, client)
    facts = visit_facts(
        matrix,
        location_id=visit.location_id,
        start=visit.during.start,
        segments=visit.segments,
        client=client,
    )
    reference = f"visit {visit.appointment_id}"
    if kind is TaskKind.INFEASIBLE_ASSIGNMENT:
        text = staff.infeasible_assignment(visit=facts, now=now, why=words, reference=reference)
    elif kind is TaskKind.TOUCH_UNSENT and touch is not None:
        text = staff.touch_unsent(
            sender=sender,
            visit=facts,
            what=touch.kind.value,
            now=now,
            reference=reference,
            why=words,
            by_text=by_text,
        )
    elif kind is TaskKind.VISIT_GONE:
        text = staff.visit_gone(sender=sender, visit=facts, now=now, reference=reference)
    elif kind is TaskKind.CONFIRM_UNWRITTEN:
        text = staff.confirm_unwritten(visit=facts, now=now, reference=reference)
    elif kind is TaskKind.RESCHEDULE:
        text = staff.reschedule_asked(sender=sender, visit=facts, now=now, reference=reference)
    else:
        text = staff.cannot_come(sender=sender, visit=facts, now=now, reference=reference)
    if draft is not None:
        text = replace(text, draft=draft)
    return new_task(
        practice,
        text,
        key=unsent_key(touch) if touch else task_keys.visit_key(kind, visit, receipt_id),
        now=now,
        asked_by={"journey": Journey.BOOKING.value, "ref": visit.appointment_id, "turn": turn},
        client_id=visit.client_id,
        appointment_id=visit.appointment_id,
        begins_at=visit.during.start,
    )


def unsent_key(touch: SendTouch) -> str:
    """A message of a visit that did not reach its client is one task, however it failed."""
    return str(
        task_keys.UnsentKey(
            appointment_id=touch.appointment_id,
            starts_at=touch.starts_at,
            what=touch.kind.value,
            lead_minutes=touch.lead_minutes,
            moves=touch.moves,
            turn=touch.turn,
        )
    )


def was_told_by_staff(session: Session, touch: SendTouch) -> bool:
    """Whether somebody has answered the task about this message: then the client has heard it from them."""
    about, key = tasks.of_appointment(session, touch.practice_id, touch.appointment_id), unsent_key(touch)
    return any(task.state == "resolved" and task_keys.first(task.key) == key for task in about)


def is_untrue(task: TaskRow, visit: Visit) -> bool:
    """Whether what the task would tell a client is not so any more: the visit is at another time, or on again."""
    if task.kind == TaskKind.VISIT_GONE:
        return visit.state.occupies
    if task.kind != TaskKind.TOUCH_UNSENT:
        return False
    another_time = not task_keys.is_unsent_word_of(task.key, visit)
    return another_time or (visit.state.occupies and task_keys.is_unsent(task.key, TouchKind.CANCELLED.value))


def outlives_visit(task: TaskRow, state: VisitState) -> bool:
    """Whether its client still waits though the visit is off: to hear that it is, or for what they asked of it."""
    if task.kind == TaskKind.TOUCH_UNSENT:
        return state is VisitState.CANCELLED and task_keys.is_unsent(task.key, TouchKind.CANCELLED.value)
    if task.kind == TaskKind.VISIT_GONE:
        return state is VisitState.GONE
    if task.kind == TaskKind.RESCHEDULE:
        return state in {VisitState.CANCELLED, VisitState.NO_SHOW}
    return task.kind == TaskKind.CANNOT_COME and state is VisitState.NO_SHOW


def shortlist(ranking: Ranking, *, asked: dict[int, str]) -> tuple[dict[str, Any], ...]:
    """The ranked clients with their reasons, then those who nearly fit with the rule in the way."""
    rows = [_ranked(one, asked) for one in ranking.ranked[:SHORT]]
    rows += [_rejected(candidate.client, rejection) for candidate, rejection in ranking.rejected[:SHORT]]
    return tuple(rows)


def not_told(client: Client, state: str) -> dict[str, Any]:
    """Somebody who was asked and could not be told how it ended."""
    return {**_person(client), "reasons": [], "asked": state, "fits": True}


def _ranked(one: Ranked, asked: dict[int, str]) -> dict[str, Any]:
    client = one.candidate.client
    return {
        **_person(client),
        "start": one.fit.start.isoformat(),
        "score": round(one.score, 2),
        "reasons": [*([opening_tasks.ALONE_FIRST] if one.alone else []), *opening_tasks.reasons(one.shares)],
        "asked": asked.get(client.id),
        "fits": True,
    }


def _rejected(client: Client, rejection: Rejection) -> dict[str, Any]:
    return {**_person(client), "reasons": [rejection.words], "fits": False}


def _person(client: Client) -> dict[str, Any]:
    return {
        "client_id": client.id,
        "name": f"{client.first_name} {client.last_name}",
        "phone": client.phone or client.phone_with_extension,
    }

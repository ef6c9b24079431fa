"""What an answer to a task does, and whether it can be given now: for its page, its card, the API and the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from domain.clients import Channel
from domain.messages import staff_orders as words_for
from domain.messages.answer_drafts import DRAFT_CHANGED, HAS_BLANK, has_blank
from domain.messages.facts import VisitFacts, until
from domain.messages.staff import too_late_to_answer
from domain.messages.staff_orders import OrderWords
from domain.tasks import AWAITED, BOOKED, RELEASE, SEND_DRAFT, STEERS
from models.phone_numbers import as_people_write
from models.repositories import clients, openings, practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations import answer_drafts, task_drafts
from operations.staff_orders import Order, Prospect, Refusal, about_opening

#: In a sentence about a client the task names, where there is none on file.
_SOMEBODY = "the client"


def judge(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    action: str,
    client_id: int | None = None,
    *,
    now: datetime,
    in_chat: bool = False,
    service_ids: tuple[int, ...] = (),
    text: str | None = None,
) -> Prospect:
    """This answer, now. `in_chat`: others read along; clients are initials and no treatment is named. `text`: what the
    client is to get instead of the draft."""
    choice = next((one for one in task.choices if one.get("action") == action), None)
    if choice is None:
        known = ", ".join(str(one.get("action")) for one in task.choices)
        return _refused("unknown_action", f"action: one of {known}", field="action")
    if task.state == "defaulted":
        return _refused("task_settled", too_late_to_answer(task.safe_default))
    if task.state != "open":
        return _refused("task_settled", "This has been settled; the task says how. Nothing was done with your answer.")
    if choice.get("for_candidate") and client_id is None:
        return _refused("client_missing", words_for.NO_CLIENT_NAMED, field="client_id")
    if action == SEND_DRAFT:
        found = _sending(session, practice, task, choice, now=now, in_chat=in_chat)
        return found if found.refused else _unsendable(session, practice, task, text, now=now) or found
    if action in STEERS and task.opening_id is not None and task.asked_by is not None:
        about = about_opening(session, practice, task.opening_id, now=now, by_task=True, in_chat=in_chat)
        return about.judge(Order(action), client_id, service_ids)
    return Prospect(words=_words(session, practice, task, choice, now=now, in_chat=in_chat))


def _words(
    session: Session, practice: PracticeFacts, task: TaskRow, choice: dict[str, Any], *, now: datetime, in_chat: bool
) -> OrderWords:
    client = None
    if task.client_id is not None:
        client = clients.many(session, practice.id, [task.client_id]).get(task.client_id)
    who = _SOMEBODY if client is None else words_for.called(client, in_chat=in_chat)
    if client is None and task.phone is not None:
        who = "the number that wrote" if in_chat else as_people_write(task.phone)
    action = str(choice["action"])
    about_booking = task.kind in AWAITED and task.opening_id is not None
    if about_booking and RELEASE in {action, choice.get("then")} and task.opening_id is not None:
        left = openings.get(session, practice.id, task.opening_id).during.end > now
        return words_for.lets_go(who=who, texted=action == SEND_DRAFT, offered_on=left)
    if about_booking and action == BOOKED:
        return words_for.notes_booked(who=who)
    if action == SEND_DRAFT:
        return words_for.sends(who=who)
    if action == "told":
        return words_for.notes_told()
    return words_for.closes_task()


def _sending(
    session: Session, practice: PracticeFacts, task: TaskRow, choice: dict[str, Any], *, now: datetime, in_chat: bool
) -> Prospect:
    """The text as the gate would take it at this moment."""
    found = task_drafts.outlook(session, practice, task, now=now)
    if found.why_not:
        return _refused("cannot_be_sent", words_for.cannot_be_sent(why=found.why_not))
    words = _words(session, practice, task, choice, now=now, in_chat=in_chat)
    if found.at is None and found.channel is Channel.SMS:
        return Prospect(words=words)
    zone = tasks.zone_of(session, practice.id, opening_id=task.opening_id, appointment_id=task.appointment_id)
    when = None if found.at is None else until(found.at, visit=VisitFacts(start=found.at, zone=zone), now=now)
    return Prospect(words=words_for.sent_otherwise(words, at=when, by_mail=found.channel is Channel.EMAIL))


def _unsendable(
    session: Session, practice: PracticeFacts, task: TaskRow, text: str | None, *, now: datetime
) -> Prospect | None:
    """A text with a blank, or a draft whose facts are others by now."""
    if has_blank((task.draft or "") if text is None else text):
        return _refused("blank_left", HAS_BLANK, field="text")
    if text is None:
        fresh = answer_drafts.fresh(session, practice, practices.matrix(session, practice.id), task, now=now)
        if fresh is not None and fresh != task.draft and not has_blank(fresh):
            return _refused("draft_changed", DRAFT_CHANGED, field="text")
    return None


def _refused(type_: str, words: str, *, field: str | None = None) -> Prospect:
    return Prospect(refused=Refusal(type=type_, words=words, field=field))

"""What a task is about, and how far its answer has come: for its card, its page, the API and the terminal.

Read from what is so: offers, intents, decisions and the calendar. Sends nothing, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlmodel import Session

from domain import effect_keys
from domain.catalogue import Matrix
from domain.journey_names import Journey
from domain.messages import task_cards
from domain.messages.staff import what_became_of_draft
from domain.messages.staff_orders import called
from domain.messages.task_cards import AnswerStage, Subject
from domain.tasks import SEND_DRAFT, TaskKind
from models.repositories import calendar, clients, effects, offers, openings, practices, tasks
from models.repositories.offers import OfferRow
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow

#: What became of a booking, by the task that tells a person of it.
_REFUSED_BY: Final = {
    TaskKind.PMS_REFUSED: "the practice system would not book it; a task has the reason",
    TaskKind.OVERLAP: "the time was taken in the calendar meanwhile",
    TaskKind.GIVEN_AWAY: "somebody else is booked into that time",
    TaskKind.ASSIGNMENT_DOES_NOT_FIT: "it does not fit; a task has the reason",
    TaskKind.CAME_TOO_LATE: "the time was gone before",
}
_HANDED_BY: Final = {
    TaskKind.WRITE_BY_HAND: "the practice system takes no visits from outside; a task asks to enter it",
    TaskKind.PMS_UNREACHABLE: "the practice system has not answered; a task asks to book it by hand",
    TaskKind.WRITE_UNKNOWN: "the practice system broke off; a task asks to look in the calendar",
    TaskKind.NOT_SEEN: "the calendar does not show it; a task asks to look",
}
_TAKEN: Final = "the time was taken before"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an answer has come, and the sentence that says so."""

    stage: AnswerStage
    words: str

    @property
    def final(self) -> bool:
        return self.stage.final


def subject(
    session: Session,
    practice: PracticeFacts,
    task: TaskRow,
    *,
    named: bool = False,
    client_id: int | None = None,
    matrix: Matrix | None = None,
) -> Subject:
    """Provider, time and client of a task. `named`: the client by name instead of initials; `client_id`: somebody of
    its short list instead of the one it is about."""
    matrix = matrix or practices.matrix(session, practice.id)
    zone = tasks.zone_of(session, practice.id, opening_id=task.opening_id, appointment_id=task.appointment_id)
    about = Subject(at=task.opened_at, zone=zone, is_a_time=False)
    who = client_id if client_id is not None else task.client_id
    if task.opening_id is not None:
        opening = openings.get(session, practice.id, task.opening_id)
        offer = None if who is None else _offer(session, practice, opening.id, who)
        start = opening.during.start if offer is None else offer.starts_at
        about = replace(about, at=start, is_a_time=True, provider=_provider(matrix, opening.provider_id))
    elif task.appointment_id is not None:
        visit = calendar.visit(session, practice.id, task.appointment_id)
        if visit is not None and visit.segments:
            provider = _provider(matrix, visit.segments[0].provider_id)
            about = replace(about, at=visit.during.start, is_a_time=True, provider=provider)
    if who is not None and (client := clients.many(session, practice.id, [who]).get(who)) is not None:
        about = replace(about, who=called(client, in_chat=not named))
    return about


def progress(session: Session, practice: PracticeFacts, task: TaskRow, *, named: bool = False) -> Progress | None:
    """None while the task is open."""
    resolution = task.resolution or {}
    if task.state == "open":
        return None
    if task.state == "defaulted":
        return Progress(stage=AnswerStage.DONE, words=task_cards.nobody_came(task.safe_default))
    if task.state == "withdrawn":
        return Progress(stage=AnswerStage.DONE, words=task_cards.took_care_of_itself(str(resolution.get("why") or "")))
    action, by = str(resolution.get("action") or ""), task.resolved_by or "A colleague"
    client_id = resolution.get("client_id")
    about = subject(session, practice, task, named=named, client_id=client_id)
    if task.opening_id is not None and client_id is not None and action in {"assign", "offer"}:
        opening = openings.get(session, practice.id, task.opening_id)
        if action == "assign":
            stage, why = _booking(session, practice, task, opening, client_id)
            return Progress(stage=stage, words=task_cards.assigned(by=by, about=about, stage=stage, why=why))
        stage, why = _asking(session, practice, task, opening, client_id)
        return Progress(stage=stage, words=task_cards.offered(by=by, about=about, stage=stage, why=why))
    words = task_cards.answered(task.kind, action, by=by, about=about, choices=task.choices)
    if action == SEND_DRAFT:
        return _text(words, resolution.get("draft"), zone=about.zone)
    return Progress(stage=AnswerStage.DONE, words=words)


def _text(words: str, draft: dict[str, str] | None, *, zone: str) -> Progress:
    if draft is None:
        return Progress(stage=AnswerStage.RECEIVED, words=f"{words} The text is on its way.")
    became = what_became_of_draft(draft, zone=zone)
    stage = AnswerStage.RECEIVED if draft.get("state") == "held" else AnswerStage.DONE
    said = "The text was" if became.startswith(("sent", "not sent")) else "The text"
    return Progress(stage=stage, words=f"{words} {said} {became}{'' if became.endswith('.') else '.'}")


def _booking(
    session: Session, practice: PracticeFacts, task: TaskRow, opening: OpeningRow, client_id: int
) -> tuple[AnswerStage, str]:
    """How far a client chosen for an opening has come, and what stands in the way."""
    offer = _offer(session, practice, opening.id, client_id)
    if (offer is not None and offer.state == "won") or _has_visit(session, practice, opening, client_id):
        return AnswerStage.BOOKED, ""
    since = task.settled_at or task.opened_at
    verdict, words = _decided(session, practice, opening, client_id, subject="assigned", since=since)
    if verdict == "not assigned":
        return AnswerStage.REFUSED, words
    for later in tasks.of_opening(session, practice.id, opening.id):
        if later.opened_at < since or later.id == task.id or later.client_id not in {None, client_id}:
            continue
        if (why := _HANDED_BY.get(TaskKind(later.kind)) if later.kind in _HANDED_BY else None) is not None:
            return AnswerStage.HANDED_OVER, why
        if later.kind in _REFUSED_BY:
            return AnswerStage.REFUSED, _REFUSED_BY[TaskKind(later.kind)]
    if verdict == "assigned" and offer is not None:
        intent = effects.by_key(session, practice.id, effect_keys.booking_key(offer.id))
        if intent is not None and intent.state == "refused":
            return AnswerStage.REFUSED, _TAKEN
        if opening.state == "live" or (intent is not None and not intent.settled):
            return AnswerStage.BOOKING, ""
    return (AnswerStage.RECEIVED, "") if opening.state == "live" else (AnswerStage.REFUSED, _TAKEN)


def _asking(
    session: Session, practice: PracticeFacts, task: TaskRow, opening: OpeningRow, client_id: int
) -> tuple[AnswerStage, str]:
    """How far a client to be asked about an opening has come, and what stands in the way."""
    offer = _offer(session, practice, opening.id, client_id)
    since = task.settled_at or task.opened_at
    if offer is not None and offer.state == "won":
        return AnswerStage.BOOKED, ""
    if offer is not None and offer.sent_at is not None and offer.sent_at >= since:
        return AnswerStage.ASKED, ""
    verdict, words = _decided(session, practice, opening, client_id, subject="offer_to", since=since)
    if verdict == "not asked":
        return AnswerStage.REFUSED, words
    return (AnswerStage.RECEIVED, "") if opening.state == "live" else (AnswerStage.REFUSED, _TAKEN)


def _decided(
    session: Session, practice: PracticeFacts, opening: OpeningRow, client_id: int, *, subject: str, since: datetime
) -> tuple[str, str]:
    """The last verdict on this client by an order of staff's, with its words."""
    for one in tasks.decided_since(session, practice.id, Journey.GAP_FILL.value, opening.id, subject, since=since):
        if any(reason.get("client") == client_id for reason in one.reasons):
            return one.verdict, next((str(it["words"]) for it in one.reasons if "client" not in it), "")
    return "", ""


def _offer(session: Session, practice: PracticeFacts, opening_id: int, client_id: int) -> OfferRow | None:
    made = offers.of_opening(session, practice.id, opening_id)
    return next((one for one in reversed(made) if one.client_id == client_id and one.state != "replaced"), None)


def _has_visit(session: Session, practice: PracticeFacts, opening: OpeningRow, client_id: int) -> bool:
    """Whoever wrote it: another fill of the time, or the front desk."""
    mine = calendar.client_visits(session, practice.id, [client_id], since=opening.during.start)
    return any(
        one.provider_id == opening.provider_id and one.during.overlaps(opening.during)
        for visit in mine.get(client_id, ())
        for one in visit.segments
    )


def _provider(matrix: Matrix, provider_id: int | None) -> str:
    found = matrix.find_provider(provider_id)
    return "" if found is None else found.display_name

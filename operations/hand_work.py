"""Bookings that a person finishes: what the calendar tells of them meanwhile, and what staff's answers do.

The visit's own booking tells the client that it stands, once, as soon as the mirror has it. So nothing here says so;
what is decided here is the hold, the offer, and who is offered the time when it is let go.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from domain import effect_keys
from domain.calendar import Freed, Visit
from domain.catalogue import Matrix
from domain.journey_names import Journey
from domain.messages import opening_tasks
from domain.messages.task_words import TaskWords
from domain.ranges import TimeRange
from domain.tasks import AWAITED, BOOKED, RELEASE
from models.repositories import calendar, clients, effects, holds, offers, openings, practices, tasks, unread_visits
from models.repositories.offers import OfferRow
from models.repositories.openings import OpeningRow
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from operations import journey_deliveries
from operations.message_facts import spoken_to, visit_facts
from operations.staff_tasks import new_task, open_and_post, withdraw_task

_IN_THE_CALENDAR = "the visit is in the calendar, and its own confirmation goes to the client"
_SOMEBODY_ELSE = "somebody else is booked into that time"


def look(session: Session, practice: PracticeFacts, task: TaskRow, *, now: datetime) -> TaskRow:
    """The task as it stands once the calendar has been looked at: it may have taken care of itself."""
    if task.kind in AWAITED and task.state == "open" and task.opening_id is not None:
        catch_up(session, practice, task.opening_id, now=now)
        return tasks.get(session, practice.id, task.id)
    return task


def catch_up(session: Session, practice: PracticeFacts, opening_id: int, *, now: datetime) -> None:
    """Where the calendar shows who has the time of a booking that a person was to finish, it is finished."""
    held = holds.offers_held(session, practice.id, opening_id)
    awaited = [one for one in tasks.open_of_opening(session, practice.id, opening_id) if one.kind in AWAITED]
    asked = {one.client_id for one in awaited}
    for offer in offers.of_opening(session, practice.id, opening_id):
        if offer.id not in held and offer.client_id not in asked and offer.state != "handed_over":
            continue
        own, others = _there(session, practice, offer, location_id=_place(session, practice, opening_id), now=now)
        about = [one for one in awaited if one.client_id == offer.client_id]
        if own is not None:
            _stands(session, practice, offer, own, held.get(offer.id), now=now)
            _withdraw(session, practice, about, why=_IN_THE_CALENDAR, now=now)
        elif others and (about or offer.id in held):
            _lost(session, practice, offer, held.get(offer.id), reason=_SOMEBODY_ELSE, now=now)
            _withdraw(session, practice, about, why=_SOMEBODY_ELSE, now=now)
            words = partial(opening_tasks.given_away, assigned_by="" if offer.sent_at is not None else "A colleague")
            _open(session, practice, offer, words, now=now)


def own_visit(session: Session, practice_id: int, offer: OfferRow) -> Visit | None:
    """The client's own visit with one of the offer's providers in the offered time. One with somebody else then is
    another visit: it is in the way of the offer, not what came of it."""
    during = TimeRange(offer.starts_at, offer.ends_at)
    providers = {one.provider_id for one in offer.segments}
    mine = calendar.client_visits(session, practice_id, [offer.client_id], since=offer.starts_at)
    return next(
        (
            visit
            for visit in mine.get(offer.client_id, ())
            if any(one.provider_id in providers and one.during.overlaps(during) for one in visit.segments)
        ),
        None,
    )


def given(session: Session, practice: PracticeFacts, offer: OfferRow, *, now: datetime) -> bool:
    """Whether the front desk booked the client into the offered time by hand. Then the offer is won."""
    visit = own_visit(session, practice.id, offer)
    if visit is None:
        return False
    held = holds.offers_held(session, practice.id, offer.opening_id)
    _stands(session, practice, offer, visit, held.get(offer.id), now=now)
    return True


def opened(session: Session, practice: PracticeFacts, task: TaskRow, *, now: datetime) -> None:
    """A person has the booking now. Nobody else will tell whether the write that broke off got through, so visits that
    were named and not read are looked at: one of them may be it."""
    offer = _offer_of(session, practice, task)
    if offer is None:
        return
    intent = effects.by_key(session, practice.id, effect_keys.booking_key(offer.id))
    if intent is not None and not intent.settled:
        effects.settle(session, practice.id, intent.id, state="handed_over", now=now, reason="a person finishes it")
    for appointment_id, turn in unread_visits.newest(session, practice.id):
        journey_deliveries.look_at_visit(
            session, practice.id, appointment_id, turn=turn, key=f"look:{task.id}:{appointment_id}", now=now
        )


def answered(session: Session, practice: PracticeFacts, task: TaskRow, *, action: str, by: str, now: datetime) -> None:
    """What a person's answer about a booking they were to finish does, beside the draft it may send."""
    offer = _offer_of(session, practice, task)
    if offer is None:
        return
    if _meant(task, action) == RELEASE:
        _let_go(session, practice, offer, by=by, now=now)
    elif action == BOOKED:
        # The hold stays until the visit is seen. A person hears when that takes long.
        _open(session, practice, offer, opening_tasks.not_seen, now=now)


def carry_out(
    session: Session, practice: PracticeFacts, opening_id: int, answer: dict[str, Any], *, now: datetime
) -> str:
    """An order of staff's that reached a fill which had ended: a new fill of the time carries it out, or a task says
    why none can. Answers with what was done."""
    opening = openings.get(session, practice.id, opening_id, lock=True)
    why = _too_late(practice, opening, now=now)
    if why is None:
        running = [
            one
            for one in openings.live_over(session, practice.id, opening.provider_id, opening.during)
            if one.state == "live" and one.id != opening_id
        ]
        following = running[0].id if running else _next_opening(session, practice, opening, promised=None, now=now)
        if following is not None:
            journey_deliveries.order_fill(
                session, practice.id, following, answer=answer, running=bool(running), now=now
            )
            return f"the fill had ended; that of opening {following} has the order"
        why = "the time had been taken"
    _say_too_late(session, practice, opening, answer, why=why, now=now)
    return f"the fill had ended and {why}; staff know"


# --- what the calendar shows ----------------------------------------------------------------------------------------


def _there(
    session: Session, practice: PracticeFacts, offer: OfferRow, *, location_id: int, now: datetime
) -> tuple[Visit | None, tuple[Visit, ...]]:
    """The client's own visit at the offered time, with whomever it is, and others' with the offer's providers."""
    during = TimeRange(offer.starts_at, offer.ends_at)
    mine = calendar.client_visits(session, practice.id, [offer.client_id], since=offer.starts_at)
    own = next((one for one in mine.get(offer.client_id, ()) if one.segments and one.during.overlaps(during)), None)
    providers = {one.provider_id for one in offer.segments}
    day = calendar.day(session, practice.id, location_id, during, now=now)
    others = tuple(
        visit
        for visit in (*day.visits, *day.elsewhere)
        if visit.client_id != offer.client_id
        and any(one.provider_id in providers and one.during.overlaps(during) for one in visit.segments)
    )
    return own, others


def _place(session: Session, practice: PracticeFacts, opening_id: int) -> int:
    return openings.get(session, practice.id, opening_id).location_id


def _stands(
    session: Session, practice: PracticeFacts, offer: OfferRow, visit: Visit, hold_id: int | None, *, now: datetime
) -> None:
    """Their visit is there, whoever wrote it: the yes was kept."""
    if hold_id is not None:
        holds.finish(session, practice.id, hold_id, state="written", now=now)
    intent = effects.by_key(session, practice.id, effect_keys.booking_key(offer.id))
    if intent is not None and not intent.settled:
        row = calendar.get(session, practice.id, visit.appointment_id)
        effects.settle(session, practice.id, intent.id, state="done", now=now, vendor_ref=row.pms_ref)
    if offer.state != "won":
        offers.set_state(session, practice.id, offer.id, state="won", now=now)
        if offer.entry_id is not None:
            offers.fulfil_entry(session, practice.id, offer.entry_id)
        tasks.decide(
            session,
            practice.id,
            journey=Journey.GAP_FILL.value,
            ref=offer.opening_id,
            subject="claim",
            verdict="won",
            reasons=[{"offer": offer.id, "words": "their visit is in the calendar"}],
            now=now,
        )


def _lost(
    session: Session, practice: PracticeFacts, offer: OfferRow, hold_id: int | None, *, reason: str, now: datetime
) -> None:
    """Nothing came of the yes."""
    if hold_id is not None:
        holds.finish(session, practice.id, hold_id, state="released", now=now)
    intent = effects.by_key(session, practice.id, effect_keys.booking_key(offer.id))
    if intent is not None and not intent.settled:
        effects.settle(session, practice.id, intent.id, state="refused", now=now, reason=reason)
    if offer.state not in {"won", "lost"}:
        offers.set_state(session, practice.id, offer.id, state="lost", now=now)


# --- letting a time go ----------------------------------------------------------------------------------------------


def _let_go(session: Session, practice: PracticeFacts, offer: OfferRow, *, by: str, now: datetime) -> None:
    """The client does not get it: what was held is free, and the time is for the others who wait."""
    opening = openings.get(session, practice.id, offer.opening_id, lock=True)
    held = holds.offers_held(session, practice.id, opening.id)
    following = _next_opening(session, practice, opening, promised=offer.client_id, now=now)
    _lost(session, practice, offer, held.get(offer.id), reason="let go by staff", now=now)
    if following is not None:
        journey_deliveries.start_fill(session, practice.id, following, now=now)
    words = "no time is left to offer it" if following is None else f"offered on as opening {following}"
    tasks.decide(
        session,
        practice.id,
        journey=Journey.GAP_FILL.value,
        ref=opening.id,
        subject="let_go",
        verdict="let go",
        reasons=[{"offer": offer.id, "words": words}],
        now=now,
        decided_by=by,
    )


def _next_opening(
    session: Session, practice: PracticeFacts, opening: OpeningRow, *, promised: int | None, now: datetime
) -> int | None:
    """What is left of an opening's time as an opening of its own; None when nothing is, or a live one covers it. Those
    who were asked about the time before are not asked again."""
    if opening.during.end <= now:
        return None
    openings.close(session, practice.id, opening.id, state="withdrawn", now=now)
    following = openings.create(
        session,
        practice.id,
        Freed(
            location_id=opening.location_id,
            provider_id=opening.provider_id,
            during=TimeRange(max(opening.during.start, now), opening.during.end),
            cause=opening.cause,
            appointment_id=opening.appointment_id,
        ),
        now=now,
        chain_depth=opening.chain_depth,
    )
    if following is not None:
        openings.carry_over(session, practice.id, opening.id, into=following, promised=promised)
    return following


def _too_late(practice: PracticeFacts, opening: OpeningRow, *, now: datetime) -> str | None:
    if opening.state in {"filled", "withdrawn"}:
        return "the time had been taken"
    lead = practice.at(opening.location_id).policy.gap_fill.lead_time
    if opening.during.start - lead <= now:
        return f"it began in less than {int(lead.total_seconds() // 60)} minutes; please book it by hand"
    return None


# --- tasks ----------------------------------------------------------------------------------------------------------


def _meant(task: TaskRow, action: str) -> str:
    """What the pressed button does beside sending a draft."""
    pressed = next((one for one in task.choices if one.get("action") == action), {})
    return str(pressed.get("then") or action)


def _offer_of(session: Session, practice: PracticeFacts, task: TaskRow) -> OfferRow | None:
    """The offer whose booking the task is about."""
    if task.kind not in AWAITED or task.opening_id is None:
        return None
    made = offers.of_opening(session, practice.id, task.opening_id)
    return next((one for one in made if one.client_id == task.client_id and one.state != "replaced"), None)


def _withdraw(session: Session, practice: PracticeFacts, about: Iterable[TaskRow], *, why: str, now: datetime) -> None:
    for task in about:
        withdraw_task(session, practice, task, why=why, now=now)


def _open(session: Session, practice: PracticeFacts, offer: OfferRow, words: Any, *, now: datetime) -> None:
    matrix = practices.matrix(session, practice.id)
    opening = openings.get(session, practice.id, offer.opening_id)
    text: TaskWords = words(
        sender=spoken_to(practice, clients.get(session, practice.id, offer.client_id)),
        visit=visit_facts(matrix, location_id=opening.location_id, start=offer.starts_at, segments=offer.segments),
        now=now,
        reference=f"opening {opening.id}",
    )
    open_and_post(
        session,
        practice,
        new_task(
            practice.at(opening.location_id),
            text,
            key=f"{text.kind}:{opening.id}:{offer.id}",
            now=now,
            client_id=offer.client_id,
            opening_id=opening.id,
            begins_at=offer.starts_at,
        ),
        now=now,
    )


def _say_too_late(
    session: Session, practice: PracticeFacts, opening: OpeningRow, answer: dict[str, Any], *, why: str, now: datetime
) -> None:
    task = tasks.get(session, practice.id, answer["task_id"])
    labels = {str(one.get("action")): str(one.get("label")) for one in task.choices}
    action = str(answer["action"])
    text = opening_tasks.came_too_late(
        visit=_bare_facts(practices.matrix(session, practice.id), opening),
        now=now,
        label=labels.get(action, action),
        by=str(answer.get("by") or "A colleague"),
        why=why,
        reference=f"opening {opening.id}",
    )
    open_and_post(
        session,
        practice,
        new_task(
            practice.at(opening.location_id),
            text,
            key=f"came_too_late:{task.id}",
            now=now,
            client_id=answer.get("client_id"),
            opening_id=opening.id,
        ),
        now=now,
    )


def _bare_facts(matrix: Matrix, opening: OpeningRow) -> Any:
    return visit_facts(matrix, location_id=opening.location_id, start=opening.during.start, segments=())

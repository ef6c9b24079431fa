"""Tasks before staff: the card in their chat, and the answer on its way back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session
from temporalio import activity

from contracts.call import Done
from contracts.task import (
    POST_TASK,
    READ_TASK,
    SETTLE_TASK,
    PostTask,
    SettleTask,
    TaskFacts,
    TaskOrder,
)
from domain import keys
from domain.journeys import Action
from domain.journeys import Journey as JourneyName
from domain.messages.staff import what_became_of_draft
from domain.tasks import BEING_BOOKED, SEND_DRAFT, STEERING, TaskKind, spec_of
from models.repositories import deliveries, effects, holds, practices, tasks
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from models.session import Database
from operations import hand_work, task_orders
from operations.activity_clock import practice_now, real_now, workflow_id
from operations.errors import look_again, translated
from operations.orders import Prospect
from operations.ports import Grace, Links, Vendors
from operations.staff_tasks import post_at
from vendors.chat.base import Card, CardButton, PostedCard
from vendors.errors import Ambiguous, BadAnswer, NotSent, Refused

#: From here on an order's `reminder` redraws the card that stands.
REDRAW = 2


class TaskCards:
    """Nothing but reference, time and choices on the card; names and drafts are behind its link."""

    def __init__(self, *, database: Database, vendors: Vendors, links: Links, grace: Grace) -> None:
        self._database = database
        self._vendors = vendors
        self._links = links
        self._grace = grace

    @activity.defn(name=READ_TASK.name)
    def read_task(self, order: TaskOrder) -> TaskFacts:
        """The task as it stands by the calendar of this moment: what it is about may have taken care of itself."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            row = hand_work.look(session, practice, tasks.get(session, order.practice_id, order.task_id), now=now)
            state = row.state
            if state == "open" and row.kind in STEERING and row.opening_id is not None:
                state = BEING_BOOKED if holds.being_booked(session, order.practice_id, row.opening_id) else state
            if state == "open" and row.kind == TaskKind.WRITE_UNKNOWN:
                hand_work.opened(session, practice, row, now=now)
            prospect = _judged(session, practice, row, order, now=now) if row.state == "open" and order.action else None
        later = post_at(practice, row)
        remind_at = (later or row.opened_at) + practice.policy.task.remind_after
        return TaskFacts(
            kind=row.kind,
            title=row.title,
            state=state,
            due_at=row.due_at,
            remind_at=remind_at if remind_at < row.due_at else None,
            post_at=later,
            safe_default=row.safe_default,
            actions=tuple(str(choice["action"]) for choice in row.choices),
            alert_again_after=practice.policy.task.alert_again_after if spec_of(row.kind).client_waits else None,
            refused_as=prospect.refused.type if prospect and prospect.refused else "",
            refused=prospect.refused.words if prospect and prospect.refused else "",
            says=prospect.words.after if prospect and prospect.words else "",
        )

    @activity.defn(name=POST_TASK.name)
    def post_task(self, order: PostTask) -> Done:
        """Post the card, remind of it, or redraw it with its answer; a practice without a chat has the page."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            row = hand_work.look(session, practice, tasks.get(session, order.practice_id, order.task_id), now=now)
            zone = tasks.zone_of(
                session, order.practice_id, opening_id=row.opening_id, appointment_id=row.appointment_id
            )
            place = tasks.location_of(
                session, order.practice_id, opening_id=row.opening_id, appointment_id=row.appointment_id
            )
            staff_chat = self._vendors.chat(order.practice_id, location_id=place)
            if staff_chat is None or (order.reminder < REDRAW and row.state != "open"):
                return Done()
            intent = effects.plan(
                session,
                order.practice_id,
                key=keys.card_key(order.task_id, order.reminder, order.alert),
                effect="card",
                workflow_id=workflow_id(),
                client_id=None,
                now=now,
            )
            if intent.settled:
                return Done()
            effects.trying(session, order.practice_id, intent.id, real_now=real_now())
        card = self._card(row, zone=zone, order=order, key=intent.key)
        channel = (staff_chat.managers if order.alert else None) or staff_chat.channel
        standing = _standing(row)
        posted: PostedCard | None = None
        with translated():
            try:
                if order.reminder >= REDRAW:
                    for one in standing:
                        staff_chat.chat.redraw(posted=one, card=card)
                else:
                    if intent.state in {"trying", "unknown"} and intent.tried_at is not None:
                        posted = staff_chat.chat.find(channel=channel, key=intent.key, since=intent.tried_at)
                    posted = posted or staff_chat.chat.post(channel=channel, card=card)
            except (Ambiguous, BadAnswer) as error:
                raise look_again(
                    "nobody can say yet whether the card was posted", after=self._grace.bookings
                ) from error
            except Refused as error:
                self._settle(order, intent.id, state="refused", now=now, reason=error.code or error.reason)
                return Done()
            except NotSent:
                self._settle(order, intent.id, state="planned", now=now, reason="not accepted yet")
                raise
        with self._database.transaction() as session:
            if posted is not None and (order.reminder == 0 or order.alert or row.card is None):
                tasks.add_card(session, order.practice_id, order.task_id, channel=posted.channel, ref=posted.ref)
            effects.settle(
                session,
                order.practice_id,
                intent.id,
                state="done",
                now=now,
                vendor_ref=posted.ref if posted else None,
            )
        return Done()

    @activity.defn(name=SETTLE_TASK.name)
    def settle_task(self, order: SettleTask) -> Done:
        """Write the answer, once, and hand it to the journey that asked."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            row = tasks.get(session, order.practice_id, order.task_id)
            settled = tasks.settle(
                session,
                order.practice_id,
                order.task_id,
                state="defaulted" if order.defaulted else "resolved",
                by=order.by,
                resolution={"action": order.action, "reason": order.reason, "client_id": order.client_id}
                | ({"text": order.text or row.draft} if order.action == SEND_DRAFT else {}),
                now=now,
            )
            if settled and not order.defaulted:
                _keep_answer(session, practice, row, order, now=now)
                hand_work.answered(session, practice, row, action=order.action, by=order.by, now=now)
            if settled and row.asked_by is not None:
                deliveries.enqueue(
                    session,
                    order.practice_id,
                    key=f"answered:{order.task_id}",
                    journey=JourneyName(row.asked_by["journey"]),
                    ref=row.asked_by["ref"],
                    turn=row.asked_by.get("turn", 0),
                    action=Action.SIGNAL,
                    message="task_answered",
                    body={
                        "task_id": order.task_id,
                        "kind": row.kind,
                        "action": order.action,
                        "client_id": order.client_id,
                        "by": order.by,
                        "reason": order.reason,
                        "service_ids": list(order.service_ids),
                    },
                    now=now,
                )
        return Done()

    def _card(self, row: TaskRow, *, zone: str, order: PostTask, key: str) -> Card:
        due = _local(row.due_at, zone)
        if row.state != "open":
            resolution = row.resolution or {}
            answer = str(resolution.get("action", row.state)).replace("_", " ")
            facts: tuple[tuple[str, str], ...] = (("Answer", answer), ("By", row.resolved_by or "nobody"))
            if "draft" in resolution:
                facts += (("Text to the client", what_became_of_draft(resolution["draft"], zone=zone)),)
            if row.state == "defaulted":
                facts = (("Nobody came in time", row.safe_default),)
            elif row.state == "withdrawn":
                facts = (("Took care of itself", str((row.resolution or {}).get("why", "")).replace("_", " ")),)
            return Card(
                title=row.title,
                facts=facts,
                text="Settled.",
                buttons=(CardButton(label="Open", action="open", value=str(row.id), url=self._links.task(row.token)),),
                key=key,
            )
        simple = [choice for choice in row.choices if not choice.get("for_candidate")]
        return Card(
            title=_again(order) + row.title,
            facts=(("Due", due), ("If nobody answers", row.safe_default)),
            text="Names, reasons and drafts are behind the link.",
            buttons=(
                CardButton(
                    label="Open", action="open", value=str(row.id), url=self._links.task(row.token), primary=True
                ),
                *(
                    CardButton(
                        label=str(choice["label"]),
                        action=f"task_{choice['action']}",
                        value=f"{row.id}:{choice['action']}",
                    )
                    for choice in simple
                ),
            ),
            key=key,
        )

    def _settle(self, order: PostTask, intent_id: int, *, state: str, now: datetime, reason: str) -> None:
        with self._database.transaction() as session:
            effects.settle(session, order.practice_id, intent_id, state=state, now=now, reason=reason)


def _again(order: PostTask) -> str:
    if order.alert:
        return "A client still waits: "
    return "Reminder: " if order.reminder else ""


def _standing(row: TaskRow) -> tuple[PostedCard, ...]:
    """The task's cards that show how it stands: the first, and those that brought it up again."""
    if row.card is None:
        return ()
    cards = [row.card, *row.card.get("alerts", ())]
    return tuple(PostedCard(channel=str(one["channel"]), ref=str(one["ref"])) for one in cards)


def _keep_answer(session: Session, practice: PracticeFacts, row: TaskRow, order: SettleTask, *, now: datetime) -> None:
    """What was answered, by whom and why, where its journey's decisions are read."""
    if order.by == "rules":
        return
    asked_by = row.asked_by or {"journey": JourneyName.TASK.value, "ref": row.id}
    tasks.decide(
        session,
        practice.id,
        journey=asked_by["journey"],
        ref=asked_by["ref"],
        subject=row.kind,
        verdict=order.action,
        reasons=[{"task": row.id, "client": order.client_id, "words": order.reason}],
        now=now,
        decided_by=order.by,
    )


def _judged(session: Session, practice: PracticeFacts, row: TaskRow, order: TaskOrder, *, now: datetime) -> Prospect:
    """Whether the answer can be carried out. A refusal is kept: where nobody waits for the answer, nobody hears it."""
    found = task_orders.judge(
        session,
        practice,
        row,
        order.action,
        order.client_id,
        now=now,
        in_chat=order.in_chat,
        service_ids=order.service_ids,
        text=order.text,
    )
    if found.refused is not None:
        tasks.note_refused(
            session,
            practice.id,
            row.id,
            {
                "action": order.action,
                "client_id": order.client_id,
                "by": order.by,
                "at": now.isoformat(),
                "words": found.refused.words,
            },
        )
        tasks.decide(
            session,
            practice.id,
            journey=JourneyName.TASK.value,
            ref=row.id,
            subject=order.action,
            verdict="refused",
            reasons=[{"words": found.refused.words}, {"client": order.client_id, "words": order.reason}],
            now=now,
            decided_by=order.by,
        )
    return found


def _local(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b, %H:%M}"

"""Tasks before staff: the card in their chat, and the answer on its way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session
from temporalio import activity

from contracts.activity_call import Done
from contracts.task import (
    POST_TASK,
    READ_TASK,
    SETTLE_TASK,
    PostTask,
    SettleTask,
    TaskFacts,
    TaskOrder,
)
from domain import effect_keys
from domain.journey_names import Action
from domain.journey_names import Journey as JourneyName
from domain.messages import task_cards
from domain.messages.task_words import sentence
from domain.tasks import BEING_BOOKED, SEND_DRAFT, STEERING, Owner, TaskKind, spec_of
from models.repositories import card_bundles, deliveries, effects, holds, locks, practices, task_links, tasks
from models.repositories.effects import IntentRow
from models.repositories.practices import PracticeFacts
from models.repositories.tasks import TaskRow
from models.session import Database
from operations import hand_work, task_answers, task_progress
from operations.activity_clock import practice_now, real_now, workflow_id
from operations.ports import Grace, Links, StaffChat, Vendors
from operations.staff_orders import Prospect
from operations.staff_tasks import post_at
from operations.vendor_errors import look_again, translated
from vendors.chat.base import Card, CardButton, PostedCard
from vendors.errors import Ambiguous, BadAnswer, NotSent, Refused

#: From here on an order's `reminder` redraws the card that stands.
REDRAW = 2
#: Real time. A call of the chat ends in eight seconds; whoever has not posted the shared card by then is gone.
SHARED_POST_TAKES = timedelta(seconds=10)
#: Real time. A post takes a fraction of a second.
SHARED_POST_LOOK = timedelta(seconds=1)
#: A card that changes while it is drawn is drawn again, so often. Each task that changes it draws it as well.
REDRAWS = 3
#: A section of a Slack message takes 3,000 characters (vendors/chat/slack/blocks.py).
MOST_LINES = 20


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One order, and where it is carried out."""

    order: PostTask
    intent: IntentRow
    chat: StaffChat
    channel: str
    now: datetime

    @property
    def practice_id(self) -> int:
        return self.order.practice_id

    @property
    def task_id(self) -> int:
        return self.order.task_id


class TaskCards:
    """What a task is, with whom, when and whose, by initials; names and drafts are behind the card's link, unless the
    practice may and chose to have them in its chat."""

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
            became = task_progress.progress(session, practice, row)
            if practice.policy.layers:
                place = tasks.location_of(
                    session, practice.id, opening_id=row.opening_id, appointment_id=row.appointment_id
                )
                practice = practice.at(place)
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
            under_way=became is not None and not became.final,
        )

    @activity.defn(name=POST_TASK.name)
    def post_task(self, order: PostTask) -> Done:
        """Post the card, bring it up again, or redraw it with its answer; a practice without a chat has the page."""
        with self._database.transaction() as session:
            practice = practices.load(session, order.practice_id)
            now = practice_now(practice.clock)
            first = order.reminder == 0 and not order.alert
            if first:  # before any row is locked: whoever shares a card with others changes theirs
                locks.hold(session, "cards", practice.id)
            row = hand_work.look(session, practice, tasks.get(session, order.practice_id, order.task_id), now=now)
            staff_chat = self._chat_of(session, row, order.practice_id)
            if staff_chat is None or (order.reminder < REDRAW and row.state != "open"):
                return Done()
            if first:
                row = self._with_others(session, practice, row, staff_chat.channel, now=now)
            intent = effects.plan(
                session,
                order.practice_id,
                key=effect_keys.card_key(order.task_id, order.reminder, order.alert),
                effect="card",
                workflow_id=workflow_id(),
                client_id=None,
                now=now,
            )
            if intent.settled:
                return Done()
        channel = (staff_chat.managers if order.alert else None) or staff_chat.channel
        post = Posting(order=order, intent=intent, chat=staff_chat, channel=channel, now=now)
        if row.bundle_id is not None:
            self._bring_up_shared(post, row.bundle_id)
        posted = self._post_own(post) if row.bundle_id is None and order.reminder < REDRAW else None
        if order.reminder >= REDRAW:
            self._redraw(post, row)
        self._settle(order, intent.id, state="done", now=now, vendor_ref=posted.ref if posted else None)
        return Done()

    # --- a card of its own ------------------------------------------------------------------------------------------

    def _post_own(self, post: Posting) -> PostedCard | None:
        """At the foot of the channel, where it is seen, instead of where it stood."""
        with self._database.transaction() as session:
            card = self._card(session, post, tasks.get(session, post.practice_id, post.task_id), key=post.intent.key)
        posted = self._put(post, post.intent, card)
        with self._database.transaction() as session:
            if posted is not None:
                tasks.put_card(session, post.practice_id, post.task_id, channel=posted.channel, ref=posted.ref)
            row = tasks.get(session, post.practice_id, post.task_id)
        for one in (row.card or {}).get("replaced", ()):
            self._take_away(post, PostedCard(channel=one["channel"], ref=one["ref"]))
            with self._database.transaction() as session:
                tasks.card_taken_away(session, post.practice_id, row.id, channel=one["channel"], ref=one["ref"])
        if row.bundle_id is not None:  # others came while it was on its way
            self._show_shared(post, row.bundle_id)
        return posted

    def _redraw(self, post: Posting, row: TaskRow) -> None:
        with self._database.transaction() as session:
            card = self._card(session, post, row, key=post.intent.key)
        for one in _standing(row):
            self._call(post, partial(post.chat.chat.redraw, posted=one, card=card))

    # --- a card for many --------------------------------------------------------------------------------------------

    def _chat_of(self, session: Session, task: TaskRow, practice_id: int) -> StaffChat | None:
        """That of the place the task is about."""
        place = tasks.location_of(session, practice_id, opening_id=task.opening_id, appointment_id=task.appointment_id)
        return self._vendors.chat(practice_id, location_id=place)

    def _with_others(
        self, session: Session, practice: PracticeFacts, row: TaskRow, channel: str, *, now: datetime
    ) -> TaskRow:
        """The task with those of its channel that came at the same time, or wait for their card as it does, where they
        are enough to share one. The caller holds the practice's lock for cards."""
        policy = practice.policy.task
        if row.bundle_id is not None:
            return row
        since = now - policy.bundle_within
        waiting = tasks.open_since(session, practice.id, since=since)
        # The card of some comes later.
        others = [one for one in waiting if one.id != row.id and not spec_of(one.kind).may_pass]
        shared = card_bundles.latest(session, practice.id, channel, since=since)
        if shared is None and len(others) + 1 < policy.bundle_from:
            return row
        chats = {one.id: self._chat_of(session, one, practice.id) for one in others}
        here = [ref for ref, chat in chats.items() if chat is not None and chat.channel == channel]
        if shared is None and len(here) + 1 < policy.bundle_from:
            return row
        bundle = shared if shared is not None else card_bundles.create(session, practice.id, channel, now=now)
        card_bundles.add(session, practice.id, bundle, [row.id, *here])
        return tasks.get(session, practice.id, row.id)

    def _bring_up_shared(self, post: Posting, bundle_id: int) -> None:
        """The shared card, posted once for all that want it at one time; what was answered is struck off."""
        with self._database.transaction() as session:
            within = practices.load(session, post.practice_id).policy.task.bundle_within
            standing = card_bundles.get(session, post.practice_id, bundle_id).cards.get(post.channel)
            brought_up = standing is not None and (
                post.order.reminder == 0 or post.order.reminder >= REDRAW or post.now - standing.at < within
            )
            if brought_up:
                intent = None
            elif post.order.reminder >= REDRAW:
                return  # it was never posted
            else:
                intent = effects.plan(
                    session,
                    post.practice_id,
                    key=effect_keys.bundle_key(bundle_id, post.channel, 1 if standing is None else standing.times + 1),
                    effect="card",
                    workflow_id=workflow_id(),
                    client_id=None,
                    now=post.now,
                )
                tried_at = intent.tried_at if intent.state == "trying" else None
                if tried_at is not None and real_now() - tried_at < SHARED_POST_TAKES:
                    raise look_again("another task is posting the card they share", after=SHARED_POST_LOOK)
                card, _ = self._shared_card(session, post, bundle_id, key=intent.key)
        if intent is not None and not intent.settled:
            posted = self._put(post, intent, card)
            with self._database.transaction() as session:
                if posted is not None:
                    card_bundles.put(
                        session,
                        post.practice_id,
                        bundle_id,
                        post.channel,
                        channel=posted.channel,
                        ref=posted.ref,
                        at=post.now,
                    )
                effects.settle(session, post.practice_id, intent.id, state="done", now=post.now)
        self._show_shared(post, bundle_id)

    def _show_shared(self, post: Posting, bundle_id: int) -> None:
        """The shared card as its tasks stand, and no other card of theirs beside it."""
        for _ in range(REDRAWS):
            with self._database.transaction() as session:
                bundle = card_bundles.get(session, post.practice_id, bundle_id)
                card, drawn = self._shared_card(session, post, bundle_id, key=f"cards:{bundle_id}")
            for named, one in bundle.cards.items():
                place = PostedCard(channel=one.channel, ref=one.ref)
                self._call(post, partial(post.chat.chat.redraw, posted=place, card=card))
                for ref in one.replaced:
                    self._take_away(post, PostedCard(channel=one.channel, ref=ref))
                    with self._database.transaction() as session:
                        card_bundles.taken_away(session, post.practice_id, bundle_id, named, ref=ref)
            with self._database.transaction() as session:
                members = tasks.of_bundle(session, post.practice_id, bundle_id)
            for member in members if bundle.cards else ():
                for own in _standing(member):
                    self._take_away(post, own)
                if member.card is not None:
                    with self._database.transaction() as session:
                        tasks.forget_cards(session, post.practice_id, member.id)
            # Another task may have joined, or been answered, while this was drawn, and drawn before it was.
            if drawn == [(one.id, one.state) for one in members]:
                return

    def _shared_card(
        self, session: Session, post: Posting, bundle_id: int, *, key: str
    ) -> tuple[Card, list[tuple[int, str]]]:
        """The card, and which tasks it shows in which state."""
        practice = practices.load(session, post.practice_id)
        members = tasks.of_bundle(session, post.practice_id, bundle_id)
        still_open = [one for one in members if one.state == "open"]
        lines = [
            self._line(session, practice, post, one) for one in sorted(members, key=lambda one: one.state != "open")
        ]
        more = [f"and {len(lines) - MOST_LINES} more"] if len(lines) > MOST_LINES else []
        link = self._list_link(session, post)
        return (
            Card(
                title=_again(post.order) + task_cards.bundle_title([one.kind for one in still_open])
                if still_open
                else "All of these are settled.",
                facts=(),
                text="\n".join([*lines[:MOST_LINES], *more]),
                buttons=(CardButton(label="Open the list", action="open_list", value="list", url=link, primary=True),),
                key=key,
            ),
            [(one.id, one.state) for one in members],
        )

    def _line(self, session: Session, practice: PracticeFacts, post: Posting, task: TaskRow) -> str:
        about = task_progress.subject(session, practice, task, named=post.chat.names_clients)
        line = task_cards.first_line(task.kind, about)
        became = task_progress.progress(session, practice, task, named=post.chat.names_clients)
        return f"• {line}" if became is None else f"✓ {sentence(line)} {became.words}"

    # --- the chat ---------------------------------------------------------------------------------------------------

    def _put(self, post: Posting, intent: IntentRow, card: Card) -> PostedCard | None:
        """Posts a card once; None where it was refused."""
        with self._database.transaction() as session:
            effects.trying(session, post.practice_id, intent.id, real_now=real_now())
        posted: PostedCard | None = None

        def put() -> None:
            nonlocal posted
            if intent.state in {"trying", "unknown"} and intent.tried_at is not None:
                posted = post.chat.chat.find(channel=post.channel, key=intent.key, since=intent.tried_at)
            posted = posted or post.chat.chat.post(channel=post.channel, card=card)

        self._call(post, put, intent=intent)
        return posted

    def _take_away(self, post: Posting, card: PostedCard) -> None:
        """Where the workspace keeps it, it says where to look."""
        with translated():
            try:
                post.chat.chat.remove(posted=card)
            except Refused:
                moved = Card(title="Brought up again below", facts=(), text="", buttons=(), key=post.intent.key)
                self._call(post, partial(post.chat.chat.redraw, posted=card, card=moved))

    def _call(self, post: Posting, act: Callable[[], None], *, intent: IntentRow | None = None) -> None:
        """What the chat refuses is noted, and the task goes on by its page."""
        about = intent or post.intent
        with translated():
            try:
                act()
            except (Ambiguous, BadAnswer) as error:
                raise look_again(
                    "nobody can say yet whether the card was posted",
                    after=self._grace.of(post.order.practice_id).bookings,
                ) from error
            except Refused as error:
                self._settle(post.order, about.id, state="refused", now=post.now, reason=error.code or error.reason)
            except NotSent:
                self._settle(post.order, about.id, state="planned", now=post.now, reason="not accepted yet")
                raise

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

    def _card(self, session: Session, post: Posting, row: TaskRow, *, key: str) -> Card:
        practice = practices.load(session, post.practice_id)
        about = task_progress.subject(session, practice, row, named=post.chat.names_clients)
        title = task_cards.first_line(row.kind, about)
        opens = CardButton(
            label="Open",
            action="open",
            value=str(row.id),
            url=self._links.task(row.token),
            primary=row.state == "open",
        )
        all_open = CardButton(
            label="All open tasks", action="open_list", value="list", url=self._list_link(session, post)
        )
        became = task_progress.progress(session, practice, row, named=post.chat.names_clients)
        if became is not None:
            return Card(title=title, facts=(), text=became.words, buttons=(opens, all_open), key=key)
        owner = spec_of(row.kind).owner
        simple = [choice for choice in row.choices if not choice.get("for_candidate")]
        due = task_cards.moment(replace(about, at=row.due_at))
        return Card(
            title=_again(post.order) + title,
            facts=(
                ("Due", due),
                ("If nobody answers", row.safe_default),
                *([] if owner is Owner.FRONT_DESK else [("For", owner.value)]),
            ),
            text=_words(row, simple) if post.chat.names_clients else "Names, reasons and drafts are behind the link.",
            buttons=(opens, *(self._choice(post, row, choice) for choice in simple), all_open),
            key=key,
        )

    def _choice(self, post: Posting, row: TaskRow, choice: Mapping[str, Any]) -> CardButton:
        """A text goes out by a press only where the card shows it; else the button leads to where it can be read."""
        label, action = str(choice["label"]), str(choice["action"])
        if action == SEND_DRAFT and not post.chat.names_clients:
            return CardButton(
                label=f"{label} (opens it)", action="open_draft", value=str(row.id), url=self._links.task(row.token)
            )
        return CardButton(label=label, action=f"task_{action}", value=f"{row.id}:{action}")

    def _list_link(self, session: Session, post: Posting) -> str:
        """To all open tasks, for whoever reads the channel."""
        holder = f"channel:{post.channel}"
        token = task_links.ensure_token(session, post.practice_id, holder, secret=self._links.secret, now=post.now)
        return self._links.task_list(token)

    def _settle(
        self,
        order: PostTask,
        intent_id: int,
        *,
        state: str,
        now: datetime,
        reason: str | None = None,
        vendor_ref: str | None = None,
    ) -> None:
        with self._database.transaction() as session:
            effects.settle(
                session, order.practice_id, intent_id, state=state, now=now, reason=reason, vendor_ref=vendor_ref
            )


def _words(row: TaskRow, choices: Iterable[Mapping[str, Any]]) -> str:
    """What the task says, and the text that a press would send."""
    sends = row.draft and any(choice["action"] == SEND_DRAFT for choice in choices)
    return f"{row.body}\n\nThe draft: {row.draft}" if sends else row.body


def _again(order: PostTask) -> str:
    if order.alert:
        return "A client still waits: "
    return "Reminder: " if 0 < order.reminder < REDRAW else ""


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
    found = task_answers.judge(
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

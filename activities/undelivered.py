"""What follows a message that went out and did not arrive: the same as for one that could not be sent."""

from __future__ import annotations

from sqlmodel import Session

from activities.draft_sending import DraftSending
from activities.visit_messages import VisitMessages
from contracts.booking import SendTouch
from contracts.task import ReplyAnswered, SendDraft
from domain.client_notices import Follows, Handed, Notice, follows
from domain.clients import Channel
from domain.messages import staff
from domain.messages.facts import Words
from models.repositories import clients, effects, messages, practices
from models.repositories.effects import IntentRow
from models.repositories.messages import Sent
from models.session import Database
from operations.activity_clock import practice_now
from operations.channels import by_any_channel, is_for_a_person
from operations.gate import Draft, MessageGate, Outcome
from operations.message_facts import quiet_zones
from operations.staff_tasks import new_task, open_and_post
from operations.vendor_errors import look_again, translated


class Undelivered:
    """The intent says "refused" by now, so whatever made the message may be done again: it goes another way."""

    def __init__(self, *, database: Database, gate: MessageGate) -> None:
        self._database = database
        self._gate = gate
        self._touches = VisitMessages(database=database, gate=gate)
        self._drafts = DraftSending(database=database, gate=gate)

    def follow_up(self, practice_id: int, intent_id: int, *, by_person: bool) -> ReplyAnswered:
        """`by_person`: no other way worked in time, so a person tells the client."""
        with self._database.transaction() as session:
            intent = effects.get(session, practice_id, intent_id)
            sent = messages.words_sent(session, practice_id, intent_id)
            if sent is None or (sent.client_id is None and "task" not in intent.detail):
                return ReplyAnswered(outcome="undelivered: to nobody we know")
            notice = Notice(intent.detail["notice"]) if "notice" in intent.detail else Notice.ANSWER
            if follows(notice, Handed.REFUSED) is Follows.RECORDED and notice is not Notice.NEXT_BEST:
                return ReplyAnswered(outcome="undelivered: another message says it")
            if by_person:
                return self._for_a_person(session, practice_id, intent, sent)
        if (touch := intent.detail.get("touch")) is not None:
            told = self._touches.send_touch(SendTouch.model_validate(touch))
            return ReplyAnswered(outcome=f"undelivered: {'; '.join(told.outcomes)}", held_until=told.held_until)
        if (task_id := intent.detail.get("task")) is not None:
            draft = self._drafts.send_draft(SendDraft(practice_id=practice_id, task_id=task_id))
            return ReplyAnswered(outcome=f"undelivered: {draft.outcome}", held_until=draft.held_until)
        if sent.channel is Channel.SMS and follows(notice, Handed.REFUSED) is Follows.OTHER_CHANNEL:
            outcome = self._by_mail(practice_id, intent, sent, notice)
            if not is_for_a_person(notice, outcome):
                return ReplyAnswered(outcome=f"undelivered: email {outcome.handed.value}", held_until=outcome.until)
        with self._database.transaction() as session:
            return self._for_a_person(session, practice_id, intent, sent)

    def _by_mail(self, practice_id: int, intent: IntentRow, sent: Sent, notice: Notice) -> Outcome:
        """The same words: they ask for no reply."""
        assert sent.client_id is not None  # the caller looked
        with self._database.transaction() as session:
            practice = practices.load(session, practice_id)
            matrix = practices.matrix(session, practice_id)
            client = clients.get(session, practice_id, sent.client_id)
        draft = Draft(
            client=client,
            channel=Channel.EMAIL,
            notice=notice,
            template=f"{notice.value}_by_mail",
            words=Words(text=sent.body, subject=f"{practice.short_name}: a message for you"),
            key=f"{intent.key}:{Channel.EMAIL.value}",
            zones=quiet_zones(matrix, None, client),
        )

        def send(channel: Channel) -> Outcome:
            return self._gate.send(practice, draft, now=practice_now(practice.clock))

        with translated():
            outcome = by_any_channel(notice, send, channels=(Channel.EMAIL,))
        if outcome.again_after is not None:
            raise look_again("nobody can say yet whether the mail went out", after=outcome.again_after)
        return outcome

    def _for_a_person(self, session: Session, practice_id: int, intent: IntentRow, sent: Sent) -> ReplyAnswered:
        practice = practices.load(session, practice_id)
        now = practice_now(practice.clock)
        new = new_task(
            practice,
            staff.undelivered(text=sent.body, reference=f"message {intent.id}"),
            key=f"undelivered:{intent.id}",
            now=now,
            client_id=sent.client_id,
        )
        open_and_post(session, practice, new, now=now)
        return ReplyAnswered(outcome="undelivered: a person tells them")

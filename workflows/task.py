"""Something a person must do: put before staff, reminded of, answered once, or settled by its safe default."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from contracts.activity_call import Done
    from contracts.task import (
        POST_TASK,
        READ_TASK,
        SEND_DRAFT,
        SETTLE_TASK,
        DraftSent,
        PostTask,
        SendDraft,
        SettleTask,
        TaskFacts,
        TaskOrder,
    )
    from contracts.workflow_messages import Payload, Resolve, Resolved, TaskInput
    from domain.messages.staff import too_late_to_answer
    from domain.tasks import BEING_BOOKED, STEERS, spec_of
    from domain.tasks import SEND_DRAFT as SEND

from workflows import search_attributes as sa
from workflows.options import CORE, DATABASE, HEARTBEAT, MESSAGING, VENDOR, call
from workflows.waiting import UNTIL_SURE, PracticeWaits

#: What is done with the card, by the order's `reminder`.
CARD = (
    "Put the card before staff",
    "Remind staff",
    "Redraw the card with its answer",
    "Redraw the card with what became of its answer",
)
#: Real time. However fast the practice's clock runs, the chat gets a few attempts.
AT_LEAST = timedelta(seconds=10)
#: Real time for redrawing a card that has its answer; past it the card is stale and the page is not.
LAST_REDRAW = timedelta(days=1)
#: Practice time. A task that nobody answers for weeks is brought up once a week.
LONGEST_PAUSE = timedelta(days=7)
#: The keys of answers that were pressed on a card in the staff chat begin so.
PRESSED = "press:"
#: The rules' own answer: what the task was about took care of itself.
TAKEN_BACK = "withdrawn"
#: Version gate: the card says in the end what became of an order.
FOLLOWS_TO_THE_END = "follow-to-the-end"
#: Real time between looks at an order that is being carried out: a visit is written in seconds, or given up after
#: `pms_give_up`, twenty minutes by default. Past the last look the page goes on telling, and the card does not.
LOOKS = (
    timedelta(seconds=3),
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=15),
)
#: Version gate: an answer is looked at with the calendar of its moment.
LOOKS_BEFORE_AN_ANSWER = "look-before-an-answer"
BOOKING_WORDS = "A client has said yes to this time and is being booked just now. Please look again in a minute."
OVERTAKEN_WORDS = "This has taken care of itself; the task's page says how. Nothing was done with your answer."
#: Where nothing more is known of what an answer does.
DONE_WORDS = "Your answer is written down; the task's page shows what comes of it."
SENDING_WORDS = "The text is on its way; the task's page shows what becomes of it."


class TaskOutcome(Payload):
    action: str
    by: str


@workflow.defn(name="Task")
class Task:
    """Asks staff, and asks again; the first answer counts, and past the deadline the written safe default does."""

    @workflow.init
    def __init__(self, start: TaskInput) -> None:
        self.start = start
        self.pace = PracticeWaits.of(start)
        self.facts: TaskFacts | None = None
        self.answer: Resolve | None = None
        #: What is true once an answer is taken, by its key.
        self.says: dict[str, str] = {}
        #: The answer, or its being out, is being written down.
        self.settled = False

    @workflow.run
    async def run(self, start: TaskInput) -> TaskOutcome:
        facts = await self._read()
        if not await self._takes_care_of_itself(facts):
            await self._put_before_staff(facts, reminder=0)
        if facts.remind_at is not None and not await self._answered(facts, until_reminder=True):
            await self._put_before_staff(facts, reminder=1)
        if not await self._answered(facts, until_reminder=False) and facts.alert_again_after is not None:
            await self._until_a_person_answers(facts, facts.alert_again_after)
        answer, self.settled = self.answer, True
        await call(
            SETTLE_TASK,
            SettleTask(
                practice_id=start.practice_id,
                task_id=start.task_id,
                action=answer.action if answer else "default",
                by=answer.by if answer else "nobody",
                reason=answer.reason if answer else "",
                client_id=answer.client_id if answer else None,
                defaulted=answer is None,
                text=answer.text if answer else None,
                service_ids=answer.service_ids if answer else (),
            ),
            queue=CORE,
            options=DATABASE,
            summary="Write the answer and tell the journey that asked",
        )
        sent = await self._send_draft() if answer is not None and answer.action == SEND else None
        workflow.upsert_search_attributes(
            [sa.STAGE.value_set("resolved" if answer else "defaulted"), sa.NEEDS_HUMAN.value_set(False)]
        )
        await _posted(self._posting(reminder=2))
        if sent is not None and sent.held_until is not None:
            await self._send_when_allowed(facts, sent.held_until)
            await _posted(self._posting(reminder=3))
        if answer is not None and answer.client_id is not None and workflow.patched(FOLLOWS_TO_THE_END):
            await self._follow_to_the_end(facts)
        self._tell(facts, "Answered" if answer else "Nobody came in time: the safe default holds")
        await workflow.wait_condition(workflow.all_handlers_finished)
        return TaskOutcome(action=answer.action if answer else "default", by=answer.by if answer else "nobody")

    async def _read(self) -> TaskFacts:
        self.facts = await self._look("Read the task")
        self._tell(self.facts, "Waiting for a person")
        return self.facts

    async def _look(self, why: str, answer: Resolve | None = None) -> TaskFacts:
        order = TaskOrder(practice_id=self.start.practice_id, task_id=self.start.task_id)
        if answer is not None:
            order = order.model_copy(
                update={
                    "action": answer.action,
                    "client_id": answer.client_id,
                    "service_ids": answer.service_ids,
                    "by": answer.by,
                    "reason": answer.reason,
                    "in_chat": answer.key.startswith(PRESSED),
                    "text": answer.text,
                }
            )
        return await call(READ_TASK, order, queue=CORE, options=DATABASE, summary=why)

    async def _send_draft(self) -> DraftSent:
        order = SendDraft(practice_id=self.start.practice_id, task_id=self.start.task_id)
        try:
            return await call(
                SEND_DRAFT,
                order,
                queue=MESSAGING,
                options=VENDOR,
                summary="Send the draft to the client",
                give_up_after=self.pace.patience(self.start.vendor_give_up, at_least=UNTIL_SURE),
            )
        except ActivityError as error:
            workflow.logger.warning("a task's text could not be sent in time", exc_info=error)
            return await call(
                SEND_DRAFT,
                order.model_copy(update={"given_up": True}),
                queue=MESSAGING,
                options=DATABASE,
                summary="Say on the task that the text did not go out",
            )

    async def _send_when_allowed(self, facts: TaskFacts, until: datetime) -> None:
        """Staff answered at a quiet hour: the text waits for the morning, and is looked at anew then."""
        held: datetime | None = until
        while held is not None:
            self._tell(facts, f"Answered; the text waits until {self.pace.date_words(held)}")
            await self.pace.wait(lambda: False, until=held, summary="Quiet hours: the text waits")
            held = (await self._send_draft()).held_until

    async def _follow_to_the_end(self, facts: TaskFacts) -> None:
        """The card says what became of the order: booked, asked, or refused because."""
        for at, pause in enumerate(LOOKS):
            self._tell(facts, "Answered; its order is being carried out")
            await workflow.sleep(pause, summary="Until its order has been carried out")
            now = await self._look("What became of the order?")
            if not now.under_way or at == len(LOOKS) - 1:
                await _posted(self._posting(reminder=3))
                return

    async def _takes_care_of_itself(self, facts: TaskFacts) -> bool:
        """Whether it is settled before its card is due. Its page takes answers meanwhile."""
        if facts.post_at is None:
            return False
        self._tell(facts, f"Open; staff get its card at {self.pace.date_words(facts.post_at)}")
        settled = await self.pace.wait(
            lambda: self.answer is not None, until=facts.post_at, summary="Until staff get the card"
        )
        self._tell(facts, "Waiting for a person")
        return settled

    async def _until_a_person_answers(self, facts: TaskFacts, pause: timedelta) -> None:
        """A client waits: past its deadline the task stays open, and its buttons alive. It is brought up again, each
        time after twice the pause of the one before."""
        workflow.upsert_search_attributes([sa.STAGE.value_set("overdue")])
        alert, at = 0, facts.due_at
        while self.answer is None:
            alert, at, pause = alert + 1, at + pause, min(pause * 2, LONGEST_PAUSE)
            self._tell(facts, "Overdue: a client waits for a person")
            await self._put_before_staff(facts, reminder=1, alert=alert, until=at)
            await self.pace.wait(lambda: self.answer is not None, until=at, summary="Until it is brought up again")

    async def _put_before_staff(
        self, facts: TaskFacts, *, reminder: int, alert: int = 0, until: datetime | None = None
    ) -> None:
        """The card, tried until the task falls due, or is brought up again. While the staff chat is away the task's
        page takes answers, and neither they nor the safe default wait for the chat."""
        give_up_after = max(self.pace.real_until(until or facts.due_at), AT_LEAST)
        posting = self._posting(reminder, alert=alert, give_up_after=give_up_after)
        await workflow.wait_condition(lambda: posting.done() or self.answer is not None)
        if posting.done():
            await _posted(posting)

    def _posting(
        self, reminder: int, *, alert: int = 0, give_up_after: timedelta = LAST_REDRAW
    ) -> workflow.ActivityHandle[Done]:
        return workflow.start_activity(
            POST_TASK.name,
            PostTask(practice_id=self.start.practice_id, task_id=self.start.task_id, reminder=reminder, alert=alert),
            result_type=POST_TASK.result,
            task_queue=MESSAGING,
            start_to_close_timeout=VENDOR.start_to_close,
            schedule_to_close_timeout=give_up_after,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=VENDOR.retry,
            summary="Bring it up again: a client waits" if alert else CARD[reminder],
        )

    async def _answered(self, facts: TaskFacts, *, until_reminder: bool) -> bool:
        until = facts.remind_at if until_reminder and facts.remind_at is not None else facts.due_at
        return await self.pace.wait(
            lambda: self.answer is not None,
            until=until,
            summary="Until staff are reminded" if until_reminder else "Until the safe default holds",
        )

    def _tell(self, facts: TaskFacts, what: str) -> None:
        workflow.set_current_details(
            f"### {what}\n\n**Task:** {spec_of(facts.kind).words}\n\n**Due:** {self.pace.date_words(facts.due_at)}\n\n"
            f"**If nobody answers:** {facts.safe_default}\n\n"
            f"**Override:** the card's buttons, the task's page, or `/admin/v1/tasks/{self.start.task_id}`."
        )

    async def _refuse_overtaken(self, answer: Resolve) -> None:
        """What the task is about goes on meanwhile: an answer that nothing could come of is refused while somebody
        hears it."""
        if self.answer is not None or not workflow.patched(LOOKS_BEFORE_AN_ANSWER):
            return
        now = await self._look("Can the answer be carried out?", answer)
        if now.state == BEING_BOOKED:
            if answer.action in STEERS:
                raise ApplicationError(BOOKING_WORDS, type="AlreadyClaimed")
        elif now.state == "defaulted":
            raise ApplicationError(too_late_to_answer(now.safe_default), type="TaskSettled")
        elif now.state != "open":
            raise ApplicationError(OVERTAKEN_WORDS, type="TaskSettled")
        if now.refused:
            raise ApplicationError(now.refused, type=now.refused_as or "CannotBeDone")
        self.says[answer.key] = now.says

    def _resolve(self, answer: Resolve) -> Resolved:
        if self.answer is None and self.settled:
            holds = self.facts.safe_default if self.facts is not None else ""
            return Resolved(accepted=False, words=too_late_to_answer(holds))
        if self.answer is None or self.answer.key == answer.key:
            self.answer = self.answer or answer
            usual = SENDING_WORDS if self.answer.action == SEND else DONE_WORDS
            return Resolved(accepted=True, words=self.says.get(self.answer.key) or usual)
        return Resolved(accepted=False, words=f"{self.answer.by} has answered this already.")

    def _refuse_unknown(self, answer: Resolve) -> None:
        choices = self.facts.actions if self.facts is not None else ()
        if choices and answer.action not in choices:
            raise ApplicationError(f"action: one of {', '.join(choices)}", type="UnknownAction")

    @workflow.update(name="resolve")
    async def resolve(self, answer: Resolve) -> Resolved:
        """An answer may come before the task has been read."""
        await workflow.wait_condition(lambda: self.facts is not None)
        self._refuse_unknown(answer)
        await self._refuse_overtaken(answer)
        return self._resolve(answer)

    @resolve.validator
    def _check_resolve(self, answer: Resolve) -> None:
        self._refuse_unknown(answer)

    @workflow.signal(name="resolve_by_signal")
    async def resolve_by_signal(self, answer: Resolve) -> None:
        """A press whose update got no answer, or the rules taking the task back."""
        await workflow.wait_condition(lambda: self.facts is not None)
        if answer.action != TAKEN_BACK:
            try:
                self._refuse_unknown(answer)
                await self._refuse_overtaken(answer)
            except ApplicationError:
                return  # the page shows the task as it stands
        self._resolve(answer)


async def _posted(posting: workflow.ActivityHandle[Done]) -> None:
    try:
        await posting
    except ActivityError as error:
        workflow.logger.warning("the staff chat did not take a card in time", exc_info=error)

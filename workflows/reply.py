"""Answers one text that no other journey owns: a late YES, an unclear word, a number we do not know."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts.task import ANSWER_REPLY, AnswerReply, ReplyAnswered
    from contracts.workflow_messages import ReplyInput

from workflows.options import DATABASE, MESSAGING, VENDOR, call
from workflows.waiting import UNTIL_SURE, PracticeWaits


@workflow.defn(name="Reply")
class Reply:
    """One activity, so that an answer is as durable as everything else; a person where it cannot be sent."""

    @workflow.run
    async def run(self, start: ReplyInput) -> ReplyAnswered:
        pace = PracticeWaits(start.clock.clock())
        answered = await self._answer(start, pace)
        while answered.held_until is not None:
            await pace.wait(lambda: False, until=answered.held_until, summary="Quiet hours: the answer waits")
            answered = await self._answer(start, pace)
        return answered

    async def _answer(self, start: ReplyInput, pace: PracticeWaits) -> ReplyAnswered:
        order = AnswerReply(practice_id=start.practice_id, receipt_id=start.receipt_id)
        try:
            return await call(
                ANSWER_REPLY,
                order,
                queue=MESSAGING,
                options=VENDOR,
                summary="Answer a text that no journey owns",
                give_up_after=pace.patience(start.vendor_give_up, at_least=UNTIL_SURE),
            )
        except ActivityError as error:
            workflow.logger.warning("a text could not be answered in time", exc_info=error)
            return await call(
                ANSWER_REPLY,
                order.model_copy(update={"by_person": True}),
                queue=MESSAGING,
                options=DATABASE,
                summary="A person answers the text",
            )

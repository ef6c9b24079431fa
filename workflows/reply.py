"""Answers one text that no other journey owns: a late YES, an unclear word, a number we do not know."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contracts.task import ANSWER_REPLY, AnswerReply, ReplyAnswered
    from workflows.messages import ReplyInput

from workflows.options import MESSAGING, VENDOR, call


@workflow.defn(name="Reply")
class Reply:
    """One activity, so that an answer is as durable as everything else."""

    @workflow.run
    async def run(self, start: ReplyInput) -> ReplyAnswered:
        return await call(
            ANSWER_REPLY,
            AnswerReply(practice_id=start.practice_id, receipt_id=start.receipt_id),
            queue=MESSAGING,
            options=VENDOR,
            summary="Answer a text that no journey owns",
        )

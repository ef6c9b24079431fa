"""One delivery to its journey, and what came of the attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contracts.workflow_messages import Resolved
from domain.journey_names import Action
from inbox import journey_specs, updates
from inbox.settling import Dead, Done, JourneyOver, Later, Outcome
from models.repositories.deliveries import Waiting
from models.repositories.receipts import ReceiptFacts
from vendors.chat.base import Chat
from vendors.errors import VendorError
from workflows.ids import workflow_id

_log = structlog.get_logger(__name__)

_RPC_TIMEOUT: Final = timedelta(seconds=5)
#: For errors nobody foresaw; at the longest pause this is some four minutes.
_TRIES: Final = 50
#: The request itself will never be taken.
_FOR_GOOD: Final = frozenset({RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.OUT_OF_RANGE, RPCStatusCode.UNIMPLEMENTED})


@dataclass(frozen=True, kw_only=True)
class Job:
    """A claimed delivery with what its hand-over needs to know, or why that could not be found out."""

    delivery: Waiting
    start: journey_specs.Start | None = None
    receipt: ReceiptFacts | None = None
    error: Exception | None = None


class HandOver:
    """Starts, signals and asks workflows. `chat` is the staff chat of a practice, for answers to presses."""

    def __init__(self, client: Client, *, chat: Callable[[int], Chat | None]) -> None:
        self._client = client
        self._chat = chat

    async def attempt(self, job: Job) -> Outcome:
        """Never raises: whatever happens is an outcome."""
        delivery = job.delivery
        try:
            if job.error is not None:
                raise job.error
            return await self._hand_over(job)
        except (KeyError, ValidationError) as error:
            # Not the error's text: it quotes the message.
            return Dead(f"{type(error).__name__}: {delivery.message or 'start'} does not fit its journey")
        except RPCError as error:
            return _failed(error)
        except Exception as error:
            # Not known to be hopeless, but nothing may go round for ever unseen.
            words = type(error).__name__
            return Later(words) if delivery.attempts < _TRIES else Dead(f"{words}, {delivery.attempts} times")

    async def _hand_over(self, job: Job) -> Outcome:
        match job.delivery.action:
            case Action.START:
                return await self._start(job)
            case Action.SIGNAL_WITH_START:
                return await self._signal_with_start(job)
            case Action.SIGNAL:
                return await self._signal(job.delivery, job.delivery.message)
            case Action.UPDATE:
                return await self._update(job)

    async def _start(self, job: Job) -> Outcome:
        assert job.start is not None  # prepared with the claim
        try:
            await self._start_workflow(job.start)
        except WorkflowAlreadyStartedError:
            return Done("had run before")
        return Done("started")

    async def _signal_with_start(self, job: Job) -> Outcome:
        assert job.start is not None  # prepared with the claim
        delivery = job.delivery
        message = journey_specs.message_of(delivery.journey, delivery.message, dict(delivery.body))
        start = replace(job.start, delay=None)  # what comes with an order of staff's is no slip that may be undone
        try:
            await self._start_workflow(start, start_signal=delivery.message, start_signal_args=[message])
        except WorkflowAlreadyStartedError:
            return JourneyOver()
        return Done("signalled")

    async def _start_workflow(self, start: journey_specs.Start, **signal: Any) -> None:
        await self._client.start_workflow(
            start.workflow,
            start.input,
            id=start.id,
            task_queue=journey_specs.QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            priority=start.priority,
            search_attributes=start.search_attributes,
            static_summary=start.summary,
            static_details=start.details,
            start_delay=start.delay,
            rpc_timeout=_RPC_TIMEOUT,
            **signal,
        )

    async def _signal(self, delivery: Waiting, name: str) -> Outcome:
        message = journey_specs.message_of(delivery.journey, name, dict(delivery.body))
        handle = self._client.get_workflow_handle(_workflow_id(delivery))
        try:
            await handle.signal(name, message, rpc_timeout=_RPC_TIMEOUT)
        except RPCError as error:
            if updates.ended(error):
                return JourneyOver()
            raise
        return Done("signalled")

    async def _update(self, job: Job) -> Outcome:
        """A press of a card's button: the answer goes back to who pressed, the rest by signal under the same key."""
        delivery = job.delivery
        message = journey_specs.message_of(delivery.journey, delivery.message, dict(delivery.body))
        answer = await updates.ask(
            self._client,
            workflow_id=_workflow_id(delivery),
            update=delivery.message,
            message=message,
            key=str(delivery.body.get("key") or delivery.key),
            result=Resolved,
        )
        outcome: Outcome
        match answer:
            case updates.Answered():
                words, outcome = answer.result.words, Done("answered")
            case updates.Declined():
                words, outcome = answer.words, Done(f"refused: {answer.type}")
            case updates.Over():
                words, outcome = "This has been settled already; the task's page says how.", JourneyOver()
            case updates.NoAnswer():
                outcome = await self._signal(delivery, f"{delivery.message}_by_signal")
                words = "Received. It is on its way; the task's page shows what became of it."
        await self._answer_press(job, words)
        return outcome

    async def _answer_press(self, job: Job, words: str) -> None:
        url = str(job.receipt.parsed.get("response_url") or "") if job.receipt else ""
        if url:
            await asyncio.to_thread(self._answer, job.delivery, url, words)

    def _answer(self, delivery: Waiting, url: str, words: str) -> None:
        try:
            chat = self._chat(delivery.practice_id)
            if chat is not None:
                chat.answer(response_url=url, text=words)
        except VendorError as error:
            # The task is answered all the same, and its card is redrawn by the journey.
            _log.warning("press.not_answered", delivery_id=delivery.id, error=type(error).__name__)


def _failed(error: RPCError) -> Outcome:
    if error.status in _FOR_GOOD:
        return Dead(f"Temporal refused it: {error.status.name}")
    if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.NOT_FOUND):
        _log.error("relay.temporal_misconfigured", status=error.status.name)
    return Later(error.status.name)


def _workflow_id(delivery: Waiting) -> str:
    return workflow_id(journey=delivery.journey, practice_id=delivery.practice_id, ref=delivery.ref, turn=delivery.turn)

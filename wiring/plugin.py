"""One plugin for every Temporal client, worker and replayer, so that none of them can disagree on payloads."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.plugin import SimplePlugin
from temporalio.worker import (
    ActivityInboundInterceptor,
    ActivityOutboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from wiring.codec import SealingCodec
from wiring.settings import Settings

# Pure rules, payload classes and the workflows themselves. Loading them anew for each workflow instance costs far more
# than the workflow itself (7 ms of a fill's, 19 where no bytecode is kept; temporalio/sdk-python deadlocks at 2 s), and
# payload classes must be the ones payloads are decoded into. That workflow code reads no clock, no chance and no world,
# and keeps nothing in its modules, `tests/workflows/test_determinism.py` sees to.
PASSED_THROUGH: Final = ("contracts", "domain", "workflows")

HEARTBEAT_SECONDS: Final = 1.0


class AppPlugin(SimplePlugin):
    """Sealed Pydantic payloads, sealed failures, the workflow sandbox, and activities that report a lost worker."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            "chairflow",
            data_converter=sealed_converter(settings),
            workflow_runner=_pass_ours_through,
            interceptors=[ActivityWatch()],
        )


def sealed_converter(settings: Settings) -> DataConverter:
    """Frozen Pydantic models as JSON, sealed; exception texts and stack traces are sealed too."""
    return DataConverter(
        payload_converter_class=PydanticPayloadConverter,
        payload_codec=SealingCodec(settings.keyring(), namespace=settings.temporal_namespace),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def _pass_ours_through(runner: WorkflowRunner | None) -> WorkflowRunner:
    if runner is None:
        runner = SandboxedWorkflowRunner()
    if not isinstance(runner, SandboxedWorkflowRunner):
        return runner
    restrictions = runner.restrictions.with_passthrough_modules(*PASSED_THROUGH)
    return dataclasses.replace(runner, restrictions=restrictions)


class ActivityWatch(Interceptor):
    """Gives an activity's log lines their references, and lets a long one heartbeat by itself."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 (the SDK names it)
        """Wraps one attempt of one activity."""
        return _WatchedActivity(next)


class _WatchedActivity(ActivityInboundInterceptor):
    def init(self, outbound: ActivityOutboundInterceptor) -> None:
        self._heartbeats = _RememberingHeartbeats(outbound)
        super().init(self._heartbeats)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 (the SDK names it)
        info = activity.info()
        with structlog.contextvars.bound_contextvars(
            workflow_id=info.workflow_id, activity=info.activity_type, attempt=info.attempt
        ):
            if info.heartbeat_timeout is None:
                return await super().execute_activity(input)
            with self._beating():
                return await super().execute_activity(input)

    @contextlib.contextmanager
    def _beating(self) -> Iterator[None]:
        # On the event loop, also for activities that run in a thread: the loop is free while they block. Not through
        # activity.heartbeat(), which for a thread's activity waits for this very loop.
        beats = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beats.cancel()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            self._heartbeats.repeat()


class _RememberingHeartbeats(ActivityOutboundInterceptor):
    """Keeps what the activity itself reported, so that our beat does not wipe it out."""

    _details: tuple[Any, ...] = ()

    def heartbeat(self, *details: Any) -> None:
        self._details = details
        super().heartbeat(*details)

    def repeat(self) -> None:
        super().heartbeat(*self._details)

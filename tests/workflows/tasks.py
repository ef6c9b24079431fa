"""A task before staff: what it is, who answers it, and its journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from contracts.task import TaskFacts
from contracts.workflow_messages import Resolve, Resolved, TaskInput
from tests.workflows.fake_activities import MORNING, FakeWorld
from workflows.task import TaskOutcome

TASK = 5
REMIND = MORNING + timedelta(minutes=20)
DUE = MORNING + timedelta(minutes=60)
FACTS = TaskFacts(
    kind="nobody_left",
    title="Nobody left to ask",
    state="open",
    due_at=DUE,
    remind_at=REMIND,
    safe_default="The time stays free.",
    actions=("assign", "offer", "leave"),
)
ANA = Resolve(key="press:1", action="assign", by="ana", reason="promised", client_id=8)
BEN = Resolve(key="press:2", action="leave", by="ben")


@dataclass
class Asked:
    """The task's journey, and staff who answer it."""

    world: FakeWorld
    _handle: WorkflowHandle[Any, Any] | None = None

    async def start(self, *, skipping: bool = True) -> None:
        self._handle = await self.world.start("Task", TaskInput(**self.world.input(), task_id=TASK), skipping=skipping)

    async def play(self) -> TaskOutcome:
        await self.start()
        return await self.outcome()

    async def outcome(self) -> TaskOutcome:
        return TaskOutcome.model_validate(await self.handle.result())

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        assert self._handle is not None, "the task has not been started"
        return self._handle

    async def resolve(self, answer: Resolve) -> Resolved:
        return Resolved.model_validate(await self.handle.execute_update("resolve", answer, result_type=Resolved))

"""Commands that go through Temporal, against a server and small stand-ins for the journeys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, ScheduleActionStartWorkflow, ScheduleOverlapPolicy
from temporalio.worker import Worker
from typer.testing import Result

from domain.ranges import TimeRange
from models.calendar import Opening
from tests.cli.conftest import Chairflow
from tests.inbox.scene import Scene
from wiring.devserver import DevServer

with workflow.unsafe.imports_passed_through():
    from contracts.booking import Reconciled
    from contracts.workflow_messages import (
        Accepted,
        AssignTo,
        GapFillInput,
        OfferTo,
        ReconcileInput,
        Resolve,
        Resolved,
        TaskInput,
        Withdraw,
    )
    from workflows.ids import gap_fill_id, task_id


LATER = datetime(2099, 11, 24, 19, tzinfo=UTC)


@workflow.defn(name="GapFill", sandboxed=False)
class StandInFill:
    """Says what it was told, and ends when it is withdrawn."""

    def __init__(self) -> None:
        self.over = False

    @workflow.run
    async def run(self, start: GapFillInput) -> None:
        await workflow.wait_condition(lambda: self.over)

    @workflow.update(name="offer_to")
    async def offer_to(self, order: OfferTo) -> Accepted:
        return Accepted(words=f"asks {order.client_id} for {order.by}: {order.reason}")

    @workflow.update(name="assign_to")
    async def assign_to(self, order: AssignTo) -> Accepted:
        return Accepted(words=f"gives it to {order.client_id} for {order.by}: {order.reason}")

    @workflow.update(name="withdraw")
    async def withdraw(self, order: Withdraw) -> Accepted:
        self.over = True
        return Accepted(words=f"withdrawn by {order.by}")


@workflow.defn(name="Reconcile", sandboxed=False)
class StandInReconcile:
    """Answers with its own orders, so that a test sees them."""

    @workflow.run
    async def run(self, start: ReconcileInput) -> Reconciled:
        return Reconciled(differences=start.days, openings=int(start.baseline))


@workflow.defn(name="Task", sandboxed=False)
class StandInTask:
    """Says what it was answered with; the second answer is too late."""

    def __init__(self) -> None:
        self.answers = 0

    @workflow.run
    async def run(self, start: TaskInput) -> None:
        await workflow.wait_condition(lambda: self.answers > 1)

    @workflow.update(name="resolve")
    async def resolve(self, answer: Resolve) -> Resolved:
        self.answers += 1
        if self.answers > 1:
            return Resolved(accepted=False, words="Jo has answered this already.")
        said = f"{answer.action} {answer.text!r} {answer.client_id} for {answer.by}: {answer.reason}"
        return Resolved(accepted=True, words=said)


@pytest.fixture
async def client(temporal_client: Client) -> Client:
    return temporal_client


@asynccontextmanager
async def at_work(client: Client) -> AsyncIterator[None]:
    async with Worker(client, task_queue="core", workflows=[StandInFill, StandInReconcile, StandInTask]):
        yield


async def command(chairflow: Chairflow, server: DevServer, *arguments: str) -> Result:
    return await asyncio.to_thread(chairflow, *arguments, TEMPORAL_ADDRESS=server.address)


async def a_fill(client: Client, scene: Scene) -> int:
    opening = scene.opening()
    with scene.database.transaction() as session:  # far ahead of the terminal's own clock
        session.get_one(Opening, opening).during = TimeRange(LATER, LATER + timedelta(hours=1))
    await client.start_workflow(
        "GapFill",
        GapFillInput(practice_id=scene.practice_id, opening_id=opening),
        id=gap_fill_id(practice_id=scene.practice_id, opening_id=opening),
        task_queue="core",
    )
    return opening


async def test_a_fill_is_steered_and_says_what_it_does(
    chairflow: Chairflow, scene: Scene, client: Client, temporal_server: DevServer
) -> None:
    botox = scene.service()
    ada = str(scene.waits_for(botox, "+12125550111"))
    async with at_work(client):
        fill = str(await a_fill(client, scene))
        said = [
            await command(chairflow, temporal_server, "fill", *arguments)
            for arguments in (
                ("assign", fill, ada, "--reason", "he is here", "--dry-run"),
                ("assign", fill, ada, "--reason", "he is here"),
                ("offer-to", fill, "999", "--reason", "she called", "--by", "Jo"),
                ("withdraw", fill),
                ("withdraw", fill),
            )
        ]

    time = "Ada E. for Botox (30 min) Tue Nov 24 2099 at 2:00 PM with Maria"
    assert [(result.exit_code, result.output) for result in said] == [
        (0, f"Books {time}. Texts Ada E.\n"),
        (
            0,
            f"Being booked: {time}. It stands once the practice system has taken it; a task says so if it does not. "
            "Texts Ada E.\n",
        ),
        (1, "✗ There is no such client in this practice.\n"),
        (0, "Offers are withdrawn. Nobody is texted.\n"),
        (1, "✗ This fill has ended; start a new one if the time is still free.\n"),
    ]


async def test_a_draft_is_sent_from_the_terminal_as_staff_typed_it(
    chairflow: Chairflow, scene: Scene, client: Client, temporal_server: DevServer
) -> None:
    task = scene.task(draft="Glow: Which days suit you?", client_id=scene.client("+12125550111"))
    await client.start_workflow(
        "Task",
        TaskInput(practice_id=scene.practice_id, task_id=task),
        id=task_id(practice_id=scene.practice_id, task=task),
        task_queue="core",
    )

    async with at_work(client):
        said = [
            await command(chairflow, temporal_server, "tasks", "answer", str(task), "send", *arguments)
            for arguments in (("--text", "Glow: Monday?", "--by", "Jo", "--reason", "asked"), ())
        ]

    assert [(result.exit_code, result.output) for result in said] == [
        (0, "send 'Glow: Monday?' None for Jo: asked\n"),
        (1, "✗ Jo has answered this already.\n"),
    ]


async def test_an_assignment_wants_a_reason(
    chairflow: Chairflow, scene: Scene, client: Client, temporal_server: DevServer
) -> None:
    fill = str(await a_fill(client, scene))

    unsaid = await command(chairflow, temporal_server, "fill", "assign", fill, "7")
    empty = await command(chairflow, temporal_server, "fill", "assign", fill, "7", "--reason", " ")

    assert (unsaid.exit_code, empty.exit_code) == (2, 2)
    assert "--reason" in unsaid.stderr
    assert empty.stderr.startswith("✗ --reason: ")


async def test_reconcile_waits_for_its_result(
    chairflow: Chairflow, scene: Scene, client: Client, temporal_server: DevServer
) -> None:
    async with at_work(client):
        result = await command(chairflow, temporal_server, "reconcile", "--days", "3", "--baseline")

    assert (result.exit_code, result.stdout) == (0, "3 days read: 3 differences, 1 openings.\n")


async def test_reconcile_without_a_worker_says_where_to_look(
    chairflow: Chairflow, scene: Scene, temporal_server: DevServer
) -> None:
    result = await command(chairflow, temporal_server, "reconcile", "--wait", "1s")

    assert result.exit_code == 1
    assert "Not done yet, and it goes on without us: is a worker running?" in result.stderr
    assert f"/workflows/reconcile:{scene.practice_id}:by-hand:" in result.stderr


async def test_a_schedule_skips_overlaps_and_does_not_make_up_for_an_outage(
    chairflow: Chairflow, scene: Scene, client: Client, temporal_server: DevServer
) -> None:
    made = await command(chairflow, temporal_server, "schedule", "--every", "10m")
    again = await command(chairflow, temporal_server, "schedule", "--every", "1h", "--days", "5")
    handle = client.get_schedule_handle(f"reconcile:{scene.practice_id}")
    schedule = (await handle.describe()).schedule
    gone = await command(chairflow, temporal_server, "schedule", "--off")
    nothing = await command(chairflow, temporal_server, "schedule", "--off")

    name = f"Schedule reconcile:{scene.practice_id}"
    assert [result.stdout for result in (made, again, gone, nothing)] == [
        f"{name}: 14 days are read every 10 minutes.\n",
        f"{name}: 5 days are read every 60 minutes.\n",
        f"{name} is gone. Webhooks alone tell of changes now; blocks and shifts send none.\n",
        "It was not read by the clock.\n",
    ]
    assert [interval.every for interval in schedule.spec.intervals] == [timedelta(hours=1)]
    assert schedule.spec.jitter == timedelta(minutes=6)
    assert schedule.policy.overlap is ScheduleOverlapPolicy.SKIP
    assert schedule.policy.catchup_window == timedelta(minutes=1)
    assert isinstance(schedule.action, ScheduleActionStartWorkflow)
    order = await _decoded(client, schedule.action.args[0])
    assert (order.practice_id, order.days, order.baseline, order.pms_queue) == (
        scene.practice_id,
        5,
        False,
        "pms-boulevard",
    )


async def _decoded(client: Client, payload: Any) -> ReconcileInput:
    """A described schedule carries its input as it is kept: sealed."""
    (order,) = await client.data_converter.decode([payload], [ReconcileInput])
    assert isinstance(order, ReconcileInput)
    return order

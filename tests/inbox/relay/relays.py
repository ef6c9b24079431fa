"""Relays for tests, events for them to carry, and what a journey was told in the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Worker

from contracts.activity_call import Done
from contracts.task import POST_TASK, READ_TASK, SETTLE_TASK, PostTask, SettleTask, TaskFacts, TaskOrder
from inbox.event_json import Heard
from inbox.intake import Arrival
from inbox.relay import Relay, RelayOptions
from models.repositories.receipts import Purpose
from models.session import Database
from tests.inbox.scene import NOW, Scene
from vendors.chat.base import Card, PostedCard
from vendors.pms.base import PmsEvent
from workflows.task import Task

PHONE = "+12125550111"


class RecordingChat:
    """Keeps what presses were answered with."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, str]] = []

    def post(self, *, channel: str, card: Card) -> PostedCard:
        raise AssertionError("the relay posts nothing")

    def redraw(self, *, posted: PostedCard, card: Card) -> None:
        raise AssertionError("the relay redraws nothing")

    def remove(self, *, posted: PostedCard) -> None:
        raise AssertionError("the relay takes nothing away")

    def find(self, *, channel: str, key: str, since: datetime) -> PostedCard | None:
        raise AssertionError("the relay looks for nothing")

    def answer(self, *, response_url: str, text: str, card: Card | None = None) -> None:
        self.answers.append((response_url, text))


def make_relay(
    client: Client,
    database: Database,
    scene: Scene,
    chat: RecordingChat,
    *,
    wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    options: RelayOptions | None = None,
    busy: Callable[[], bool] = lambda: False,
) -> Relay:
    return Relay(
        client=client,
        database=database,
        chat=lambda _: chat,
        options=options or RelayOptions(),
        wall=wall,
        busy=busy,
    )


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    """The relay as a process runs it, until the block is left."""
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def done(scene: Scene, count: int) -> None:
    """Waits until so many deliveries have been handed over."""
    async with asyncio.timeout(20):
        while [one.state for one in scene.deliveries()].count("done") < count:  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.05)


def arrive(scene: Scene, purpose: Purpose, heard: Heard, key: str = "e1") -> int:
    arrival = Arrival(
        vendor="v", slug=scene.slug, purpose=purpose, event_key=key, event_type="any", heard=heard, payload=b"raw"
    )
    return scene.arrive(arrival)


def pms_event(key: str = "e1") -> PmsEvent:
    return PmsEvent(
        event_key=key, event_type="X", business_ref="b", occurred_at=NOW, appointment_ref="urn:blvd:Appointment:a"
    )


async def signals(handle: WorkflowHandle[Any, Any]) -> list[str]:
    history = await handle.fetch_history()
    return [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]


def outcomes(scene: Scene) -> list[tuple[str, str]]:
    return [(one.message or one.action, one.state) for one in scene.deliveries()]


@asynccontextmanager
async def task_worker(client: Client, *, until: threading.Event | None = None) -> AsyncIterator[None]:
    """The real `Task` with activities that do nothing; an answered task goes on to its end only once `until` is set."""

    @activity.defn(name=READ_TASK.name)
    def read_task(order: TaskOrder) -> TaskFacts:
        return TaskFacts(
            kind="nobody_left",
            title="t",
            state="open",
            due_at=datetime.now(UTC) + timedelta(hours=1),
            actions=("assign", "leave"),
        )

    @activity.defn(name=POST_TASK.name)
    def post_task(order: PostTask) -> Done:
        return Done()

    @activity.defn(name=SETTLE_TASK.name)
    def settle_task(order: SettleTask) -> Done:
        if until is not None:
            until.wait(timeout=20)
        return Done()

    with ThreadPoolExecutor(4) as pool:
        core = Worker(
            client,
            task_queue="core",
            workflows=[Task],
            activities=[read_task, settle_task],
            activity_executor=pool,
        )
        messaging = Worker(client, task_queue="messaging", activities=[post_task], activity_executor=pool)
        async with core, messaging:
            yield

"""A button of a card on its way to its task."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from domain.journey_names import Action, Journey
from inbox.relay import Relay
from models.repositories.receipts import Purpose
from tests.inbox.relay.relays import RecordingChat, arrive, outcomes, signals, task_worker
from tests.inbox.scene import Scene
from vendors.chat.base import CardPress
from workflows.ids import task_id


async def knows_its_choices(task: WorkflowHandle[Any, Any]) -> bool:
    """Whether the task has been read, so that it can tell a choice it does not have: it goes on to show its card."""
    history = await task.fetch_history()
    kinds = [event.event_type for event in history.events]
    return kinds.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED) > 1


class TestPresses:
    """A button of a card: the update, its answer to the presser, and the signal where nobody answers."""

    async def test_the_first_press_counts_and_the_second_hears_so(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task, both_heard = scene.task(), threading.Event()
        async with task_worker(temporal_client, until=both_heard):
            scene.enqueue(Journey.TASK, task, Action.START)
            await relay.drain()
            self._press(scene, f"{task}:leave", "dana")
            await relay.drain()
            self._press(scene, f"{task}:leave", "lee")
            await relay.drain()
            both_heard.set()

        words = [text for _, text in chat.answers]
        assert words[0].startswith("Your answer is written down")
        assert "answered" in words[1]
        assert [state for _, state in outcomes(scene)][:2] == ["done", "done"]

    async def test_a_choice_the_task_does_not_have_is_refused_in_words(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task = scene.task()
        async with task_worker(temporal_client):
            scene.enqueue(Journey.TASK, task, Action.START)
            await relay.drain()
            handle = temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task))
            async with asyncio.timeout(10):
                while not await knows_its_choices(handle):  # noqa: ASYNC110 (Temporal is asked, not this loop)
                    await asyncio.sleep(0.05)
            self._press(scene, f"{task}:explode", "dana")
            await relay.drain()

        assert "leave" in chat.answers[0][1]

    async def test_with_no_worker_the_press_goes_by_signal(
        self, scene: Scene, relay: Relay, chat: RecordingChat, temporal_client: Client
    ) -> None:
        task = scene.task()
        scene.enqueue(Journey.TASK, task, Action.START)
        await relay.drain()

        self._press(scene, f"{task}:leave", "dana")
        await relay.drain()

        handle = temporal_client.get_workflow_handle(task_id(practice_id=scene.practice_id, task=task))
        assert await signals(handle) == ["resolve_by_signal"]
        assert chat.answers[0][1].startswith("Received.")
        await handle.terminate()

    @staticmethod
    def _press(scene: Scene, value: str, by: str) -> None:
        scene.count += 1
        pressed = CardPress(
            event_key=f"press-{scene.count}",
            team_ref="T1",
            user_ref="U1",
            user_name=by,
            action="any",
            value=value,
            channel="C1",
            card_ref="1.2",
            response_url="https://chat.example/answer",
        )
        arrive(scene, Purpose.PRESS, pressed, key=pressed.event_key)

"""The application as it runs: its lifespan connects, relays, and outlives Temporal's absence."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from temporalio.client import Client

from inbox.intake import Intake
from tests.api.support import (
    PUBLIC,
    boulevard_call,
    boulevard_event,
    dependencies,
    real_now,
    running_api,
    twilio_call,
    without,
)
from tests.inbox.scene import OUR_NUMBER, Scene
from workflows.ids import booking_id

PMS = "/webhooks/boulevard/glow"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what happens in the background; a test that waits in vain fails by the timeout."""
    async with asyncio.timeout(30):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 (the database is asked, not this loop)
            await asyncio.sleep(0.05)


async def test_webhooks_are_taken_in_while_temporal_is_away_and_delivered_once_it_is_back(
    scene: Scene, temporal_client: Client
) -> None:
    back = asyncio.Event()

    async def connect() -> Client:
        if not back.is_set():
            raise ConnectionError("away")
        return temporal_client

    deps = without(dependencies(scene), connect=connect, wall=real_now)
    async with running_api(scene, deps) as api, api.app.router.lifespan_context(api.app):
        answer = await api.http.post(PMS, **boulevard_call(boulevard_event(), at=real_now()))
        await until(lambda: [one.state for one in scene.deliveries()] == ["waiting"])
        back.set()
        await until(lambda: scene.deliveries()[0].state == "done")

    assert answer.status_code == 204
    handle = temporal_client.get_workflow_handle(
        booking_id(practice_id=scene.practice_id, appointment_id=scene.deliveries()[0].ref)
    )
    assert (await handle.describe()).workflow_type == "Booking"


async def test_a_stranger_s_text_is_under_way_right_after_the_webhook(scene: Scene, temporal_client: Client) -> None:
    async def connect() -> Client:
        return temporal_client

    form = {"MessageSid": "SM1", "From": "+12125550177", "To": OUR_NUMBER, "Body": "can I come at 3?"}
    path = "/webhooks/twilio/inbound/glow"
    deps = without(dependencies(scene), connect=connect, wall=real_now)
    async with running_api(scene, deps) as api, api.app.router.lifespan_context(api.app):
        await api.http.post(path, **twilio_call(PUBLIC + path, form))
        await until(lambda: [one.state for one in scene.deliveries()] == ["done"])

    assert scene.waiting() == [("reply", 1, "start", "")]


async def test_a_relay_that_dies_is_started_again(scene: Scene, temporal_client: Client) -> None:
    async def connect() -> Client:
        return temporal_client

    deps = without(dependencies(scene), connect=connect, wall=real_now)
    async with running_api(scene, deps) as api:
        intake = api.app.state.running.intake = BreaksOnce(api.app.state.running.intake)
        async with api.app.router.lifespan_context(api.app):
            await until(lambda: intake.broken)
            await api.http.post(PMS, **boulevard_call(boulevard_event(), at=real_now()))
            await until(lambda: [one.state for one in scene.deliveries()] == ["done"])


class BreaksOnce:
    """An intake that fails the first time the relay, on the loop's own thread, asks how busy it is."""

    def __init__(self, real: Intake) -> None:
        self._real = real
        self._loop = threading.current_thread()
        self.broken = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @property
    def busy(self) -> bool:
        if threading.current_thread() is self._loop and not self.broken:
            self.broken = True
            raise RuntimeError("no relay was written for this")
        return self._real.busy

"""Alive, ready, counted."""

from __future__ import annotations

import asyncio

from temporalio.client import Client
from temporalio.worker import Worker

from tests.api.support import Api, dependencies, running_api, settings_with
from tests.inbox.scene import Scene
from workflows.reply import Reply


async def test_alive_whatever_is_away(api: Api) -> None:
    assert (await api.http.get("/healthz")).json() == {"status": "ok"}


async def test_not_ready_before_temporal_is_connected(api: Api) -> None:
    answer = await api.http.get("/readyz")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "parts": {"database": "ok", "temporal": "not connected yet"}}


async def parts_of(api: Api) -> dict[str, str]:
    parts: dict[str, str] = (await api.http.get("/readyz")).json()["parts"]
    return parts


async def test_a_queue_without_a_worker_is_named(scene: Scene, temporal_client: Client) -> None:
    deps = dependencies(scene, settings=settings_with(queues=("core", "quiet-in-this-test")))
    async with running_api(scene, deps) as api:
        api.connect(temporal_client)
        async with Worker(temporal_client, task_queue="core", workflows=[Reply]), asyncio.timeout(20):
            parts = await parts_of(api)
            while parts["core (workflows)"] != "ok":  # the server lists a new poller after a moment
                await asyncio.sleep(0.1)
                parts = await parts_of(api)

    assert parts["temporal"] == "ok"
    assert parts["quiet-in-this-test (activities)"] == "no worker polls it"


async def test_metrics_name_no_person(api: Api) -> None:
    page = await api.http.get("/metrics")

    assert page.status_code == 200
    assert "chairflow_receipts_total" in page.text

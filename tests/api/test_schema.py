"""Whatever is sent to the documented API, it never answers with a bug."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.api.support import PUBLIC, Api
from tests.inbox.scene import Scene

EXAMPLES = 8
WANTED = frozenset({"method", "url", "headers", "params", "json", "content", "cookies"})


@pytest.fixture
def headers(api: Api, scene: Scene) -> dict[str, str]:
    scene.offer(scene.opening(), scene.client("+12125550111"), "+12125550111")
    scene.task()
    return api.key("admin")


async def test_the_documented_api_never_answers_with_a_bug(api: Api, headers: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_dict(api.app.openapi()).include(path_regex="^/admin/v1/")

    answers = await asyncio.to_thread(try_all, api, schema, headers)

    # 503 is the documented answer with Temporal away, as it is here.
    bugs = sorted({f"{label}: {status}" for label, status in answers if status >= 500 and status != 503})
    assert bugs == []
    assert len({label for label, _ in answers}) >= 20
    assert len({status for _, status in answers}) >= 3


def try_all(api: Api, schema: Any, headers: dict[str, str]) -> list[tuple[str, int]]:
    """A few examples of each operation, made from the schema, with what they were answered."""
    answers: list[tuple[str, int]] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        answers += [(operation.label, status) for status in try_one(api, operation, headers)]
    return answers


def try_one(api: Api, operation: Any, headers: dict[str, str]) -> list[int]:
    statuses: list[int] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def attempt(case: Any) -> None:
        asked = case.as_transport_kwargs(base_url=PUBLIC, headers=headers)
        statuses.append(asyncio.run(ask(api, {name: value for name, value in asked.items() if name in WANTED})))

    attempt()
    return statuses


async def ask(api: Api, asked: dict[str, Any]) -> int:
    transport = httpx.ASGITransport(app=api.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as http:
        return (await http.request(**asked)).status_code

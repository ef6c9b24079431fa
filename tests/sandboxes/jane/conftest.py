"""One running sandbox, begun anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandboxes.common.server import serving
from sandboxes.jane import JaneConfig, create_app
from tests.sandboxes.jane.support import Jane
from tests.sandboxes.practice.support import PRACTICE, Receiver, receiving


@pytest.fixture(scope="session")
def served_jane() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@pytest.fixture
def jane(served_jane: str) -> Iterator[Jane]:
    with httpx.Client(timeout=20, trust_env=False) as http:
        sandbox = Jane(served_jane, http)
        sandbox.control("config", **JaneConfig().model_dump(mode="json"))
        sandbox.control("reset")
        sandbox.control("seed", **PRACTICE)
        sandbox.token = sandbox.control("consent")["access_token"]
        yield sandbox


@pytest.fixture
def receiver(jane: Jane) -> Iterator[Receiver]:
    with receiving(lambda body: str(body["event_topic"])) as taking:
        jane.control("config", webhook_url=taking.url)
        yield taking
        jane.control("config", webhook_url=None)

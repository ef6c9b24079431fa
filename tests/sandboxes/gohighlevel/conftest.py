"""One running sandbox, begun anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandboxes.common.server import serving
from sandboxes.gohighlevel import GoHighLevelConfig, create_app
from tests.sandboxes.gohighlevel.support import GoHighLevel
from tests.sandboxes.practice.support import PRACTICE, Receiver, receiving


@pytest.fixture(scope="session")
def served_gohighlevel() -> Iterator[str]:
    with serving(create_app()) as url:
        yield url


@pytest.fixture
def ghl(served_gohighlevel: str) -> Iterator[GoHighLevel]:
    with httpx.Client(timeout=20, trust_env=False) as http:
        sandbox = GoHighLevel(served_gohighlevel, http)
        sandbox.control("config", **GoHighLevelConfig().model_dump(mode="json"))
        sandbox.control("reset")
        sandbox.control("seed", **PRACTICE)
        yield sandbox


@pytest.fixture
def receiver(ghl: GoHighLevel) -> Iterator[Receiver]:
    with receiving(lambda body: str(body["type"])) as taking:
        ghl.control("config", webhook_url=taking.url)
        yield taking
        ghl.control("config", webhook_url=None)

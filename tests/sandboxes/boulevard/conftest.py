"""One running sandbox a module, begun anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandboxes.boulevard import BoulevardConfig, create_app
from sandboxes.common.server import serving
from tests.sandboxes.boulevard.support import CREDENTIALS, Boulevard, event_type
from tests.sandboxes.practice.support import PRACTICE, Receiver, receiving


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    with serving(create_app(BoulevardConfig(**CREDENTIALS))) as url:
        yield url


@pytest.fixture
def boulevard(served: str) -> Iterator[Boulevard]:
    """A practice as `PRACTICE` has it, default settings, no faults."""
    with httpx.Client(timeout=20, trust_env=False) as http:
        sandbox = Boulevard(served, http)
        defaults = BoulevardConfig(**CREDENTIALS).model_dump(mode="json")
        sandbox.control("config", **defaults)
        sandbox.control("reset")
        sandbox.control("seed", **PRACTICE)
        yield sandbox
        sandbox.control("config", **defaults)


@pytest.fixture
def receiver(boulevard: Boulevard) -> Iterator[Receiver]:
    """A receiver that is set up as the sandbox's only webhook, its ping already taken."""
    with receiving(event_type) as taking:
        boulevard.control("config", webhook_targets=[{"url": taking.url}])
        taking.wait_for(lambda events: events == ["PING"])
        yield taking
        boulevard.control("config", webhook_targets=[])

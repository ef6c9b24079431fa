"""The same practice behind every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

import sandboxes.boulevard
import sandboxes.gohighlevel
import sandboxes.jane
from sandboxes.common.server import serving
from tests.sandboxes.practice.support import PRACTICE, Practice

DIALECTS: dict[str, Callable[[], FastAPI]] = {
    "boulevard": sandboxes.boulevard.create_app,
    "gohighlevel": sandboxes.gohighlevel.create_app,
    "jane": sandboxes.jane.create_app,
}


@pytest.fixture(scope="session", params=DIALECTS)
def served(request: pytest.FixtureRequest) -> Iterator[str]:
    with serving(DIALECTS[request.param]()) as url:
        yield url


@pytest.fixture
def practice(served: str) -> Iterator[Practice]:
    """A practice as `PRACTICE` has it, with the wall's clock."""
    with httpx.Client(timeout=20, trust_env=False) as http:
        practice = Practice(served, http)
        practice.control("clock")
        practice.control("reset")
        practice.control("seed", **PRACTICE)
        yield practice

"""The same practice behind every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from sandboxes.common.server import serving
from tests.sandboxes.practice.support import PRACTICE, Practice
from vendors.folders import FOLDERS

SANDBOXES = Path(__file__).parents[3] / "sandboxes"

DIALECTS: dict[str, Callable[[], FastAPI]] = {
    vendor: import_module(f"sandboxes.{vendor}.app").create_app
    for vendor in FOLDERS["pms"]
    if (SANDBOXES / vendor / "app.py").is_file()
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

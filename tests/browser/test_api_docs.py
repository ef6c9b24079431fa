"""The API's documentation in a browser that reaches nothing but us."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Route, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, PICTURES
from wiring import child_processes


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The API's own process; documentation needs no Temporal."""
    url = f"http://127.0.0.1:{child_processes.free_port()}"
    process = child_processes.start(
        [sys.executable, "-m", "api", "--host", "127.0.0.1", "--port", url.rpartition(":")[2]],
        log=tmp_path / "api.log",
        environ={"CHAIRFLOW_DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:1"},
    )
    try:
        _wait_for(url, tmp_path / "api.log")
        yield url
    finally:
        child_processes.stop(process)


def test_the_api_docs_are_whole_without_the_internet(api: str) -> None:
    foreign: list[str] = []

    def ours_only(route: Route) -> None:
        if route.request.url.startswith(f"{api}/") or route.request.url.startswith("data:"):
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.route("**/*", ours_only)
        page.goto(f"{api}/docs")
        expect(page.get_by_role("heading", name="Chairflow")).to_be_visible()
        expect(page.get_by_text("One fill: its offers, tasks and decisions")).to_be_visible()
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / "api-docs.png")
        browser.close()

    assert foreign == []


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/healthz", timeout=5, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)  # between two looks; not `until`, which could not show the log of a process that died
        else:
            return
    pytest.fail(f"the API does not answer:\n{log.read_text()}")

"""A house with its pages open, and a Chromium to look at them. Pictures of what was seen go to out/pictures."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from domain.policy import PracticePolicy
from simulation.stage import Stage, StageOptions
from tests.journeys.house import House, at, furnish, practice_clock, until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Practice seconds per real second: an offer's ten minutes are one of ours, enough for a browser on a busy machine.
RATE = 10.0
PATIENCE = 90.0
PICTURES = Path("out/pictures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here wants a browser; where there is none, the run says so."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on PATH: apt-get install chromium"))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Open, with one visit on its calendar today that has been cancelled and filled again by text."""
    with Stage(StageOptions(folder=tmp_path_factory.mktemp("browser"), ui=True)) as stage:
        house = furnish(stage, policy=PracticePolicy())
        stage.set_clock(house.practice_id, practice_clock(RATE))
        cancelled = house.book(client=7, start=at(14))
        stage.open()
        asyncio.run(stage.learn_calendar(house.practice_id))
        house.cancel(cancelled)
        until(lambda: house.texts_to(1), seconds=PATIENCE, what="an offer")
        house.says(1, "YES")
        until(lambda: [text for text in house.texts_to(1) if "booked for" in text], seconds=PATIENCE, what="a booking")
        yield house


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    """After the house: Playwright keeps this thread's event loop busy, and building the house needs one."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield launched
        launched.close()

"""The calendar page in a real browser: every hand action by clicking."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.sandboxes.practice.support import ANN, BEA, DAY, MIA, VISIT, Practice

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.parametrize("served", ["boulevard"], indirect=True),  # the page is one for all dialects
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: install the system's chromium package"),
]


@pytest.fixture
def page(practice: Practice) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{practice.url}/calendar?day={DAY}")
        yield page
        browser.close()
        assert wrong == []


def _visit(page: Page) -> None:
    page.click(f".block[data-id='{VISIT}']")


def test_cancel_and_restore(practice: Practice, page: Page) -> None:
    _visit(page)
    page.select_option("#visit select[name=reason]", "NO_SHOW")
    page.click("#visit button[value=cancel]")
    page.click(f"[data-uncancel='{VISIT}']")

    expect(page.locator(f".block[data-id='{VISIT}']")).to_be_visible()
    assert [entry["reason"] for entry in practice.ledger("appointment_cancelled")] == ["NO_SHOW"]
    assert [entry["who"] for entry in practice.ledger("appointment_uncancelled")] == ["front desk"]


def test_move_to_another_time_and_provider(practice: Practice, page: Page) -> None:
    _visit(page)
    page.fill("#visit input[name=start]", f"{DAY}T15:00")
    page.select_option("#visit select[name=staff]", BEA)
    page.click("#visit button[value=move]")

    expect(page.locator(f".body[data-staff='{BEA}'] .block[data-id='{VISIT}']")).to_contain_text("3:00 PM – 4:00 PM")
    [moved] = practice.ledger("appointment_moved")
    assert [moved["segments"][0]["staff"], moved["by"]] == [BEA, "hand"]


def test_book_into_free_time(practice: Practice, page: Page) -> None:
    page.locator(f".body[data-staff='{ANN}']").click(position={"x": 40, "y": 4 * 60 * 1.2 + 20})
    expect(page.locator("#free input[name=start]")).to_have_value(f"{DAY}T13:15")
    page.select_option("#free select[name=client]", MIA)
    page.click("#free button[value=book]")

    expect(page.locator(".block.visit")).to_have_count(2)
    assert [practice.ledger("appointment_booked")[-1][name] for name in ("by", "client")] == ["hand", MIA]


def test_block_time_and_free_it_again(practice: Practice, page: Page) -> None:
    page.locator(f".body[data-staff='{BEA}']").click(position={"x": 40, "y": 4 * 60 * 1.2 + 20})
    page.click("#free button[value=add_timeblock]")
    page.click(f".body[data-staff='{BEA}'] .timeblock")
    page.click("#block button[value=remove_timeblock]")

    expect(page.locator(f".body[data-staff='{BEA}'] .timeblock")).to_have_count(0)
    kinds = [entry["kind"] for entry in practice.read("ledger") if entry["kind"].startswith("timeblock")]
    assert kinds == ["timeblock_added", "timeblock_added", "timeblock_removed"]


def test_change_a_shift_and_complete_a_visit(practice: Practice, page: Page) -> None:
    page.click(f"[data-shift='{BEA}']")
    page.fill("#shift input[name=clock_in]", "08:00")
    page.click("#shift button[value=add_shift]")
    _visit(page)
    page.click("#visit button[value=complete]")

    expect(page.locator(f".block[data-id='{VISIT}']")).to_contain_text("final")
    assert [entry["clock_in"] for entry in practice.ledger("shift_changed")] == ["08:00:00"]
    assert len(practice.ledger("appointment_completed")) == 1

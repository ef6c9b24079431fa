"""The Temporal UI as staff see it: a filled gap's history decoded and readable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from models.access import SealedRead
from models.calendar import Opening
from tests.browser.conftest import PATIENCE, PICTURES
from tests.journeys.house import House, rows

_WITHIN = PATIENCE * 1000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    yield page
    page.close()


@pytest.fixture
def fill(house: House) -> str:
    """The address of the filled gap in the UI."""
    (opening,) = rows(house.stage, Opening, house.practice_id)[:1]
    return f"{house.stage.temporal.ui_url}/namespaces/default/workflows/gapfill:{house.practice_id}:{opening.id}"


def test_a_filled_gap_reads_as_what_happened(page: Page, fill: str) -> None:
    page.goto(fill)

    expect(page.get_by_text('"words": "Booked in the practice system."')).to_be_visible(timeout=_WITHIN)
    for step in (
        "is it open, worth filling, and who fits?",
        "rank again and offer",
        "Hold, write to the practice system",
    ):
        expect(page.get_by_text(step, exact=False).first).to_be_visible(timeout=_WITHIN)
    expect(page.get_by_text("binary/encrypted")).to_have_count(0)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "temporal-ui.png")


def test_current_details_say_who_is_waited_for_and_how_to_override(page: Page, fill: str) -> None:
    page.goto(fill)
    page.wait_for_url("**/timeline", timeout=_WITHIN)
    page.goto(page.url.replace("/timeline", "/user-metadata"))

    # The UI shows Markdown in frames of its own: summary, details, current details.
    frames = page.locator("iframe")
    expect(frames).to_have_count(3, timeout=_WITHIN)
    summary, current = frames.nth(0).content_frame, frames.nth(2).content_frame
    expect(summary.get_by_text("offer it to those who wait")).to_be_visible(timeout=_WITHIN)
    for words in ("Filled", "Waiting for:", "Next:", "So far", "Override:"):
        expect(current.get_by_text(words).first).to_be_visible(timeout=_WITHIN)


def test_fills_are_found_by_their_search_attributes(page: Page, house: House, fill: str) -> None:
    query = f"PracticeId = '{house.practice_id}' and Stage = 'filled'"

    page.goto(f"{fill.rpartition('/')[0]}?query={query}")

    expect(page.get_by_role("link", name=fill.rpartition("/")[2])).to_be_visible(timeout=_WITHIN)
    expect(page.get_by_role("link", name="booking:")).to_have_count(0)


def test_each_read_is_written_down(page: Page, house: House, fill: str) -> None:
    before = _reads(house)

    page.goto(fill)
    expect(page.get_by_text('"ending": "filled"')).to_be_visible(timeout=_WITHIN)

    assert _reads(house) > before


def test_another_origin_is_shown_nothing(page: Page, house: House) -> None:
    """The decoder opens for the UI only: from any other page the browser is refused."""
    page.goto(f"{house.stage.sandboxes.slack.url}/")

    answer = page.evaluate(
        """async (url) => {
            try {
                const headers = { "content-type": "application/json" };
                const answer = await fetch(url, { method: "POST", body: '{"payloads": []}', headers });
                return answer.status;
            } catch (error) {
                return error.name;
            }
        }""",
        f"{house.stage.api_url}/codec/decode",
    )

    assert answer == "TypeError"


def _reads(house: House) -> int:
    with house.stage.database().transaction() as session:
        found: int = session.execute(
            select(func.count()).select_from(SealedRead).where(col(SealedRead.role) == "demo-admin")
        ).scalar_one()
    return found

"""Claim and task pages on a phone: seen, tapped, and told how it went."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from models.offers import Offer
from models.phone_numbers import as_people_write
from models.tasks import Task
from tests.browser.conftest import PATIENCE, PICTURES
from tests.journeys.house import House, at, phone, rows, until

_WITHIN = PATIENCE * 1000
#: The least a thumb hits, by both large vendors' guidelines.
_THUMB = 44


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A small phone, as wide as the narrowest in wide use."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, is_mobile=True, has_touch=True
    )
    page = context.new_page()
    yield page
    context.close()


def test_an_offer_is_taken_by_a_tap_and_not_by_looking(page: Page, house: House) -> None:
    link = _offered(house, client=2, hour=15)
    for method in ("GET", "HEAD"):  # as a carrier's link scanner does
        httpx.request(method, link, trust_env=False).raise_for_status()

    page.goto(link)
    expect(page.get_by_role("heading", name="A time has opened up for you")).to_be_visible()
    expect(page.get_by_text("3:00 PM")).to_be_visible()
    _fits_a_phone(page, "claim-open")
    untouched = _offer(house, link).state
    page.get_by_role("button", name="Yes, I would like it").tap()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible(timeout=_WITHIN)
    _fits_a_phone(page, "claim-won")

    assert (untouched, _offer(house, link).state) == ("open", "won")
    assert house.double_bookings() == []


def test_a_link_opened_again_says_how_it_went(page: Page, house: House) -> None:
    link = _offered(house, client=3, hour=16)
    page.goto(link)
    page.get_by_role("button", name="Yes, I would like it").tap()
    expect(page.get_by_role("heading", name="It is yours")).to_be_visible(timeout=_WITHIN)

    page.goto(link)

    expect(page.get_by_role("heading", name="It is yours")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)


def test_a_link_that_does_not_exist_tells_nothing(page: Page, house: House) -> None:
    answer = page.goto(f"{house.stage.api_url}/claim/{'x' * 32}")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("button")).to_have_count(0)
    _fits_a_phone(page, "claim-unknown")


def test_a_task_is_read_and_answered_on_a_phone(page: Page, house: House) -> None:
    house.says(4, "could you call me about the other thing?")
    task = until(lambda: rows(house.stage, Task, house.practice_id), seconds=PATIENCE, what="a task")[-1]

    page.goto(f"{house.stage.api_url}/tasks/{task.token}")
    expect(page.get_by_text("The client wrote: “could you call me about the other thing?”")).to_be_visible()
    expect(page.locator(".bubble", has_text="could you call me about the other thing?")).to_be_visible()
    expect(page.get_by_text("Client4 Poe")).to_be_visible()
    expect(page.get_by_role("link", name=as_people_write(phone(4)))).to_have_attribute("href", f"tel:{phone(4)}")
    expect(page.get_by_text("If nobody answers by then")).to_be_visible()
    _fits_a_phone(page, "task-open")
    page.locator("#by").fill("Jo")
    page.get_by_role("button", name="Done").tap()
    expect(page.get_by_role("status")).to_be_visible(timeout=_WITHIN)
    until(lambda: _state(house, task) == "resolved", seconds=PATIENCE, what="the answer")
    page.goto(f"{house.stage.api_url}/tasks/{task.token}")

    expect(page.get_by_text("Jo dealt with it.")).to_be_visible()
    _fits_a_phone(page, "task-answered")


def _offered(house: House, *, client: int, hour: int) -> str:
    """A visit is cancelled; returns the link this client gets for it."""
    house.cancel(_booked(house, client=8, hour=hour))
    seen = len(house.texts_to(client))

    def link() -> str | None:
        found = re.findall(r"https?://\S+/c/[\w-]+", "\n".join(house.texts_to(client)[seen:]))
        return found[0] if found else None

    return until(link, seconds=PATIENCE, what=f"an offer to client {client}")


def _booked(house: House, *, client: int, hour: int) -> str:
    """A visit that the product has seen."""
    booked = house.book(client=client, start=at(hour))
    before = len(house.texts_to(client))
    until(lambda: len(house.texts_to(client)) > before, seconds=PATIENCE, what="its confirmation")
    return booked


def _offer(house: House, link: str) -> Offer:
    token = link.rpartition("/")[2]
    return next(one for one in rows(house.stage, Offer, house.practice_id) if one.token == token)


def _state(house: House, task: Task) -> str:
    return next(one.state for one in rows(house.stage, Task, house.practice_id) if one.id == task.id)


def _fits_a_phone(page: Page, name: str) -> None:
    """Nothing is cut off at the side, and everything to be tapped is large enough."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    heights = [box["height"] for button in page.get_by_role("button").all() if (box := button.bounding_box())]

    assert too_wide <= 0
    assert [height for height in heights if height < _THUMB] == []

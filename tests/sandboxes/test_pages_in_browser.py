"""The pages in a real browser: they look for news by themselves, replies and buttons work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from sandboxes.common.server import serving
from sandboxes.slack.app import create_app as create_slack
from sandboxes.slack.config import CHANNEL
from sandboxes.twilio.app import create_app as create_twilio
from sandboxes.twilio.config import ACCOUNT_SID, NUMBER, TwilioConfig

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ANA = "+13035550111"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_phone_shows_a_text_as_it_comes_and_sends_a_reply(page: Page) -> None:
    config = TwilioConfig(people={ANA: "Ana Ruiz"})
    with serving(create_twilio(config)) as url:
        page.goto(f"{url}/phone/%2B13035550111")
        form = {"To": ANA, "From": NUMBER, "Body": "A visit opened up: https://glow.example/c/1"}
        messages = f"{url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        httpx.post(messages, data=form, auth=(ACCOUNT_SID, config.auth_token)).raise_for_status()
        expect(page.get_by_role("link", name="https://glow.example/c/1")).to_be_visible()

        page.get_by_label("Reply").fill("yes please!")
        page.get_by_label("Reply").press("Enter")
        expect(page.locator(".theirs")).to_have_text("yes please!")
        page.get_by_role("button", name="STOP").click()
        expect(page.get_by_text("This phone has opted out")).to_be_visible()

        inbound = httpx.get(f"{url}/_control/ledger?kind=inbound").json()
    assert [(entry["from"], entry["body"], entry["by_hand"]) for entry in inbound] == [
        (ANA, "yes please!", True),
        (ANA, "STOP", True),
    ]


def test_pressing_a_button_on_a_card_works_and_a_url_button_opens(page: Page) -> None:
    with serving(create_slack()) as url:
        take = {"type": "button", "action_id": "take", "text": {"type": "plain_text", "text": "Take it"}}
        look = {
            "type": "button",
            "action_id": "look",
            "text": {"type": "plain_text", "text": "Look"},
            "url": f"{url}/_control/state",
        }
        card = {"channel": CHANNEL, "text": "Slot", "blocks": [{"type": "actions", "elements": [take, look]}]}
        headers = {"Authorization": "Bearer xoxb-sandbox-token"}
        page.goto(url)
        httpx.post(f"{url}/api/chat.postMessage", json=card, headers=headers).raise_for_status()

        page.get_by_role("button", name="Take it").click()
        expect(page.get_by_text("is not responding (unreachable)")).to_have_count(1)
        with page.context.expect_page() as opened:
            page.get_by_role("button", name="Look").click()
        expect(page.get_by_text("is not responding (unreachable)")).to_have_count(2)

        pressed = httpx.get(f"{url}/_control/ledger?kind=pressed").json()
        assert opened.value.url == f"{url}/_control/state"
    assert [entry["action_id"] for entry in pressed] == ["take", "look"]

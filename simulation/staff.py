"""The front desk: what people do in the practice's own calendar, and with the cards Chairflow puts before them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

import httpx

from simulation.browser import Browser, Form, Page
from simulation.control import Control, Entry
from simulation.diary import Diary, Time
from simulation.people import Patient, Visit, World

_LOOK_EVERY_SECONDS: Final = 0.1
#: What the desk reads on the cards it acts on.
_GO_ON: Final = "Send the offers"
_A_TEXT: Final = "A text to read"
_WHO: Final = "Rosa (front desk)"


class FrontDesk:
    """Rosa and her two screens: the Boulevard calendar and the Slack channel."""

    def __init__(self, *, world: World, boulevard: Control, slack: Control, time: Time, diary: Diary) -> None:
        self._world = world
        self._boulevard = boulevard
        self._slack = slack
        self._time = time
        self._diary = diary
        self._seen = 0
        self.pressed: Entry | None = None
        self.opened: Entry | None = None

    # --- the calendar -----------------------------------------------------------------------------------------------

    async def cancel(self, visit: Visit, *, reason: str = "CLIENT_CANCEL", words: str = "the client called") -> None:
        """Takes a visit off the calendar."""
        await self._by_hand("cancel", id=visit.ref, reason=reason)
        self._note("cancelled", f"{_name(visit)}: {words}")

    async def slip(self, visit: Visit) -> None:
        """Cancels the wrong visit and takes it back in the next breath."""
        await self._by_hand("cancel", id=visit.ref, reason="STAFF_CANCEL")
        await self._by_hand("uncancel", id=visit.ref)
        self._note("slipped", f"{_name(visit)}: cancelled by mistake, and at once un-cancelled")

    async def move(self, visit: Visit, to: datetime) -> None:
        """Moves a visit."""
        await self._by_hand("move", id=visit.ref, start=to.isoformat())
        self._note("moved", f"{_name(visit)} to {to:%a %H:%M}")

    async def no_show(self, visit: Visit) -> None:
        """Marks a visit whose client did not come."""
        await self._by_hand("cancel", id=visit.ref, reason="NO_SHOW")
        self._note("no_show", _name(visit))

    async def complete(self, visit: Visit) -> None:
        """Closes a visit that took place; nothing to do where it did not."""
        if await self._stands(visit):
            await self._by_hand("complete", id=visit.ref)

    async def book(self, patient: Patient, *, provider: str, service: str, start: datetime, words: str) -> None:
        """Books a visit by hand."""
        what = {"service": self._world.service_refs[service], "staff": self._world.provider_refs[provider]}
        await self._by_hand("book", client=patient.ref, start=start.isoformat(), services=[what])
        self._note("booked", f"{patient.name}, {start:%a %H:%M}: {words}")

    async def _stands(self, visit: Visit) -> bool:
        state = await asyncio.to_thread(self._boulevard.state)
        found = next(one for one in state["appointments"] if one["appointment"] == visit.ref)
        return found["state"] not in ("CANCELLED", "FINAL")

    async def _by_hand(self, what: str, **body: Any) -> None:
        await asyncio.to_thread(self._boulevard.ask, "POST", f"staff/{what}", {"who": _WHO, **body})

    # --- the cards --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Reads the channel until cancelled: presses one button, opens one page; the other cards stay for you."""
        while True:
            for entry in await asyncio.to_thread(self._slack.ledger, since=self._seen, kind="posted"):
                self._seen = max(self._seen, entry["seq"])
                await self._look_at(entry)
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _look_at(self, card: Entry) -> None:
        """A fill that waits for a person is let go on with a press; a text to read is read on its page."""
        go_on = next((one for one in _buttons(card) if one["text"]["text"] == _GO_ON), None)
        link = next((one["url"] for one in _buttons(card) if one.get("url")), None)
        if self.pressed is None and go_on is not None:
            self.pressed = card
            await self._time.minutes(3)
            await self._press(card, go_on)
        elif self.opened is None and link is not None and _A_TEXT in card["text"]:
            self.opened = card
            await self._time.minutes(4)
            await self._open(card, link)

    async def _press(self, card: Entry, button: dict[str, Any]) -> None:
        wish = {"channel": card["channel"], "ts": card["ts"], "action_id": button["action_id"]}
        pressed = await asyncio.to_thread(self._slack.ask, "POST", "press", wish)
        self._note("pressed", f"“{button['text']['text']}” on “{card['text']}”", outcome=pressed["outcome"])

    async def _open(self, card: Entry, url: str) -> None:
        """Reads the task's page and takes its first choice, with a reason where one is asked for."""
        browser = Browser()
        try:
            page = await browser.open(url)
            form = next((form for form in page.forms if form.method == "post" and form.buttons), None)
            if form is None:
                self._note("opened", f"the page of “{card['text']}”", outcome=f"{page.status}, nothing to choose")
                return
            after = await self._choose(browser, page, form)
            words = f"“{form.buttons[0].words}” on the page of “{card['text']}”"
            self._note("opened", words, outcome=after.text[:200])
        except httpx.HTTPError as error:
            self._note("opened", f"the page of “{card['text']}”", outcome=type(error).__name__)
        finally:
            await browser.close()

    async def _choose(self, browser: Browser, page: Page, form: Form) -> Page:
        typed = dict.fromkeys(form.blanks, "decided at the front desk")
        return await browser.press(page, form, form.buttons[0], **typed)

    def _note(self, kind: str, words: str, *, outcome: str | None = None) -> None:
        self._diary.note(_WHO, kind, words, outcome=outcome)


def _buttons(card: Entry) -> list[dict[str, Any]]:
    return [
        element
        for block in card.get("blocks") or []
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]


def _name(visit: Visit) -> str:
    return f"{visit.client.name}, {visit.start:%a %H:%M} with {visit.provider.display_name}"

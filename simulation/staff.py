"""The front desk: what people do in the practice's own calendar, and with the cards Chairflow puts before them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from simulation.action_log import AS_DRAFTED, IN_OWN_WORDS, Diary, Time
from simulation.browser import Browser, Button, Form, Page
from simulation.catalogue import PROVIDERS, SERVICES, Service
from simulation.evidence import FOR_CHAIRFLOW
from simulation.patient_profiles import CLOSES, Patient, Visit, World
from simulation.questions import Topic, asks, in_spanish
from simulation.reading import slot_words, time_words
from simulation.sandbox_client import Control, Entry

_LOOK_EVERY_SECONDS: Final = 0.1
#: What the desk presses where a fill waits for a person.
_GO_ON: Final = "Send the offers"
#: The box that a text to the client is written in, and how the page quotes what the client wrote.
_BOX: Final = "text"
_WROTE: Final = re.compile(r"wrote: “(?P<words>[^”]*)”")
#: What a draft leaves to a person.
_BLANK: Final = "[…]"
_CALL_US: Final = "Please call us, and we will tell you."
#: A card for many tasks links to the list of them.
_LIST: Final = re.compile(r"/t/[\w-]+$")
_WRITING_MINUTES: Final = 1.5
_WHO: Final = "Rosa (front desk)"
#: How a task begins that asks for a visit to be typed into the calendar, and how its page names the visit.
_ENTER: Final = "Enter in the calendar"
_WRITTEN: Final = "%a %d %b %Y, %H:%M"
_AT: Final = r"(?P<at>\w{3} \d\d \w{3} \d{4}, \d\d:\d\d)"
_VISIT: Final = re.compile(
    rf"{_AT}-\d\d:\d\d: (?P<service>{'|'.join(re.escape(one.name) for one in SERVICES)}) with (?P<provider>\w+)"
)
_REPLACES: Final = re.compile(rf"It replaces their visit of {_AT}")


class FrontDesk:
    """Rosa and her two screens: the calendar of the practice system and the Slack channel."""

    def __init__(self, *, world: World, pms: Control, slack: Control, time: Time, diary: Diary) -> None:
        self._world = world
        self._pms = pms
        self._slack = slack
        self._time = time
        self._diary = diary
        self._seen = 0
        #: Tasks it came to by a list.
        self._opened: set[str] = set()
        self.pressed: Entry | None = None
        #: While a card is being read or answered.
        self.busy = False

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
        state = await asyncio.to_thread(self._pms.state)
        found = next(one for one in state["appointments"] if one["appointment"] == visit.ref)
        return found["state"] not in ("CANCELLED", "FINAL")

    async def _by_hand(self, what: str, **body: Any) -> None:
        await asyncio.to_thread(self._pms.ask, "POST", f"staff/{what}", {"who": _WHO, **body})

    # --- the cards --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Reads the channel until cancelled: answers whoever wrote, lets one fill go on; the rest stays for you."""
        browser = Browser()
        try:
            while True:
                for entry in await asyncio.to_thread(self._slack.ledger, since=self._seen):
                    self.busy = True
                    self._seen = max(self._seen, entry["seq"])
                    if entry["kind"] == "posted" or (entry["kind"] == "updated" and _lists(entry)):
                        await self._look_at(browser, entry)
                self.busy = False
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        finally:
            await browser.close()

    async def _look_at(self, browser: Browser, card: Entry) -> None:
        """A fill that waits for a person is let go on; a client who waits for words gets them."""
        go_on = next((one for one in _buttons(card) if one["text"]["text"] == _GO_ON), None)
        link = next((one["url"] for one in _buttons(card) if one.get("url")), None)
        try:
            if self.pressed is None and go_on is not None:
                self.pressed = card
                await self._time.minutes(3)
                await self._press(card, go_on)
            elif link is not None and card["text"].startswith(_ENTER):
                await self._type_in(card, await browser.open(link))
            elif link is not None:
                page = await browser.open(link)
                await self._read_page(browser, card, page)
                for task in page.links if _lists(card) else ():
                    if task in self._opened:
                        continue
                    self._opened.add(task)
                    of_list = await browser.open(urljoin(page.url, task))
                    if _ENTER in of_list.text:
                        await self._type_in(card, of_list)
                    else:
                        await self._read_page(browser, card, of_list)
        except httpx.HTTPError as error:
            self._note("opened", f"the page of “{card['text']}”", outcome=type(error).__name__)

    async def _press(self, card: Entry, button: dict[str, Any]) -> None:
        wish = {"channel": card["channel"], "ts": card["ts"], "action_id": button["action_id"]}
        pressed = await asyncio.to_thread(self._slack.ask, "POST", "press", wish)
        self._note("pressed", f"“{button['text']['text']}” on “{card['text']}”", outcome=pressed["outcome"])

    async def _read_page(self, browser: Browser, card: Entry, page: Page) -> None:
        """Where a text to the client is asked for, it is written and sent; what only waits for a yes gets it once."""
        send, go_on = _button(page, "Send", exactly=False), _button(page, _GO_ON)
        if send is not None and _BOX in send[0].fields:
            form, button = send
            await self._time.minutes(_WRITING_MINUTES)
            text = await self._answer(page, form.fields[_BOX])
            after = await browser.press(page, form, button, **{**_filled(form), _BOX: text})
            as_drafted = text == form.fields[_BOX]
            self._note(
                AS_DRAFTED if as_drafted else IN_OWN_WORDS, f"“{card['text']}”: {text}", outcome=after.text[:200]
            )
        elif go_on is not None and self.pressed is None:
            self.pressed = card
            await self._time.minutes(3)
            after = await browser.press(page, go_on[0], go_on[1], **_filled(go_on[0]))
            self._note("pressed", f"“{_GO_ON}” on the page of “{card['text']}”", outcome=after.text[:200])

    async def _type_in(self, card: Entry, page: Page) -> None:
        """Types a visit into the calendar as the page says it, and cancels the one that it replaces."""
        visit, patient = _VISIT.search(page.text), self._named(page.text)
        if visit is None or patient is None:
            self._note("opened", f"the page of “{card['text']}”", outcome="it does not say what to type")
            return
        await self._time.minutes(_WRITING_MINUTES)
        service = next(one for one in SERVICES if one.name == visit["service"])
        provider = next(one for one in PROVIDERS if one.first_name == visit["provider"])
        start = datetime.strptime(visit["at"], _WRITTEN).replace(tzinfo=self._world.zone)
        what = {
            "service": self._world.service_refs[service.code],
            "staff": self._world.provider_refs[provider.key],
        }
        await self._for_chairflow("book", client=patient.ref, start=start.isoformat(), services=[what])
        replaced = _REPLACES.search(page.text)
        if replaced is not None:
            gone = datetime.strptime(replaced["at"], _WRITTEN).replace(tzinfo=self._world.zone)
            state = await asyncio.to_thread(self._pms.state)
            for one in state["appointments"]:
                live = one["state"] not in ("CANCELLED", "FINAL")
                if live and one["client"] == patient.ref and datetime.fromisoformat(one["start_at"]) == gone:
                    await self._for_chairflow("cancel", id=one["appointment"], reason="CLIENT_CANCEL")
        self._note("typed", f"{patient.name}, {visit['at']}: as “{card['text']}” asked")

    def _named(self, text: str) -> Patient | None:
        """The patient that a task names with their phone."""
        return next((one for one in self._world.patients if f"Client: {one.name} ({one.phone}" in text), None)

    async def _for_chairflow(self, what: str, **body: Any) -> None:
        await asyncio.to_thread(self._pms.ask, "POST", f"staff/{what}", {"who": FOR_CHAIRFLOW, **body})

    async def _answer(self, page: Page, draft: str) -> str:
        """The draft as it is; where it leaves a blank, what Rosa knows."""
        if _BLANK not in draft:
            return draft
        wrote = _WROTE.search(page.text)
        topic = asks(wrote["words"]) if wrote else None
        patient = next((one for one in self._world.patients if one.name in page.text), None)
        if wrote is None or topic is None or patient is None:
            return draft.replace(_BLANK, _CALL_US)
        services = self._world.services_of(patient)
        spanish = in_spanish(wrote["words"])
        match topic:
            case Topic.LENGTH:
                said = _one_of([f"{one.minutes} min" for one in services], spanish=spanish)
                words = f"Dura {said}." if spanish else f"It takes {said}."
            case Topic.PRICE:
                said = _one_of([f"${one.price_cents // 100:,}" for one in services], spanish=spanish)
                words = f"Cuesta {said}." if spanish else f"It is {said}."
            case Topic.PARKING:
                where = f"{self._world.place.garage}; {self._world.place.address}"
                words = f"Hay lugar aquí: {where}." if spanish else f"You can park in the {where} is our door."
            case Topic.OTHER_TIME:
                free = await self._next_free(services, _hour(wrote["words"]))
                words = f"Lo próximo libre es {free}." if spanish else f"The next that is free is {free}."
            case _:
                return draft.replace(_BLANK, _CALL_US)
        return f"{self._world.place.short_name}: {words}"

    async def _next_free(self, services: Sequence[Service], hour: int) -> str:
        """The first time from the hour they wish, today or tomorrow, in anybody's column who gives what they want."""
        state = await asyncio.to_thread(self._pms.state)
        taken = [
            (segment["staff"], datetime.fromisoformat(segment["start_at"]), datetime.fromisoformat(segment["end_at"]))
            for one in state["appointments"]
            if one["state"] != "CANCELLED"
            for segment in one["segments"]
        ]
        for days in (0, 1):
            start = self._world.at(time(hour), days=days)
            while start < self._world.at(CLOSES, days=days):
                for provider in PROVIDERS:
                    staff = self._world.provider_refs[provider.key]
                    able = [one for one in services if one.code in provider.services]
                    if start > self._time.now() and any(
                        not any(
                            who == staff and begin < start + timedelta(minutes=one.minutes) and start < end
                            for who, begin, end in taken
                        )
                        for one in able
                    ):
                        return slot_words(start, provider.first_name)
                start += timedelta(minutes=15)
        return f"{time_words(self._world.at(time(hour), days=2))}"

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


def _lists(card: Entry) -> bool:
    """Whether the card stands for many tasks: it opens the list of them first."""
    link = next((one["url"] for one in _buttons(card) if one.get("url")), "")
    return _LIST.search(link) is not None


def _button(page: Page, words: str, *, exactly: bool = True) -> tuple[Form, Button] | None:
    """The button that says so, lying open or behind a fold that does."""
    for form in page.forms:
        for button in form.buttons:
            said = button.behind or button.words
            if said == words or (not exactly and said.startswith(words)):
                return form, button
    return None


def _filled(form: Form) -> dict[str, str]:
    """What a form insists on: who answers."""
    return dict.fromkeys(form.blanks, _WHO)


def _one_of(said: Sequence[str], *, spanish: bool) -> str:
    return (" o " if spanish else " or ").join(dict.fromkeys(said))


def _hour(words: str) -> int:
    """ "yes but can we do 3 instead?" is the afternoon."""
    found = re.search(r"\d{1,2}", words)
    hour = int(found.group()) % 12 if found else 12
    return hour if hour >= 8 else hour + 12


def _name(visit: Visit) -> str:
    return f"{visit.client.name}, {visit.start:%a %H:%M} with {visit.provider.display_name}"

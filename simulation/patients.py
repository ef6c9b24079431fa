"""The patients and their phones. They read what arrives, and answer as they are: by text, by link, late, or not at all.

They reach the practice only as patients do: texts through the carrier, taps on links they were sent.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import httpx

from simulation.action_log import Diary, Time
from simulation.browser import SCANNER, Browser, Page
from simulation.patient_profiles import SAY_YES, Patient, Temper, World
from simulation.questions import Topic, answers, asks
from simulation.reading import Gist, Reading, read
from simulation.sandbox_client import Control, Entry
from simulation.words import words_of

_LOOK_EVERY_SECONDS: Final = 0.04

#: Practice minutes until they answer an offer, from and to.
_PATIENCE: Final[dict[Temper, tuple[float, float]]] = {
    Temper.YES: (2.5, 8.0),
    Temper.POLITE: (3.0, 9.0),
    Temper.THUMBS: (2.5, 7.0),
    Temper.LINK: (3.0, 8.0),
    Temper.LATE: (22.0, 40.0),
    Temper.NO: (2.0, 7.0),
    Temper.STOP: (2.0, 6.0),
    Temper.HAGGLES: (3.0, 8.0),
}
_ANSWERS_REMINDERS: Final = frozenset({Temper.CONFIRMS, Temper.MOVES, Temper.CANNOT, Temper.ASKS})


@dataclass
class Question:
    """What a patient has asked and has no answer to yet; `offer` is the one they asked about."""

    topic: Topic
    words: str
    offer: Reading | None
    asked_again: bool = False


@dataclass
class PhotoFinish:
    """Two patients who take the same offer in the same second, one by text, the other by link."""

    not_before: datetime
    slot: str | None = None

    @property
    def run(self) -> bool:
        return self.slot is not None


class Crowd:
    """All patients of the practice. `run` until cancelled."""

    def __init__(self, *, world: World, twilio: Control, time: Time, diary: Diary, finish_after: datetime) -> None:
        self._world = world
        self._twilio = twilio
        self._time = time
        self._diary = diary
        self._chance = random.Random(f"{world.seed}:answers")
        self._phones = {one.phone: one for one in world.patients}
        self._seen = 0
        self._busy: set[asyncio.Task[None]] = set()
        self._offers: dict[str, list[tuple[Patient, Reading]]] = defaultdict(list)
        self._answered: set[tuple[str, str]] = set()
        self._told_it_is_over: set[tuple[str, str]] = set()
        self._questions: dict[str, Question] = {}
        self.finish = PhotoFinish(finish_after)
        #: Runs just before the next YES is sent, once: the day's script pulls a plug with it.
        self.before_next_yes: Callable[[], Awaitable[None]] | None = None
        #: Hears of patients who wrote that they cannot come.
        self.cannot_come: Callable[[Patient], None] = lambda patient: None
        #: Slots whose first offer somebody waits for.
        self.first_offer: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self) -> None:
        """Reads phones until cancelled; answers under way are dropped then."""
        try:
            while True:
                for entry in await asyncio.to_thread(self._twilio.ledger, since=self._seen, kind="text"):
                    self._seen = max(self._seen, entry["seq"])
                    self._receive(entry)
                await asyncio.sleep(_LOOK_EVERY_SECONDS)
        finally:
            for task in self._busy:
                task.cancel()

    @property
    def answering(self) -> int:
        """How many have not finished answering."""
        return len(self._busy)

    # --- what a text brings about -----------------------------------------------------------------------------------

    def _receive(self, entry: Entry) -> None:
        patient = self._phones.get(entry["to"])
        if patient is None or entry["automatic"]:
            return
        reading = read(entry["body"])
        if reading.link and patient.scanned:
            self._start(self._scan(patient, reading.link))
        if reading.gist is Gist.OFFER and reading.slot:
            self._offered(patient, reading)
        elif reading.gist is Gist.CLOSED and reading.slot:
            self._told_it_is_over.add((patient.phone, reading.slot))
        elif reading.gist is Gist.REMINDER and patient.temper in _ANSWERS_REMINDERS:
            self._start(self._answer_reminder(patient))
        elif reading.gist in (Gist.WON, Gist.BOOKED) and self._chance.random() < 0.35:
            self._start(self._confirm(patient))
        elif reading.gist is Gist.OTHER and patient.phone in self._questions:
            self._start(self._hear_answer(patient, entry["body"]))

    def _offered(self, patient: Patient, reading: Reading) -> None:
        slot = reading.slot or ""
        self.first_offer[slot].set()
        asked = self._offers[slot]
        asked.append((patient, reading))
        if self._finish_can_run(slot):
            self.finish.slot = slot
            first, second = self._finalists(slot)
            self._start(self._race(first, second))
            return
        if self.finish.slot == slot and not self._chance.random() < 0.3:
            return  # the rest of that wave is slower than the two
        if patient.temper in _PATIENCE:
            self._start(self._answer_offer(patient, reading))

    def _finish_can_run(self, slot: str) -> bool:
        if self.finish.run or self._time.now() < self.finish.not_before:
            return False
        asked = self._offers[slot]
        return len(asked) >= 2 and any(reading.link for _, reading in asked)

    def _finalists(self, slot: str) -> tuple[tuple[Patient, Reading], tuple[Patient, Reading]]:
        asked = self._offers[slot]
        by_link = next(pair for pair in reversed(asked) if pair[1].link)
        by_text = next(pair for pair in asked if pair is not by_link)
        return by_text, by_link

    async def _race(self, by_text: tuple[Patient, Reading], by_link: tuple[Patient, Reading]) -> None:
        """Both at once: the link's page is open already, the thumb is on the button."""
        (texter, offer), (tapper, offered) = by_text, by_link
        if not (self._answer_once(texter, offer) and self._answer_once(tapper, offered)):
            return
        browser = Browser()
        try:
            page = await browser.open(offered.link or "")
            await self._time.minutes(2)
            await asyncio.gather(self._text(texter, "YES"), self._tap(browser, tapper, page))
        finally:
            await browser.close()

    async def _answer_offer(self, patient: Patient, reading: Reading) -> None:
        await self._time.minutes(self._chance.uniform(*_PATIENCE[patient.temper]))
        over = (patient.phone, reading.slot or "") in self._told_it_is_over
        # Who reads that it is over mostly lets it be; the late ones did not read it.
        if over and patient.temper is not Temper.LATE and self._chance.random() < 0.7:
            return
        if not self._answer_once(patient, reading):
            return
        if patient.temper in SAY_YES and self.before_next_yes is not None:
            plug, self.before_next_yes = self.before_next_yes, None
            await plug()
        if patient.temper is Temper.LINK and reading.link:
            await self._claim_by_link(patient, reading.link)
        else:
            await self._text(patient, self._chance.choice(words_of(patient, patient.temper)), offer=reading)

    async def _answer_reminder(self, patient: Patient) -> None:
        await self._time.minutes(self._chance.uniform(4, 25))
        await self._text(patient, self._chance.choice(words_of(patient, patient.temper)))
        if patient.temper is Temper.CANNOT:
            self.cannot_come(patient)

    async def _hear_answer(self, patient: Patient, body: str) -> None:
        """Who reads what they asked takes an offer that is still open; who does not asks once more."""
        question = self._questions[patient.phone]
        if answers(question.topic, body, self._world.services_of(patient), self._world.place):
            del self._questions[patient.phone]
            self._note(patient, "content", f"{question.topic.value}: {body}")
            offer = question.offer
            if offer is None or question.topic is Topic.OTHER_TIME:
                return
            await self._time.minutes(self._chance.uniform(1, 3))
            if (patient.phone, offer.slot or "") not in self._told_it_is_over:
                await self._text(patient, self._chance.choice(words_of(patient, Temper.YES)))
        elif not question.asked_again:
            question.asked_again = True
            self._note(patient, "puzzled", f"asked {question.topic.value} and reads: {body}")
            await self._time.minutes(self._chance.uniform(2, 5))
            await self._text(patient, question.words)

    async def _confirm(self, patient: Patient) -> None:
        await self._time.minutes(self._chance.uniform(3, 15))
        await self._text(patient, "C")

    async def _claim_by_link(self, patient: Patient, link: str) -> None:
        browser = Browser()
        try:
            page = await browser.open(link)
            await self._time.minutes(0.5)
            await self._tap(browser, patient, page)
        finally:
            await browser.close()

    async def _tap(self, browser: Browser, patient: Patient, page: Page) -> None:
        form = next((form for form in page.forms if form.method == "post"), None)
        if form is None:
            self._note(patient, "claimed", "opened the link: nothing to tap", outcome=page.text[:300])
            return
        after = await browser.press(page, form, form.buttons[0] if form.buttons else None)
        self._note(patient, "claimed", "tapped the link's button", outcome=after.text[:300])

    async def _scan(self, patient: Patient, link: str) -> None:
        scanner = Browser(user_agent=SCANNER)
        try:
            page = await scanner.open(link)
            self._note(patient, "scanned", "a carrier's scanner opened the link", outcome=str(page.status))
        finally:
            await scanner.close()

    # --- small helpers ----------------------------------------------------------------------------------------------

    def _answer_once(self, patient: Patient, reading: Reading) -> bool:
        """Nobody answers the same offer twice."""
        answer = (patient.phone, reading.slot or "")
        if answer in self._answered:
            return False
        self._answered.add(answer)
        return True

    async def _text(self, patient: Patient, body: str, *, offer: Reading | None = None) -> None:
        topic = asks(body)
        if topic is not None and patient.phone not in self._questions:
            self._questions[patient.phone] = Question(topic, body, offer)
        self._note(patient, "texted", body)
        await asyncio.to_thread(self._twilio.ask, "POST", "inbound", {"from": patient.phone, "body": body})

    def _note(self, patient: Patient, kind: str, words: str, *, outcome: str | None = None) -> None:
        self._diary.note(patient.name, kind, words, phone=patient.phone, outcome=outcome)

    def _start(self, reaction: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._guarded(reaction))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _guarded(self, reaction: Awaitable[None]) -> None:
        """A page that does not open is the patient's experience, not the end of the simulation."""
        try:
            await reaction
        except httpx.HTTPError as error:
            self._diary.note("somebody", "failed", f"a link did not open: {type(error).__name__}")

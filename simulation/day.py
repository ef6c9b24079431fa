"""The script of the day: what happens when, by the practice's clock. The same seed gives the same script."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, Final

from simulation.action_log import Diary, Time
from simulation.patient_profiles import Patient, Temper, Visit, World
from simulation.patients import Crowd
from simulation.reading import slot_words
from simulation.sandbox_client import Control
from simulation.staff import FrontDesk

#: How long the practice system is away, by the practice's clock; about two seconds of the demo.
OUTAGE_MINUTES: Final = 8.0
#: What a cancellation needs to be worth a scene: more than the lead time, and room for a wave or two.
_AHEAD: Final = timedelta(minutes=100)
#: How long the desk waits for the first offer of the slot it then fills by hand.
_FIRST_OFFER_WITHIN_MINUTES: Final = 40.0


@dataclass(frozen=True, kw_only=True)
class ScriptEntry:
    """One entry of the script."""

    at: datetime
    words: str
    play: Callable[[], Coroutine[Any, Any, None]]


class Day:
    """Casts the script with the world's visits, and plays it."""

    def __init__(
        self,
        *,
        world: World,
        desk: FrontDesk,
        crowd: Crowd,
        pms: Control,
        cancellation: str,
        time: Time,
        diary: Diary,
        until: datetime | None = None,
    ) -> None:
        """What the script has later than `until` is left out."""
        self._world = world
        self._desk = desk
        self._crowd = crowd
        self._pms = pms
        self._cancellation = cancellation
        self._time = time
        self._diary = diary
        self._chance = random.Random(f"{world.seed}:day")
        self._cast: set[str] = {visit.ref for visit in world.visits if visit.client in world.swappers}
        self._strangers = self._without_visits()
        self._plug: asyncio.Task[None] | None = None
        scenes = sorted(self._script(), key=lambda scene: scene.at)
        self.scenes = [scene for scene in scenes if until is None or scene.at <= until]

    async def play(self) -> None:
        """Every scene at its time; a scene that takes long does not hold up the next."""
        async with asyncio.TaskGroup() as group:

            def cannot_come(patient: Patient) -> None:
                group.create_task(self._off_the_calendar(patient))

            self._crowd.cannot_come = cannot_come
            for scene in self.scenes:
                await self._time.until(scene.at)
                group.create_task(scene.play())

    # --- the script -------------------------------------------------------------------------------------------------

    def _script(self) -> Iterator[ScriptEntry]:
        cancel = self._cancel
        # First cast those that only few visits can play.
        yield cancel(time(9, 40), codes=("LIFT",), words="the client has the flu")
        yield self._too_late()
        yield self._no_show()
        yield cancel(time(8, 10), provider="lee", codes=("FILLER",))
        yield cancel(time(8, 35), provider="martinez", codes=("TOX",))
        yield self._slip(time(8, 55))
        yield cancel(time(9, 15), provider="rivera", codes=("LASER",))
        yield cancel(time(10, 10), provider="martinez", codes=("FILLER",), days=1)
        yield cancel(time(11, 0), provider="lee", codes=("TOX", "FILLER"), fault="duplicate")
        yield self._filled_by_hand(time(11, 25))
        yield cancel(time(11, 55), provider="rivera", days=1, fault="delay")
        yield self._outage(time(12, 20))
        yield cancel(time(12, 55), provider="martinez", fault="reorder")
        yield cancel(time(12, 56), provider="martinez", days=1)
        yield self._phone_booking(time(13, 5), provider="martinez", to=time(17, 0))
        yield self._move(time(13, 20))
        yield cancel(time(13, 45), provider="lee", codes=("TOX", "FILLER"), days=1)
        yield cancel(time(14, 15), provider="rivera", days=1)
        yield self._phone_booking(time(14, 25), provider="lee", to=time(17, 0))
        yield cancel(time(14, 45), provider="martinez", days=1)
        yield cancel(time(15, 35), provider="lee", days=1)
        yield cancel(time(16, 5), provider="martinez", days=1)
        for visit in self._world.visits:
            if visit.start.date() == self._world.day:
                yield ScriptEntry(at=visit.end, words="", play=partial(self._desk.complete, visit))

    def _cancel(
        self,
        at: time,
        *,
        provider: str | None = None,
        codes: tuple[str, ...] = (),
        days: int = 0,
        words: str = "the client called",
        fault: str | None = None,
    ) -> ScriptEntry:
        visit = self._choose(at, provider=provider, codes=codes, days=days)

        async def play() -> None:
            if fault is not None:
                seconds = {"delay": 1.0, "reorder": 3.0}.get(fault)
                details = {"times": 1, **({"seconds": seconds} if seconds else {})}
                await asyncio.to_thread(self._pms.fault, self._cancellation, fault, **details)
                self._diary.note("the network", "fault", f"the next cancellation's webhook: {fault}")
            await self._desk.cancel(visit, words=words)

        return ScriptEntry(at=self._world.at(at), words=f"cancelled: {visit.start:%a %H:%M}", play=play)

    def _slip(self, at: time) -> ScriptEntry:
        visit = self._choose(at)
        return ScriptEntry(at=self._world.at(at), words="a mis-click", play=lambda: self._desk.slip(visit))

    def _no_show(self) -> ScriptEntry:
        """Somebody does not come; ten minutes into their time the desk says so."""
        visit = self._between(time(9, 45), time(11, 30))
        return ScriptEntry(
            at=visit.start + timedelta(minutes=10), words="a no-show", play=lambda: self._desk.no_show(visit)
        )

    def _move(self, at: time) -> ScriptEntry:
        """To tomorrow, late, when nobody is there."""
        visit = self._choose(at, provider="lee")
        to = self._world.at(time(15, 0), days=1)
        return ScriptEntry(at=self._world.at(at), words="a visit moves", play=lambda: self._desk.move(visit, to))

    def _too_late(self) -> ScriptEntry:
        """Too near to be worth a text."""
        visit = self._between(time(14, 30), time(16, 45))
        return ScriptEntry(
            at=visit.start - timedelta(minutes=35),
            words="a late cancellation",
            play=lambda: self._desk.cancel(visit, reason="CLIENT_LATE_CANCEL"),
        )

    def _filled_by_hand(self, at: time) -> ScriptEntry:
        """The desk cancels a visit, and fills the chair itself while offers are out."""
        visit = self._choose(at, provider="martinez")
        stranger = next(self._strangers)

        async def play() -> None:
            await self._desk.cancel(visit)
            if await self._offered(visit):
                await self._desk.book(
                    stranger,
                    provider=visit.provider.key,
                    service=visit.service.code,
                    start=visit.start,
                    words="walked in; the desk filled the chair by hand",
                )

        return ScriptEntry(at=self._world.at(at), words="filled by hand", play=play)

    def _outage(self, at: time) -> ScriptEntry:
        """A visit is cancelled; the moment somebody takes the offer, the practice system goes away for some minutes."""
        visit = self._choose(at, provider="lee")

        async def play() -> None:
            self._crowd.before_next_yes = self._pull_the_plug
            await self._desk.cancel(visit)

        return ScriptEntry(at=self._world.at(at), words="the practice system fails", play=play)

    async def _pull_the_plug(self) -> None:
        await asyncio.to_thread(self._pms.fault, "*", "outage")
        self._diary.note("the network", "outage", f"the practice system is away for {OUTAGE_MINUTES:.0f} minutes")
        self._plug = asyncio.create_task(self._plug_in_again())

    async def _plug_in_again(self) -> None:
        await self._time.minutes(OUTAGE_MINUTES)
        await asyncio.to_thread(self._pms.clear_faults)
        self._diary.note("the network", "outage over", "the practice system is back")

    def _phone_booking(self, at: time, *, provider: str, to: time) -> ScriptEntry:
        """A new client of the day, booked by phone for tomorrow: Chairflow confirms."""
        caller = next(self._strangers)
        start = self._world.at(to, days=1)

        async def play() -> None:
            await self._desk.book(caller, provider=provider, service="TOX", start=start, words="booked by phone")

        return ScriptEntry(at=self._world.at(at), words="a booking by phone", play=play)

    # --- casting ----------------------------------------------------------------------------------------------------

    def _choose(self, at: time, *, provider: str | None = None, codes: tuple[str, ...] = (), days: int = 0) -> Visit:
        """A visit nothing has happened to, far enough ahead; the wishes give way where the seed has none."""
        now = self._world.at(at)
        ahead = [visit for visit in self._free(days) if visit.start - now >= _AHEAD and not _has_a_part(visit)]
        ahead = ahead or [visit for visit in self._free(1) if visit.start - now >= _AHEAD]
        for wishes in ((provider, codes), (provider, ()), (None, codes), (None, ())):
            fitting = [visit for visit in ahead if _fits(visit, *wishes)]
            if fitting:
                chosen = self._chance.choice(fitting)
                self._cast.add(chosen.ref)
                return chosen
        raise ValueError(f"seed {self._world.seed}: no visit is left to cancel at {at}")

    def _between(self, earliest: time, latest: time) -> Visit:
        """One of today's visits that begin then, for a scene of its own."""
        begin, end = self._world.at(earliest), self._world.at(latest)
        cast = [one for one in self._free(0) if begin <= one.start <= end and not _has_a_part(one)]
        chosen = self._chance.choice([one for one in cast if one.service.code != "LIFT"])
        self._cast.add(chosen.ref)
        return chosen

    def _free(self, days: int) -> list[Visit]:
        day = self._world.day + timedelta(days=days)
        return [visit for visit in self._world.visits if visit.start.date() == day and visit.ref not in self._cast]

    def _without_visits(self) -> Iterator[Patient]:
        """Clients who neither wait nor come today."""
        known = {visit.client.ref for visit in self._world.visits} | {wish.client.ref for wish in self._world.waitlist}
        return (patient for patient in self._world.patients if patient.ref not in known)

    async def _off_the_calendar(self, patient: Patient) -> None:
        """They wrote that they cannot come; the desk reads the card and takes the visit off."""
        await self._time.minutes(12)
        for visit in self._world.visits:
            if visit.client.ref == patient.ref and visit.ref not in self._cast:
                self._cast.add(visit.ref)
                await self._desk.cancel(visit, words="the client wrote X")

    async def _offered(self, visit: Visit) -> bool:
        """Whether the first offer of this chair arrives on a phone in time."""
        slot = slot_words(visit.start, visit.provider.first_name)
        patience = self._time.clock.real_duration(timedelta(minutes=_FIRST_OFFER_WITHIN_MINUTES))
        try:
            await asyncio.wait_for(self._crowd.first_offer[slot].wait(), patience.total_seconds())
        except TimeoutError:
            self._diary.note("the desk", "waited", f"no offer of {slot} came")
            return False
        return True


def _has_a_part(visit: Visit) -> bool:
    """Who will answer a reminder with R or X has a scene of their own."""
    return visit.client.temper in (Temper.MOVES, Temper.CANNOT) and not visit.service.high_value


def _fits(visit: Visit, provider: str | None, codes: tuple[str, ...]) -> bool:
    return provider in (None, visit.provider.key) and (not codes or visit.service.code in codes)

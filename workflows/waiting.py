"""Waiting by the practice's clock: until an instant, or until something happens first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.workflow_messages import JourneyInput
    from domain.clock import PracticeClock
    from domain.zone_offsets import ZoneOffset, local


#: Real time. However fast the practice's clock runs, a vendor gets a few attempts, and a worker time to do them.
A_FEW_ATTEMPTS = timedelta(seconds=30)
#: Real time. A message whose answer was lost is looked for before it is sent again (`operations.ports.Grace`: two
#: minutes); only then is it surely one that could not be sent.
UNTIL_SURE = timedelta(seconds=150)


class PracticeWaits:
    """The practice's clock inside one workflow; every wait is for an absolute instant."""

    def __init__(self, clock: PracticeClock, zone: tuple[ZoneOffset, ...] = ()) -> None:
        self.clock = clock
        self._zone = zone

    @staticmethod
    def of(start: JourneyInput) -> PracticeWaits:
        """The clock and the zone a journey was started with."""
        return PracticeWaits(start.clock.clock(), tuple(one.offset() for one in start.zone_offsets))

    def time_words(self, instant: datetime) -> str:
        """The instant as the practice's clocks show it, for words staff read in the Temporal UI: "14:05 EDT"."""
        return f"{local(instant, self._zone):%H:%M %Z}"

    def date_words(self, instant: datetime) -> str:
        """The same with its date: "06 Oct 14:05 EDT"."""
        return f"{local(instant, self._zone):%d %b %H:%M %Z}"

    def now(self) -> datetime:
        """The practice's instant."""
        return self.clock.practice(workflow.now())

    def real_until(self, instant: datetime) -> timedelta:
        """How long the wall has to wait for the practice's `instant`; zero when it is past."""
        return max(timedelta(), self.clock.real(instant) - workflow.now())

    def patience(self, duration: timedelta, *, at_least: timedelta = A_FEW_ATTEMPTS) -> timedelta:
        """How long (real time) something is tried that the practice gives `duration` of its own."""
        return max(self.clock.real_duration(duration), at_least)

    async def wait(self, condition: Callable[[], bool], *, until: datetime, summary: str) -> bool:
        """Whether `condition` became true before `until`."""
        if condition():
            return True
        left = self.real_until(until)
        if left <= timedelta():
            return False
        try:
            await workflow.wait_condition(condition, timeout=left, timeout_summary=summary[:200])
        except TimeoutError:
            return False
        return True

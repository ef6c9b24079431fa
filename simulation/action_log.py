"""What the simulated people did, by their own account: the only witness of a tap on a link besides the product."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from domain.clock import PracticeClock


class Time:
    """The day's clock for the people in it: how late it is, and waiting until it is later."""

    def __init__(self, clock: PracticeClock) -> None:
        self.clock = clock

    def now(self) -> datetime:
        """The practice's time."""
        return self.clock.practice(datetime.now(UTC))

    async def until(self, practice: datetime) -> None:
        """Returns at that practice time, at once when it is past."""
        await asyncio.sleep(max(0.0, (self.clock.real(practice) - datetime.now(UTC)).total_seconds()))

    async def minutes(self, count: float) -> None:
        """Lets so many practice minutes pass."""
        await asyncio.sleep(self.clock.real_duration(timedelta(minutes=count)).total_seconds())


#: What the desk notes of an answer: sent as the task had drafted it, or in words of its own.
AS_DRAFTED: Final = "answered"
IN_OWN_WORDS: Final = "answered in own words"


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One thing somebody did. `kind`: texted, claimed, scanned, cancelled, moved, booked, pressed …"""

    at: datetime
    who: str
    kind: str
    words: str
    #: The patient's number, where it was one.
    phone: str | None = None
    #: What came of it, where the doer could see it (the page after a tap on a link).
    outcome: str | None = None


@dataclass
class Diary:
    """All deeds in the order in which they were done."""

    time: Time
    deeds: list[Deed] = field(default_factory=list)

    def note(self, who: str, kind: str, words: str, *, phone: str | None = None, outcome: str | None = None) -> None:
        """Writes a deed down."""
        self.deeds.append(Deed(at=self.time.now(), who=who, kind=kind, words=words, phone=phone, outcome=outcome))

    def plain(self) -> list[dict[str, Any]]:
        """The diary as JSON."""
        return [{**asdict(deed), "at": deed.at.isoformat()} for deed in self.deeds]

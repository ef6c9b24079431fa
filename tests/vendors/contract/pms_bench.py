"""What the contract suite needs to know about one PMS and its sandbox.

Another adapter joins by a module like `boulevard_bench.py` and a line in `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from tests.vendors.contract.sandbox import Call, Sandbox
from vendors.pms.base import NewVisit, Pms, PmsSegment, PmsWebhooks

Step = Literal["read", "draft", "commit"]


@dataclass(frozen=True, kw_only=True)
class World:
    """A practice in the sandbox: two providers who do both services on `day`, and two clients.

    Ann works from 9 to 17 with lunch at 12 and has one visit of Mia at 10:00. Bea works from 10 to 14. Both work the
    next day too. The first service takes an hour, the second one half.
    """

    location: str
    zone: str
    day: date
    ann: str
    bea: str
    mia: str
    noa: str
    hour: str
    half: str
    #: Mia's visit with Ann.
    standing: str
    #: What the PMS tells of Mia's consent to texts and to e-mails: she takes texts only.
    mia_consents: tuple[bool | None, bool | None]

    def at(self, hour: int, minute: int = 0) -> datetime:
        """A time on `day` at the location."""
        return datetime(self.day.year, self.day.month, self.day.day, hour, minute, tzinfo=ZoneInfo(self.zone))

    def visit(self, *segments: PmsSegment, key: str = "booking-1") -> NewVisit:
        """A visit for Noa."""
        return NewVisit(location_ref=self.location, client_ref=self.noa, segments=segments, key=key)

    def segment(self, service: str, provider: str, start: datetime, end: datetime) -> PmsSegment:
        """One service with one provider."""
        return PmsSegment(service_ref=service, provider_ref=provider, start=start, end=end)


def unpriced(segments: tuple[PmsSegment, ...]) -> tuple[PmsSegment, ...]:
    """What a service costs is the practice system's to say: it is no part of what was asked for."""
    return tuple(replace(one, price_cents=None) for one in segments)


class PmsBench(Protocol):
    """One PMS on the bench. What it can is said by its adapter's `capabilities`; the suite asks for no more."""

    sandbox: Sandbox
    world: World
    webhooks: PmsWebhooks
    #: The vendor's names for what a step calls, as the sandbox's faults take them. A PMS that books in one call has
    #: no draft.
    operations: Mapping[Step, str]
    #: All the ways the vendor says that there were too many requests.
    rate_limit_styles: tuple[str, ...]

    def connect(self, *, url: str | None = None, secret: str | None = None, call_seconds: float = 6) -> Pms:
        """An adapter: for the sandbox, or for another server, or with a wrong secret."""

    def rate_limit(self, step: Step, style: str) -> None:
        """Refuse the next call of that step for that reason, in that style."""

    def no_show(self, appointment_ref: str) -> None:
        """Staff mark a visit as not kept."""

    def cancelled_by_staff(self, appointment_ref: str) -> None:
        """Staff cancel a visit."""

    def next_webhook(self) -> Call:
        """The next webhook as it arrived."""

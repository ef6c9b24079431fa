"""A fill for tests: an opening at two in the afternoon, offers until noon, and short ways to say things to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle

from contracts.gap_fill import (
    ASK_PERSON,
    ASSESS_OPENING,
    ASSIGN_CLIENT,
    BOOK_VISIT,
    CLOSE_OFFERS,
    OFFER_WAVE,
    REFIT_OFFERS,
    TELL_WINNER,
    AskPerson,
    Assessment,
    Assign,
    Assigned,
    Booked,
    BookResult,
    CloseResult,
    OfferWave,
    Refitted,
    SentOffer,
    TaskRef,
    Told,
    Verdict,
    WaveResult,
)
from contracts.task import ANSWER_REPLY, ReplyAnswered
from contracts.workflow_messages import Accepted, Claim, ClaimResult, Decline, GapFillInput, Payload, Via
from tests.workflows.fake_activities import MORNING, Act, FakeWorld
from workflows.gap_fill import GapFillOutcome

OPENING = 1
SLOT_START = MORNING + timedelta(hours=5)
OFFERS_UNTIL = MORNING + timedelta(hours=3)
BOOKED = BookResult(outcome=Booked.BOOKED, appointment_id=77)

Wave = Callable[[OfferWave, datetime], WaveResult]


def plan(verdict: Verdict = Verdict.FILL, **changes: Any) -> Assessment:
    values: dict[str, Any] = {"words": "4 on the waitlist fit.", "slot_start": SLOT_START, "offers_until": OFFERS_UNTIL}
    return Assessment(verdict=verdict, **{**values, **changes})


def wave(*offers: int, minutes: float = 10, so_far: int = 0, nobody_left: bool = False) -> Wave:
    """These offers go out, open for so many minutes."""

    def send(order: OfferWave, now: datetime) -> WaveResult:
        return WaveResult(
            offers=tuple(SentOffer(offer_id=offer) for offer in offers),
            window_ends_at=now + timedelta(minutes=minutes),
            sent_so_far=so_far or len(offers),
            nobody_left=nobody_left,
        )

    return send


NOBODY_LEFT = WaveResult(nobody_left=True)


def furnish(world: FakeWorld) -> None:
    """The ordinary answers; a test overrides what its story is about."""
    world.answer(ASSESS_OPENING, plan())
    world.answer(OFFER_WAVE, NOBODY_LEFT)
    world.answer(BOOK_VISIT, BOOKED)
    world.answer(CLOSE_OFFERS, CloseResult())
    world.answer(TELL_WINNER, Told())
    world.answer(REFIT_OFFERS, Refitted(gone=True))
    world.answer(ANSWER_REPLY, ReplyAnswered())
    world.answer(ASK_PERSON, _task)
    world.answer(ASSIGN_CLIENT, _assigned)


def _task(order: AskPerson, now: datetime) -> TaskRef:
    return TaskRef(task_id=5, due_at=now + timedelta(hours=1))


def _assigned(order: Assign, now: datetime) -> Assigned:
    return Assigned(offer_id=900 + order.client_id)


def yes(offer: int, *, via: Via = Via.TEXT, receipt: int | None = None) -> Claim:
    return Claim(key=f"claim:{offer}", offer_id=offer, via=via, receipt_id=receipt)


@dataclass
class Fill:
    """One running fill and what can be said to it."""

    world: FakeWorld
    _handle: WorkflowHandle[Any, Any] | None = None

    async def start(
        self,
        *,
        skipping: bool = True,
        settling: timedelta = timedelta(),
        delay: timedelta | None = None,
        slot_start: datetime = SLOT_START,
    ) -> None:
        """`delay` is what the relay starts a fill with: the settling delay, by the wall's clock."""
        start = GapFillInput(**self.world.input(), opening_id=OPENING, settling_delay=settling, slot_start=slot_start)
        self._handle = await self.world.start("GapFill", start, skipping=skipping, delay=delay)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        assert self._handle is not None, "the fill has not been started"
        return self._handle

    async def play(self, *, settling: timedelta = timedelta(), slot_start: datetime = SLOT_START) -> GapFillOutcome:
        """From the beginning to the end; the story is told by what the world does meanwhile."""
        await self.start(settling=settling, slot_start=slot_start)
        return await self.outcome()

    async def outcome(self) -> GapFillOutcome:
        return GapFillOutcome.model_validate(await self.handle.result())

    async def finish(self) -> GapFillOutcome:
        """Let the rest of the time pass."""
        await self.pass_time()
        return await self.outcome()

    async def pass_time(self, **duration: float) -> None:
        await self.world.pass_time(self.handle, timedelta(**duration) if duration else None)

    async def signal(self, name: str, payload: Payload) -> None:
        await self.handle.signal(name, payload)

    async def text_yes(self, *offers: int, receipt: int | None = None) -> None:
        for offer in offers:
            await self.signal("claim_by_text", yes(offer, receipt=receipt))

    async def decline(self, *offers: int, why: str = "no") -> None:
        for offer in offers:
            await self.signal("decline", Decline(offer_id=offer, why=why))

    async def link_yes(self, offer: int) -> ClaimResult:
        claim = yes(offer, via=Via.LINK)
        return ClaimResult.model_validate(await self.handle.execute_update("claim", claim, result_type=ClaimResult))

    async def override(self, name: str, order: Payload) -> Accepted:
        return Accepted.model_validate(await self.handle.execute_update(name, order, result_type=Accepted))

    def will(self, act: Callable[..., Awaitable[object]], *arguments: Any, **named: Any) -> Act:
        """For `world.meanwhile`: this, then."""
        return lambda: act(*arguments, **named)

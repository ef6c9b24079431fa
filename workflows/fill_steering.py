"""What a fill can be told, and what it knows from it: claims, declines, the calendar's news, and staff's overrides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contracts.workflow_messages import (
        Accepted,
        AssignTo,
        Claim,
        ClaimResult,
        Decline,
        OfferTo,
        OpeningChanged,
        OpeningTaken,
        TaskAnswer,
        Withdraw,
    )
    from domain.tasks import TaskKind

from workflows.claims import Claims

#: A task's answer: everybody was told by hand how it ended.
TOLD = "told"


@dataclass
class BrokenOff:
    """A wait that an order of staff's broke off: it goes on where the order cannot be carried out."""

    until: datetime
    #: Offers that were waited for; None: a person's decision was.
    awaited: set[int] | None = None

    @property
    def in_vain(self) -> bool:
        return self.awaited is not None and not self.awaited


@dataclass
class FillState:
    """What the fill knows; rebuilt by replay."""

    stage: str = "settling"
    wave: int = 0
    offers: int = 0
    #: Offers a client can still answer within their window.
    awaited: set[int] = field(default_factory=set)
    answers_until: datetime | None = None
    #: Who could still answer when somebody said yes.
    still_open: set[int] = field(default_factory=set)
    #: Offers answered with a no, or that cannot be; a quick one comes before its wave's result.
    declined: set[int] = field(default_factory=set)
    claims: Claims = field(default_factory=Claims)
    taken: str | None = None
    #: The calendar around the opening has changed since the offers were looked at.
    changed: bool = False
    #: Clients whose time was taken hear of it then; it was no hour to text at.
    tell_at: datetime | None = None
    #: Who has won a part of the opening, while the rest of it is filled.
    won: list[Claim] = field(default_factory=list)
    appointment_id: int | None = None
    #: How often the practice system would not take a visit into a time that its calendar shows as free.
    unexplained: int = 0
    withdrawn: Withdraw | None = None
    #: Clients staff want asked next.
    asked_for: list[OfferTo] = field(default_factory=list)
    assigned: list[AssignTo] = field(default_factory=list)
    #: Nobody else is asked before its end: so much time was promised.
    broken_off: BrokenOff | None = None
    #: A person decides before anybody is asked by rank, should what they ordered come to nothing.
    person_owed: bool = False
    #: Staff decided first, as they were asked to: by what is among the above, by letting offers go out, or by leaving
    #: the chair free.
    answered: bool = False
    sent_on: bool = False
    left_free: bool = False
    #: Who told everybody by hand how it ended, while texts could not be sent.
    told_by: str | None = None
    #: How often a vendor was away for too long, and whether one is now.
    outages: int = 0
    paused: bool = False
    #: No longer open to claims.
    over: bool = False
    story: list[str] = field(default_factory=list)


class FillSteering:
    """The handlers of GapFill. Each only writes down; the story, which waits on what they write, acts."""

    state: FillState

    # --- what the story waits for -------------------------------------------------------------------------------

    def _stopped(self) -> bool:
        return self.state.taken is not None or self.state.withdrawn is not None

    def _decided(self) -> bool:
        """No longer open to claims and overrides."""
        return self.state.over or self._stopped()

    def _something(self) -> bool:
        """Anything that ends a wait for answers."""
        state = self.state
        return state.claims.winner is not None or self._stopped() or state.left_free or self._ordered()

    def _ordered(self) -> bool:
        """Staff chose somebody."""
        return bool(self.state.asked_for or self.state.assigned)

    # --- messages -----------------------------------------------------------------------------------------------

    def _claim(self, claim: Claim) -> ClaimResult:
        """The one place a winner is made: synchronous, in history's order, the same for text, link and staff."""
        result = self.state.claims.take(claim, over=self._decided())
        if not self._decided():
            self._answered(claim.offer_id)
        return result

    def _answered(self, offer_id: int) -> None:
        self.state.awaited.discard(offer_id)
        if self.state.broken_off is not None and self.state.broken_off.awaited is not None:
            self.state.broken_off.awaited.discard(offer_id)

    @workflow.signal(name="claim_by_text")
    def claim_by_text(self, claim: Claim) -> None:
        self._claim(claim)

    @workflow.update(name="claim")
    def claim(self, claim: Claim) -> ClaimResult:
        return self._claim(claim)

    @claim.validator
    def _check_claim(self, claim: Claim) -> None:
        if self._decided():
            raise ApplicationError("this opening is no longer on offer", type="OpeningOver")

    @workflow.signal(name="decline")
    def decline(self, decline: Decline) -> None:
        self.state.declined.add(decline.offer_id)
        self._answered(decline.offer_id)

    @workflow.signal(name="opening_taken")
    def opening_taken(self, taken: OpeningTaken) -> None:
        if self.state.claims.winner is None:
            self.state.taken = taken.why

    @workflow.signal(name="opening_changed")
    def opening_changed(self, change: OpeningChanged) -> None:
        self.state.changed = True

    @workflow.signal(name="task_answered")
    def task_answered(self, answer: TaskAnswer) -> None:
        """What staff chose goes the way of an override; any other answer only ends the wait for a person."""
        self.state.answered = self.state.answered or answer.kind == TaskKind.PERSON_FIRST
        if answer.action == "leave":
            self.state.left_free = True
        elif answer.action == "go":
            self.state.sent_on = True
        elif answer.action == TOLD:
            self.state.told_by = answer.by
        elif answer.action == "assign" and answer.client_id is not None:
            self.state.assigned.append(
                AssignTo(
                    client_id=answer.client_id,
                    by=answer.by,
                    reason=answer.reason or "chosen from the short list",
                    service_ids=answer.service_ids,
                )
            )
        elif answer.action == "offer" and answer.client_id is not None:
            self.state.asked_for.append(OfferTo(client_id=answer.client_id, by=answer.by, reason=answer.reason))

    @workflow.update(name="offer_to")
    def offer_to(self, order: OfferTo) -> Accepted:
        self.state.asked_for.append(order)
        return Accepted(words="The client is asked next.")

    @workflow.update(name="assign_to")
    def assign_to(self, order: AssignTo) -> Accepted:
        self.state.assigned.append(order)
        return Accepted(words="The visit is being written to the practice system.")

    @workflow.update(name="withdraw")
    def withdraw(self, order: Withdraw) -> Accepted:
        self.state.withdrawn = order
        return Accepted(words="Offers are withdrawn; everybody asked is told.")

    @offer_to.validator
    def _check_offer_to(self, order: OfferTo) -> None:
        self._refuse_when_decided()

    @assign_to.validator
    def _check_assign_to(self, order: AssignTo) -> None:
        if not order.reason.strip():
            raise ApplicationError("reason: say why, in a few words", type="ReasonMissing")
        self._refuse_when_decided()

    @withdraw.validator
    def _check_withdraw(self, order: Withdraw) -> None:
        self._refuse_when_decided()

    def _refuse_when_decided(self) -> None:
        if self._decided():
            raise ApplicationError("this fill has ended", type="OpeningOver")
        if self.state.claims.winner is not None:
            raise ApplicationError("a client said yes and is being booked", type="AlreadyClaimed")

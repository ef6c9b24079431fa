"""Who said yes to an opening, in history's order, and what came of it: exactly one winner."""

from __future__ import annotations

from dataclasses import dataclass, field

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts.workflow_messages import Claim, ClaimResult, Standing, Via


@dataclass
class Claims:
    """The claims of one fill; rebuilt by replay. Nothing here waits, so two claims can never both be the first."""

    #: In the order of history; the first of them that is not refused is being booked.
    made: list[Claim] = field(default_factory=list)
    winner: Claim | None = None
    #: Claims by text that came when all was decided; each gets its answer.
    late: list[Claim] = field(default_factory=list)
    _refused: set[str] = field(default_factory=set)
    #: Visits of theirs stand; the opening was longer than these.
    _kept: set[str] = field(default_factory=set)

    def take(self, claim: Claim, *, over: bool) -> ClaimResult:
        """Where this claim stands; the same claim again, by whatever way, changes nothing. `over`: no more can win."""
        if claim.key in self._refused:
            return ClaimResult(standing=Standing.OVER)
        if claim.key in self._kept:
            return ClaimResult(standing=Standing.CONFIRMED)
        if not any(known.key == claim.key for known in self.made):
            if over:
                self.late.append(claim)
                return ClaimResult(standing=Standing.OVER)
            self.made.append(claim)
        first = self.first()
        return ClaimResult(standing=Standing.CONFIRMING if first and first.key == claim.key else Standing.NEXT)

    def first(self) -> Claim | None:
        """The claim that is being booked, or is to be booked next; it stays the winner until it is refused."""
        if self.winner is None:
            settled = self._refused | self._kept
            self.winner = next((one for one in self.made if one.key not in settled), None)
        return self.winner

    def keep(self, claim: Claim) -> None:
        """Their visit stands, and the opening goes on: the next who said yes is first."""
        self._kept.add(claim.key)
        self.winner = None

    def refuse(self, claim: Claim) -> None:
        """The claim cannot be kept: the practice system will not have this client, or their time is taken. The next who
        said yes is first."""
        self._refused.add(claim.key)
        self.winner = None

    def besides(self, winner: Claim | None) -> tuple[int, ...]:
        """Offers of everybody else who said yes in time."""
        return tuple(one.offer_id for one in self.made if one is not winner and one.key not in self._kept)

    def of_staff_unheard(self) -> tuple[Claim, ...]:
        """Whom staff booked, and whose turn never came: of those who were first, staff have heard."""
        return tuple(
            one
            for one in self.made
            if one.via is Via.STAFF and one is not self.winner and one.key not in self._refused | self._kept
        )

"""Whose turn it is among those who wait: what came of the offers they had, and what that is still worth.

A yes that came too late raises a place, an offer left without an answer lowers it, and both fade. The wait counts from
the last turn: who was asked stands behind those of equal right who were not, so that the turn goes round.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log

from domain.policy import GapFillPolicy


class Came(StrEnum):
    """What came of an offer."""

    #: They said yes, and it was too late.
    LOST = "lost"
    #: They did not answer while they could.
    UNANSWERED = "unanswered"
    #: They said no, or their yes was kept.
    ANSWERED = "answered"


@dataclass(frozen=True, kw_only=True)
class PastOffer:
    """An offer a client had. `part` is how much of its window it stood open: who had a minute of ten, since somebody
    else was faster, has hardly left it unanswered."""

    at: datetime
    came: Came
    part: float = 1.0


@dataclass(frozen=True, kw_only=True)
class AskedWhen:
    """What a client said to offers for one wish, and whether they were asked which days and hours suit it: once."""

    noes: int = 0
    asked_at: datetime | None = None
    answered: bool = False

    def is_due(self, policy: GapFillPolicy) -> bool:
        """Whether they are asked now, instead of one more offer."""
        return 0 < policy.when_suits_after <= self.noes and self.asked_at is None

    def is_awaited(self, *, now: datetime, policy: GapFillPolicy) -> bool:
        """Whether nothing is offered for that wish, since they may still answer."""
        return self.asked_at is not None and not self.answered and now < self.asked_at + policy.when_suits_window


NEVER_ASKED_WHEN = AskedWhen()


def remembered_since(*, now: datetime, policy: GapFillPolicy) -> datetime:
    """Offers before then count for nothing any more."""
    return now - max(policy.loss_counts_for, policy.unanswered_counts_for)


def losses(past: Iterable[PastOffer], *, now: datetime, policy: GapFillPolicy) -> float:
    """Yeses in vain, each for what it is still worth."""
    return sum(_left(one.at, now, policy.loss_counts_for) for one in past if one.came is Came.LOST)


def unanswered(past: Iterable[PastOffer], *, now: datetime, policy: GapFillPolicy) -> float:
    """Offers left without an answer, each for what it is still worth."""
    return sum(
        _left(one.at, now, policy.unanswered_counts_for) * one.part for one in past if one.came is Came.UNANSWERED
    )


def lost_twice_in_a_row(past: Iterable[PastOffer], *, now: datetime, policy: GapFillPolicy) -> bool:
    """Whether they said yes to both of their last two offers and somebody was faster; not for ever."""
    newest = sorted(past, key=lambda one: one.at, reverse=True)[:2]
    return len(newest) == 2 and all(
        one.came is Came.LOST and _left(one.at, now, policy.loss_counts_for) > 0 for one in newest
    )


def waiting_since(past: Iterable[PastOffer], *, joined_at: datetime, last_offered_at: datetime | None) -> datetime:
    """Since when they have waited for a turn: from their last offer on, or from when they joined. A yes in vain was no
    turn."""
    known = tuple(past)
    turns = [one.at for one in known if one.came is not Came.LOST]
    if last_offered_at is not None and all(one.at < last_offered_at for one in known):
        turns.append(last_offered_at)
    return max(turns, default=joined_at)


def worth_of_waiting(waited: timedelta, *, horizon: timedelta) -> float:
    """1 once the horizon is reached, and then ever more, but slowly: no other difference outweighs it for ever."""
    if horizon <= timedelta():
        return 1.0
    part = max(0.0, waited / horizon)
    return part if part <= 1 else 1 + log(part)


def _left(at: datetime, now: datetime, counts_for: timedelta) -> float:
    """What something of that moment is still worth: all of it at first, nothing once `counts_for` is over."""
    if counts_for <= timedelta():
        return 0.0
    return min(1.0, max(0.0, 1 - (now - at) / counts_for))

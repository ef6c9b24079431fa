"""Who fits an opening, and in what order they are asked.

`fit` answers for one candidate, `rank` for all; each refusal names the rule that stands in the way. An offer is safe
before it is sent: provider, room, device, buffers, the client's own wishes, clinical intervals, exam and consent are
all part of the match.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import offer_history
from domain.calendar import Day
from domain.catalogue import Matrix
from domain.fitting import Candidate, Fit, fit_on, visit_to_release
from domain.placing import Board, Slot, eligible, free_stretches, services_that_fit, services_with_room
from domain.policy import GapFillPolicy, PracticePolicy
from domain.rejections import Rejection, Rule

__all__ = [
    "Candidate",
    "Fit",
    "Ranked",
    "Ranking",
    "Rejection",
    "Rule",
    "Slot",
    "eligible",
    "fit",
    "free_stretches",
    "rank",
    "services_that_fit",
    "services_with_room",
    "visit_to_release",
]


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """`shares` are what each factor added to the score: the reason for the place. `since`: their last turn.

    `alone`: they said yes twice in a row and somebody was faster, so they stand before all others, and are asked alone.
    """

    candidate: Candidate
    fit: Fit
    score: float
    shares: tuple[tuple[str, float], ...]
    since: datetime
    alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """`tie`: several VIPs stand first with the same score; a person chooses among them. `not_looked_at`: how many were
    left when whoever asked had no more time."""

    ranked: tuple[Ranked, ...]
    rejected: tuple[tuple[Candidate, Rejection], ...]
    tie: bool = False
    not_looked_at: int = 0


def fit(
    *,
    slot: Slot,
    candidate: Candidate,
    matrix: Matrix,
    day: Day,
    now: datetime,
    zone: str,
    policy: PracticePolicy,
    by_hand: bool = False,
) -> Fit | Rejection:
    """The earliest start that passes every rule for this candidate, or the rule that refused the furthest try.

    An entry for one visit of several services needs them all; otherwise its services are tried in the order wished.
    `by_hand`: staff book them, who speak with them; see `fitting.fit_on`.
    """
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, policy=policy)
    return fit_on(board, candidate, now=now, policy=policy, by_hand=by_hand)


def rank(
    *,
    slot: Slot,
    candidates: tuple[Candidate, ...],
    matrix: Matrix,
    day: Day,
    now: datetime,
    zone: str,
    policy: PracticePolicy,
    enough: Callable[[], bool] = lambda: False,
) -> Ranking:
    """Everybody who fits, the first to be asked first; ties go to whose last turn is longest ago, then to the older
    entry.

    One client, and one phone, stands in it once: with the wish that ranks highest. `enough` is asked before each; who
    decides leaves it out, and looks at all of them.
    """
    board = Board(slot=slot, matrix=matrix, day=day, zone=zone, policy=policy)
    ranked: list[Ranked] = []
    rejected: list[tuple[Candidate, Rejection]] = []
    looked_at = 0
    for looked_at, candidate in enumerate(candidates, start=1):
        if enough():
            looked_at -= 1
            break
        found = fit_on(board, candidate, now=now, policy=policy)
        if isinstance(found, Rejection):
            rejected.append((candidate, found))
        else:
            ranked.append(_scored(candidate, found, slot=slot, now=now, policy=policy.gap_fill))
    ranked.sort(key=_order)
    once, doubles = _once_a_phone(ranked)
    top = once[:2]
    tie = len(top) == 2 and top[0].score == top[1].score and all(one.candidate.client.vip for one in top)
    return Ranking(
        ranked=tuple(once), rejected=tuple(rejected + doubles), tie=tie, not_looked_at=len(candidates) - looked_at
    )


# --- the order ---------------------------------------------------------------------------------------------------


def _scored(candidate: Candidate, found: Fit, *, slot: Slot, now: datetime, policy: GapFillPolicy) -> Ranked:
    entry, past, weights = candidate.entry, candidate.past, policy.weights
    wished = slot.provider_id in entry.provider_ids or slot.provider_id == candidate.client.preferred_provider_id
    rested = 1.0 if entry.last_offered_at is None else _part(now - entry.last_offered_at, policy.recency_horizon)
    lost = offer_history.losses(past, now=now, policy=policy)
    ignored = offer_history.unanswered(past, now=now, policy=policy)
    since = offer_history.waiting_since(past, joined_at=entry.joined_at, last_offered_at=entry.last_offered_at)
    waited = offer_history.worth_of_waiting(now - since, horizon=policy.waiting_horizon)
    shares = (
        ("priority", weights.priority * min(entry.priority, 3) / 3),
        ("flexibility", weights.flexibility * min(entry.flexibility, 3) / 3),
        ("recency", weights.recency * rested),
        ("losses", weights.losses * min(1.0, lost / max(1, policy.losses_horizon))),
        ("unanswered", -weights.unanswered * min(1.0, ignored / max(1, policy.unanswered_horizon))),
        ("waiting", weights.waiting * waited),
        ("preferred_provider", weights.preferred_provider * (1.0 if wished else 0.0)),
    )
    # Rounded, so that a difference of a millionth is a tie and not a reason.
    score = round(sum(share for _, share in shares), 6)
    alone = offer_history.lost_twice_in_a_row(past, now=now, policy=policy)
    return Ranked(candidate=candidate, fit=found, score=score, shares=shares, since=since, alone=alone)


def _part(passed: timedelta, horizon: timedelta) -> float:
    """How much of the horizon has passed, between 0 and 1."""
    if horizon <= timedelta():
        return 1.0
    return min(1.0, max(0.0, passed / horizon))


def _order(ranked: Ranked) -> tuple[bool, float, datetime, datetime, int]:
    entry = ranked.candidate.entry
    return not ranked.alone, -ranked.score, ranked.since, entry.joined_at, entry.id


def _once_a_phone(ranked: list[Ranked]) -> tuple[list[Ranked], list[tuple[Candidate, Rejection]]]:
    once: list[Ranked] = []
    doubles: list[tuple[Candidate, Rejection]] = []
    seen: set[int | str] = set()
    for one in ranked:
        client = one.candidate.client
        keys: set[int | str] = {client.id} | ({client.phone} if client.phone else set())
        if keys & seen:
            words = "Another wish of this client or phone ranks higher."
            doubles.append((one.candidate, Rejection(rule=Rule.ASKED_THROUGH_ANOTHER, words=words)))
        else:
            once.append(one)
            seen |= keys
    return once, doubles

"""Asking whether a client fits an opening: an ordinary afternoon, and short ways to read the verdict."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import Day
from domain.catalogue import Matrix
from domain.matching import Candidate, Fit, Rejection, Rule, Slot, fit
from domain.policy import PracticePolicy
from tests.domain.build import NEW_YORK, at, day, during, matrix, slot

#: A Tuesday.
TWO = during("2026-11-24 14:00", "2026-11-24 14:45")
NOW = at("2026-11-24 09:00")
POLICY = PracticePolicy()


def fit_of(
    chosen: Candidate,
    *,
    offered: Slot | None = None,
    practice: Matrix | None = None,
    on: Day | None = None,
    now: datetime = NOW,
    zone: str = NEW_YORK,
    by_hand: bool = False,
) -> Fit | Rejection:
    return fit(
        slot=offered or slot(TWO),
        candidate=chosen,
        matrix=practice or matrix(),
        day=on or day(),
        now=now,
        zone=zone,
        policy=POLICY,
        by_hand=by_hand,
    )


def rule_of(found: Fit | Rejection) -> Rule | None:
    return found.rule if isinstance(found, Rejection) else None


def start_of(found: Fit | Rejection) -> datetime | None:
    return found.start if isinstance(found, Fit) else None

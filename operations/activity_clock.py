"""What time it is for an activity: the practice's clock applied to when the attempt started, and the wall beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import activity

from domain.clock import PracticeClock


def practice_now(clock: PracticeClock) -> datetime:
    """The practice's instant. Under a test's skipped time the attempt's start is the virtual one."""
    return clock.practice(activity.info().started_time)


def real_now() -> datetime:
    """The wall's instant, for protocol durations only: read-back grace, tolerances."""
    return datetime.now(UTC)


def workflow_id() -> str:
    """The journey that wants this."""
    return activity.info().workflow_id or ""

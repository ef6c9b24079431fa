"""Facts on a task, in the words of a front desk."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from domain.calendar import Cause
from domain.clients import WeeklyWindow
from domain.messages import task_facts
from domain.ranges import TimeRange
from tests.domain.build import at

NOW = at("2026-11-24 09:32")
ZONE = "America/New_York"


@pytest.mark.parametrize(("cents", "words"), [(42_000, "$420"), (125_050, "$1,250.50"), (0, "$0"), (240_000, "$2,400")])
def test_prices(cents: int, words: str) -> None:
    assert task_facts.dollars(cents) == words


def test_a_stretch_says_day_hours_and_length() -> None:
    during = TimeRange(at("2026-11-24 14:00"), at("2026-11-24 15:15"))
    later = TimeRange(at("2026-12-01 14:00"), at("2026-12-01 14:45"))

    assert task_facts.stretch_words(during, ZONE, now=NOW) == "today, Tue Nov 24, 2:00 PM to 3:15 PM (1 h 15 min)"
    assert task_facts.stretch_words(later, ZONE, now=NOW) == "Tue Dec 1, 2:00 PM to 2:45 PM (45 min)"


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_has_words(cause: Cause) -> None:
    assert task_facts.freed_words(cause, "Maya R.", ())
    assert task_facts.freed_words(cause, None, ())


def test_days_with_the_same_hours_stand_together() -> None:
    windows = (
        WeeklyWindow(weekday=0, start=time(9), end=time(12)),
        WeeklyWindow(weekday=2, start=time(9), end=time(12)),
        WeeklyWindow(weekday=5, start=time(18), end=time(0)),
    )

    assert task_facts.windows_words(windows) == "Mon, Wed 9:00 AM-12:00 PM; Sat 6:00 PM-midnight"


@pytest.mark.parametrize(
    ("days", "words"), [(0, "since today"), (1, "since Nov 23, 1 day"), (21, "since Nov 3, 21 days")]
)
def test_how_long_somebody_waits(days: int, words: str) -> None:
    assert task_facts.waiting_since_words(NOW - timedelta(days=days), ZONE, now=NOW) == words


def test_a_date() -> None:
    assert task_facts.day_words(date(2026, 12, 1)) == "Tue Dec 1"

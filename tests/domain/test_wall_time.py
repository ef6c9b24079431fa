"""Wall time against a minute-by-minute reading of the clock, on ordinary days and on the nights it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ranges import TimeRange
from domain.wall_time import days_earlier, local_day, wall_ranges
from tests.domain.build import NEW_YORK, at

DAYS = [
    (NEW_YORK, date(2026, 3, 8)),
    (NEW_YORK, date(2026, 11, 1)),
    (NEW_YORK, date(2026, 11, 24)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Europe/London", date(2026, 10, 25)),
    # Midnight itself is left out here.
    ("Africa/Cairo", date(2026, 4, 24)),
    ("America/Santiago", date(2026, 9, 6)),
    # Half an hour only.
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Asia/Kathmandu", date(2026, 5, 5)),
]
times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 45)))


def instants(on: date, zone: str) -> list[datetime]:
    """Every quarter of an hour whose wall clock shows that date."""
    noon = datetime.combine(on, time(12), tzinfo=UTC)
    around = [noon + timedelta(minutes=15 * count) for count in range(-4 * 30, 4 * 30)]
    return [one for one in around if one.astimezone(ZoneInfo(zone)).date() == on]


@pytest.mark.parametrize(("zone", "on"), DAYS)
def test_a_local_day_is_all_instants_of_its_date(zone: str, on: date) -> None:
    day = local_day(on=on, zone=zone)

    all_of_it = instants(on, zone)
    assert day == TimeRange(all_of_it[0], all_of_it[-1] + timedelta(minutes=15))


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(DAYS), times, times)
def test_a_stretch_of_wall_time_is_what_the_clock_on_the_wall_shows(
    place: tuple[str, date], start: time, end: time
) -> None:
    zone, on = place
    if end != time(0) and end <= start:
        start, end = end, start

    found = wall_ranges(on=on, start=start, end=end, zone=zone)

    expected = [
        one
        for one in instants(on, zone)
        if start <= one.astimezone(ZoneInfo(zone)).time()
        and (end == time(0) or one.astimezone(ZoneInfo(zone)).time() < end)
    ]
    got = [one for one in instants(on, zone) if any(stretch.start <= one < stretch.end for stretch in found)]
    assert got == expected


def test_days_change_length_with_the_clocks() -> None:
    assert local_day(on=date(2026, 3, 8), zone=NEW_YORK).length == timedelta(hours=23)
    assert local_day(on=date(2026, 11, 1), zone=NEW_YORK).length == timedelta(hours=25)


@pytest.mark.parametrize(
    ("start", "earlier"),
    [
        ("2026-03-09 14:00", "2026-03-07 14:00"),
        ("2026-11-02 14:00", "2026-10-31 14:00"),
        ("2026-11-24 14:00", "2026-11-22 14:00"),
    ],
)
def test_two_days_earlier_shows_the_same_time(start: str, earlier: str) -> None:
    assert days_earlier(at(start), 2, NEW_YORK) == at(earlier)


def test_a_day_whose_midnight_comes_twice_begins_at_the_first() -> None:
    day = local_day(on=date(2026, 11, 1), zone="America/Havana")

    assert day == TimeRange(datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC))


def test_a_day_whose_midnight_is_left_out_begins_at_its_first_instant() -> None:
    day = local_day(on=date(2026, 9, 6), zone="America/Santiago")

    assert day == TimeRange(datetime(2026, 9, 6, 4, tzinfo=UTC), datetime(2026, 9, 7, 3, tzinfo=UTC))


def test_the_days_the_clocks_change_are_23_and_25_hours_long() -> None:
    lengths = [local_day(on=on, zone=NEW_YORK).length for on in (date(2026, 3, 8), date(2026, 11, 1))]

    assert lengths == [timedelta(hours=23), timedelta(hours=25)]

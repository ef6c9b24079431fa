"""When reminders go out."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contact import next_allowed
from domain.policy import BookingPolicy, ContactPolicy
from domain.reminder_times import PlannedTouch, Skipped, last_useful, plan_reminders
from tests.domain.build import NEW_YORK, at, minutes

TWO_DAYS, TWO_HOURS = timedelta(hours=48), timedelta(hours=2)


def plan(
    start: str,
    now: str,
    *,
    zones: tuple[str, ...] = (NEW_YORK,),
    booking: BookingPolicy | None = None,
    contact: ContactPolicy | None = None,
) -> tuple[PlannedTouch | Skipped, ...]:
    return plan_reminders(
        start=at(start),
        now=at(now),
        zones=zones,
        booking=booking or BookingPolicy(),
        contact=contact or ContactPolicy(),
    )


def test_two_days_and_two_hours_before() -> None:
    assert plan("2026-11-24 14:00", "2026-11-01 09:00") == (
        PlannedTouch(lead=TWO_DAYS, at=at("2026-11-22 14:00")),
        PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 12:00")),
    )


def test_what_is_past_is_skipped_with_its_reason() -> None:
    assert plan("2026-11-24 14:00", "2026-11-23 09:00") == (
        Skipped(lead=TWO_DAYS, reason="48 hours before the visit had passed already."),
        PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 12:00")),
    )
    assert all(isinstance(touch, Skipped) for touch in plan("2026-11-24 14:00", "2026-11-24 13:00"))


def test_two_that_come_close_become_the_later() -> None:
    close = BookingPolicy(reminders=(timedelta(hours=8), TWO_HOURS), merge_within=timedelta(hours=6))

    assert plan("2026-11-24 18:00", "2026-11-01 09:00", booking=close) == (
        Skipped(lead=timedelta(hours=8), reason="Merged with the reminder 2 hours before, which follows closely."),
        PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 16:00")),
    )


def test_of_three_the_distant_one_stays() -> None:
    three = BookingPolicy(reminders=(TWO_HOURS, timedelta(hours=72), timedelta(hours=24)))

    assert [type(touch) for touch in plan("2026-11-24 18:00", "2026-11-01 09:00", booking=three)] == [PlannedTouch] * 3


def test_a_reminder_in_the_night_waits_for_the_morning() -> None:
    assert plan("2026-11-24 09:30", "2026-11-24 00:00")[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 08:00"))


def test_a_reminder_whose_morning_would_be_too_late_comes_the_evening_before() -> None:
    early = plan("2026-11-24 08:00", "2026-11-01 09:00")

    assert early[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-23 19:45"))


@pytest.mark.parametrize("start", ["08:00", "08:05", "08:30", "08:59"])
def test_a_reminder_that_would_leave_no_time_to_come_goes_out_the_evening_before(start: str) -> None:
    assert plan(f"2026-11-24 {start}", "2026-11-01 09:00")[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-23 19:45"))


def test_an_hour_is_time_enough_to_come() -> None:
    assert plan("2026-11-24 09:00", "2026-11-01 09:00")[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 08:00"))


def test_half_of_a_short_lead_is_time_enough() -> None:
    short = BookingPolicy(reminders=(minutes(30),))

    assert plan("2026-11-24 08:15", "2026-11-01 09:00", booking=short) == (
        PlannedTouch(lead=minutes(30), at=at("2026-11-24 08:00")),
    )
    assert plan("2026-11-24 08:14", "2026-11-01 09:00", booking=short) == (
        PlannedTouch(lead=minutes(30), at=at("2026-11-23 19:45")),
    )


def test_where_the_evening_has_passed_a_late_reminder_is_better_than_none() -> None:
    assert plan("2026-11-24 08:30", "2026-11-23 21:00")[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 08:00"))


def test_a_client_three_zones_away_is_reminded_the_evening_before_where_their_morning_is_too_late() -> None:
    both = plan("2026-11-24 11:30", "2026-11-01 09:00", zones=(NEW_YORK, "America/Los_Angeles"))

    assert both[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-23 19:45"))


@pytest.mark.parametrize(
    ("start", "before", "useful"),
    [
        ("2026-11-24 08:00", None, "2026-11-24 07:00"),
        # Moved to the afternoon: they would come in the morning.
        ("2026-11-24 15:00", "2026-11-24 08:00", "2026-11-24 07:00"),
        ("2026-11-24 08:00", "2026-11-24 15:00", "2026-11-24 07:00"),
        # The time they knew has passed; they are not on their way to it any more.
        ("2026-11-24 15:00", "2026-11-23 08:00", "2026-11-24 14:00"),
    ],
)
def test_news_is_useful_while_it_changes_where_a_client_will_be(start: str, before: str | None, useful: str) -> None:
    found = last_useful(
        start=at(start), now=at("2026-11-23 21:00"), booking=BookingPolicy(), before=at(before) if before else None
    )

    assert found == at(useful)


def test_a_visit_booked_at_night_for_the_early_morning_has_no_reminder() -> None:
    assert plan("2026-11-24 08:00", "2026-11-23 21:00")[1] == Skipped(
        lead=TWO_HOURS, reason="Quiet hours last until the visit."
    )


def test_quiet_hours_are_those_of_both_zones() -> None:
    both = plan("2026-11-24 12:00", "2026-11-01 09:00", zones=(NEW_YORK, "America/Los_Angeles"))

    assert both[1] == PlannedTouch(lead=TWO_HOURS, at=at("2026-11-24 11:00"))


@pytest.mark.parametrize(
    ("start", "two_days", "two_hours"),
    [
        # Over the night the clocks change, "two days before" keeps its time on the wall and two hours stay two hours.
        ("2026-03-09 14:00", "2026-03-07 14:00", "2026-03-09 12:00"),
        ("2026-03-08 14:00", "2026-03-06 14:00", "2026-03-08 12:00"),
        ("2026-11-02 14:00", "2026-10-31 14:00", "2026-11-02 12:00"),
        ("2026-11-01 09:30", "2026-10-30 09:30", "2026-11-01 08:00"),
    ],
)
def test_reminders_on_the_nights_the_clocks_change(start: str, two_days: str, two_hours: str) -> None:
    planned = plan(start, "2026-02-01 09:00")

    assert [touch.at for touch in planned if isinstance(touch, PlannedTouch)] == [at(two_days), at(two_hours)]


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, 4 * 24 * 6),
    st.integers(-4 * 24, 4 * 72),
    st.lists(st.sampled_from((1, 2, 3, 8, 12, 24, 48, 72)), max_size=4),
    st.sampled_from(((NEW_YORK,), (NEW_YORK, "America/Los_Angeles"), ("Europe/Berlin",))),
)
def test_no_reminder_is_late_past_nocturnal_or_close_to_the_next(
    quarter: int, ahead: int, leads: list[int], zones: tuple[str, ...]
) -> None:
    start = at("2026-10-29 00:00") + minutes(15 * quarter)
    now = start - minutes(15 * ahead)
    booking, contact = BookingPolicy(reminders=tuple(timedelta(hours=lead) for lead in leads)), ContactPolicy()

    planned = plan_reminders(start=start, now=now, zones=zones, booking=booking, contact=contact)

    times = sorted(touch.at for touch in planned if isinstance(touch, PlannedTouch))
    assert [touch.lead for touch in planned] == sorted(set(booking.reminders), reverse=True)
    assert all(now <= one < start for one in times)
    assert [next_allowed(at=one, zones=zones, policy=contact) for one in times] == times
    assert all(later - one > booking.merge_within for one, later in itertools.pairwise(times))
    assert all(8 <= one.astimezone(ZoneInfo(zone)).hour < 20 for one in times for zone in zones)


def test_a_reminder_soon_after_the_confirmation_is_merged_with_it() -> None:
    start = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)
    said = start - timedelta(hours=3)

    (reminder,) = plan_reminders(
        start=start,
        now=said,
        zones=("America/New_York",),
        booking=BookingPolicy(reminders=(timedelta(hours=2),)),
        contact=ContactPolicy(),
        last_said=said,
    )

    assert reminder == Skipped(
        lead=timedelta(hours=2), reason="Merged with the confirmation, which went out shortly before."
    )

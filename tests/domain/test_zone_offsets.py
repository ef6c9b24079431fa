"""A zone's clock as offsets shows what the zone shows, also past the nights the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.zone_offsets import local, zone_offsets

NOW = datetime(2026, 10, 6, 15, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Phoenix", "Europe/London", "Asia/Kolkata", "UTC"])
def test_it_shows_the_zones_own_time_for_a_year(zone: str) -> None:
    offsets = zone_offsets(zone=zone, at=NOW)

    for hours in range(0, 24 * 365, 7):
        instant = NOW + timedelta(hours=hours)
        shown, own = local(instant, offsets), instant.astimezone(ZoneInfo(zone))
        assert (shown.replace(tzinfo=None), shown.tzname()) == (own.replace(tzinfo=None), own.tzname())


def test_a_zone_that_changes_its_clocks_twice_a_year_takes_an_offset_a_change() -> None:
    assert [one.name for one in zone_offsets(zone="America/New_York", at=NOW)] == ["EDT", "EST", "EDT", "EST"]
    assert [one.name for one in zone_offsets(zone="America/Phoenix", at=NOW)] == ["MST"]


def test_without_a_zone_it_is_utc() -> None:
    assert f"{local(NOW, ()):%H:%M %Z}" == "15:00 UTC"

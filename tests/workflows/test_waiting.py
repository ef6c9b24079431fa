"""The practice's clock and zone inside a workflow."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.workflow_messages import JourneyInput, ZoneOffsetInput
from domain.zone_offsets import zone_offsets
from workflows.waiting import PracticeWaits

NOON = datetime(2026, 10, 6, 16, tzinfo=UTC)


def test_times_are_told_on_the_practices_own_clock() -> None:
    offsets = tuple(ZoneOffsetInput.of(one) for one in zone_offsets(zone="America/New_York", at=NOON))
    pace = PracticeWaits.of(JourneyInput(practice_id=1, zone_offsets=offsets))

    assert (pace.time_words(NOON), pace.date_words(NOON)) == ("12:00 EDT", "06 Oct 12:00 EDT")


def test_a_journey_of_an_older_version_tells_them_in_utc() -> None:
    assert PracticeWaits.of(JourneyInput(practice_id=1)).time_words(NOON) == "16:00 UTC"

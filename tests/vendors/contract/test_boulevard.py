"""What is Boulevard's alone, against its sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.vendors.contract.boulevard_bench import WORLD, BoulevardBench, boulevard_bench
from vendors.errors import BadAnswer, RateLimited, Refused, SlotTaken
from vendors.pms.boulevard.ids import bare

_MAIN = bare(WORLD.location)


@pytest.fixture
def boulevard() -> Iterator[BoulevardBench]:
    with boulevard_bench() as bench:
        yield bench


def _notes(boulevard: BoulevardBench, appointment_ref: str) -> str | None:
    rows = {row["appointment"]: row for row in boulevard.sandbox.state()["appointments"]}
    notes: str | None = rows[bare(appointment_ref)]["notes"]
    return notes


def test_the_booking_key_is_left_in_the_notes(boulevard: BoulevardBench) -> None:
    segment = WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))

    booked = boulevard.connect().book(WORLD.visit(segment, key="booking-77"))

    assert _notes(boulevard, booked.ref) == "Chairflow booking-77"


def test_a_visit_stands_without_its_mark(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.fault("updateAppointment", "outage")
    segment = WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))

    booked = boulevard.connect().book(WORLD.visit(segment))

    assert _notes(boulevard, booked.ref) is None


def test_a_day_of_many_pages_is_read_to_its_end(boulevard: BoulevardBench) -> None:
    starts = [WORLD.at(14) + timedelta(minutes=30 * number) for number in range(6)]
    for start in starts:
        segment = WORLD.segment(WORLD.half, WORLD.ann, start, start + timedelta(minutes=30))
        boulevard.connect().book(WORLD.visit(segment))
    for hour in (18, 19):
        at = WORLD.at(hour).replace(tzinfo=None).isoformat()
        boulevard.sandbox.control("staff/add_timeblock", staff=bare(WORLD.ann), location=_MAIN, start=at, duration=30)

    day = boulevard.connect(page_size=2).read_day(
        location_ref=WORLD.location, provider_refs=(WORLD.ann,), day=WORLD.day, zone=WORLD.zone
    )

    assert sorted(visit.start for visit in day.appointments) == [WORLD.at(10), *starts]
    assert sorted(block.start for block in day.blocks) == [WORLD.at(12), WORLD.at(18), WORLD.at(19)]


def test_staff_who_do_not_perform_a_service_are_a_warning_too(boulevard: BoulevardBench) -> None:
    cam = WORLD.ann.replace("11", "13")

    with pytest.raises(SlotTaken) as caught:
        boulevard.connect().book(WORLD.visit(WORLD.segment(WORLD.hour, cam, WORLD.at(14), WORLD.at(15))))

    assert caught.value.code == "STAFF_DOES_NOT_PERFORM_SERVICE"


@pytest.mark.parametrize("hour", [5, 6])
def test_an_hour_that_occurs_twice_is_refused_before_anything_is_sent(boulevard: BoulevardBench, hour: int) -> None:
    start = datetime(2026, 11, 1, hour, 30, tzinfo=UTC)

    with pytest.raises(Refused) as caught:
        boulevard.connect().book(WORLD.visit(WORLD.segment(WORLD.hour, WORLD.ann, start, start + timedelta(hours=1))))

    assert caught.value.code == "REPEATED_HOUR"
    assert "bookingCreate" not in [row["operation"] for row in boulevard.sandbox.ledger("request")]


def test_a_visit_after_the_clocks_went_forward_stands_at_the_right_instant(boulevard: BoulevardBench) -> None:
    start = datetime(2026, 3, 8, 14, 0, tzinfo=UTC)

    booked = boulevard.connect().book(
        WORLD.visit(WORLD.segment(WORLD.hour, WORLD.ann, start, start + timedelta(hours=1)))
    )

    assert (booked.start, booked.end) == (start, start + timedelta(hours=1))


def test_another_locations_wall_clock_is_its_own(boulevard: BoulevardBench) -> None:
    denver = WORLD.location.replace("0001", "0002")
    segment = WORLD.segment(WORLD.hour, WORLD.bea, WORLD.at(18), WORLD.at(19))
    visit = WORLD.visit(segment)

    booked = boulevard.connect().book(type(visit)(**{**vars(visit), "location_ref": denver}))

    assert (booked.location_ref, booked.start) == (denver, WORLD.at(18))


def test_an_unknown_location_is_refused(boulevard: BoulevardBench) -> None:
    segment = WORLD.segment(WORLD.hour, WORLD.bea, WORLD.at(18), WORLD.at(19))
    visit = WORLD.visit(segment)

    with pytest.raises(Refused):
        boulevard.connect().book(type(visit)(**{**vars(visit), "location_ref": "urn:blvd:Location:nowhere"}))


def test_a_spent_query_budget_tells_how_long_to_wait(boulevard: BoulevardBench) -> None:
    pms = boulevard.connect()
    for style in boulevard.rate_limit_styles:
        boulevard.sandbox.control("config", over_limit_style=style, bucket_capacity=300, bucket_leak_per_second=0.001)

        with pytest.raises(RateLimited) as caught:
            for _ in range(1000):
                pms.fetch(appointment_ref=WORLD.standing)

        assert caught.value.retry_after > timedelta(0)


def test_the_commit_is_told_not_to_write_to_the_client(boulevard: BoulevardBench) -> None:
    boulevard.connect().book(WORLD.visit(WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))))

    [commit] = [row for row in boulevard.sandbox.ledger("request") if row["operation"] == "bookingComplete"]
    assert commit["notify"] is False


def test_a_list_longer_than_allowed_is_never_half_read(boulevard: BoulevardBench) -> None:
    for minute in range(0, 60, 2):
        at = (WORLD.at(18) + timedelta(minutes=minute)).replace(tzinfo=None).isoformat()
        boulevard.sandbox.control("staff/add_timeblock", staff=bare(WORLD.bea), location=_MAIN, start=at, duration=1)

    with pytest.raises(BadAnswer):
        boulevard.connect(page_size=1).read_day(
            location_ref=WORLD.location, provider_refs=(WORLD.bea,), day=WORLD.day, zone=WORLD.zone
        )

"""What is Boulevard's alone, against its sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.vendors.contract.boulevard_bench import WORLD, BoulevardBench, boulevard_bench
from tests.vendors.contract.pms_bench import unpriced
from vendors.errors import BadAnswer, RateLimited, Refused, SlotTaken, Undocumented
from vendors.pms.base import PmsDay, PmsEvent
from vendors.pms.boulevard.ids import bare

_MAIN = bare(WORLD.location)
_LONG = "8a3b5c6e-0000-4000-8000-000000000033"


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


def _seed(boulevard: BoulevardBench, **rows: Any) -> None:
    boulevard.sandbox.control("seed", **rows)


def _read(boulevard: BoulevardBench, *providers: str, days_later: int = 0) -> PmsDay:
    return boulevard.connect().read_day(
        location_ref=WORLD.location,
        provider_refs=providers or (WORLD.ann, WORLD.bea),
        day=WORLD.day + timedelta(days=days_later),
        zone=WORLD.zone,
    )


def _weekly(staff: str | None, weekday: int, clock_in: str, clock_out: str, **more: Any) -> dict[str, Any]:
    row = {"staff": staff and bare(staff), "location": _MAIN, "weekday": weekday}
    return {**row, "clock_in": clock_in, "clock_out": clock_out, **more}


def test_weekly_templates_are_the_shifts_of_their_weekday_window_and_interval(boulevard: BoulevardBench) -> None:
    _seed(
        boulevard,
        shifts=[
            _weekly(WORLD.ann, 1, "18:00", "24:00", begins="2026-03-02", every_weeks=2),
            _weekly(WORLD.ann, 1, "08:00", "09:00", ends="2026-03-15"),
            _weekly(WORLD.bea, 2, "08:00", "09:00"),
            _weekly(None, 1, "08:00", "20:00"),
        ],
    )

    mondays = {days: _read(boulevard, days_later=days).shifts for days in (-2, 5, 12)}

    def hours(days: int) -> list[tuple[int, int]]:
        return [
            (shift.start.astimezone(WORLD.at(0).tzinfo).hour, int((shift.end - shift.start).total_seconds()) // 3600)
            for shift in mondays[days]
        ]

    assert (hours(-2), hours(5), hours(12)) == ([(8, 1), (18, 6)], [(8, 1)], [(18, 6)])


def test_time_off_takes_away_a_shift_and_blocks(boulevard: BoulevardBench) -> None:
    off = {"available": False, "unavailable_reason": "PTO"}
    _seed(boulevard, shifts=[_weekly(WORLD.bea, 3, "12:00", "24:00", begins="2026-03-04", ends="2026-03-04", **off)])

    day = _read(boulevard, WORLD.bea)

    assert [(shift.start, shift.end) for shift in day.shifts] == [(WORLD.at(10), WORLD.at(12))]
    assert [(block.start, block.end) for block in day.blocks] == [
        (WORLD.at(12), WORLD.at(0) + timedelta(days=1)),
    ]


def test_a_leave_that_began_weeks_ago_blocks_today(boulevard: BoulevardBench) -> None:
    busy = [
        {
            "staff": bare(WORLD.ann),
            "location": _MAIN,
            "start": (WORLD.at(9) - timedelta(days=20 + number)).isoformat(),
            "duration": 30,
        }
        for number in range(150)
    ]
    leave = {"staff": bare(WORLD.ann), "location": _MAIN, "start": "2025-11-03T09:00", "duration": 60 * 24 * 200}
    _seed(boulevard, timeblocks=[*busy, leave])

    day = _read(boulevard)

    midnight = WORLD.at(0)
    assert (midnight, midnight + timedelta(days=1)) in [
        (block.start, block.end) for block in day.blocks if block.provider_ref == WORLD.ann
    ]
    assert [block for block in day.blocks if block.provider_ref == WORLD.bea] == []


def test_a_block_of_nobody_is_told_with_its_time(boulevard: BoulevardBench) -> None:
    _seed(boulevard, timeblocks=[{"staff": None, "location": _MAIN, "start": "2026-03-03T09:00", "duration": 60 * 72}])

    [row] = _read(boulevard).unread

    assert (row.provider_ref, row.unread) == (None, ("block.staffId",))
    assert row.during((WORLD.at(0), WORLD.at(23))) == (WORLD.at(0), WORLD.at(23))


@pytest.mark.parametrize(
    ("fields", "unread"),
    [
        ({"state": "UNHEARD_OF"}, ("state",)),
        ({"locationId": None}, ("locationId",)),
        ({"endAt": None, "duration": None}, ()),
        ({"cancellation": {"error": "boom"}, "createdAt": {"error": "boom"}}, ()),
        ({"appointmentServices": None}, ("appointmentServices",)),
        ({"clientId": None}, ()),
    ],
)
def test_an_odd_visit_keeps_its_time_and_the_day(
    boulevard: BoulevardBench, fields: dict[str, Any], unread: tuple[str, ...]
) -> None:
    boulevard.sandbox.control("odd", id=WORLD.standing, fields=fields)

    day, visit = _read(boulevard), boulevard.connect().fetch(appointment_ref=WORLD.standing)

    assert [(one.ref, one.unread) for one in day.appointments] == [(WORLD.standing, unread)]
    assert day.appointments[0].occupies(WORLD.ann, WORLD.at(10), WORLD.at(11))
    assert len(day.shifts) == 2
    assert visit is not None
    assert visit.unread == unread


def test_the_practices_lengths_are_booked_whatever_boulevard_would_take(boulevard: BoulevardBench) -> None:
    _seed(
        boulevard,
        services=[{"id": _LONG, "name": "Long", "duration": 90, "clean_up": 20}],
        appointments=[
            {
                "client": bare(WORLD.mia),
                "location": _MAIN,
                "start": "2026-03-04T15:00",
                "services": [{"service": bare(WORLD.half), "staff": bare(WORLD.ann)}],
            }
        ],
    )
    segment = replace(
        WORLD.segment(f"urn:blvd:Service:{_LONG}", WORLD.ann, WORLD.at(14), WORLD.at(14, 45)),
        clean_up=timedelta(minutes=15),
    )

    booked = boulevard.connect().book(WORLD.visit(segment))

    assert (unpriced(booked.segments), booked.end, booked.collides) == ((segment,), WORLD.at(15), False)


def test_the_clean_up_behind_a_visit_is_taken(boulevard: BoulevardBench) -> None:
    _seed(boulevard, services=[{"id": _LONG, "name": "Long", "duration": 60, "clean_up": 15}])
    services = [{"service": _LONG, "staff": bare(WORLD.bea)}]
    boulevard.sandbox.control(
        "staff/book", client=bare(WORLD.mia), location=_MAIN, start="2026-03-04T10:00", services=services
    )

    [visit] = _read(boulevard, WORLD.bea).appointments

    assert [(one.end, one.clean_up) for one in visit.segments] == [(WORLD.at(11), timedelta(minutes=15))]
    assert visit.occupies(WORLD.bea, WORLD.at(11), WORLD.at(11, 15))


def test_a_note_stops_no_booking(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.control("config", warn_of="CLIENT_HAS_UNPAID_ORDER")
    segment = WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))

    assert not boulevard.connect().book(WORLD.visit(segment)).collides


def test_a_collision_at_the_moment_of_the_commit_is_handed_on(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.fault("bookingComplete", "hold")
    segment = WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))
    pms = boulevard.connect()

    with ThreadPoolExecutor() as pool:
        booking = pool.submit(pms.book, WORLD.visit(segment))
        while not boulevard.sandbox.waiting():
            time.sleep(0.02)
        boulevard.sandbox.control(
            "staff/book",
            client=bare(WORLD.mia),
            location=_MAIN,
            start="2026-03-04T14:30",
            services=[{"service": bare(WORLD.half), "staff": bare(WORLD.ann)}],
        )
        boulevard.sandbox.control("release")
        booked = booking.result()

    assert booked.collides


@pytest.mark.parametrize("field", ["Client.marketingSettings", "Appointment.cancellation", "Booking.errors"])
def test_a_field_that_a_tenant_lacks_costs_that_field_alone(boulevard: BoulevardBench, field: str) -> None:
    boulevard.sandbox.control("config", without_fields=[field])
    pms = boulevard.connect()

    mia = pms.fetch_client(client_ref=WORLD.mia)
    booked = pms.book(WORLD.visit(WORLD.segment(WORLD.hour, WORLD.ann, WORLD.at(14), WORLD.at(15))))

    assert mia is not None
    assert (mia.first_name, mia.marketing_sms) == ("Mia", None if field.startswith("Client") else True)
    assert booked.start == WORLD.at(14)
    assert _read(boulevard).appointments != ()


def test_marketing_settings_that_fail_do_not_cost_the_client(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.control("odd", id=WORLD.mia, fields={"marketingSettings": {"error": "boom"}})

    mia = boulevard.connect().fetch_client(client_ref=WORLD.mia)

    assert mia is not None
    assert (mia.phone, mia.marketing_sms) == ("+13035550121", None)


def test_one_401_passes(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.control(
        "faults", operation="appointment", kind="refuse", times=1, status=401, code="UNAUTHENTICATED"
    )

    assert boulevard.connect().fetch(appointment_ref=WORLD.standing) is not None


def test_url_safe_secrets_are_taken(boulevard: BoulevardBench) -> None:
    secret = "-_-_" + "c2FuZGJveC1hcGktc2VjcmV0"
    boulevard.sandbox.control("config", api_secret=secret)

    assert boulevard.connect(secret=secret).fetch(appointment_ref=WORLD.standing) is not None


@pytest.mark.parametrize(("types", "node"), [("resource", "full"), ("resource", "id"), ("documented", "id")])
def test_a_hint_is_one_by_its_node(boulevard: BoulevardBench, types: str, node: str) -> None:
    boulevard.sandbox.control("config", webhook_types=types, webhook_node=node)
    boulevard.cancelled_by_staff(WORLD.standing)

    assert _hint(boulevard).appointment_ref == WORLD.standing


def test_a_webhook_without_its_node_is_kept_and_reported(boulevard: BoulevardBench) -> None:
    boulevard.sandbox.control("config", webhook_node="null")
    boulevard.cancelled_by_staff(WORLD.standing)

    with pytest.raises(Undocumented) as caught:
        _hint(boulevard)

    assert caught.value.event is not None
    assert caught.value.event.appointment_ref is None


def _hint(boulevard: BoulevardBench) -> PmsEvent:
    """The next event that is not the ping of a new webhook."""
    while True:
        call = boulevard.next_webhook()
        event = boulevard.webhooks.verify_and_parse(headers=call.headers, body=call.body, now=datetime.now(UTC))
        if event.event_type != "PING":
            return event

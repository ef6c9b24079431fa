"""Boulevard's shapes in our words, over recorded payloads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.vendors.recorded_payloads import decoded
from vendors.errors import BadAnswer, Refused
from vendors.pms.base import ClientRecord, PmsAppointment, PmsSegment, PmsShift, PmsState
from vendors.pms.boulevard import queries, translate

_NEW_YORK = "America/New_York"
_VISIT = PmsAppointment(
    ref="urn:blvd:Appointment:7d1c3a52-0001-4c1e-9a01-000000000001",
    location_ref="urn:blvd:Location:1111",
    client_ref="urn:blvd:Client:2222",
    state=PmsState.CONFIRMED,
    start=datetime(2026, 3, 4, 15, 30, tzinfo=UTC),
    end=datetime(2026, 3, 4, 16, 45, tzinfo=UTC),
    segments=(
        PmsSegment(
            service_ref="urn:blvd:Service:5001",
            provider_ref="urn:blvd:Staff:6001",
            start=datetime(2026, 3, 4, 15, 30, tzinfo=UTC),
            end=datetime(2026, 3, 4, 16, 15, tzinfo=UTC),
        ),
        PmsSegment(
            service_ref="urn:blvd:Service:5002",
            provider_ref="urn:blvd:Staff:6002",
            start=datetime(2026, 3, 4, 16, 15, tzinfo=UTC),
            end=datetime(2026, 3, 4, 16, 45, tzinfo=UTC),
        ),
    ),
    created_at=datetime(2026, 2, 20, 15, 4, 5, 123456, tzinfo=UTC),
)


def _node(**changes: Any) -> dict[str, Any]:
    return {**decoded("boulevard/appointment.json"), **changes}


def test_an_appointment_keeps_its_services_in_order_with_normalised_ids() -> None:
    assert translate.appointment(_node()) == _VISIT


@pytest.mark.parametrize(
    ("state", "reason", "ours"),
    [
        ("BOOKED", None, PmsState.BOOKED),
        ("CONFIRMED", None, PmsState.CONFIRMED),
        ("ARRIVED", None, PmsState.ARRIVED),
        ("ACTIVE", None, PmsState.ACTIVE),
        ("FINAL", None, PmsState.COMPLETED),
        ("CANCELLED", "CLIENT_CANCEL", PmsState.CANCELLED),
        ("CANCELLED", "CLIENT_LATE_CANCEL", PmsState.CANCELLED),
        ("CANCELLED", "STAFF_CANCEL", PmsState.CANCELLED),
        ("CANCELLED", "OFFBOARDED", PmsState.CANCELLED),
        ("CANCELLED", "NO_SHOW", PmsState.NO_SHOW),
        ("CANCELLED", "MERGED", PmsState.VOID),
        ("CANCELLED", "MISTAKE", PmsState.VOID),
        ("CANCELLED", "VOIDED", PmsState.VOID),
    ],
)
def test_states_and_reasons(state: str, reason: str | None, ours: PmsState) -> None:
    node = _node(state=state, cancellation=reason and {"reason": reason})

    visit = translate.appointment(node)

    assert (visit.state, visit.cancel_reason) == (ours, reason)


def test_the_cancelled_flag_wins_over_the_state() -> None:
    assert translate.appointment(_node(cancelled=True)).state is PmsState.CANCELLED


def test_a_visit_may_have_no_client() -> None:
    assert translate.appointment(_node(clientId=None)) == replace(_VISIT, client_ref=None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("state", "POSTPONED"),
        ("startAt", "tomorrow"),
        ("startAt", "2026-03-04T10:30:00"),
        ("endAt", None),
        ("locationId", 7),
    ],
)
def test_what_boulevard_never_documents_is_a_bad_answer_that_names_the_field(field: str, value: object) -> None:
    with pytest.raises(BadAnswer, match=rf"appointment\.{field}"):
        translate.appointment(_node(**{field: value}))


def test_shifts_take_the_day_asked_for_and_may_pass_midnight() -> None:
    rows = decoded("boulevard/shifts.json")["shifts"]

    shifts = [translate.shift(row, day=date(2026, 3, 4), zone=_NEW_YORK) for row in rows]

    assert shifts == [
        PmsShift(
            provider_ref="urn:blvd:Staff:6001",
            start=datetime(2026, 3, 4, 15, 0, tzinfo=UTC),
            end=datetime(2026, 3, 4, 23, 0, tzinfo=UTC),
        ),
        None,
        PmsShift(
            provider_ref="urn:blvd:Staff:6003",
            start=datetime(2026, 3, 5, 1, 0, tzinfo=UTC),
            end=datetime(2026, 3, 5, 7, 0, tzinfo=UTC),
        ),
    ]


def test_any_row_with_sms_is_consent_to_texts() -> None:
    assert translate.client(decoded("boulevard/client.json")) == ClientRecord(
        ref="urn:blvd:Client:2222",
        first_name="Ana",
        last_name="Example",
        email="ana@example.com",
        phone="+13035550101",
        marketing_sms=True,
        marketing_email=False,
    )


@pytest.mark.parametrize("rows", [None, []])
def test_consent_without_any_row_is_unknown(rows: object) -> None:
    record = translate.client({**decoded("boulevard/client.json"), "marketingSettings": rows})

    assert (record.marketing_sms, record.marketing_email) == (None, None)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25)])
def test_a_local_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    start, end = translate.day_bounds(day, _NEW_YORK)

    assert end - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 3, 4, 15, 30, tzinfo=UTC),
        datetime(2026, 3, 4, 8, 30, tzinfo=timezone(timedelta(hours=-7))),
        datetime(2026, 3, 4, 10, 30, tzinfo=ZoneInfo(_NEW_YORK)),
    ],
)
def test_a_start_is_told_in_the_locations_wall_clock(start: datetime) -> None:
    assert translate.naive_local(start, _NEW_YORK) == "2026-03-04T10:30:00"


@pytest.mark.parametrize(
    "start",
    [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)],
    ids=["first pass", "second pass"],
)
def test_an_hour_that_occurs_twice_is_refused(start: datetime) -> None:
    with pytest.raises(Refused) as caught:
        translate.naive_local(start, _NEW_YORK)

    assert caught.value.code == "REPEATED_HOUR"


def test_a_wall_clock_time_that_is_skipped_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        translate.naive_local(datetime(2026, 3, 8, 2, 30, tzinfo=ZoneInfo(_NEW_YORK)), _NEW_YORK)

    assert caught.value.code == "SKIPPED_HOUR"


@pytest.mark.parametrize("start", [datetime(2026, 3, 8, 7, 0, tzinfo=UTC), datetime(2026, 11, 1, 7, 0, tzinfo=UTC)])
def test_the_first_moment_after_a_change_is_sayable(start: datetime) -> None:
    local = start.astimezone(ZoneInfo(_NEW_YORK)).replace(tzinfo=None)

    assert translate.naive_local(start, _NEW_YORK) == local.isoformat()


def test_a_naive_start_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        translate.naive_local(datetime(2026, 3, 4, 10, 30), _NEW_YORK)  # noqa: DTZ001  # the point of the test


def test_the_filter_is_in_utc_with_milliseconds() -> None:
    start = datetime(2026, 9, 17, 0, 0, tzinfo=ZoneInfo(_NEW_YORK))

    assert queries.starting_between(start, start + timedelta(days=1)) == (
        "startAt >= '2026-09-17T04:00:00.000Z' AND startAt < '2026-09-18T04:00:00.000Z' AND cancelled = false"
    )


@pytest.mark.parametrize(
    ("services", "same"),
    [
        ([("5001", "6001"), ("5002", "6002")], True),
        ([("urn:blvd:Service:5001", "urn:blvd:Staff:6001"), ("5002", "6002")], True),
        ([("5002", "6002"), ("5001", "6001")], False),
        ([("5001", "6001")], False),
        ([("5001", "6001"), ("5002", "6009")], False),
    ],
)
def test_a_visit_is_ours_with_the_same_services_and_providers_in_order(
    services: list[tuple[str, str]], same: bool
) -> None:
    wanted = [
        PmsSegment(service_ref=service, provider_ref=provider, start=_VISIT.start, end=_VISIT.end)
        for service, provider in services
    ]

    assert translate.same_services(_VISIT, wanted) is same

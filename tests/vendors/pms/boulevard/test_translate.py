"""Boulevard's shapes in our words, over recorded payloads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.vendors.recorded_payloads import decoded
from vendors.errors import BadAnswer, Refused
from vendors.pms.base import ClientRecord, PmsAppointment, PmsBlock, PmsSegment, PmsState, PmsUnread
from vendors.pms.boulevard import queries, translate
from vendors.pms.local_time import day_bounds

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


def _services(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """The recorded services in order of time, each with its changes."""
    rows = sorted(decoded("boulevard/appointment.json")["appointmentServices"], key=lambda row: row["startAt"])
    return [{**row, **change} for row, change in zip(rows, changes, strict=True)]


@pytest.mark.parametrize("state", ["POSTPONED", None, 7])
def test_an_unknown_state_occupies_and_is_told(state: object) -> None:
    assert translate.appointment(_node(state=state)) == replace(_VISIT, state=PmsState.UNKNOWN, unread=("state",))


def test_a_cancelled_visit_in_an_unknown_state_is_cancelled() -> None:
    assert translate.appointment(_node(state="POSTPONED", cancelled=True)) == replace(_VISIT, state=PmsState.CANCELLED)


@pytest.mark.parametrize("location", [None, 7, ""])
def test_a_visit_without_its_location_is_told_and_stands_where_it_was_asked_for(location: object) -> None:
    node = _node(locationId=location)

    assert translate.appointment(node) == replace(_VISIT, location_ref=None, unread=("locationId",))
    assert translate.visit(node, location="urn:blvd:Location:1111") == replace(_VISIT, unread=("locationId",))


@pytest.mark.parametrize("end", [None, "soon", "2026-03-04T10:00:00-05:00", "2026-03-04T10:30:00-05:00"])
def test_the_end_of_a_visit_that_does_not_tell_is_that_of_its_services(end: object) -> None:
    assert translate.appointment(_node(endAt=end)) == _VISIT


@pytest.mark.parametrize("end", [None, "2026-03-04T10:00:00-05:00"])
def test_a_service_without_an_end_lasts_to_the_end_of_its_visit(end: str | None) -> None:
    services = _services({}, {"endAt": end, "duration": None, "totalDuration": None})

    assert translate.appointment(_node(appointmentServices=services)) == replace(
        _VISIT, unread=("appointmentServices.endAt",)
    )


def test_a_visit_that_never_says_when_it_ends_takes_half_a_day() -> None:
    services = _services({}, {"endAt": None, "duration": None, "totalDuration": None})

    visit = translate.appointment(_node(endAt=None, appointmentServices=services))

    assert visit.segments[-1].end == _VISIT.segments[-1].start + timedelta(hours=12)
    assert (visit.end, visit.unread) == (visit.segments[-1].end, ("appointmentServices.endAt",))


def test_a_service_without_staff_or_service_keeps_its_time() -> None:
    visit = translate.appointment(_node(appointmentServices=_services({}, {"serviceId": None, "staffId": None})))

    assert visit.segments == (_VISIT.segments[0], replace(_VISIT.segments[1], service_ref=None, provider_ref=None))
    assert visit.unread == ("appointmentServices.serviceId", "appointmentServices.staffId")
    assert visit.occupies("urn:blvd:Staff:6001", _VISIT.segments[1].start, _VISIT.end)


@pytest.mark.parametrize("services", [None, [], [None], 7, {}])
def test_a_visit_without_services_takes_its_time_all_the_same(services: object) -> None:
    visit = translate.appointment(_node(appointmentServices=services))

    assert visit.segments == (PmsSegment(service_ref=None, provider_ref=None, start=_VISIT.start, end=_VISIT.end),)
    assert visit.unread == ("appointmentServices",)


def test_an_add_on_of_no_length_takes_no_time() -> None:
    services = _services({"endAt": "2026-03-04T10:30:00-05:00", "duration": 0, "totalDuration": 0}, {})

    assert translate.appointment(_node(appointmentServices=services)).segments == (_VISIT.segments[1],)


@pytest.mark.parametrize(
    ("price", "cents"), [(65000, 65000), (0, 0), (None, None), (-1, None), (True, None), ("650.00", None)]
)
def test_what_a_service_costs_is_kept_where_boulevard_says_it(price: object, cents: int | None) -> None:
    visit = translate.appointment(_node(appointmentServices=_services({"price": price}, {"price": None})))

    assert [one.price_cents for one in visit.segments] == [cents, None]


def test_an_add_on_of_no_length_costs_what_it_costs() -> None:
    add_on = {"endAt": "2026-03-04T10:30:00-05:00", "duration": 0, "totalDuration": 0, "price": 5000}

    visit = translate.appointment(_node(appointmentServices=_services(add_on, {"price": 40000})))

    assert [one.price_cents for one in visit.segments] == [45000]


def test_a_visit_of_a_single_service_without_length_lasts_as_its_visit_says() -> None:
    [service, _] = _services({"endAt": "2026-03-04T10:30:00-05:00", "duration": 0, "totalDuration": 0}, {})

    assert translate.appointment(_node(appointmentServices=[service])).segments == (
        replace(_VISIT.segments[0], end=_VISIT.end),
    )


@pytest.mark.parametrize("start", [None, "tomorrow", "2026-03-04T10:30:00"])
def test_a_visit_without_a_start_begins_with_its_first_service(start: object) -> None:
    assert translate.appointment(_node(startAt=start)) == replace(_VISIT, unread=("startAt",))


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"startAt": None, "appointmentServices": []}], ids=["no id", "no start"]
)
def test_a_visit_of_which_too_little_is_known_cannot_be_looked_at_alone(changes: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match=r"appointment\.id or startAt"):
        translate.appointment(_node(**changes))


def test_what_can_be_no_visit_takes_the_time_of_everybody_it_names() -> None:
    services = [{**row, "startAt": None} for row in _services({}, {})]

    rows = translate.unread_visit(_node(startAt=None, appointmentServices=services))

    assert [(row.provider_ref, row.start, row.end, row.unread) for row in rows] == [
        ("urn:blvd:Staff:6001", None, None, ("appointment.startAt",)),
        ("urn:blvd:Staff:6002", None, None, ("appointment.startAt",)),
    ]


def test_the_clean_up_is_apart_from_the_time_with_the_client() -> None:
    first = {"endAt": "2026-03-04T11:15:00-05:00", "duration": 30, "totalDuration": 45}

    visit = translate.appointment(_node(endAt="2026-03-04T12:00:00-05:00", appointmentServices=_services(first, {})))

    assert [(one.end - one.start, one.clean_up) for one in visit.segments] == [
        (timedelta(minutes=30), timedelta(minutes=15)),
        (timedelta(minutes=30), timedelta(minutes=15)),
    ]
    assert visit.occupies("urn:blvd:Staff:6001", visit.segments[0].end, visit.segments[0].taken_until)


_BLOCK = {
    "id": "urn:blvd:Timeblock:1",
    "startAt": "2026-03-04T12:00:00-05:00",
    "endAt": "2026-03-04T13:00:00-05:00",
    "staffId": "6001",
    "cancelled": False,
}


@pytest.mark.parametrize(
    ("changes", "provider", "hours", "unread"),
    [
        ({"staffId": None}, None, 1, ("block.staffId",)),
        ({"endAt": None}, "urn:blvd:Staff:6001", None, ("block.endAt",)),
        ({"endAt": "2026-03-04T11:00:00-05:00"}, "urn:blvd:Staff:6001", None, ("block.endAt",)),
        ({"endAt": "2026-03-04T12:00:00-05:00", "duration": 0}, "urn:blvd:Staff:6001", None, ("block.endAt",)),
        ({"staffId": None, "endAt": None}, None, None, ("block.staffId", "block.endAt")),
    ],
)
def test_an_odd_block_is_told_with_what_is_known_of_it(
    changes: dict[str, Any], provider: str | None, hours: int | None, unread: tuple[str, ...]
) -> None:
    start = datetime(2026, 3, 4, 17, tzinfo=UTC)

    assert translate.block({**_BLOCK, **changes}) == PmsUnread(
        kind="block",
        ref="urn:blvd:Timeblock:1",
        provider_ref=provider,
        start=start,
        end=None if hours is None else start + timedelta(hours=hours),
        unread=unread,
    )


@pytest.mark.parametrize("changes", [{"endAt": None, "duration": 60}, {"id": None}])
def test_a_block_is_read_where_its_time_is_told(changes: dict[str, Any]) -> None:
    block = translate.block({**_BLOCK, **changes})

    assert isinstance(block, PmsBlock)
    assert (block.start, block.end) == (datetime(2026, 3, 4, 17, tzinfo=UTC), datetime(2026, 3, 4, 18, tzinfo=UTC))


def test_an_end_that_stands_for_ever_can_be_reckoned_with() -> None:
    block = translate.block({**_BLOCK, "endAt": "9999-12-31T23:59:59Z"})

    assert isinstance(block, PmsBlock)
    assert block.end + timedelta(days=1) > block.end


def test_any_row_with_sms_is_consent_to_texts() -> None:
    node = decoded("boulevard/client.json")

    assert translate.client(node, marketing=node) == ClientRecord(
        ref="urn:blvd:Client:2222",
        first_name="Ana",
        last_name="Example",
        email="ana@example.com",
        phone="+13035550101",
        marketing_sms=True,
        marketing_email=False,
    )


@pytest.mark.parametrize(
    "marketing", [None, {}, {"marketingSettings": None}, {"marketingSettings": []}, {"marketingSettings": [None]}]
)
def test_consent_without_any_row_is_unknown(marketing: dict[str, Any] | None) -> None:
    record = translate.client(decoded("boulevard/client.json"), marketing=marketing)

    assert (record.marketing_sms, record.marketing_email) == (None, None)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25)])
def test_a_local_day_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    start, end = day_bounds(day, _NEW_YORK, vendor="boulevard")

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


def test_a_stretch_blocked_within_a_visit_does_not_make_it_another() -> None:
    wanted = [
        PmsSegment(service_ref=service, provider_ref=provider, start=_VISIT.start, end=_VISIT.end)
        for service, provider in [("5001", "6001"), ("5002", "6002")]
    ]
    blocked = PmsSegment(service_ref=None, provider_ref=None, start=_VISIT.end, end=_VISIT.end + timedelta(minutes=15))

    assert translate.same_services(replace(_VISIT, segments=(*_VISIT.segments, blocked)), wanted)


def test_the_filter_of_blocks_names_the_staff_member_and_takes_no_state() -> None:
    start = datetime(2026, 9, 17, 4, 0, tzinfo=UTC)

    assert queries.blocks_between(start, start + timedelta(days=1), staff="6001") == (
        "staffId = 'urn:blvd:Staff:6001' AND startAt >= '2026-09-17T04:00:00.000Z'"
        " AND startAt < '2026-09-18T04:00:00.000Z'"
    )


@pytest.mark.parametrize(
    ("clean_up", "following", "told"),
    [(10, None, (45, 10)), (10, 0, (45, 0)), (10, 5, (45, 5)), (0, None, (45, 0)), (0, -5, (45, 0))],
)
def test_the_lengths_that_are_told_are_the_practices(
    clean_up: int, following: int | None, told: tuple[int, int]
) -> None:
    segment = replace(_VISIT.segments[0], clean_up=timedelta(minutes=clean_up))
    behind = None
    if following is not None:
        behind = replace(_VISIT.segments[1], start=segment.end + timedelta(minutes=following))

    assert translate.lengths(segment, behind) == told

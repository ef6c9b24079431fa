"""What Boulevard's answers mean, scripted one by one; the contract suite runs against its sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.vendors.recorded_payloads import decoded
from vendors.errors import (
    Ambiguous,
    BadAnswer,
    Misconfigured,
    RateLimited,
    Refused,
    SlotTaken,
    Unreachable,
    VendorError,
)
from vendors.http import VendorHttp
from vendors.pms.base import NewVisit, PmsBlock, PmsDay, PmsSegment
from vendors.pms.boulevard import Boulevard

_START = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
_VISIT = NewVisit(
    location_ref="urn:blvd:Location:1111",
    client_ref="urn:blvd:Client:2222",
    segments=(
        PmsSegment(service_ref="5001", provider_ref="6001", start=_START, end=_START + timedelta(minutes=45)),
        PmsSegment(
            service_ref="5002",
            provider_ref="6002",
            start=_START + timedelta(minutes=45),
            end=_START + timedelta(minutes=75),
            clean_up=timedelta(minutes=10),
        ),
    ),
    key="booking-01J9",
)
_CREATED = {
    "booking": {"id": "b1", "bookingClients": [{"id": "bc1", "clientId": "2222"}], "errors": []},
    "bookingWarnings": [],
}
_ADDED = {"bookingService": {"id": "bs1"}, "bookingWarnings": []}
_LASTING = {"booking": {"id": "b1"}, "bookingWarnings": []}
_COMPLETED = {
    "bookingAppointments": [{"appointmentId": "7d1c3a52-0001-4c1e-9a01-000000000001", "clientId": "2222"}],
    "bookingWarnings": [],
}
_DRAFT = [
    "bookingCreate",
    "bookingAddService",
    "bookingServiceSetDurations",
    "bookingAddService",
    "bookingServiceSetDurations",
]

#: As a live tenant was told.
_LIMIT = "API limit exceeded. Query cost is 16 and you have 9 points available. Please wait 140ms and try again."

Reply = httpx.Response | Exception


class _Script:
    """Answers each top-level field with what the test says, and notes what was asked."""

    def __init__(self, **replies: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._replies = {
            "bookingCreate": _CREATED,
            "bookingAddService": _ADDED,
            "bookingServiceSetDurations": _LASTING,
            "bookingComplete": _COMPLETED,
            "updateAppointment": {"appointment": {"id": "a1"}},
            "appointment": decoded("boulevard/appointment.json"),
            **replies,
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        field = next(name for name in self._replies if f" {name}(" in sent["query"])
        self.asked.append((field, sent["variables"]))
        reply = self._replies[field]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return reply
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
            if isinstance(reply, httpx.Response):
                return reply
        if callable(reply):
            answered: httpx.Response = reply(sent)
            return answered
        return httpx.Response(200, json={"data": {field: reply}})

    @property
    def fields(self) -> list[str]:
        return [field for field, _ in self.asked]


def _boulevard(script: Callable[[httpx.Request], httpx.Response], **options: Any) -> Boulevard:
    return Boulevard(
        api_key="key",
        api_secret=base64.b64encode(b"secret").decode(),
        business_id="aaaa",
        base_url="http://boulevard.example/admin",
        http=VendorHttp("boulevard", transport=httpx.MockTransport(script)),
        zones={"1111": "America/New_York"},
        **{"pause": lambda seconds: None, **options},
    )


def _warned(*codes: str) -> dict[str, Any]:
    return {"bookingWarnings": [{"code": code, "message": "Ana"} for code in codes]}


def _errors(message: str, *, path: list[str] | None = None, code: str | None = None) -> httpx.Response:
    row: dict[str, Any] = {"message": message}
    if path:
        row["path"] = path
    if code:
        row["extensions"] = {"code": code}
    return httpx.Response(200, json={"data": None, "errors": [row]})


def test_a_visit_is_drafted_service_by_service_then_committed_and_marked() -> None:
    script = _Script()

    visit = _boulevard(script).book(_VISIT)

    assert visit.ref == "urn:blvd:Appointment:7d1c3a52-0001-4c1e-9a01-000000000001"
    staff = "urn:blvd:Staff:"
    assert script.asked == [
        (
            "bookingCreate",
            {"location": _VISIT.location_ref, "client": _VISIT.client_ref, "start": "2026-03-04T10:30:00"},
        ),
        (
            "bookingAddService",
            {"booking": "b1", "bookingClient": "bc1", "service": "urn:blvd:Service:5001", "staff": staff + "6001"},
        ),
        ("bookingServiceSetDurations", {"booking": "b1", "bookingService": "bs1", "minutes": 45, "cleanUp": 0}),
        (
            "bookingAddService",
            {"booking": "b1", "bookingClient": "bc1", "service": "urn:blvd:Service:5002", "staff": staff + "6002"},
        ),
        ("bookingServiceSetDurations", {"booking": "b1", "bookingService": "bs1", "minutes": 30, "cleanUp": 10}),
        ("bookingComplete", {"booking": "b1", "staff": staff + "6001", "notify": False}),
        ("updateAppointment", {"id": visit.ref, "notes": "Chairflow booking-01J9"}),
        ("appointment", {"id": visit.ref}),
    ]


@pytest.mark.parametrize(
    "replies",
    [
        {"bookingCreate": decoded("boulevard/booking_create_warned.json")["data"]["bookingCreate"]},
        {"bookingAddService": {**_ADDED, **_warned("STAFF_DOES_NOT_PERFORM_SERVICE")}},
        {"bookingServiceSetDurations": {**_LASTING, **_warned("STAFF_DOUBLE_BOOKED")}},
        {"bookingServiceSetDurations": {**_LASTING, **_warned("RESOURCE_DOUBLE_BOOKED")}},
        {"bookingServiceSetDurations": {**_LASTING, **_warned("staff_does_not_perform_service")}},
        {"bookingServiceSetDurations": {**_LASTING, **_warned("NEVER_HEARD_OF", "STAFF_DOUBLE_BOOKED")}},
    ],
)
def test_a_warning_that_means_a_conflict_stops_before_the_commit(replies: dict[str, Any]) -> None:
    script = _Script(**replies)

    with pytest.raises(SlotTaken):
        _boulevard(script).book(_VISIT)

    assert "bookingComplete" not in script.fields


def test_an_error_of_the_draft_is_a_refusal_with_its_code() -> None:
    refused = {"booking": {"id": "b1", "errors": [{"code": "CLIENT_BLOCKED", "message": "Ana"}]}}

    with pytest.raises(Refused) as caught:
        _boulevard(_Script(bookingCreate=refused)).book(_VISIT)

    assert (caught.value.code, "Ana" in str(caught.value)) == ("CLIENT_BLOCKED", False)


@pytest.mark.parametrize("step", ["bookingCreate", "bookingAddService"])
@pytest.mark.parametrize("lost", [httpx.ReadTimeout("late"), httpx.Response(502)])
def test_a_lost_draft_is_harmless(step: str, lost: Reply) -> None:
    script = _Script(**{step: lost})

    with pytest.raises(Unreachable):
        _boulevard(script).book(_VISIT)

    assert "bookingComplete" not in script.fields


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx.ReadTimeout("late"), Ambiguous),
        (httpx.Response(503), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.Response(429), RateLimited),
        (_errors("Rate limit exceeded, retry in 12 seconds"), RateLimited),
        (_errors("Something broke", path=["bookingComplete"]), Ambiguous),
        (_errors("Something broke", path=["bookingComplete"], code="INTERNAL_SERVER_ERROR"), Ambiguous),
        (_errors("No such booking", path=["bookingComplete"], code="NOT_FOUND"), Refused),
        (_errors("Cannot query field"), Refused),
        (httpx.Response(200, json={"data": {"bookingComplete": None}}), BadAnswer),
        (httpx.Response(200, json={"data": {"bookingComplete": {"bookingAppointments": []}}}), BadAnswer),
        (_errors(_LIMIT), RateLimited),
        (_errors(_LIMIT, path=["bookingComplete"]), RateLimited),
        (httpx.Response(200, text="<html>"), BadAnswer),
    ],
)
def test_what_a_failing_commit_means(reply: Reply, error: type[VendorError]) -> None:
    with pytest.raises(error) as caught:
        _boulevard(_Script(bookingComplete=reply)).book(_VISIT)

    assert type(caught.value) is error


@pytest.mark.parametrize(
    "error",
    [
        {"message": _LIMIT, "path": ["bookingComplete", "bookingWarnings"]},
        {"message": "no", "path": ["bookingComplete", "bookingWarnings"], "extensions": {"code": "UNAUTHORIZED"}},
        {"message": "no", "path": ["bookingComplete", "bookingWarnings"], "extensions": {"code": "FORBIDDEN"}},
        {"message": "no", "path": ["bookingComplete", "bookingWarnings"], "extensions": {"code": "NOT_FOUND"}},
        {"message": "Cannot read the warnings"},
    ],
)
def test_a_commit_that_was_carried_out_is_never_sent_again_nor_called_refused(error: dict[str, Any]) -> None:
    body = {"data": {"bookingComplete": {**_COMPLETED, "bookingWarnings": None}}, "errors": [error]}
    script = _Script(bookingComplete=httpx.Response(200, json=body))

    with pytest.raises(Ambiguous):
        _boulevard(script).book(_VISIT)

    assert script.fields.count("bookingComplete") == 1


def test_a_commit_is_not_begun_without_time_for_its_answer() -> None:
    script = _Script()

    with pytest.raises(Unreachable):
        _boulevard(script, call_seconds=5, commit_needs_seconds=6).book(_VISIT)

    assert script.fields == _DRAFT


def test_the_staff_member_named_for_the_commit_may_be_another() -> None:
    script = _Script()

    _boulevard(script, book_with_staff_id="6009").book(_VISIT)

    assert dict(script.asked)["bookingComplete"]["staff"] == "urn:blvd:Staff:6009"


def test_a_visit_that_its_mark_is_answered_with_is_not_read_once_more() -> None:
    stands = decoded("boulevard/appointment.json")
    script = _Script(updateAppointment={"appointment": stands})

    visit = _boulevard(script).book(_VISIT)

    assert script.fields == [*_DRAFT, "bookingComplete", "updateAppointment"]
    assert visit == _boulevard(_Script(appointment=stands)).book(_VISIT)


def test_a_visit_is_read_where_its_mark_is_only_taken_in_its_small_form() -> None:
    small = httpx.Response(200, json={"data": {"updateAppointment": {"appointment": {"id": "a1"}}}})
    script = _Script(updateAppointment=[_errors("no such field", code="GRAPHQL_VALIDATION_FAILED"), small])

    _boulevard(script).book(_VISIT)

    assert script.fields == [*_DRAFT, "bookingComplete", "updateAppointment", "updateAppointment", "appointment"]


def test_a_visit_stands_even_when_its_mark_fails(caplog: pytest.LogCaptureFixture) -> None:
    visit = _boulevard(_Script(updateAppointment=httpx.Response(500))).book(_VISIT)

    assert visit.ref == "urn:blvd:Appointment:7d1c3a52-0001-4c1e-9a01-000000000001"
    assert "could not be left" in caplog.text


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (_errors(_LIMIT), timedelta(milliseconds=140)),
        (_errors(_LIMIT, path=["appointment"]), timedelta(milliseconds=140)),
        (httpx.Response(429, json={"errors": [{"message": _LIMIT}]}), timedelta(milliseconds=140)),
        (
            httpx.Response(429, json={"errors": [{"message": _LIMIT}]}, headers={"retry-after": "9"}),
            timedelta(milliseconds=140),
        ),
        (_errors("API limit exceeded. Please wait 12,500 ms and try again."), timedelta(seconds=12.5)),
        (_errors("API limit exceeded. Please wait 2 minutes."), timedelta(minutes=2)),
        (_errors("API limit exceeded. Please wait 3m."), timedelta(minutes=3)),
        (_errors("API limit exceeded. Please wait 1 hour."), timedelta(hours=1)),
        (_errors("API limit exceeded. Please wait 99999999999 minutes."), timedelta(hours=1)),
        (_errors("API limit exceeded."), timedelta(seconds=5)),
        (_errors("API limit exceeded: 50 points fill each 1s. Please wait 140ms."), timedelta(milliseconds=140)),
        (httpx.Response(429, headers={"retry-after": "9"}), timedelta(seconds=9)),
        (httpx.Response(429), timedelta(seconds=5)),
        (_errors("Rate limit exceeded. Retry in 1500 ms"), timedelta(milliseconds=1500)),
        (_errors("rate-limited"), timedelta(seconds=5)),
        (_errors("slow down", code="THROTTLED"), timedelta(seconds=5)),
    ],
)
def test_both_ways_to_say_too_many(reply: httpx.Response, wait: timedelta) -> None:
    with pytest.raises(RateLimited) as caught:
        _boulevard(_Script(appointment=reply)).fetch(appointment_ref="a1")

    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    "reply", [httpx.Response(401), httpx.Response(403), _errors("no", path=["appointment"], code="FORBIDDEN")]
)
def test_refused_credentials_need_a_person(reply: httpx.Response) -> None:
    with pytest.raises(Misconfigured):
        _boulevard(_Script(appointment=reply)).fetch(appointment_ref="a1")


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(401),
        _errors("no", code="UNAUTHENTICATED"),
        _errors("no", path=["appointment"], code="UNAUTHORIZED"),
    ],
)
def test_one_401_is_tried_again_after_a_moment(refusal: httpx.Response) -> None:
    pauses: list[float] = []
    script = _Script(appointment=[refusal, decoded("boulevard/appointment.json")])

    visit = _boulevard(script, pause=pauses.append).fetch(appointment_ref="a1")

    assert (visit is not None, pauses, script.fields) == (True, [1.0], ["appointment", "appointment"])


def test_a_401_of_the_commit_is_tried_again_too() -> None:
    assert not _boulevard(_Script(bookingComplete=[httpx.Response(401), _COMPLETED])).book(_VISIT).collides


def test_a_401_without_time_for_another_try_is_no_fault_of_the_credentials() -> None:
    with pytest.raises(Unreachable):
        _boulevard(_Script(appointment=httpx.Response(401)), call_seconds=0.9).fetch(appointment_ref="a1")


def test_the_vendors_words_never_reach_an_error() -> None:
    with pytest.raises(Unreachable) as caught:
        _boulevard(_Script(client=_errors("Ana Example +13035550101", path=["client"]))).fetch_client(client_ref="c")

    assert "Ana" not in str(caught.value)


@pytest.mark.parametrize(
    "step", ["bookingCreate", "bookingAddService", "bookingServiceSetDurations", "bookingComplete"]
)
def test_other_warnings_are_notes(step: str) -> None:
    made: dict[str, dict[str, Any]] = {
        "bookingCreate": _CREATED,
        "bookingAddService": _ADDED,
        "bookingServiceSetDurations": _LASTING,
        "bookingComplete": _COMPLETED,
    }

    visit = _boulevard(_Script(**{step: {**made[step], **_warned("NEVER_HEARD_OF")}})).book(_VISIT)

    assert not visit.collides


def test_a_collision_of_boulevards_own_length_is_none_once_the_practices_is_set() -> None:
    script = _Script(bookingAddService={**_ADDED, **_warned("STAFF_DOUBLE_BOOKED")})

    _boulevard(script).book(_VISIT)

    assert script.fields[:5] == _DRAFT


@pytest.mark.parametrize("code", ["STAFF_DOUBLE_BOOKED", "RESOURCE_DOUBLE_BOOKED", "STAFF_DOES_NOT_PERFORM_SERVICE"])
def test_a_conflict_that_the_commit_warns_of_is_handed_on(code: str) -> None:
    visit = _boulevard(_Script(bookingComplete={**_COMPLETED, **_warned(code)})).book(_VISIT)

    assert (visit.ref, visit.collides) == ("urn:blvd:Appointment:7d1c3a52-0001-4c1e-9a01-000000000001", True)


@pytest.mark.parametrize("reply", [httpx.Response(502), None, {"id": None}])
def test_a_visit_that_was_written_and_cannot_be_read_is_what_was_asked_for(reply: object) -> None:
    visit = _boulevard(_Script(appointment=reply)).book(_VISIT)

    assert (visit.start, visit.end, visit.segments) == (_START, _START + timedelta(minutes=85), _VISIT.segments)


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Ana", "path": ["appointment", "createdAt"]},
        {"message": "Ana"},
        {"message": "Ana", "path": ["appointment", "createdAt"], "extensions": {"code": "UNAUTHORIZED"}},
    ],
)
def test_an_error_in_one_optional_field_keeps_the_visit(error: dict[str, Any]) -> None:
    body = {
        "data": {"appointment": {**decoded("boulevard/appointment.json"), "createdAt": None}},
        "errors": [error],
    }

    visit = _boulevard(_Script(appointment=httpx.Response(200, json=body))).fetch(appointment_ref="a1")

    assert visit is not None
    assert (visit.created_at, len(visit.segments)) == (None, 2)


def test_an_error_that_took_the_visit_itself_is_no_visit_unknown() -> None:
    body = {"data": {"appointment": None}, "errors": [{"message": "Ana", "path": ["appointment", "startAt"]}]}

    with pytest.raises(Unreachable):
        _boulevard(_Script(appointment=httpx.Response(200, json=body))).fetch(appointment_ref="a1")


def test_half_an_answer_of_a_booking_is_none() -> None:
    body = {
        "data": {"bookingServiceSetDurations": {"booking": {"id": "b1"}, "bookingWarnings": None}},
        "errors": [{"message": "Ana", "path": ["bookingServiceSetDurations", "bookingWarnings"]}],
    }
    script = _Script(bookingServiceSetDurations=httpx.Response(200, json=body))

    with pytest.raises(Unreachable):
        _boulevard(script).book(_VISIT)

    assert "bookingComplete" not in script.fields


_CLIENT = decoded("boulevard/client.json")


@pytest.mark.parametrize(
    "reply",
    [
        _errors("Cannot query field"),
        _errors("Ana", path=["client", "marketingSettings"]),
        _errors("Ana", path=["client", "marketingSettings"], code="FORBIDDEN"),
        httpx.Response(403),
        httpx.Response(200, json={"data": {"client": None}}),
    ],
)
def test_refused_marketing_settings_do_not_cost_the_client(reply: httpx.Response) -> None:
    def answer(sent: dict[str, Any]) -> httpx.Response:
        return (
            reply if "marketingSettings" in sent["query"] else httpx.Response(200, json={"data": {"client": _CLIENT}})
        )

    record = _boulevard(_Script(client=answer)).fetch_client(client_ref="2222")

    assert record is not None
    assert (record.first_name, record.marketing_sms) == ("Ana", None)


@pytest.mark.parametrize(("reply", "error"), [(httpx.Response(503), Unreachable), (_errors(_LIMIT), RateLimited)])
def test_marketing_settings_that_cannot_be_had_just_now_are_asked_for_again(
    reply: httpx.Response, error: type[VendorError]
) -> None:
    def answer(sent: dict[str, Any]) -> httpx.Response:
        return (
            reply if "marketingSettings" in sent["query"] else httpx.Response(200, json={"data": {"client": _CLIENT}})
        )

    with pytest.raises(error):
        _boulevard(_Script(client=answer)).fetch_client(client_ref="2222")


def test_what_no_live_client_has_confirmed_costs_no_visit_when_it_is_refused() -> None:
    asked: list[str] = []

    def answer(sent: dict[str, Any]) -> httpx.Response:
        asked.append("whole" if "cancellation" in sent["query"] else "smaller")
        if "cancellation" in sent["query"]:
            return _errors("Cannot query field cancellation")
        return httpx.Response(200, json={"data": {"appointment": decoded("boulevard/appointment.json")}})

    boulevard = _boulevard(_Script(appointment=answer))
    visits = [boulevard.fetch(appointment_ref="a1"), boulevard.fetch(appointment_ref="a1")]

    assert (all(visits), asked) == (True, ["whole", "smaller", "smaller"])


def test_a_document_is_not_made_smaller_for_an_outage() -> None:
    script = _Script(appointment=httpx.Response(503))

    with pytest.raises(Unreachable):
        _boulevard(script).fetch(appointment_ref="a1")

    assert script.fields == ["appointment"]


def test_a_reason_that_is_refused_does_not_keep_a_visit_from_being_taken_back() -> None:
    def answer(sent: dict[str, Any]) -> httpx.Response:
        if "MISTAKE" in sent["query"]:
            return _errors("Argument has invalid value")
        return httpx.Response(200, json={"data": {"cancelAppointment": {"appointment": {"id": "a1"}}}})

    script = _Script(cancelAppointment=answer)
    _boulevard(script).cancel(appointment_ref="a1", quietly=True, void=True)

    assert script.fields == ["cancelAppointment", "cancelAppointment"]


def _list(*nodes: Any, after: str | None = None) -> dict[str, Any]:
    return {
        "edges": [{"node": node} for node in nodes],
        "pageInfo": {"hasNextPage": after is not None, "endCursor": after},
    }


def _day(script: _Script, *, providers: tuple[str, ...] = ("6001", "6002"), **options: Any) -> PmsDay:
    return _boulevard(script, **options).read_day(
        location_ref="1111", provider_refs=providers, day=date(2026, 3, 4), zone="America/New_York"
    )


def _calendar(**replies: Any) -> _Script:
    return _Script(**{"appointments": _list(), "timeblocks": _list(), "shifts": {"shifts": []}, **replies})


def test_one_odd_row_never_spoils_the_day() -> None:
    good = decoded("boulevard/appointment.json")
    odd = [
        {**good, "id": "a2", "state": "POSTPONED"},
        {**good, "id": "a3", "endAt": None, "locationId": None},
        {**good, "id": "a4", "appointmentServices": [{"startAt": good["startAt"], "endAt": good["endAt"]}]},
        {**good, "id": "a5", "startAt": None, "appointmentServices": [{"staffId": "6001", "startAt": None}]},
        {**good, "id": "a6", "startAt": None, "appointmentServices": [], "cancelled": True},
        {},
        None,
    ]

    day = _day(_calendar(appointments=_list(good, *odd)))

    assert [(visit.ref[-2:], visit.unread) for visit in day.appointments] == [
        ("01", ()),
        ("a2", ("state",)),
        ("a3", ("locationId",)),
        ("a4", ("appointmentServices.serviceId", "appointmentServices.staffId")),
    ]
    assert [(row.ref, row.provider_ref, row.unread) for row in day.unread] == [
        ("urn:blvd:Appointment:a5", "urn:blvd:Staff:6001", ("appointment.startAt",)),
        (None, None, ("appointment.startAt",)),
        (None, None, ("appointment.node",)),
    ]


def test_blocks_are_asked_for_by_location_for_days_and_by_staff_for_as_long_as_leave_lasts() -> None:
    script = _calendar()

    _day(script)

    assert [sent["query"] for field, sent in script.asked if field == "timeblocks"] == [
        "startAt >= '2026-02-18T05:00:00.000Z' AND startAt < '2026-03-05T05:00:00.000Z'",
        "staffId = 'urn:blvd:Staff:6001' AND startAt >= '2025-03-03T05:00:00.000Z'"
        " AND startAt < '2026-02-18T05:00:00.000Z'",
        "staffId = 'urn:blvd:Staff:6002' AND startAt >= '2025-03-03T05:00:00.000Z'"
        " AND startAt < '2026-02-18T05:00:00.000Z'",
    ]


def test_a_leave_that_began_weeks_ago_blocks_the_day_and_no_more_than_it() -> None:
    leave = {
        "id": "t1",
        "cancelled": False,
        "startAt": "2025-12-01T09:00:00-05:00",
        "endAt": "2026-06-01T09:00:00-04:00",
        "staffId": "6001",
    }
    over = {**leave, "id": "t2", "endAt": "2026-03-03T23:00:00-05:00"}
    cancelled = {**leave, "id": "t3", "cancelled": True}

    day = _day(_calendar(timeblocks=[_list(), _list(leave, over, cancelled), _list()]))

    assert day.blocks == (
        PmsBlock(
            ref="urn:blvd:Timeblock:t1",
            provider_ref="urn:blvd:Staff:6001",
            start=datetime(2026, 3, 4, 5, tzinfo=UTC),
            end=datetime(2026, 3, 5, 5, tzinfo=UTC),
        ),
    )


def test_odd_blocks_are_told_where_they_touch_the_day() -> None:
    block = {"id": "t1", "startAt": "2026-03-04T12:00:00-05:00", "endAt": "2026-03-04T13:00:00-05:00", "staffId": None}
    past = {**block, "id": "t2", "startAt": "2026-03-01T12:00:00-05:00", "endAt": "2026-03-01T13:00:00-05:00"}
    endless = {**block, "id": "t3", "staffId": "6001", "endAt": None}
    other = {**endless, "id": "t4", "staffId": "6009"}

    day = _day(_calendar(timeblocks=[_list(block, past, endless, other), _list()]))

    assert [(row.ref, row.provider_ref, row.unread) for row in day.unread] == [
        ("urn:blvd:Timeblock:t1", None, ("block.staffId",)),
        ("urn:blvd:Timeblock:t3", "urn:blvd:Staff:6001", ("block.endAt",)),
    ]


def test_shifts_are_asked_for_by_the_names_live_tenants_know() -> None:
    documents: list[str] = []

    def answer(sent: dict[str, Any]) -> httpx.Response:
        documents.append(sent["query"])
        return httpx.Response(200, json={"data": {"shifts": decoded("boulevard/shifts.json")}})

    day = _day(_calendar(shifts=answer))

    assert "startIso8601: $start, endIso8601: $end" in documents[0]
    assert [(shift.provider_ref, shift.start.hour, shift.end.hour) for shift in day.shifts] == [
        ("urn:blvd:Staff:6001", 15, 18),
        ("urn:blvd:Staff:6001", 19, 23),
    ]
    assert [
        (block.ref, block.start.hour, block.end.hour) for block in day.blocks if block.provider_ref.endswith("6001")
    ] == [("shift:2026-03-04", 18, 19)]


def test_a_list_that_goes_on_without_a_new_cursor_is_never_read_as_a_day() -> None:
    stuck = {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}

    with pytest.raises(BadAnswer):
        _day(_calendar(timeblocks=stuck))


@pytest.mark.parametrize("field", ["appointments", "timeblocks"])
@pytest.mark.parametrize(
    "lost",
    [
        {"edges": None, "pageInfo": {"hasNextPage": False, "endCursor": None}},
        {"edges": [], "pageInfo": {"hasNextPage": None, "endCursor": None}},
    ],
)
def test_a_list_lost_to_an_error_within_it_is_never_read_as_an_empty_day(field: str, lost: dict[str, Any]) -> None:
    body = {"data": {field: lost}, "errors": [{"message": "Ana", "path": [field, "edges"]}]}

    with pytest.raises(BadAnswer):
        _day(_calendar(**{field: httpx.Response(200, json=body)}))


def test_pages_are_joined() -> None:
    good = decoded("boulevard/appointment.json")
    script = _calendar(appointments=[_list(good, after="1"), _list({**good, "id": "a2"}, after="2"), _list()])

    assert len(_day(script).appointments) == 2
    assert [sent.get("after") for field, sent in script.asked if field == "appointments"] == [None, "1", "2"]


@pytest.mark.parametrize(
    ("quietly", "void", "reason", "notify"),
    [(True, True, "MISTAKE", False), (False, False, "STAFF_CANCEL", True)],
)
def test_cancelling_names_the_reason_and_tells_the_client_or_not(
    quietly: bool, void: bool, reason: str, notify: bool
) -> None:
    documents: list[dict[str, Any]] = []

    def reply(sent: dict[str, Any]) -> httpx.Response:
        documents.append(sent)
        return httpx.Response(200, json={"data": {"cancelAppointment": {"appointment": {"id": "a1"}}}})

    _boulevard(_Script(cancelAppointment=reply)).cancel(appointment_ref="a1", quietly=quietly, void=void)

    assert f"reason: {reason}," in documents[0]["query"]
    assert documents[0]["variables"] == {"id": "urn:blvd:Appointment:a1", "notify": notify}


def test_cancelling_what_boulevard_does_not_know_is_a_refusal() -> None:
    with pytest.raises(Refused):
        _boulevard(_Script(cancelAppointment=None)).cancel(appointment_ref="a1", quietly=True, void=False)


def test_half_a_day_is_never_passed_off_as_the_whole() -> None:
    endless = {"edges": [], "pageInfo": {"hasNextPage": True, "endCursor": "more"}}

    with pytest.raises(BadAnswer):
        _boulevard(_Script(appointments=endless), max_pages=3).read_day(
            location_ref="1111", provider_refs=("6001",), day=date(2026, 3, 4), zone="America/New_York"
        )


def test_each_request_has_a_token_of_its_own() -> None:
    seconds = iter([1_772_640_000, 1_772_640_001])
    headers: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers["authorization"])
        return httpx.Response(200, json={"data": {"appointment": None}})

    boulevard = _boulevard(answer, unix_time=lambda: next(seconds))
    found = [boulevard.fetch(appointment_ref="a1"), boulevard.fetch(appointment_ref="a1")]

    stamps = [base64.b64decode(header.removeprefix("Basic ")).decode()[-10:] for header in headers]
    assert (found, stamps) == ([None, None], ["1772640000", "1772640001"])

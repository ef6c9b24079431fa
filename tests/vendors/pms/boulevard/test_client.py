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
from vendors.pms.base import NewVisit, PmsSegment
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
        ),
    ),
    key="booking-01J9",
)
_CREATED = {
    "booking": {"id": "b1", "bookingClients": [{"id": "bc1", "clientId": "2222"}], "errors": []},
    "bookingWarnings": [],
}
_ADDED = {"bookingService": {"id": "bs1"}, "bookingWarnings": []}

Reply = httpx.Response | Exception


class _Script:
    """Answers each top-level field with what the test says, and notes what was asked."""

    def __init__(self, **replies: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._replies = {
            "bookingCreate": _CREATED,
            "bookingAddService": _ADDED,
            "bookingComplete": {"bookingAppointments": [{"appointment": decoded("boulevard/appointment.json")}]},
            "updateAppointment": {"appointment": {"id": "a1"}},
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
        **options,
    )


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
        (
            "bookingAddService",
            {"booking": "b1", "bookingClient": "bc1", "service": "urn:blvd:Service:5002", "staff": staff + "6002"},
        ),
        ("bookingComplete", {"booking": "b1", "staff": staff + "6001", "notify": False}),
        ("updateAppointment", {"id": visit.ref, "notes": "Chairflow booking-01J9"}),
    ]


@pytest.mark.parametrize(
    "replies",
    [
        {"bookingCreate": decoded("boulevard/booking_create_warned.json")["data"]["bookingCreate"]},
        {"bookingAddService": {**_ADDED, "bookingWarnings": [{"code": "RESOURCE_DOUBLE_BOOKED", "message": "no"}]}},
        {"bookingAddService": {**_ADDED, "bookingWarnings": [{"code": "NEVER_HEARD_OF", "message": "no"}]}},
    ],
)
def test_any_warning_stops_before_the_commit(replies: dict[str, Any]) -> None:
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
        (httpx.Response(200, text="<html>"), BadAnswer),
    ],
)
def test_what_a_failing_commit_means(reply: Reply, error: type[VendorError]) -> None:
    with pytest.raises(error) as caught:
        _boulevard(_Script(bookingComplete=reply)).book(_VISIT)

    assert type(caught.value) is error


def test_a_commit_is_not_begun_without_time_for_its_answer() -> None:
    script = _Script()

    with pytest.raises(Unreachable):
        _boulevard(script, call_seconds=5, commit_needs_seconds=6).book(_VISIT)

    assert script.fields == ["bookingCreate", "bookingAddService", "bookingAddService"]


def test_the_staff_member_named_for_the_commit_may_be_another() -> None:
    script = _Script()

    _boulevard(script, book_with_staff_id="6009").book(_VISIT)

    assert dict(script.asked)["bookingComplete"]["staff"] == "urn:blvd:Staff:6009"


def test_a_visit_stands_even_when_its_mark_fails(caplog: pytest.LogCaptureFixture) -> None:
    visit = _boulevard(_Script(updateAppointment=httpx.Response(500))).book(_VISIT)

    assert visit.ref == "urn:blvd:Appointment:7d1c3a52-0001-4c1e-9a01-000000000001"
    assert "could not be left" in caplog.text


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
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


def test_the_vendors_words_never_reach_an_error() -> None:
    with pytest.raises(Unreachable) as caught:
        _boulevard(_Script(client=_errors("Ana Example +13035550101", path=["client"]))).fetch_client(client_ref="c")

    assert "Ana" not in str(caught.value)


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

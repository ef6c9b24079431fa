"""Query cost, depth, over-limit answers, and faults on request."""

from __future__ import annotations

import re
import threading
from typing import Any

import httpx
import pytest

from tests.sandboxes.boulevard.support import Boulevard, urn
from tests.sandboxes.practice.support import ANN, DAY, FILLER, LOCATION, VISIT, eventually

APPOINTMENTS = """query($first: Int) { appointments(locationId: "%s", first: $first) {
  edges { node { id appointmentServices { staff { id } service { id } } } } } }""".replace("%s", LOCATION)
ONE = "query($id: ID!) { appointment(id: $id) { id } }"
COMPLETE = (
    "mutation($i: BookingCompleteInput!) { bookingComplete(input: $i) { bookingAppointments { appointmentId } } }"
)
CANCEL = "mutation($i: CancelAppointmentInput!) { cancelAppointment(input: $i) { appointment { state } } }"


def test_bucket_overflows_and_says_so(boulevard: Boulevard) -> None:
    boulevard.control("config", bucket_capacity=1000, bucket_leak_per_second=0.001, refund_unused_cost=False)

    assert boulevard.post(APPOINTMENTS, first=100).status_code == 200
    full = boulevard.post(APPOINTMENTS, first=100)

    assert full.status_code == 429
    assert "retry-after" not in full.headers
    assert re.fullmatch(
        r"API limit exceeded\. Query cost is 600 and you have 400 points available\. "
        r"Please wait \d+ms and try again\.",
        full.json()["errors"][0]["message"],
    )
    [entry] = boulevard.ledger("rate_limited")
    assert entry["cost"] == 600


@pytest.mark.parametrize(("style", "path"), [("graphql", None), ("graphql_path", ["appointments"])])
def test_over_limit_in_the_form_of_graphql(boulevard: Boulevard, style: str, path: list[str] | None) -> None:
    boulevard.control(
        "config",
        bucket_capacity=1000,
        bucket_leak_per_second=0.001,
        refund_unused_cost=False,
        over_limit_style=style,
    )
    boulevard.post(APPOINTMENTS, first=100)

    answer = boulevard.post(APPOINTMENTS, first=100)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error.get("path")) == (200, path)
    assert error["message"].startswith("API limit exceeded. ")


def test_rows_not_found_are_given_back(boulevard: Boulevard) -> None:
    boulevard.control("config", bucket_capacity=1000, bucket_leak_per_second=0.001)

    statuses = [boulevard.post(APPOINTMENTS, first=100).status_code for _ in range(20)]

    assert statuses == [200] * 20


def test_bucket_leaks(boulevard: Boulevard) -> None:
    boulevard.control("config", bucket_capacity=1000, bucket_leak_per_second=2000, refund_unused_cost=False)

    def ask() -> list[int]:
        return [boulevard.post(APPOINTMENTS, first=150).status_code for _ in range(2)]

    eventually(ask, wanted=lambda statuses: 429 in statuses)
    eventually(ask, wanted=lambda statuses: statuses[0] == 200)


def test_too_many_edges_and_too_deep(boulevard: Boulevard) -> None:
    deep = """{ clients { edges { node { primaryLocation { address { city } } } } } }"""
    boulevard.control("config", max_depth=5)

    assert boulevard.errors(APPOINTMENTS, first=1001) == ["appointments: at most 1000 edges can be asked for, not 1001"]
    assert boulevard.errors(deep) == ["The query's depth is 6; at most 5 is allowed"]


@pytest.mark.parametrize(("status", "expected"), [(429, 429), (200, 200), (None, 429)])
def test_rate_limit_on_request_in_both_styles(boulevard: Boulevard, status: int | None, expected: int) -> None:
    boulevard.control("faults", operation="appointment", kind="rate_limit", times=1, status=status, seconds=2)

    first, second = boulevard.post(ONE, id=VISIT), boulevard.post(ONE, id=VISIT)

    assert first.status_code == expected
    assert first.json()["errors"][0]["message"].endswith(" Please wait 2000ms and try again.")
    assert second.json()["data"]["appointment"]["id"] == urn("Appointment", VISIT)


def test_refusal_before_the_commit(boulevard: Boulevard) -> None:
    boulevard.control("faults", operation="cancelAppointment", kind="refuse", times=1, message="Not now", code="BUSY")

    answer = boulevard.post(CANCEL, i={"id": VISIT, "reason": "MISTAKE"})

    assert [answer.status_code, answer.json()] == [
        200,
        {"errors": [{"message": "Not now", "extensions": {"code": "BUSY"}}]},
    ]
    assert boulevard.ledger("appointment_cancelled") == []


def test_fault_matches_fields_of_the_input(boulevard: Boulevard) -> None:
    boulevard.control("faults", operation="appointment", kind="outage", match={"id": "other"})
    assert boulevard.post(ONE, id=VISIT).status_code == 200

    boulevard.control("faults", operation="*", kind="outage", match={"id": VISIT})
    assert boulevard.post(ONE, id=urn("Appointment", VISIT)).status_code == 503


def test_commit_then_timeout_books_once(boulevard: Boulevard) -> None:
    booking = boulevard.open_booking(at=f"{DAY}T13:00:00")
    boulevard.add_service(booking, FILLER, ANN)
    boulevard.control("faults", operation="bookingComplete", kind="commit_then_timeout", seconds=0.05, times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        boulevard.post(COMPLETE, i={"bookingId": booking[0], "bookWithStaffId": ANN})

    assert [entry["by"] for entry in boulevard.ledger("appointment_booked")] == ["seed", "api"]
    assert boulevard.ledger("request")[-1]["faults"] == ["commit_then_timeout"]
    given = {"bookingId": booking[0], "bookWithStaffId": ANN}
    assert boulevard.errors(COMPLETE, i=given) == ["The booking is completed already"]


def test_drop_commits_nothing(boulevard: Boulevard) -> None:
    boulevard.control("faults", operation="cancelAppointment", kind="drop", times=1)

    with pytest.raises(httpx.RemoteProtocolError):
        boulevard.post(CANCEL, i={"id": VISIT, "reason": "MISTAKE"})

    assert boulevard.ledger("appointment_cancelled") == []


def test_held_request_sees_what_happened_meanwhile(boulevard: Boulevard) -> None:
    boulevard.control("faults", operation="cancelAppointment", kind="hold", times=1)
    answers: list[dict[str, Any]] = []

    def cancel() -> None:
        with httpx.Client(timeout=20, trust_env=False) as http:
            slow = Boulevard(boulevard.url, http)
            answers.append(slow.post(CANCEL, i={"id": VISIT, "reason": "CLIENT_CANCEL"}).json())

    thread = threading.Thread(target=cancel)
    thread.start()
    eventually(lambda: boulevard.read("faults")[0]["waiting"], wanted=lambda waiting: waiting == 1)
    boulevard.by_hand("complete", id=VISIT)
    boulevard.control("release")
    thread.join(timeout=15)

    assert answers[0]["errors"][0]["message"] == "Appointment is FINAL and cannot be cancelled"

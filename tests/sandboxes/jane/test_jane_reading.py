"""What can be read, in pages and since when; and that nothing can be written."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from sandboxes.common.openapi import OpenApi
from sandboxes.jane.config import JaneConfig
from sandboxes.jane.operations import Operations
from sandboxes.jane.sandbox import JaneSandbox
from tests.sandboxes.jane.support import Jane
from tests.sandboxes.practice.support import ANN, BEA, DAY, FILLER, LASER, LOCATION, MIA, NOA, PEEL, VISIT

FILLER_BY_ANN = [{"service": FILLER, "staff": ANN}]


def _book(jane: Jane, at: str, client: str = NOA) -> str:
    return str(jane.by_hand("book", client=client, start=f"{DAY}T{at}", services=FILLER_BY_ANN)["appointment"])


def test_an_appointment_as_it_reads(jane: Jane) -> None:
    visit = jane.get(f"/appointments/{VISIT}")

    named = ("start_at", "end_at", "state", "staff_member_id", "patient_id", "location_id", "treatment_id")
    times = [f"{DAY}T15:00:00Z", f"{DAY}T16:00:00Z"]
    assert [visit[name] for name in named] == [*times, "booked", ANN, MIA, LOCATION, FILLER]
    assert not {"created_at", "updated_at"} & visit.keys()


@pytest.mark.parametrize(
    ("verb", "body", "state", "stamp"),
    [
        ("cancel", {"reason": "CLIENT_CANCEL"}, "cancelled", "cancelled_at"),
        ("cancel", {"reason": "NO_SHOW"}, "no_show", "no_show_at"),
        ("update", {"state": "ARRIVED"}, "arrived", "arrived_at"),
        ("complete", {}, "arrived", "arrived_at"),
        ("delete", {}, "archived", "archived_at"),
        ("update", {"state": "RESERVED"}, "reserved", "booked_at"),
    ],
)
def test_what_people_do_shows_as_a_state(jane: Jane, verb: str, body: dict[str, str], state: str, stamp: str) -> None:
    jane.by_hand(verb, id=VISIT, **body)

    visit = jane.get(f"/appointments/{VISIT}")

    assert visit["state"] == state
    assert visit[stamp] is not None


def test_treatments_are_in_seconds_and_known_by_who_gives_them(jane: Jane) -> None:
    treatment = jane.get(f"/treatments/{FILLER}")

    assert [treatment["treatment_duration"], treatment["price"]] == [3600, 650.0]
    assert jane.ids("/treatments", **{"staff_member_ids[eq]": BEA}) == [LASER, PEEL]


def test_company_people_and_patients(jane: Jane) -> None:
    patient = jane.get(f"/patients/{MIA}")

    assert jane.get("/company")["time_zone"] == "America/New_York"
    assert jane.ids("/locations") == [LOCATION]
    assert jane.ids("/staff_members") == [ANN, BEA]
    assert patient["phone_numbers"] == [{"type": "mobile", "number": "+12125550101", "is_primary": True}]
    assert jane.call("POST", "/patients/search", json={"search": {"co": "noa@"}}).json()["items"][0]["id"] == NOA


def test_filters_compare_times_and_ids(jane: Jane) -> None:
    later = _book(jane, "15:00")
    day = {"start_at[gte]": f"{DAY}T00:00:00Z", "start_at[lt]": f"{DAY}T20:00:00Z"}

    assert jane.ids("/appointments", **day) == [VISIT]
    assert jane.ids("/appointments", **{"patient_id[eq]": f"{MIA},{NOA}"}, sort="-start_at") == [later, VISIT]
    assert jane.ids("/appointments", **{"staff_member_id[eq]": BEA}) == []


def test_pages_follow_a_cursor_to_the_end(jane: Jane) -> None:
    made = [VISIT, *(_book(jane, at) for at in ("11:00", "13:00", "14:00", "15:00"))]

    seen: list[str] = []
    query: dict[str, Any] = {"sort": "start_at", "page[limit]": 2}
    while True:
        page = jane.get("/appointments", **query)
        seen += [row["id"] for row in page["items"]]
        assert [page["cursor"] is not None, page["links"]["after"]] == [page["hasNextPage"], page["cursor"]]
        if not page["hasNextPage"]:
            break
        query["page[cursor]"] = page["cursor"]

    assert seen == made


def test_what_changed_since_is_found_by_the_hidden_time_of_change(jane: Jane) -> None:
    anchors = {"anchor_real": "2020-01-01T00:00:00Z", "rate": 1e-9}
    jane.control("clock", **anchors, anchor_practice="2026-12-01T09:00:00Z")
    other = _book(jane, "15:00")
    jane.control("clock", **anchors, anchor_practice="2026-12-01T10:00:00Z")
    jane.by_hand("update", id=VISIT, state="ARRIVED")

    assert jane.ids("/appointments", **{"updated_at[gte]": "2026-12-01T09:30:00Z"}) == [VISIT]
    assert jane.ids("/appointments", **{"updated_at[gte]": "2026-12-01T09:00:00Z"}, sort="updated_at") == [other, VISIT]
    jane.control("clock")


@pytest.mark.parametrize(
    "query",
    [
        {"location": LOCATION},
        {"start_at[after]": f"{DAY}T00:00:00Z"},
        {"start_at[gte]": "tomorrow"},
        {"sort": "price"},
        {"page[cursor]": "x"},
        {"page[limit]": "many"},
        {"page[limit]": "5000"},
    ],
)
def test_arguments_nobody_has_documented_are_refused(jane: Jane, query: dict[str, str]) -> None:
    answer = jane.call("GET", "/appointments", params=query)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/appointments", 405),
        ("PUT", f"/appointments/{VISIT}", 405),
        ("PATCH", f"/appointments/{VISIT}", 405),
        ("DELETE", f"/appointments/{VISIT}", 405),
        ("POST", f"/appointments/{VISIT}/cancel", 404),
        ("GET", "/availability", 404),
        ("GET", "/shifts", 404),
    ],
)
def test_nothing_is_booked_moved_or_cancelled(jane: Jane, method: str, path: str, status: int) -> None:
    assert jane.call(method, path, json={}).status_code == status
    assert [visit["state"] for visit in jane.read("state")["appointments"]] == ["BOOKED"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/appointments/00000000-0000-4000-8000-00000000dead", "errors"),
        ("/locations/00000000-0000-4000-8000-00000000dead", "object"),
        ("/appointments/7", "errors"),
    ],
)
def test_errors_differ_from_endpoint_to_endpoint(jane: Jane, path: str, form: str) -> None:
    answer = jane.call("GET", path)

    assert answer.status_code in (400, 404)
    assert form in answer.json()


def test_limits_are_by_endpoint_and_by_clinic(jane: Jane) -> None:
    jane.control("config", endpoint_requests=1, clinic_requests=2)

    answers = [jane.call("GET", path) for path in ("/company", "/company", "/locations", "/treatments")]

    assert [answer.status_code for answer in answers] == [200, 429, 200, 429]
    assert int(answers[1].headers["retry-after"]) >= 1
    assert answers[3].headers["x-throttle-match"] == "marketing_api/ip/clinic"


def test_every_documented_operation_is_served() -> None:
    documented = {operation.id for operation in OpenApi("sandboxes.jane").operations}

    assert Operations(JaneSandbox(JaneConfig())).handlers().keys() == documented


def test_the_document_names_source_and_licence() -> None:
    extract = json.loads(resources.files("sandboxes.jane").joinpath("spec.json").read_text("utf-8"))["x-extract"]

    assert extract["source"].startswith("https://github.com/api-evangelist/jane-app")
    assert extract["licence"]

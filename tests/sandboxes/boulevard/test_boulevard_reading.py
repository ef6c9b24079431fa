"""Lists, the filter language, paging, shifts and timeblocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandboxes.boulevard.support import (
    ANN,
    BEA,
    DAY,
    FILLER,
    LASER,
    LOCATION,
    MIA,
    NOA,
    PEEL,
    VISIT,
    Boulevard,
    urn,
)

QUERY = """query($q: QueryString, $client: ID, $first: Int, $after: String, $at: ID!) {
  appointments(locationId: $at, query: $q, clientId: $client, first: $first, after: $after) {
    edges { cursor node { id startAt } } pageInfo { hasNextPage endCursor }
  }
}"""


def _ids(boulevard: Boulevard, **variables: Any) -> list[str]:
    edges = boulevard.ask(QUERY, at=urn("Location", LOCATION), **variables)["appointments"]["edges"]
    return [edge["node"]["id"].rpartition(":")[2] for edge in edges]


@pytest.fixture
def day(boulevard: Boulevard) -> dict[str, str]:
    """Three more visits: Bea's peel at noon, a cancelled one of Ann's at one, a pair of both at two."""
    peel = {"service": PEEL, "staff": BEA}
    filler = {"service": FILLER, "staff": ANN}
    laser = {"service": LASER, "staff": BEA}
    made = {
        "peel": boulevard.by_hand("book", client=NOA, start=f"{DAY}T12:00", services=[peel]),
        "gone": boulevard.by_hand("book", client=NOA, start=f"{DAY}T13:00", services=[filler]),
        "pair": boulevard.by_hand("book", client=MIA, start=f"{DAY}T14:00", services=[filler, laser]),
    }
    boulevard.by_hand("cancel", id=made["gone"]["appointment"], reason="NO_SHOW")
    return {name: visit["appointment"] for name, visit in made.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (None, ["visit", "peel", "gone", "pair"]),
        ("cancelled = false", ["visit", "peel", "pair"]),
        ("cancelled = true", ["gone"]),
        (f"staffId = 'urn:blvd:Staff:{BEA}'", ["peel", "pair"]),
        (f"staffId = '{ANN}' AND cancelled = false", ["visit", "pair"]),
        (f"staffId != '{ANN}'", ["peel"]),
        ("startAt >= '2026-03-04T17:00:00.000Z' AND startAt < '2026-03-04T19:00:00.000Z'", ["peel", "gone"]),
        ("startAt > '2026-03-04T12:00:00-05:00'", ["gone", "pair"]),
        (f"id = 'urn:blvd:Appointment:{VISIT}'", ["visit"]),
        ("startAt < '2026-03-04T10:00:00-05:00'", []),
        (r"id = 'it\'s'", []),
    ],
)
def test_filter_language(boulevard: Boulevard, day: dict[str, str], query: str | None, found: list[str]) -> None:
    names = {**day, "visit": VISIT}

    assert _ids(boulevard, q=query) == [names[name] for name in found]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("endAt < '2026-03-04T19:00:00Z'", "cannot filter by 'endAt'"),
        ("cancelled = false OR cancelled = true", "expected AND, found 'OR'"),
        ("startAt >= '2026-03-04T10:00:00'", "wants an offset or Z"),
        ("startAt >= yesterday", "belongs in apostrophes"),
        ("cancelled = 'no'", "cancelled is true or false"),
        ("staffId > 'a'", "can only be compared with = and !="),
        ("staffId = 'a", "is not understood"),
        ("startAt =", "expected a field, a comparison and a value"),
    ],
)
def test_unknown_filters_are_refused(boulevard: Boulevard, query: str, told: str) -> None:
    answer = boulevard.post(QUERY, at=LOCATION, q=query).json()

    assert answer["data"] == {"appointments": None}
    assert told in answer["errors"][0]["message"]


def test_one_clients_appointments(boulevard: Boulevard, day: dict[str, str]) -> None:
    assert _ids(boulevard, client=urn("Client", MIA)) == [VISIT, day["pair"]]


def test_pages_join_to_the_whole_list(boulevard: Boulevard, day: dict[str, str]) -> None:
    first = boulevard.ask(QUERY, at=urn("Location", LOCATION), first=3)["appointments"]
    rest = boulevard.ask(QUERY, at=urn("Location", LOCATION), first=3, after=first["pageInfo"]["endCursor"])[
        "appointments"
    ]

    assert [len(first["edges"]), len(rest["edges"])] == [3, 1]
    assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]
    seen = [edge["node"]["id"] for edge in first["edges"] + rest["edges"]]
    assert seen == [urn("Appointment", each) for each in (VISIT, day["peel"], day["gone"], day["pair"])]


def test_foreign_cursor_is_refused(boulevard: Boulevard) -> None:
    assert boulevard.errors(QUERY, at=LOCATION, after="abc") == ["after: 'abc' is not a cursor of this connection"]


def test_segments_follow_one_another(boulevard: Boulevard, day: dict[str, str]) -> None:
    query = """query($id: ID!) { appointment(id: $id) { endAt duration
      appointmentServices { startTimeOffset startAt endAt staffId } } }"""

    visit = boulevard.ask(query, id=day["pair"])["appointment"]

    assert visit == {
        "endAt": "2026-03-04T15:30:00-05:00",
        "duration": 90,
        "appointmentServices": [
            {
                "startTimeOffset": 0,
                "startAt": "2026-03-04T14:00:00-05:00",
                "endAt": "2026-03-04T15:00:00-05:00",
                "staffId": urn("Staff", ANN),
            },
            {
                "startTimeOffset": 60,
                "startAt": "2026-03-04T15:00:00-05:00",
                "endAt": "2026-03-04T15:30:00-05:00",
                "staffId": urn("Staff", BEA),
            },
        ],
    }


def test_clients_by_email(boulevard: Boulevard) -> None:
    data = boulevard.ask('{ clients(emails: ["NOA@example.com"]) { edges { node { id name } } } }')

    assert data["clients"]["edges"] == [{"node": {"id": urn("Client", NOA), "name": "Noa Kim"}}]


def test_catalogue(boulevard: Boulevard) -> None:
    data = boulevard.ask(
        "{ services { edges { node { id name defaultDuration defaultPrice addon } } }"
        " staff { edges { node { id displayName role { name } } } } locations { edges { node { id tz } } } }"
    )

    assert [edge["node"]["defaultDuration"] for edge in data["services"]["edges"]] == [60, 30, 45]
    assert data["staff"]["edges"][0] == {
        "node": {"id": urn("Staff", ANN), "displayName": "Ann Lee", "role": {"name": "RN"}}
    }
    assert data["locations"]["edges"] == [{"node": {"id": urn("Location", LOCATION), "tz": "America/New_York"}}]


def test_shift_rows_carry_no_date_and_bare_ids(boulevard: Boulevard) -> None:
    query = """query($day: Date!, $at: ID!, $who: [ID!]) {
      shifts(locationId: $at, staffIds: $who, start: $day, end: $day) {
      shifts { available clockIn clockOut day locationId staffId unavailableReason } } }"""

    assert boulevard.ask(query, day=DAY, at=LOCATION, who=[BEA]) == {
        "shifts": {
            "shifts": [
                {
                    "available": True,
                    "clockIn": "10:00:00",
                    "clockOut": "14:00:00",
                    "day": 3,
                    "locationId": LOCATION,
                    "staffId": BEA,
                    "unavailableReason": None,
                }
            ]
        }
    }
    assert boulevard.ask(query, day="2026-03-05", at=LOCATION, who=[urn("Staff", BEA)]) == {"shifts": {"shifts": []}}


def test_timeblocks_come_and_go(boulevard: Boulevard) -> None:
    query = """query($at: ID!) { timeblocks(locationId: $at, query: "cancelled = false") {
      edges { node { id title startAt duration staffId staff { name } } } } }"""
    made = boulevard.do(
        "createTimeblock",
        "timeblock { id }",
        locationId=LOCATION,
        staffId=BEA,
        startTime=f"{DAY}T13:00:00",
        duration=30,
        title="Call",
        reason="PERSONAL",
    )

    titles = [edge["node"]["title"] for edge in boulevard.ask(query, at=LOCATION)["timeblocks"]["edges"]]
    boulevard.do("deleteTimeblock", "timeblock { id cancelled }", id=made["timeblock"]["id"])
    left = boulevard.ask(query, at=LOCATION)["timeblocks"]["edges"]

    assert titles == ["Lunch", "Call"]
    assert [edge["node"]["title"] for edge in left] == ["Lunch"]
    assert left[0]["node"]["startAt"] == "2026-03-04T12:00:00-05:00"

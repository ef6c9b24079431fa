"""Lists, the filter language, paging, shifts and timeblocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandboxes.boulevard.support import Boulevard, urn
from tests.sandboxes.practice.support import ANN, BEA, DAY, FILLER, LASER, LOCATION, MIA, NOA, PEEL, VISIT

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


SHIFTS = """query($day: Date!, $at: ID!, $who: [ID!]) {
  shifts(locationId: $at, staffIds: $who, startIso8601: $day, endIso8601: $day) { shifts {
    available clockIn clockOut day recurrence recurrenceStart recurrenceEnd recurrenceInterval
    locationId staffId unavailableReason
} } }"""


def _shifts(boulevard: Boulevard, **variables: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = boulevard.ask(SHIFTS, at=LOCATION, **variables)["shifts"]["shifts"]
    return rows


def test_a_shift_on_one_date_is_a_template_of_its_weekday_that_begins_and_ends_on_it(boulevard: Boulevard) -> None:
    assert _shifts(boulevard, day=DAY, who=[urn("Staff", BEA)]) == [
        {
            "available": True,
            "clockIn": "10:00:00",
            "clockOut": "14:00:00",
            "day": 3,
            "recurrence": None,
            "recurrenceStart": DAY,
            "recurrenceEnd": DAY,
            "recurrenceInterval": None,
            "locationId": LOCATION,
            "staffId": BEA,
            "unavailableReason": None,
        }
    ]


def test_templates_are_served_whatever_date_is_asked_for(boulevard: Boulevard) -> None:
    sunday = {"staff": BEA, "weekday": 0, "begins": "2026-01-04", "every_weeks": 2}
    boulevard.control("seed", shifts=[{**sunday, "clock_in": "18:00", "clock_out": "24:00"}])

    rows = _shifts(boulevard, day="2026-03-05", who=[urn("Staff", BEA)])

    assert [(row["day"], row["clockOut"], row["recurrenceInterval"]) for row in rows] == [
        (0, "24:00:00", 2),
        (3, "14:00:00", None),
    ]
    assert (rows[0]["recurrence"], rows[0]["recurrenceStart"], rows[0]["recurrenceEnd"]) == (
        "WEEKLY",
        "2026-01-04",
        None,
    )


def test_staff_are_asked_for_by_urn_and_rows_of_nobody_come_too(boulevard: Boulevard) -> None:
    boulevard.control("seed", shifts=[{"staff": None, "weekday": 3, "clock_in": "09:00", "clock_out": "17:00"}])

    by_urn, by_uuid = _shifts(boulevard, day=DAY, who=[urn("Staff", BEA)]), _shifts(boulevard, day=DAY, who=[BEA])

    assert [row["staffId"] for row in by_urn] == [None, BEA]
    assert [row["staffId"] for row in by_uuid] == [None]


@pytest.mark.parametrize("arguments", ['start: "2026-03-04", end: "2026-03-04"', 'from: "2026-03-04"'])
def test_arguments_nobody_knows_are_refused(boulevard: Boulevard, arguments: str) -> None:
    told = boulevard.errors(f'{{ shifts(locationId: "{LOCATION}", {arguments}) {{ shifts {{ day }} }} }}')

    assert any(message.startswith("Unknown argument") for message in told)


def test_a_replaced_date_leaves_the_weeks_before_and_after(boulevard: Boulevard) -> None:
    boulevard.control(
        "seed", shifts=[{"staff": BEA, "weekday": 5, "clock_in": "09:00", "clock_out": "17:00", "begins": "2026-02-27"}]
    )

    boulevard.by_hand("add_shift", staff=BEA, date="2026-03-06", clock_in="12:00", clock_out="14:00", instead=True)

    fridays = [row for row in _shifts(boulevard, day=DAY, who=[urn("Staff", BEA)]) if row["day"] == 5]
    assert sorted((row["recurrenceStart"], row["recurrenceEnd"], row["clockIn"]) for row in fridays[:3]) == [
        ("2026-02-27", "2026-03-05", "09:00:00"),
        ("2026-03-06", "2026-03-06", "12:00:00"),
        ("2026-03-13", None, "09:00:00"),
    ]


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
    boulevard.do("deleteTimeblock", "id", id=made["timeblock"]["id"])
    left = boulevard.ask(query, at=LOCATION)["timeblocks"]["edges"]

    assert titles == ["Lunch", "Call"]
    assert [edge["node"]["title"] for edge in left] == ["Lunch"]
    assert left[0]["node"]["startAt"] == "2026-03-04T12:00:00-05:00"

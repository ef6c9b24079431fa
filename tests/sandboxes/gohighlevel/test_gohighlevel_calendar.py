"""Calendars, free slots, appointments and blocks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandboxes.gohighlevel.support import GoHighLevel, ms
from tests.sandboxes.practice.support import ANN, BEA, DAY, FILLER, LASER, LOCATION, MIA, NOA, PEEL, VISIT

BOOKING = {"calendarId": FILLER, "locationId": LOCATION, "contactId": NOA, "startTime": f"{DAY}T14:00:00-05:00"}


def _book(ghl: GoHighLevel, **changes: Any) -> Any:
    answer = ghl.call("POST", "/calendars/events/appointments", json={**BOOKING, **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _refused(ghl: GoHighLevel, method: str, path: str, **arguments: Any) -> tuple[int, Any]:
    answer = ghl.call(method, path, **arguments)
    return answer.status_code, answer.json()["message"]


def test_a_calendar_is_a_service_with_its_team(ghl: GoHighLevel) -> None:
    calendars = {each["id"]: each for each in ghl.get("/calendars/", locationId=LOCATION)["calendars"]}

    assert [calendars[FILLER]["name"], calendars[FILLER]["slotDuration"]] == ["Filler", 60]
    assert [member["userId"] for member in calendars[LASER]["teamMembers"]] == [ANN, BEA]
    assert [member["userId"] for member in calendars[FILLER]["teamMembers"]] == [ANN]


def test_free_slots_leave_out_visits_blocks_and_what_lies_beyond_the_shift(ghl: GoHighLevel) -> None:
    window = {"startDate": ms(f"{DAY}T00:00"), "endDate": ms(f"{DAY}T23:59")}

    slots = ghl.get(f"/calendars/{FILLER}/free-slots", **window)
    elsewhere = ghl.get(f"/calendars/{PEEL}/free-slots", **window, userId=BEA, timezone="America/Denver")

    assert [slot[11:16] for slot in slots[DAY]["slots"]][:3] == ["09:00", "11:00", "13:00"]
    assert slots[DAY]["slots"][-1] == f"{DAY}T16:00:00-05:00"
    assert elsewhere[DAY]["slots"][0] == f"{DAY}T08:00:00-07:00"


def test_free_slots_reach_over_31_days_at_most(ghl: GoHighLevel) -> None:
    query = {"startDate": ms("2026-03-01T00:00"), "endDate": ms("2026-04-02T00:00")}

    status, _ = _refused(ghl, "GET", f"/calendars/{FILLER}/free-slots", params=query)

    assert status == 400


def test_hours_are_rules_for_dates_and_weekdays(ghl: GoHighLevel) -> None:
    ghl.control("seed", shifts=[{"staff": BEA, "weekday": 1, "clock_in": "08:00", "clock_out": "12:00"}])

    [schedule] = ghl.get("/calendars/schedules/search", locationId=LOCATION, userId=BEA)["schedules"]

    assert schedule["rules"] == [
        {"type": "wday", "day": "monday", "intervals": [{"from": "08:00", "to": "12:00"}]},
        {"type": "date", "date": DAY, "intervals": [{"from": "10:00", "to": "14:00"}]},
    ]
    assert schedule["calendarIds"] == [LASER, PEEL]


def test_a_day_off_has_a_rule_without_hours(ghl: GoHighLevel) -> None:
    off = {"clock_in": "00:00", "clock_out": "00:00", "instead": True, "available": False}
    ghl.by_hand("add_shift", staff=BEA, date=DAY, **off)

    [schedule] = ghl.get("/calendars/schedules/search", locationId=LOCATION, userId=BEA)["schedules"]

    assert schedule["rules"] == [{"type": "date", "date": DAY, "intervals": []}]


def test_events_are_asked_for_by_user_calendar_or_group(ghl: GoHighLevel) -> None:
    window = {"locationId": LOCATION, "startTime": ms(f"{DAY}T00:00"), "endTime": ms(f"{DAY}T23:59")}

    [event] = ghl.events(DAY, userId=ANN)
    refused = _refused(ghl, "GET", "/calendars/events", params=window)

    assert [event["id"], event["startTime"], event["appointmentStatus"]] == [VISIT, f"{DAY}T10:00:00-05:00", "new"]
    assert [len(ghl.events(DAY, **which)) for which in ({"calendarId": FILLER}, {"userId": BEA})] == [1, 0]
    assert len(ghl.events(DAY, groupId=event["groupId"])) == 1
    assert refused == (400, "Either of userId, calendarId or groupId is required")


def test_a_booking_is_confirmed_at_once_and_answers_without_its_dates(ghl: GoHighLevel) -> None:
    made = _book(ghl)

    assert [made["appointmentStatus"], made["assignedUserId"]] == ["confirmed", ANN]
    assert not {"dateAdded", "dateUpdated"} & made.keys()
    assert ghl.ledger("appointment_booked")[-1]["by"] == "api"


def test_the_newer_version_answers_with_dates(ghl: GoHighLevel) -> None:
    answer = ghl.call("POST", "/calendars/events/appointments", version="v3", json=BOOKING)

    assert {"dateAdded", "dateUpdated"} <= answer.json().keys()


@pytest.mark.parametrize(
    "changes",
    [
        {"startTime": f"{DAY}T10:30:00-05:00"},
        {"startTime": f"{DAY}T12:00:00-05:00"},
        {"startTime": f"{DAY}T17:00:00-05:00"},
        {"assignedUserId": BEA},
        {"contactId": "nobody"},
        {"startTime": f"{DAY}T14:00:00"},
        {"endTime": f"{DAY}T13:00:00-05:00"},
    ],
)
def test_a_booking_that_does_not_fit_is_refused(ghl: GoHighLevel, changes: dict[str, str]) -> None:
    status, _ = _refused(ghl, "POST", "/calendars/events/appointments", json={**BOOKING, **changes})

    assert status == 400
    assert len(ghl.ledger("appointment_booked")) == 1


def test_the_slot_check_can_be_left_out(ghl: GoHighLevel) -> None:
    _book(ghl, startTime=f"{DAY}T10:30:00-05:00", ignoreFreeSlotValidation=True)

    assert len(ghl.read("double_bookings?standing=true")) == 1


@pytest.mark.parametrize(
    ("method", "path", "arguments"),
    [
        ("POST", "/calendars/events/appointments", {"json": {**BOOKING, "startsAt": "x"}}),
        ("POST", "/calendars/events/appointments", {"json": {**BOOKING, "appointmentStatus": "no_show"}}),
        ("POST", "/calendars/events/appointments", {"json": {"calendarId": FILLER}}),
        ("GET", "/calendars/", {"params": {"locationId": LOCATION, "page": "1"}}),
        ("GET", "/calendars/", {}),
        ("DELETE", f"/calendars/events/{VISIT}", {}),
    ],
)
def test_arguments_the_document_does_not_know_are_refused(
    ghl: GoHighLevel, method: str, path: str, arguments: dict[str, Any]
) -> None:
    status, message = _refused(ghl, method, path, **arguments)

    assert status == 400
    assert isinstance(message, str)


@pytest.mark.parametrize(
    ("status", "state"),
    [("confirmed", "CONFIRMED"), ("cancelled", "CANCELLED"), ("noshow", "CANCELLED"), ("showed", "FINAL")],
)
def test_a_status_is_set_and_read_back(ghl: GoHighLevel, status: str, state: str) -> None:
    path = f"/calendars/events/appointments/{VISIT}"

    ghl.put(path, appointmentStatus=status, toNotify=False)
    ghl.put(path, appointmentStatus=status)

    assert ghl.get(path)["event"]["appointmentStatus"] == status
    assert ghl.read("state")["appointments"][0]["state"] == state
    ghl.put(path, appointmentStatus="new")
    assert ghl.get(path)["event"]["appointmentStatus"] == "new"


def test_a_visit_is_moved_where_there_is_room(ghl: GoHighLevel) -> None:
    path = f"/calendars/events/appointments/{VISIT}"

    moved = ghl.put(path, startTime=f"{DAY}T15:00:00-05:00")
    refused = _refused(ghl, "PUT", path, json={"startTime": f"{DAY}T12:30:00-05:00"})

    assert [moved["startTime"], moved["endTime"]] == [f"{DAY}T15:00:00-05:00", f"{DAY}T16:00:00-05:00"]
    assert refused[0] == 400


def test_a_deleted_event_is_gone(ghl: GoHighLevel) -> None:
    answer = ghl.call("DELETE", f"/calendars/events/{VISIT}", json={})

    assert (answer.status_code, answer.json()) == (201, {"succeeded": True})
    assert ghl.events(DAY, userId=ANN) == []
    assert ghl.call("GET", f"/calendars/events/appointments/{VISIT}").status_code == 400


def test_a_block_is_made_changed_listed_and_taken_away(ghl: GoHighLevel) -> None:
    body = {"locationId": LOCATION, "calendarId": FILLER, "assignedUserId": ANN, "title": "Call"}
    times = {"startTime": f"{DAY}T15:00:00-05:00", "endTime": f"{DAY}T15:30:00-05:00"}
    window = {"locationId": LOCATION, "startTime": ms(f"{DAY}T00:00"), "endTime": ms(f"{DAY}T23:59"), "userId": ANN}

    made = ghl.call("POST", "/calendars/events/block-slots", json={**body, **times})
    block = f"/calendars/events/block-slots/{made.json()['id']}"
    changed = ghl.call("PUT", block, json={**body, "endTime": f"{DAY}T16:00:00-05:00"})
    listed = [event["title"] for event in ghl.get("/calendars/blocked-slots", **window)["events"]]
    ghl.call("DELETE", f"/calendars/events/{made.json()['id']}", json={})

    assert [made.status_code, changed.status_code] == [201, 201]
    assert changed.json()["endTime"] == f"{DAY}T16:00:00-05:00"
    assert listed == ["Lunch", "Call"]
    assert len(ghl.get("/calendars/blocked-slots", **window)["events"]) == 1


@pytest.mark.parametrize(("block_by", "statuses"), [("schema", (400, 201)), ("text", (201, 400))])
def test_what_a_block_needs_is_as_configured(ghl: GoHighLevel, block_by: str, statuses: tuple[int, int]) -> None:
    ghl.control("config", block_by=block_by)
    body = {"locationId": LOCATION, "startTime": f"{DAY}T15:00:00-05:00", "endTime": f"{DAY}T15:30:00-05:00"}
    by_user = {**body, "assignedUserId": ANN}

    made = [
        ghl.call("POST", "/calendars/events/block-slots", json=each).status_code
        for each in (by_user, {**by_user, "calendarId": FILLER})
    ]

    assert tuple(made) == statuses


def test_a_contacts_visits_are_told_in_local_time(ghl: GoHighLevel) -> None:
    [event] = ghl.get(f"/contacts/{MIA}/appointments")["events"]

    assert [event["id"], event["startTime"], event["endTime"]] == [VISIT, f"{DAY} 10:00:00", f"{DAY} 11:00:00"]

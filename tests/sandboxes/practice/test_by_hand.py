"""What staff do by hand, what the ledger tells of it, and the calendar page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandboxes.practice.support import ANN, BEA, DAY, FILLER, MIA, NOA, PEEL, VISIT, Practice

FILLER_BY_ANN = [{"service": FILLER, "staff": ANN}]


def _kinds(story: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    return [(entry["kind"], entry["by"], entry["who"]) for entry in story]


def test_whole_story_of_an_appointment(practice: Practice) -> None:
    practice.by_hand("update", id=VISIT, notes="booking:7")
    practice.by_hand("move", id=VISIT, start=f"{DAY}T15:00", who="Kim")
    practice.by_hand("cancel", id=VISIT, reason="STAFF_CANCEL", notes="wrong row", who="Kim")
    practice.by_hand("uncancel", id=VISIT, who="Lou")
    practice.by_hand("complete", id=VISIT)

    story = practice.read(f"appointments/{VISIT}/story")

    assert _kinds(story) == [
        ("appointment_booked", "seed", None),
        ("appointment_updated", "hand", None),
        ("appointment_moved", "hand", "Kim"),
        ("appointment_cancelled", "hand", "Kim"),
        ("appointment_uncancelled", "hand", "Lou"),
        ("appointment_completed", "hand", None),
    ]
    assert [entry["start_at"][11:16] for entry in story] == ["15:00", "15:00", "20:00", "20:00", "20:00", "20:00"]
    assert [entry["state"] for entry in story][-3:] == ["CANCELLED", "BOOKED", "FINAL"]
    assert [story[3]["reason"], story[3]["notes"]] == ["STAFF_CANCEL", "wrong row"]


def test_practice_time_stands_in_the_ledger(practice: Practice) -> None:
    practice.control(
        "clock", anchor_real="2020-01-01T00:00:00+00:00", anchor_practice="2020-01-01T00:00:00+00:00", rate=1.0
    )
    practice.by_hand("cancel", id=VISIT, reason="CLIENT_CANCEL")
    entry = practice.ledger("appointment_cancelled")[0]
    cancelled_at = practice.read("state")["appointments"][0]["cancellation"]["cancelled_at"]

    assert entry["at_real"] == entry["at_practice"]
    assert cancelled_at[:16] == entry["at_practice"][:16]


def test_refusals_by_hand_are_told(practice: Practice) -> None:
    def told(verb: str, **body: Any) -> tuple[int, str]:
        answer = practice.http.post(f"{practice.url}/_control/staff/{verb}", json=body)
        return answer.status_code, str(answer.json()["detail"])

    assert told("uncancel", id=VISIT) == (409, "Appointment is BOOKED, not CANCELLED")
    assert told("cancel", id="nobody") == (409, "Appointment nobody was not found")
    assert told("cancel", id=VISIT, reason="BORED")[1].startswith("reason 'BORED' is not one of")
    assert told("book", client=MIA, start=f"{DAY}T15:00", services=[])[0] == 422


def test_walk_in_becomes_a_client(practice: Practice) -> None:
    visit = practice.by_hand("book", client={"first_name": "Wal"}, start=f"{DAY}T15:00", services=FILLER_BY_ANN)

    clients = {client["id"]: client["name"] for client in practice.read("state")["clients"]}
    assert clients[visit["client"]] == "Wal"


def test_shift_is_changed_in_place(practice: Practice) -> None:
    practice.by_hand("add_shift", staff=ANN, date=DAY, clock_in="12:00", clock_out="20:00", instead=True)

    shifts = [
        (shift["clock_in"], shift["clock_out"])
        for shift in practice.read("state")["shifts"]
        if (shift["staff"], shift["begins"], shift["ends"]) == (ANN, DAY, DAY)
    ]
    assert shifts == [("12:00:00", "20:00:00")]
    assert practice.ledger("shift_changed")[0]["by"] == "hand"


def test_timeblock_comes_and_goes_by_hand(practice: Practice) -> None:
    made = practice.by_hand("add_timeblock", staff=BEA, start=f"{DAY}T13:00", duration=30, title="Call")
    practice.by_hand("remove_timeblock", id=made["timeblock"])

    blocks = {each["id"]: each["cancelled"] for each in practice.read("state")["timeblocks"]}
    assert blocks[made["timeblock"]] is True


def test_no_double_booking_on_a_clean_day(practice: Practice) -> None:
    practice.by_hand("book", client=NOA, start=f"{DAY}T11:00", services=FILLER_BY_ANN)
    practice.by_hand("book", client=NOA, start=f"{DAY}T10:00", services=[{"service": PEEL, "staff": BEA}])

    assert practice.read("double_bookings") == []


def test_double_booking_that_stood_for_a_while_is_told(practice: Practice) -> None:
    other = practice.by_hand("book", client=NOA, start=f"{DAY}T10:30", services=FILLER_BY_ANN)["appointment"]
    practice.by_hand("update", id=other, notes="no change of time")
    practice.by_hand("move", id=other, start=f"{DAY}T13:00")

    [gone] = practice.read("double_bookings")

    booked, moved = practice.ledger("appointment_booked")[-1], practice.ledger("appointment_moved")[-1]
    assert gone == {
        "staff": ANN,
        "appointments": sorted([VISIT, other]),
        "overlap_start": "2026-03-04T15:30:00+00:00",
        "overlap_end": "2026-03-04T16:00:00+00:00",
        "existed_from": {name: booked[name] for name in ("seq", "at_real", "at_practice")},
        "existed_until": {name: moved[name] for name in ("seq", "at_real", "at_practice")},
        "made_by": "hand",
    }
    assert practice.read("double_bookings?standing=true") == []


def test_restoring_a_cancelled_visit_can_double_book(practice: Practice) -> None:
    practice.by_hand("cancel", id=VISIT, reason="CLIENT_CANCEL")
    practice.by_hand("book", client=NOA, start=f"{DAY}T10:00", services=FILLER_BY_ANN)
    assert practice.read("double_bookings") == []

    practice.by_hand("uncancel", id=VISIT)

    [standing] = practice.read(f"double_bookings?standing=true&staff={ANN}")
    assert standing["existed_until"] is None
    assert practice.read(f"double_bookings?staff={BEA}") == []
    assert practice.ledger("appointment_uncancelled")[0]["warnings"] == ["STAFF_DOUBLE_BOOKED"]


def test_seed_that_names_nobody_is_refused(practice: Practice) -> None:
    answer = practice.http.post(
        f"{practice.url}/_control/seed",
        json={"appointments": [{"client": "nobody", "start": f"{DAY}T10:00", "services": FILLER_BY_ANN}]},
    )

    assert [answer.status_code, answer.json()["detail"]] == [409, "Client nobody was not found"]


def test_same_seed_gives_the_same_ids(practice: Practice) -> None:
    def book() -> str:
        visit = practice.by_hand("book", client=NOA, start=f"{DAY}T15:00", services=FILLER_BY_ANN)
        return str(visit["appointment"])

    first = book()
    state = {"clients": [{"id": NOA, "first_name": "Noa"}]}
    practice.control("reset")
    again = {
        "locations": [{"name": "Main", "tz": "America/New_York"}],
        "services": [{"id": FILLER, "name": "Filler", "duration": 60}],
        "staff": [{"id": ANN, "first_name": "Ann"}],
        **state,
    }
    practice.control("seed", **again)
    second = book()
    practice.control("reset")
    practice.control("seed", **again)

    assert second == book()
    assert first != second


def test_calendar_page_shows_the_day(practice: Practice) -> None:
    practice.by_hand("book", client=NOA, start=f"{DAY}T10:30", services=FILLER_BY_ANN)
    gone = practice.by_hand("book", client=NOA, start=f"{DAY}T15:00", services=FILLER_BY_ANN)
    practice.by_hand("cancel", id=gone["appointment"], reason="NO_SHOW")

    page = practice.http.get(f"{practice.url}/calendar", params={"day": DAY})
    live = practice.http.get(f"{practice.url}/calendar", params={"day": DAY, "part": "live"})

    assert page.status_code == 200
    assert live.text in page.text
    assert live.text.count('class="block visit booked double"') == 2
    assert live.text.count('class="block timeblock') == 1
    assert "2 booked · 1 cancelled" in live.text
    assert "10:30 AM – 11:30 AM" in live.text
    assert f'data-uncancel="{gone["appointment"]}"' in live.text


def test_the_page_offers_what_the_vendors_people_can_do(practice: Practice) -> None:
    page = practice.http.get(f"{practice.url}/calendar", params={"day": DAY}).text

    states = re.findall(r'<button value="([A-Z]+)"', page)
    for state in states:
        assert practice.by_hand("update", id=VISIT, state=state)["state"] == state
    deletes = 'value="delete"' in page
    answer = practice.http.post(f"{practice.url}/_control/staff/delete", json={"id": VISIT})
    assert answer.status_code == (200 if deletes else 409)


@pytest.mark.parametrize("served", ["gohighlevel", "jane"], indirect=True)
def test_a_deleted_visit_takes_nobodys_time(practice: Practice) -> None:
    practice.by_hand("delete", id=VISIT)
    practice.by_hand("book", client=NOA, start=f"{DAY}T10:00", services=FILLER_BY_ANN)

    assert practice.read("double_bookings") == []

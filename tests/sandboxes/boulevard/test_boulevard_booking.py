"""The booking chain, changes through the API, and moving to an offered time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandboxes.boulevard.support import Boulevard, urn
from tests.sandboxes.practice.support import ANN, BEA, DAY, FILLER, LASER, LOCATION, MIA, NOA, PEEL, VISIT


def test_nothing_is_on_the_calendar_before_complete(boulevard: Boulevard) -> None:
    booking = boulevard.open_booking(at=f"{DAY}T13:00:00")
    boulevard.add_service(booking, FILLER, ANN)

    before = [each["appointment"] for each in boulevard.read("state")["appointments"]]
    made = boulevard.complete(booking, ANN)

    assert before == [VISIT]
    assert made["startAt"] == "2026-03-04T13:00:00-05:00"
    assert made["state"] == "BOOKED"
    assert len(boulevard.read("state")["appointments"]) == 2
    [_, entry] = boulevard.ledger("appointment_booked")
    assert [entry["by"], entry["client"], entry["warnings"]] == ["api", NOA, []]


def test_free_time_brings_no_warning(boulevard: Boulevard) -> None:
    added = boulevard.add_service(boulevard.open_booking(at=f"{DAY}T11:00:00"), FILLER, ANN)

    assert added["bookingWarnings"] == []


@pytest.mark.parametrize("at", ["09:30", "10:00", "10:59", "12:30"])
def test_double_booking_only_warns(boulevard: Boulevard, at: str) -> None:
    booking = boulevard.open_booking(at=f"{DAY}T{at}:00")

    added = boulevard.add_service(booking, FILLER, ANN)
    made = boulevard.complete(booking, ANN)

    assert added["bookingWarnings"] == [
        {
            "code": "STAFF_DOUBLE_BOOKED",
            "message": "Appointment is double booked",
            "staffId": urn("Staff", ANN),
            "serviceId": urn("Service", FILLER),
            "bookingServiceId": added["bookingService"]["id"],
        }
    ]
    assert made["state"] == "BOOKED"
    assert boulevard.ledger("appointment_booked")[-1]["warnings"] == ["STAFF_DOUBLE_BOOKED"]


def _codes(added: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in added["bookingWarnings"]]


def test_room_and_skill_are_warned_of(boulevard: Boulevard) -> None:
    first = boulevard.open_booking(at=f"{DAY}T11:00:00", client=MIA)
    fits = boulevard.add_service(first, LASER, BEA)
    boulevard.complete(first, BEA)

    room_taken = boulevard.add_service(boulevard.open_booking(at=f"{DAY}T11:15:00"), LASER, ANN)
    unskilled = boulevard.add_service(boulevard.open_booking(at=f"{DAY}T13:00:00"), FILLER, BEA)

    assert _codes(fits) == []
    assert _codes(room_taken) == ["RESOURCE_DOUBLE_BOOKED"]
    assert _codes(unskilled) == ["STAFF_DOES_NOT_PERFORM_SERVICE"]


def test_several_services_lie_end_to_end(boulevard: Boulevard) -> None:
    booking = boulevard.open_booking(at=f"{DAY}T13:00:00")
    peel = boulevard.add_service(booking, PEEL, BEA)["bookingService"]["id"]
    boulevard.add_service(booking, FILLER, ANN)
    boulevard.add_service(booking, LASER, BEA)
    boulevard.do(
        "bookingServiceSetDurations",
        "booking { id }",
        bookingId=booking[0],
        bookingServiceId=peel,
        duration=30,
    )

    made = boulevard.complete(booking, ANN)

    laid_out = [
        (each["staffId"], each["startTimeOffset"], each["duration"], each["startAt"][11:16])
        for each in made["appointmentServices"]
    ]
    assert laid_out == [
        (urn("Staff", BEA), 0, 30, "13:00"),
        (urn("Staff", ANN), 30, 60, "13:30"),
        (urn("Staff", BEA), 90, 30, "14:30"),
    ]
    assert [made["duration"], made["endAt"][11:16]] == [120, "15:00"]


def test_draft_can_change_before_complete(boulevard: Boulevard) -> None:
    booking = boulevard.open_booking(at=f"{DAY}T10:30:00")
    wrong = boulevard.add_service(booking, FILLER, ANN)
    removed = boulevard.do(
        "bookingRemoveService",
        "booking { id } bookingWarnings { code }",
        bookingId=booking[0],
        bookingServiceId=wrong["bookingService"]["id"],
    )
    boulevard.add_service(booking, PEEL, BEA)
    boulevard.do(
        "bookingSetClient",
        "booking { bookingClients { id clientId } }",
        bookingId=booking[0],
        bookingClientId=booking[1],
        clientId=urn("Client", MIA),
    )
    made = boulevard.complete(booking, BEA)

    assert [_codes(wrong), removed["bookingWarnings"]] == [["STAFF_DOUBLE_BOOKED"], []]
    assert [each["serviceId"] for each in made["appointmentServices"]] == [urn("Service", PEEL)]
    assert boulevard.ledger("appointment_booked")[-1]["client"] == MIA


COMPLETE = (
    "mutation($i: BookingCompleteInput!) { bookingComplete(input: $i) { bookingAppointments { appointmentId } } }"
)


def test_complete_refuses_what_cannot_be_booked(boulevard: Boulevard) -> None:
    empty = boulevard.open_booking(at=f"{DAY}T15:00:00")
    twice = boulevard.open_booking(at=f"{DAY}T15:00:00")
    boulevard.add_service(twice, FILLER, ANN)
    boulevard.complete(twice, ANN)

    def told(booking_id: str) -> list[str]:
        return boulevard.errors(COMPLETE, i={"bookingId": booking_id, "bookWithStaffId": ANN})

    assert told(empty[0]) == ["The booking has no services"]
    assert told(twice[0]) == ["The booking is completed already"]
    assert told("urn:blvd:Booking:none") == ["Booking urn:blvd:Booking:none was not found"]
    assert len(boulevard.ledger("appointment_booked")) == 2


def test_cancel_with_reason(boulevard: Boulevard) -> None:
    cancelled = boulevard.do(
        "cancelAppointment",
        "appointment { id state cancelled cancellation { reason notes } }",
        id=urn("Appointment", VISIT),
        reason="NO_SHOW",
        notes="did not come",
        notifyClient=False,
    )

    assert cancelled["appointment"] == {
        "id": urn("Appointment", VISIT),
        "state": "CANCELLED",
        "cancelled": True,
        "cancellation": {"reason": "NO_SHOW", "notes": "did not come"},
    }
    [entry] = boulevard.ledger("appointment_cancelled")
    assert [entry["by"], entry["reason"], entry["before"]] == ["api", "NO_SHOW", {"state": "BOOKED"}]
    again = "mutation($i: CancelAppointmentInput!) { cancelAppointment(input: $i) { appointment { id } } }"
    assert boulevard.errors(again, i={"id": VISIT, "reason": "MISTAKE"}) == [
        "Appointment is CANCELLED and cannot be cancelled"
    ]


def test_final_cannot_be_set_through_the_api(boulevard: Boulevard) -> None:
    update = "mutation($i: UpdateAppointmentInput!) { updateAppointment(input: $i) { appointment { state notes } } }"

    confirmed = boulevard.ask(update, i={"id": VISIT, "state": "CONFIRMED", "notes": "booking:12"})
    refused = boulevard.errors(update, i={"id": VISIT, "state": "FINAL"})

    assert confirmed["updateAppointment"]["appointment"] == {"state": "CONFIRMED", "notes": "booking:12"}
    assert refused == ["state cannot be set to FINAL; settable are BOOKED, CONFIRMED, ARRIVED, ACTIVE"]


def test_clients_are_made_and_changed(boulevard: Boulevard) -> None:
    made = boulevard.do(
        "createClient", "client { id name appointmentCount }", firstName="Zoe", lastName="May", email="z@example.com"
    )["client"]
    changed = boulevard.do("updateClient", "client { name mobilePhone }", id=made["id"], mobilePhone="+12125550199")

    assert [made["name"], made["appointmentCount"]] == ["Zoe May", 0]
    assert changed["client"] == {"name": "Zoe May", "mobilePhone": "+12125550199"}


TIMES = """mutation($i: AppointmentRescheduleAvailableTimesInput!) {
  appointmentRescheduleAvailableTimes(input: $i) { availableTimes { bookableTimeId startTime } } }"""
MOVE = "mutation($i: AppointmentRescheduleInput!) { appointmentReschedule(input: $i) { appointment { startAt } } }"


def _offered(boulevard: Boulevard) -> dict[str, str]:
    [payload] = boulevard.ask(TIMES, i={"appointmentId": VISIT, "date": DAY})["appointmentRescheduleAvailableTimes"]
    return {each["startTime"][11:16]: each["bookableTimeId"] for each in payload["availableTimes"]}


def test_offered_times_respect_shift_block_and_visits(boulevard: Boulevard) -> None:
    boulevard.by_hand("book", client=NOA, start=f"{DAY}T14:00", services=[{"service": FILLER, "staff": ANN}])

    offered = _offered(boulevard)

    mornings = ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15", "10:30", "10:45", "11:00"]
    afternoons = ["13:00", "15:00", "15:15", "15:30", "15:45", "16:00"]
    assert list(offered) == mornings + afternoons


def test_move_to_an_offered_time(boulevard: Boulevard) -> None:
    chosen = _offered(boulevard)["15:15"]

    moved = boulevard.ask(MOVE, i={"appointmentId": VISIT, "bookableTimeId": chosen, "sendNotification": False})

    assert moved["appointmentReschedule"]["appointment"] == {"startAt": "2026-03-04T15:15:00-05:00"}
    [entry] = boulevard.ledger("appointment_moved")
    assert [entry["by"], entry["before"]["start_at"]] == ["api", "2026-03-04T15:00:00+00:00"]


def test_offered_time_that_was_taken_is_refused(boulevard: Boulevard) -> None:
    chosen = _offered(boulevard)["15:15"]
    boulevard.by_hand("book", client=NOA, start=f"{DAY}T15:30", services=[{"service": FILLER, "staff": ANN}])

    def told(bookable_time_id: str) -> list[str]:
        given = {"appointmentId": VISIT, "bookableTimeId": bookable_time_id, "sendNotification": False}
        return boulevard.errors(MOVE, i=given)

    assert told(chosen) == ["The selected time is no longer available"]
    assert told("urn:blvd:BookableTime:made-up") == ["BookableTime urn:blvd:BookableTime:made-up was not found"]


def test_dates_with_room(boulevard: Boulevard) -> None:
    boulevard.by_hand("add_shift", staff=ANN, date="2026-03-06", clock_in="09:00", clock_out="09:45")
    boulevard.by_hand("add_shift", staff=ANN, date="2026-03-07", clock_in="09:00", clock_out="10:00")

    found = boulevard.do(
        "appointmentRescheduleAvailableDates",
        "availableDates { date }",
        appointmentId=VISIT,
        searchRangeLower="2026-03-03",
        searchRangeUpper="2026-03-08",
        tz="America/New_York",
    )

    assert found["availableDates"] == [{"date": DAY}, {"date": "2026-03-07"}]


def test_wall_clock_follows_the_location_across_the_dst_night(boulevard: Boulevard) -> None:
    saturday = boulevard.open_booking(at="2026-03-07T10:00:00")
    sunday = boulevard.open_booking(at="2026-03-08T10:00:00")
    boulevard.add_service(saturday, PEEL, BEA)
    boulevard.add_service(sunday, PEEL, BEA)

    starts = [boulevard.complete(each, BEA)["startAt"] for each in (saturday, sunday)]

    assert starts == ["2026-03-07T10:00:00-05:00", "2026-03-08T10:00:00-04:00"]
    assert boulevard.read("state")["locations"][0]["id"] == LOCATION

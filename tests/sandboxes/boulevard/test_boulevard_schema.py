"""Only what the vendor is known to have can be asked for."""

from __future__ import annotations

import pytest

from tests.sandboxes.boulevard.support import ADMIN, Boulevard, authorization, urn
from tests.sandboxes.practice.support import LOCATION, MIA, VISIT


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("{ rooms { edges { node { id } } } }", "Cannot query field 'rooms' on type 'Query'."),
        (
            '{ appointment(id: "x") { updatedAt } }',
            "Cannot query field 'updatedAt' on type 'Appointment'. Did you mean 'createdAt'?",
        ),
        ("{ locations(page: 1) { edges { cursor } } }", "Unknown argument 'page' on field 'Query.locations'."),
        (
            'mutation { cancelAppointment(input: {id: "x", reason: CHANGED_MIND}) { appointment { id } } }',
            "Value 'CHANGED_MIND' does not exist in 'CancellationReason' enum.",
        ),
        (
            'mutation { cancelAppointment(input: {id: "x"}) { appointment { id } } }',
            "Expected value of type 'CancelAppointmentInput' to include required field 'reason', found: { id: \"x\" }.",
        ),
    ],
)
def test_invented_names_are_refused(boulevard: Boulevard, query: str, told: str) -> None:
    assert boulevard.errors(query) == [told]


def test_unknown_input_field_in_variables_is_refused(boulevard: Boulevard) -> None:
    query = "mutation($i: CreateClientInput!) { createClient(input: $i) { client { id } } }"

    [message] = boulevard.errors(query, i={"firstName": "Zoe", "nickname": "Z"})

    assert "nickname" in message
    assert [client["name"] for client in boulevard.read("state")["clients"]] == ["Mia Poe", "Noa Kim"]


def test_naive_start_time_must_carry_no_offset(boulevard: Boulevard) -> None:
    query = "mutation($i: BookingCreateInput!) { bookingCreate(input: $i) { booking { id } } }"
    given = {"locationId": urn("Location", LOCATION), "startTime": "2026-03-04T10:30:00Z"}

    [message] = boulevard.errors(query, i=given)

    assert "no offset is wanted" in message


def test_unknown_id_is_null_without_an_error(boulevard: Boulevard) -> None:
    data = boulevard.ask(
        '{ appointment(id: "urn:blvd:Appointment:none") { id } client(id: "urn:blvd:Client:none") { id }'
        ' appointments(locationId: "urn:blvd:Location:none") { edges { cursor } } }'
    )

    assert data == {"appointment": None, "client": None, "appointments": None}


def test_urn_of_another_kind_names_nothing(boulevard: Boulevard) -> None:
    assert boulevard.ask("query($id: ID!) { appointment(id: $id) { id } }", id=urn("Client", VISIT)) == {
        "appointment": None
    }


def test_whole_appointment_reads_as_documented(boulevard: Boulevard) -> None:
    fields = """
      id startAt endAt duration state cancelled notes bookedByType clientId
      client { id name email mobilePhone marketingSettings { email push sms type } appointmentCount }
      locationId location { id name tz businessName }
      cancellation { reason }
      appointmentServices { startAt startTimeOffset duration price staffRequested service { name } staff { name } }
    """

    read = boulevard.ask(f"query($id: ID!) {{ appointment(id: $id) {{ {fields} }} }}", id=VISIT)["appointment"]

    assert read == {
        "id": urn("Appointment", VISIT),
        "startAt": "2026-03-04T10:00:00-05:00",
        "endAt": "2026-03-04T11:00:00-05:00",
        "duration": 60,
        "state": "BOOKED",
        "cancelled": False,
        "notes": None,
        "bookedByType": "STAFF",
        "clientId": urn("Client", MIA),
        "client": {
            "id": urn("Client", MIA),
            "name": "Mia Poe",
            "email": "mia@example.com",
            "mobilePhone": "+12125550101",
            "marketingSettings": [{"email": True, "push": False, "sms": True, "type": "APPOINTMENT"}],
            "appointmentCount": 1,
        },
        "locationId": urn("Location", LOCATION),
        "location": {
            "id": urn("Location", LOCATION),
            "name": "Main Street",
            "tz": "America/New_York",
            "businessName": "Glow",
        },
        "cancellation": None,
        "appointmentServices": [
            {
                "startAt": "2026-03-04T10:00:00-05:00",
                "startTimeOffset": 0,
                "duration": 60,
                "price": 65000,
                "staffRequested": True,
                "service": {"name": "Filler"},
                "staff": {"name": "Ann Lee"},
            }
        ],
    }


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"query": 1}', b'{"query": "{__typename}", "variables": []}{'])
def test_malformed_body_is_a_400(boulevard: Boulevard, body: bytes) -> None:
    answer = boulevard.http.post(boulevard.url + ADMIN, content=body, headers={"authorization": authorization()})

    assert answer.status_code == 400

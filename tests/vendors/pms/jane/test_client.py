"""What is asked of Jane and what its answers mean; each request is judged by the published document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.vendors.kept_tokens import KeptTokens
from tests.vendors.pms.jane.clinic import Clinic, page, pair, recorded, ref
from tests.vendors.recorded_payloads import decoded
from vendors.errors import BadAnswer, Misconfigured, RateLimited, Refused, Unreachable, Unsupported, VendorError
from vendors.pms.base import (
    Catalogue,
    ClientRecord,
    NewVisit,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsLocation,
    PmsProvider,
    PmsSegment,
    PmsService,
    PmsState,
)

_START = datetime(2026, 3, 4, 17, tzinfo=UTC)
_SEGMENT = PmsSegment(service_ref=ref(31), provider_ref=ref(11), start=_START, end=_START + timedelta(minutes=45))
_GET = f"GET /appointments/{ref(41)}"


def _read_day(clinic: Clinic) -> PmsDay:
    return clinic.connect().read_day(
        location_ref=ref(1), provider_refs=(ref(11), ref(12)), day=date(2026, 3, 4), zone="America/Denver"
    )


def _row(**changes: Any) -> dict[str, Any]:
    return {**decoded("jane/appointment.json"), **changes}


# --- reads ----------------------------------------------------------------------------------------------------------


def test_an_appointment_is_read_as_a_visit_of_one_treatment() -> None:
    assert Clinic().connect().fetch(appointment_ref=ref(41)) == PmsAppointment(
        ref=ref(41),
        location_ref=ref(1),
        client_ref=ref(21),
        state=PmsState.BOOKED,
        start=_START,
        end=_START + timedelta(minutes=45),
        segments=(_SEGMENT,),
        created_at=datetime(2026, 2, 20, 18, 2, 11, tzinfo=UTC),
    )


def test_what_jane_does_not_know_is_none() -> None:
    nothing = httpx.Response(404, json={"errors": [{"message": "not found"}]})
    pms = Clinic({_GET: nothing, f"GET /patients/{ref(21)}": nothing}).connect()

    assert (pms.fetch(appointment_ref=ref(41)), pms.fetch_client(client_ref=ref(21))) == (None, None)


def test_a_day_is_read_at_once_for_all_providers_by_what_overlaps_it() -> None:
    clinic = Clinic()

    day = _read_day(clinic)

    assert [(one.ref, one.state) for one in day.appointments] == [
        (ref(41), PmsState.BOOKED),
        (ref(44), PmsState.ARRIVED),
    ]
    assert clinic.queries() == [
        {
            "location_id[eq]": ref(1),
            "staff_member_id[eq]": f"{ref(11)},{ref(12)}",
            "start_at[lt]": "2026-03-05T07:00:00Z",
            "end_at[gt]": "2026-03-04T07:00:00Z",
            "sort": "start_at",
            "page[limit]": "100",
        }
    ]


def test_a_time_that_is_being_booked_online_is_taken_and_nobodys_visit_yet() -> None:
    at = datetime(2026, 3, 4, 19, tzinfo=UTC)

    assert _read_day(Clinic()).blocks == (
        PmsBlock(ref=ref(43), provider_ref=ref(11), start=at, end=at + timedelta(minutes=30)),
    )


def test_shifts_are_never_shown() -> None:
    assert _read_day(Clinic()).shifts == ()


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"end_at": None}, "end_at"),
        ({"state": "rebooked"}, "state"),
        ({"treatment_id": None}, "treatment_id"),
        ({"location_id": None}, "location_id"),
    ],
)
def test_an_odd_row_costs_its_own_providers_time_alone(row: dict[str, Any], expected: str) -> None:
    [visit] = _read_day(Clinic({"GET /appointments": page(_row(**row))})).appointments

    assert visit.unread == (expected,)
    assert visit.occupies(ref(11), _START, _START + timedelta(minutes=45))
    assert not visit.occupies(ref(12), _START, _START + timedelta(minutes=45))


def test_a_row_without_a_start_takes_its_providers_day_unless_it_was_cancelled() -> None:
    day = _read_day(Clinic({"GET /appointments": page(_row(start_at=None), _row(start_at=None, state="cancelled"))}))

    assert [(one.ref, one.provider_ref, one.start, one.unread) for one in day.unread] == [
        (ref(41), ref(11), None, ("start_at",))
    ]


@pytest.mark.parametrize(
    ("booked", "archived", "cancelled", "state"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:03:00Z", None, PmsState.VOID),
        ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z", None, PmsState.CANCELLED),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:01:00Z", "2026-03-01T10:01:00Z", PmsState.CANCELLED),
        (None, "2026-03-02T10:00:00Z", None, PmsState.VOID),
    ],
)
def test_an_archived_visit_was_replaced_within_the_grace_period_or_taken_off_later(
    booked: str | None, archived: str, cancelled: str | None, state: PmsState
) -> None:
    row = recorded("appointment", state="archived", booked_at=booked, archived_at=archived, cancelled_at=cancelled)

    visit = Clinic({_GET: row}).connect().fetch(appointment_ref=ref(41))

    assert visit is not None
    assert visit.state is state


def test_the_words_of_a_cancellation_stay_at_jane() -> None:
    row = recorded("appointment", state="cancelled", cancelled_reason="Mia has a cold")

    visit = Clinic({_GET: row}).connect().fetch(appointment_ref=ref(41))

    assert visit is not None
    assert (visit.state, visit.cancel_reason) == (PmsState.CANCELLED, None)


def test_a_long_list_is_read_to_its_end() -> None:
    def pages(request: httpx.Request) -> httpx.Response:
        last = "page[cursor]" in request.url.params
        return page(_row(id=ref(42))) if last else page(_row(), cursor="Mg==")

    clinic = Clinic({"GET /appointments": pages})

    assert [one.ref for one in _read_day(clinic).appointments] == [ref(41), ref(42)]
    assert [one.get("page[cursor]") for one in clinic.queries()] == [None, "Mg=="]


@pytest.mark.parametrize(
    "answer",
    [
        page(cursor="Mg=="),
        httpx.Response(200, json={"items": [], "hasNextPage": True, "cursor": None}),
        httpx.Response(200, json={"limit": 100}),
        httpx.Response(404, json={"error": "no such path"}),
    ],
)
def test_half_a_list_is_none(answer: httpx.Response) -> None:
    with pytest.raises(BadAnswer):
        _read_day(Clinic({"GET /appointments": answer}))


def test_a_visit_that_a_person_wrote_is_found() -> None:
    def found(**changes: Any) -> list[str]:
        wanted = {"location_ref": ref(1), "client_ref": ref(21), "start": _START, "segments": (_SEGMENT,), **changes}
        return [one.ref for one in Clinic().connect().find(**wanted)]

    assert found() == [ref(41)]
    assert found(segments=(replace(_SEGMENT, provider_ref=ref(12)),)) == []
    assert found(client_ref=ref(22)) == []


def test_changes_are_asked_for_by_when_they_were_made_and_hold_cancelled_visits_too() -> None:
    clinic = Clinic()

    changed = clinic.connect().changes_since(datetime(2026, 3, 1, 15, 4, 5, 900_000, tzinfo=UTC))

    assert [(one.ref, one.state) for one in changed] == [
        (ref(41), PmsState.BOOKED),
        (ref(42), PmsState.CANCELLED),
        (ref(44), PmsState.ARRIVED),
    ]
    assert clinic.queries()[0]["updated_at[gte]"] == "2026-03-01T15:04:05Z"


def test_a_client_is_reached_on_their_mobile_by_the_name_they_prefer() -> None:
    assert Clinic().connect().fetch_client(client_ref=ref(21)) == ClientRecord(
        ref=ref(21),
        first_name="Mimi",
        last_name="Poe",
        email="mia@example.com",
        phone="+13035550121",
        marketing_sms=None,
        marketing_email=True,
    )


@pytest.mark.parametrize(
    ("changes", "texts", "mails"),
    [
        ({"status": "deceased"}, True, True),
        ({"status": "archived"}, True, True),
        ({"status": "discharged"}, True, True),
        ({"do_not_email": True}, False, True),
        ({}, False, False),
    ],
)
def test_nobody_is_written_to_who_is_no_patient_any_more(changes: dict[str, Any], texts: bool, mails: bool) -> None:
    script = {f"GET /patients/{ref(21)}": recorded("patient", **changes)}

    client = Clinic(dict(script)).connect().fetch_client(client_ref=ref(21))

    assert client is not None
    assert (client.refuses_texts, client.refuses_mails) == (texts, mails)


def test_a_client_is_searched_for_in_a_body_never_in_an_address() -> None:
    clinic = Clinic()

    found = clinic.connect().find_clients(phone="+13035550121")

    assert [one.ref for one in found] == [ref(21)]
    assert clinic.sent("POST") == [{"search": {"co": "+13035550121"}, "page": {"limit": 100}}]


def test_the_catalogue_names_places_people_and_what_is_given_one_on_one() -> None:
    assert Clinic().connect().catalogue() == Catalogue(
        locations=(PmsLocation(ref=ref(1), name="Glow Denver", zone="America/Denver"),),
        providers=(PmsProvider(ref=ref(11), name="Jo Kim"), PmsProvider(ref=ref(12), name="Bea")),
        services=(
            PmsService(ref=ref(31), name="Consult", lasts=timedelta(minutes=30), clean_up=timedelta(minutes=15)),
        ),
    )


# --- what is not taken ----------------------------------------------------------------------------------------------


def test_nothing_of_the_calendar_can_be_written() -> None:
    clinic = Clinic()
    pms = clinic.connect()

    for write in (
        lambda: pms.book(NewVisit(location_ref=ref(1), client_ref=ref(21), segments=(_SEGMENT,), key="k")),
        lambda: pms.cancel(appointment_ref=ref(41), quietly=True, void=False),
        lambda: pms.confirm(appointment_ref=ref(41)),
        lambda: pms.move(appointment_ref=ref(41), segments=(_SEGMENT,)),
    ):
        with pytest.raises(Unsupported):
            write()

    assert clinic.requests == []


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(400, json={"errors": [{"message": "bad"}]}), Refused),
        (httpx.Response(401, json={"error": "expired"}), Misconfigured),
        (httpx.Response(403, json={"error": "scope"}), Misconfigured),
        (httpx.Response(422, json={"error": "x", "messages": ["y"]}), Refused),
        (httpx.Response(500), Unreachable),
        (httpx.Response(503), Unreachable),
        (httpx.Response(302), BadAnswer),
        (httpx.Response(200, text="<html>"), BadAnswer),
        (httpx.ReadTimeout("slow"), Unreachable),
        (httpx.ConnectError("away"), Unreachable),
    ],
)
def test_every_failure_says_whether_to_ask_again(answer: httpx.Response | Exception, error: type[VendorError]) -> None:
    with pytest.raises(VendorError) as caught:
        Clinic({_GET: answer}).connect().fetch(appointment_ref=ref(41))

    assert type(caught.value) is error


def test_too_many_requests_say_when_to_come_again() -> None:
    body = {"object": "error", "code": "throttled", "message": "slow down"}
    answer = httpx.Response(429, headers={"retry-after": "17", "x-throttle-match": "api/clinic"}, json=body)

    with pytest.raises(RateLimited) as caught:
        Clinic({_GET: answer}).connect().fetch(appointment_ref=ref(41))

    assert caught.value.retry_after == timedelta(seconds=17)


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_of_five_minutes_is_renewed_and_the_new_pair_kept() -> None:
    clinic = Clinic(store=KeptTokens(pair(1, good_for=timedelta(seconds=5))))

    clinic.connect().fetch(appointment_ref=ref(41))

    assert [one.headers["authorization"] for one in clinic.requests] == ["Bearer access-2"]
    assert [one.refresh_token for one in clinic.store.history] == ["refresh-2"]
    assert clinic.renewals[0].content == b"grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=refresh-1"


def test_a_token_taken_back_before_its_time_is_renewed_once() -> None:
    def old_is_refused(request: httpx.Request) -> httpx.Response:
        old = request.headers["authorization"] == "Bearer access-1"
        return httpx.Response(401, json={"error": "expired"}) if old else recorded("appointment")

    clinic = Clinic({_GET: old_is_refused})

    assert clinic.connect().fetch(appointment_ref=ref(41)) is not None
    assert (len(clinic.requests), len(clinic.renewals)) == (2, 1)


def test_a_refused_renewal_needs_a_person_and_keeps_the_old_pair() -> None:
    clinic = Clinic(
        {"token": httpx.Response(400, json={"error": "invalid_grant"})},
        store=KeptTokens(pair(1, good_for=timedelta(seconds=5))),
    )

    with pytest.raises(Misconfigured) as caught:
        clinic.connect().fetch(appointment_ref=ref(41))

    assert (caught.value.code, clinic.store.history) == ("CONNECT_AGAIN", [])


# --- webhooks are asked for -----------------------------------------------------------------------------------------


def test_every_webhook_is_asked_for_and_its_secret_kept() -> None:
    clinic = Clinic()

    secrets = clinic.connect().subscribe(target_url="https://app.example/webhooks/jane/glow")

    assert secrets == ("whsec_1",) * 4
    assert [one["event_topic"] for one in clinic.sent("POST")] == [
        "APPOINTMENT_BOOKED",
        "APPOINTMENT_CANCELLED",
        "APPOINTMENT_RESCHEDULED",
        "APPOINTMENT_UNCANCELLED",
    ]


def test_a_subscription_that_stands_is_made_anew_for_its_secret() -> None:
    standing = {"errors": [{"id": "DUPLICATE_RECORD", "message": "exists", "details": {"id": ref(91)}}]}
    answers = [httpx.Response(409, json=standing), *(recorded("subscription", 201) for _ in range(4))]
    clinic = Clinic({"POST /webhooks": lambda _: answers.pop(0)})

    secrets = clinic.connect().subscribe(target_url="https://app.example/webhooks/jane/glow")

    assert len(secrets) == 4
    assert [one.method for one in clinic.requests] == ["POST", "DELETE", "POST", "POST", "POST", "POST"]


def test_a_connection_is_kept_without_asking_for_any_visit() -> None:
    clinic = Clinic()
    fresh = clinic.connect()
    fresh.keep_alive()
    asked_early = len(clinic.renewals)
    clinic.store.tokens = replace(pair(1), refresh_until=datetime.now(UTC) + timedelta(minutes=14))

    fresh.keep_alive()

    assert (asked_early, len(clinic.renewals), clinic.requests) == (0, 1, [])

"""What is asked of GoHighLevel and what its answers mean; each request is judged by the vendor's own document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.vendors.kept_tokens import KeptTokens
from tests.vendors.pms.gohighlevel.account import Account, problems, recorded, refusal
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
from vendors.pms.base import (
    Catalogue,
    ClientRecord,
    FreeTime,
    NewClient,
    NewVisit,
    PmsAppointment,
    PmsBlock,
    PmsDay,
    PmsLocation,
    PmsProvider,
    PmsSegment,
    PmsService,
    PmsShift,
    PmsState,
)
from vendors.pms.gohighlevel import renewing
from vendors.tokens import Tokens

_ZONE = "America/Denver"
_DAY = date(2026, 3, 4)
_NINE = datetime(2026, 3, 4, 16, tzinfo=UTC)
_HALF = timedelta(minutes=30)
_SEGMENT = PmsSegment(service_ref="cal_A1", provider_ref="usr_2", start=_NINE, end=_NINE + _HALF)
_VISIT = NewVisit(location_ref="loc_1", client_ref="con_9", segments=(_SEGMENT,), key="booking-01J9")
_POST = "POST /calendars/events/appointments"
_PUT = "PUT /calendars/events/appointments/evt_77"
_GET = "GET /calendars/events/appointments/evt_77"
_TAKEN = refusal(400, "The slot you have selected is no longer available.")


def _at(hour: int, minute: int = 0) -> datetime:
    """A time of the day at the location."""
    return datetime(2026, 3, 4, hour, minute, tzinfo=ZoneInfo(_ZONE))


def _read_day(account: Account, *providers: str, day: date = _DAY, only_visits: bool = False) -> PmsDay:
    return account.connect().read_day(
        location_ref="loc_1", provider_refs=providers or ("usr_2",), day=day, zone=_ZONE, only_visits=only_visits
    )


# --- reads ----------------------------------------------------------------------------------------------------------


def test_an_appointment_is_read_as_a_visit_of_one_service() -> None:
    assert Account().connect().fetch(appointment_ref="evt_77") == PmsAppointment(
        ref="evt_77",
        location_ref="loc_1",
        client_ref="con_9",
        state=PmsState.CONFIRMED,
        start=_NINE,
        end=_NINE + _HALF,
        segments=(_SEGMENT,),
        created_at=datetime(2026, 2, 20, 17, tzinfo=UTC),
    )


def test_an_answer_that_calls_it_appointment_is_read_too() -> None:
    event = recorded("appointment").json()["event"]

    read = Account({_GET: httpx.Response(200, json={"appointment": event})}).connect().fetch(appointment_ref="evt_77")

    assert read is not None
    assert read.ref == "evt_77"


@pytest.mark.parametrize(
    "answer", [refusal(404, "Not Found"), refusal(400, "Contact with id con_9 not found"), refusal(422, ["not found"])]
)
def test_what_gohighlevel_does_not_know_is_none(answer: httpx.Response) -> None:
    account = Account({_GET: answer, "GET /contacts/con_9": answer})

    assert account.connect().fetch(appointment_ref="evt_77") is None
    assert account.connect().fetch_client(client_ref="con_9") is None


def test_a_day_is_gathered_from_events_blocked_slots_and_schedules() -> None:
    day = _read_day(Account())

    assert [(one.ref, one.state) for one in day.appointments] == [
        ("evt_77", PmsState.CONFIRMED),
        ("evt_79", PmsState.BOOKED),
    ]
    assert day.blocks == (PmsBlock(ref="blk_1", provider_ref="usr_2", start=_at(12), end=_at(13)),)
    assert day.shifts == (
        PmsShift(provider_ref="usr_2", start=_at(9), end=_at(12)),
        PmsShift(provider_ref="usr_2", start=_at(13), end=_at(17)),
    )
    assert day.unread == ()


def test_a_visit_listed_for_two_providers_stands_once_and_takes_the_time_of_both() -> None:
    day = _read_day(Account(), "usr_2", "usr_3")

    [both] = [one for one in day.appointments if one.ref == "evt_79"]
    assert [(one.provider_ref, both.occupies(one.provider_ref or "", _at(13), _at(14))) for one in both.segments] == [
        ("usr_2", True),
        ("usr_3", True),
    ]


def test_a_look_for_visits_alone_costs_one_request_a_provider() -> None:
    account = Account()

    _read_day(account, "usr_2", only_visits=True)

    assert account.asked("GET") == ["/calendars/events"]
    assert account.requests[0].url.params["startTime"] == "1772564400000"  # twelve hours before midnight in Denver
    assert account.requests[0].url.params["endTime"] == "1772694000000"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"endTime": None}, "endTime"),
        ({"appointmentStatus": "rebooked"}, "appointmentStatus"),
        ({"calendarId": None}, "calendarId"),
        ({"assignedUserId": None}, "assignedUserId"),
    ],
)
def test_an_odd_row_costs_its_own_providers_time_alone(row: dict[str, Any], expected: str) -> None:
    event = recorded("appointment").json()["event"]
    account = Account({"GET /calendars/events": httpx.Response(200, json={"events": [event | row]})})

    [visit] = _read_day(account).appointments

    assert visit.unread == (expected,)
    assert visit.occupies("usr_2", _at(9), _at(9, 30))
    assert not visit.occupies("usr_3", _at(9), _at(9, 30))


def test_a_row_without_a_start_takes_its_providers_day() -> None:
    rows = {"events": [{"id": "evt_9", "startTime": None}, "nonsense"]}
    account = Account({"GET /calendars/events": httpx.Response(200, json=rows)})

    day = _read_day(account)

    assert [(one.ref, one.provider_ref, one.start, one.end) for one in day.unread] == [
        ("evt_9", "usr_2", None, None),
        (None, "usr_2", None, None),
    ]


def test_a_block_that_cannot_be_read_takes_its_providers_day_and_a_removed_one_nothing() -> None:
    block = recorded("blocked_slots").json()["events"][0]
    rows = {"events": [block | {"endTime": "soon"}, block | {"deleted": True}]}

    day = _read_day(Account({"GET /calendars/blocked-slots": httpx.Response(200, json=rows)}))

    assert (day.blocks, [(one.kind, one.start, one.end) for one in day.unread]) == ((), [("block", _at(12), None)])


def test_half_a_day_is_no_day() -> None:
    with pytest.raises(BadAnswer):
        _read_day(Account({"GET /calendars/events": httpx.Response(200, json={"traceId": "t"})}))


def test_one_provider_who_cannot_be_read_costs_the_day() -> None:
    account = Account({"GET /calendars/blocked-slots": refusal(500, "oops")})

    with pytest.raises(Unreachable):
        _read_day(account, "usr_2", "usr_3")


def test_a_rule_for_a_date_takes_the_place_of_its_weekday() -> None:
    later = [_read_day(Account(), day=day).shifts for day in (date(2026, 3, 11), date(2026, 3, 18))]

    # The clocks go forward between the two weeks.
    ten = datetime(2026, 3, 11, 16, tzinfo=UTC)
    assert later == [(PmsShift(provider_ref="usr_2", start=ten, end=ten + timedelta(hours=4)),), ()]


def test_without_a_schedule_the_opening_hours_of_the_calendars_count() -> None:
    account = Account({"GET /calendars/schedules/search": httpx.Response(200, json={"schedules": []})})

    assert _read_day(account).shifts == (PmsShift(provider_ref="usr_2", start=_at(8, 30), end=_at(16)),)


@pytest.mark.parametrize("answer", ["schedules", "calendars"])
def test_who_has_hours_on_other_weekdays_alone_is_off_the_whole_date(answer: str) -> None:
    schedule = recorded("schedules").json()["schedules"][0]
    rules = [{"type": "wday", "day": "monday", "intervals": [{"from": "09:00", "to": "17:00"}]}]
    schedules = [schedule | {"rules": rules}] if answer == "schedules" else []
    calendar = recorded("calendars").json()["calendars"][0]
    open_hours = [{"daysOfTheWeek": [1], "hours": calendar["openHours"][0]["hours"]}]
    account = Account(
        {
            "GET /calendars/schedules/search": httpx.Response(200, json={"schedules": schedules}),
            "GET /calendars/": httpx.Response(200, json={"calendars": [calendar | {"openHours": open_hours}]}),
        }
    )

    day = _read_day(account)

    assert day.shifts == ()
    assert [(one.start, one.end, one.not_at_work) for one in day.blocks if one.not_at_work] == [
        (_at(0), _at(0) + timedelta(days=1), True)
    ]


def test_an_account_without_schedules_has_the_hours_of_its_calendars() -> None:
    account = Account({"GET /calendars/schedules/search": refusal(404, "Cannot GET /calendars/schedules/search")})

    assert _read_day(account).shifts == (PmsShift(provider_ref="usr_2", start=_at(8, 30), end=_at(16)),)


def test_a_calendars_hours_of_a_date_take_the_place_of_its_weekday() -> None:
    calendars = recorded("calendars").json()["calendars"]
    ten_to_noon = {"openHour": 10, "openMinute": 0, "closeHour": 12, "closeMinute": 0}
    calendars[0]["availabilities"] = [{"date": "2026-03-04T00:00:00.000Z", "hours": [ten_to_noon]}]
    account = Account(
        {
            "GET /calendars/schedules/search": httpx.Response(200, json={"schedules": []}),
            "GET /calendars/": httpx.Response(200, json={"calendars": calendars}),
        }
    )

    assert _read_day(account).shifts == (PmsShift(provider_ref="usr_2", start=_at(10), end=_at(12)),)


def test_hours_that_cannot_be_read_are_named_and_give_no_time() -> None:
    schedule = recorded("schedules").json()["schedules"][0]
    rules = [{"type": "wday", "day": "wednesday", "intervals": [{"from": "nine", "to": "17:00"}]}]
    account = Account(
        {"GET /calendars/schedules/search": httpx.Response(200, json={"schedules": [schedule | {"rules": rules}]})}
    )

    day = _read_day(account)

    assert (day.shifts, [(one.kind, one.occupies) for one in day.unread]) == ((), [("shift", False)])


def test_do_not_disturb_is_a_refusal_and_its_absence_no_consent() -> None:
    assert Account().connect().fetch_client(client_ref="con_9") == ClientRecord(
        ref="con_9",
        first_name="Mia",
        last_name="Poe",
        email="mia@example.com",
        phone="+13035550121",
        marketing_sms=False,
        marketing_email=None,
        refuses_texts=True,
    )


def test_a_client_is_found_by_phone() -> None:
    account = Account()

    found = account.connect().find_clients(phone="+13035550121")

    assert [one.ref for one in found] == ["con_9"]
    assert dict(account.requests[0].url.params) == {"locationId": "loc_1", "number": "+13035550121"}


def test_free_times_are_read_by_date_and_nothing_else() -> None:
    free = (
        Account()
        .connect()
        .free_times(
            location_ref="loc_1",
            service_ref="cal_A1",
            provider_ref="usr_2",
            start=_NINE,
            end=_NINE + timedelta(days=1),
            zone=_ZONE,
        )
    )

    assert free == (
        FreeTime(start=_NINE, provider_ref="usr_2"),
        FreeTime(start=_NINE + _HALF, provider_ref="usr_2"),
    )


def test_the_catalogue_names_places_people_and_active_services() -> None:
    assert Account().connect().catalogue() == Catalogue(
        locations=(PmsLocation(ref="loc_1", name="Glow Denver", zone=_ZONE),),
        providers=(PmsProvider(ref="usr_2", name="Jo Kim"), PmsProvider(ref="usr_3", name="Bea Ray")),
        services=(
            PmsService(
                ref="cal_A1",
                name="Consult",
                lasts=_HALF,
                clean_up=timedelta(minutes=10),
                provider_refs=("usr_2", "usr_3"),
            ),
        ),
    )


def test_a_visit_is_found_by_its_client_start_service_and_provider() -> None:
    def found(**changes: Any) -> list[str]:
        wanted = {"location_ref": "loc_1", "client_ref": "con_9", "start": _NINE, "segments": (_SEGMENT,), **changes}
        return [one.ref for one in Account().connect().find(**wanted)]

    assert found() == ["evt_77"]
    assert found(start=_NINE + _HALF) == []
    assert found(segments=(replace(_SEGMENT, provider_ref="usr_3"),)) == []


# --- writes ---------------------------------------------------------------------------------------------------------


def test_a_visit_is_written_quietly_with_the_offset_of_the_location_and_its_times_checked() -> None:
    account = Account()

    booked = account.connect().book(_VISIT)

    assert (booked.ref, booked.state, booked.segments, booked.client_ref) == (
        "evt_77",
        PmsState.BOOKED,
        (_SEGMENT,),
        "con_9",
    )
    assert account.sent("POST") == [
        {
            "calendarId": "cal_A1",
            "locationId": "loc_1",
            "contactId": "con_9",
            "assignedUserId": "usr_2",
            "startTime": "2026-03-04T09:00:00-07:00",
            "endTime": "2026-03-04T09:30:00-07:00",
            "appointmentStatus": "new",
            "description": "Chairflow booking-01J9",
            "toNotify": False,
            "ignoreDateRange": False,
            "ignoreFreeSlotValidation": False,
        }
    ]


def test_an_answer_that_says_only_the_id_still_means_that_the_visit_stands() -> None:
    account = Account({_POST: httpx.Response(200, json={"id": "evt_77", "endTime": "soon"})})

    booked = account.connect().book(_VISIT)

    assert (booked.ref, booked.start, booked.end, booked.segments) == ("evt_77", _NINE, _NINE + _HALF, (_SEGMENT,))


@pytest.mark.parametrize(
    "message", ["The slot you have selected is no longer available.", ["slot no longer available"]]
)
@pytest.mark.parametrize("status", [400, 422])
def test_a_taken_time_is_told_by_its_words(status: int, message: Any) -> None:
    with pytest.raises(SlotTaken):
        Account({_POST: refusal(status, message)}).connect().book(_VISIT)


def test_a_refusal_of_another_wording_is_a_taken_time_where_the_time_is_not_free() -> None:
    script = {_POST: refusal(400, "Nope"), "GET /calendars/cal_A1/free-slots": httpx.Response(200, json={})}

    with pytest.raises(SlotTaken):
        Account(dict(script)).connect().book(_VISIT)


def test_a_refusal_of_a_time_that_is_free_is_something_else() -> None:
    with pytest.raises(Refused) as caught:
        Account({_POST: refusal(400, "title is wrong: Mia Poe")}).connect().book(_VISIT)

    assert not isinstance(caught.value, SlotTaken)
    assert (caught.value.code, "Mia" in str(caught.value)) == ("HTTP_400", False)


def test_a_visit_of_two_services_is_refused_before_anything_is_asked() -> None:
    account = Account()

    with pytest.raises(Refused) as caught:
        account.connect().book(replace(_VISIT, segments=(_SEGMENT, _SEGMENT)))

    assert (caught.value.code, account.requests) == ("ONE_SERVICE", [])


@pytest.mark.parametrize(("quietly", "void", "status"), [(True, False, "cancelled"), (False, True, "invalid")])
def test_a_visit_is_cancelled_or_marked_as_none(quietly: bool, void: bool, status: str) -> None:
    account = Account()

    account.connect().cancel(appointment_ref="evt_77", quietly=quietly, void=void)

    assert account.sent("PUT") == [{"appointmentStatus": status, "toNotify": not quietly}]


def test_cancelling_what_is_not_there_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        Account({_PUT: refusal(400, "Appointment not found")}).connect().cancel(
            appointment_ref="evt_77", quietly=True, void=False
        )

    assert caught.value.code == "NOT_FOUND"


def test_a_visit_is_confirmed_without_a_word_of_gohighlevels() -> None:
    account = Account()

    account.connect().confirm(appointment_ref="evt_77")

    assert account.sent("PUT") == [{"appointmentStatus": "confirmed", "toNotify": False}]


def test_a_visit_is_moved_with_its_times_checked_and_read_again() -> None:
    account = Account()
    later = replace(_SEGMENT, start=_NINE + timedelta(hours=4), end=_NINE + timedelta(hours=5), provider_ref="usr_3")

    moved = account.connect().move(appointment_ref="evt_77", segments=(later,))

    assert moved.ref == "evt_77"
    assert account.sent("PUT") == [
        {
            "startTime": "2026-03-04T13:00:00-07:00",
            "endTime": "2026-03-04T14:00:00-07:00",
            "toNotify": False,
            "ignoreFreeSlotValidation": False,
            "calendarId": "cal_A1",
            "assignedUserId": "usr_3",
        }
    ]


def test_a_move_to_a_taken_time_is_refused() -> None:
    with pytest.raises(SlotTaken):
        Account({_PUT: _TAKEN}).connect().move(appointment_ref="evt_77", segments=(_SEGMENT,))


def test_a_client_is_added_and_never_merged_into_another() -> None:
    account = Account()

    ref = account.connect().create_client(NewClient(first_name="Mia", last_name="Poe", phone="+13035550121"))

    assert ref == "con_9"
    assert account.sent("POST") == [
        {"locationId": "loc_1", "firstName": "Mia", "lastName": "Poe", "phone": "+13035550121"}
    ]


def test_a_client_whose_phone_is_known_is_for_a_person_to_decide() -> None:
    answer = httpx.Response(
        400,
        json={
            "statusCode": 400,
            "message": "This location does not allow duplicated contacts.",
            "meta": {"contactId": "con_1", "matchingField": "phone"},
        },
    )

    with pytest.raises(Refused) as caught:
        Account({"POST /contacts/": answer}).connect().create_client(NewClient(first_name="Mia", last_name="Poe"))

    assert caught.value.code == "DUPLICATE"


# --- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "of_a_read", "of_a_write"),
    [
        (refusal(401, "Invalid token: access token is invalid"), Misconfigured, Misconfigured),
        (refusal(403, "Forbidden"), Misconfigured, Misconfigured),
        (refusal(400, "The token is not authorized for this scope."), Misconfigured, Misconfigured),
        (refusal(429, "Too many"), RateLimited, RateLimited),
        (refusal(500, "oops"), Unreachable, Ambiguous),
        (refusal(503, "oops"), Unreachable, Ambiguous),
        (httpx.Response(302), BadAnswer, BadAnswer),
        (httpx.Response(200, text="<html>"), BadAnswer, BadAnswer),
        (httpx.ReadTimeout("slow"), Unreachable, Ambiguous),
        (httpx.ConnectError("away"), Unreachable, Unreachable),
    ],
)
def test_every_failure_says_what_may_have_happened(
    answer: httpx.Response | Exception, of_a_read: type[VendorError], of_a_write: type[VendorError]
) -> None:
    pms = Account({_GET: answer, _POST: answer}).connect()

    with pytest.raises(VendorError) as read:
        pms.fetch(appointment_ref="evt_77")
    with pytest.raises(VendorError) as write:
        pms.book(_VISIT)

    assert (type(read.value), type(write.value)) == (of_a_read, of_a_write)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, timedelta(seconds=10)),
        ({"retry-after": "3"}, timedelta(seconds=3)),
        ({"x-ratelimit-interval-milliseconds": "20000"}, timedelta(seconds=20)),
        ({"x-ratelimit-daily-remaining": "0", "x-ratelimit-interval-milliseconds": "10000"}, timedelta(hours=1)),
    ],
)
def test_too_many_requests_say_when_to_come_again(headers: dict[str, str], wait: timedelta) -> None:
    with pytest.raises(RateLimited) as caught:
        Account({_GET: httpx.Response(429, headers=headers)}).connect().fetch(appointment_ref="evt_77")

    assert caught.value.retry_after == wait


# --- tokens ---------------------------------------------------------------------------------------------------------


def _pair(number: int, *, good_for: timedelta) -> Tokens:
    return Tokens(
        access_token=f"access-{number}",
        access_until=datetime.now(UTC) + good_for,
        refresh_token=f"refresh-{number}",
    )


def _oauth(answer: httpx.Response, asked: list[httpx.Request]) -> VendorHttp:
    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        assert problems(request) == []
        return answer

    return VendorHttp("gohighlevel", transport=httpx.MockTransport(reply))


def test_an_apps_token_is_renewed_and_the_new_pair_kept() -> None:
    store = KeptTokens(_pair(1, good_for=timedelta(seconds=5)))
    asked: list[httpx.Request] = []
    answer = httpx.Response(
        200, json={"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 86399, "userId": "u"}
    )
    account = Account()
    token = renewing(client_id="c", client_secret="s", store=store, http=_oauth(answer, asked))

    account.connect(token=token).fetch(appointment_ref="evt_77")

    assert [one.headers["authorization"] for one in account.requests] == ["Bearer access-2"]
    assert [one.refresh_token for one in store.history] == ["refresh-2"]
    assert len(asked) == 1


def test_a_token_taken_back_before_its_time_is_renewed_once() -> None:
    store = KeptTokens(_pair(1, good_for=timedelta(hours=5)))
    asked: list[httpx.Request] = []
    answer = httpx.Response(
        200, json={"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 86399, "userId": "u"}
    )
    token = renewing(client_id="c", client_secret="s", store=store, http=_oauth(answer, asked))

    def old_is_refused(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer access-1":
            return refusal(401, "Invalid JWT")
        return recorded("appointment")

    account = Account({_GET: old_is_refused})

    assert account.connect(token=token).fetch(appointment_ref="evt_77") is not None
    assert (len(account.requests), len(asked)) == (2, 1)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, "Invalid grant"), Misconfigured),
        (refusal(422, ["refresh_token"]), Misconfigured),
        (refusal(500, "oops"), Ambiguous),
        (httpx.Response(200, json={"access_token": "a"}), BadAnswer),
    ],
)
def test_a_renewal_that_fails_keeps_the_old_pair(answer: httpx.Response, error: type[VendorError]) -> None:
    store = KeptTokens(_pair(1, good_for=timedelta(seconds=5)))
    token = renewing(client_id="c", client_secret="s", store=store, http=_oauth(answer, []))

    with pytest.raises(error):
        Account().connect(token=token).fetch(appointment_ref="evt_77")

    assert store.history == []

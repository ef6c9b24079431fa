""" "Who would fit 2 pm?": who, who not, and why the time itself may not be free. Sends nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.clients import WaitlistEntry
from domain.ranges import TimeRange
from models.calendar import Appointment, AppointmentSegment, DayRead, DayStretch
from models.client import ConsentGrant
from models.matrix import Provider, Room, Service, ServiceProvider
from models.repositories import waitlist
from tests.api.support import Api
from tests.inbox.scene import NOW, Scene

#: 10:00 AM in New York.
TWO_PM = NOW + timedelta(hours=4)
THREE_PM = TWO_PM + timedelta(hours=1)


async def test_a_free_hour_of_an_empty_waitlist_says_so_and_sends_nothing(api: Api, scene: Scene) -> None:
    _offers_botox(scene)

    told = await _fits(api)

    assert told == {
        "fitting": [],
        "not_fitting": [],
        "tie": False,
        "in_the_way": [_obstacle(scene, rule="no_candidate", words="Nobody on the waitlist fits.")],
        "nearest_free": None,
    }
    assert scene.deliveries() == []


async def test_a_booked_hour_names_the_booking_and_the_nearest_free_time(api: Api, scene: Scene) -> None:
    botox = _offers_botox(scene)
    _works(scene, hours=(9, 17))
    booking = _booked(scene, botox, TWO_PM, THREE_PM)

    told = await _fits(api)

    assert told["in_the_way"][0] == _obstacle(
        scene,
        rule="provider_busy",
        words=f"NP Martinez has booking {booking} then, from 2:00 PM to 3:00 PM.",
        start=TWO_PM,
        end=THREE_PM,
        booking_id=booking,
    )
    # Just before is as near as just after.
    assert _stretch(told["nearest_free"]) == (NOW, TWO_PM)
    assert "Ada" not in str(told)


async def test_those_who_wait_for_what_does_not_fit_then_are_listed_with_the_rule(api: Api, scene: Scene) -> None:
    botox = _offers_botox(scene)
    client = _waits(scene, botox)
    _booked(scene, botox, TWO_PM, THREE_PM)

    told = await _fits(api)

    refused = [(one["client_id"], one["rule"], one["words"]) for one in told["not_fitting"]]
    assert refused == [(client, "too_long", "Botox takes 30 minutes, more than is free.")]


async def test_a_taken_room_is_named(api: Api, scene: Scene) -> None:
    botox = _offers_botox(scene)
    _waits(scene, botox)
    _booked(scene, botox, TWO_PM, THREE_PM, provider_id=_another_provider(scene))

    told = await _fits(api)

    assert [one["rule"] for one in told["in_the_way"]] == ["room_busy", "nothing_fits"]
    assert [one["rule"] for one in told["not_fitting"]] == ["room_busy"]


async def test_an_hour_after_work_says_when_the_provider_works(api: Api, scene: Scene) -> None:
    _offers_botox(scene)
    _works(scene, hours=(9, 12))

    told = await _fits(api, start=_hour(20), end=_hour(21))

    assert told["in_the_way"][0] == _obstacle(
        scene,
        rule="outside_shift",
        words="NP Martinez works from 9:00 AM to 12:00 PM that day.",
        start=_hour(20),
        end=_hour(21),
    )


async def test_a_date_that_was_never_read_is_not_taken_for_a_day_off(api: Api, scene: Scene) -> None:
    _waits(scene, _offers_botox(scene))
    _works(scene, hours=(9, 12), days=1)

    unread = await _fits(api)
    _read(scene, NOW)
    read = await _fits(api)

    assert (len(unread["fitting"]), unread["in_the_way"]) == (1, [])
    assert read["in_the_way"][0]["words"] == "NP Martinez does not work that day."
    assert _stretch(read["nearest_free"]) == (_hour(9, days=1), _hour(12, days=1))


async def test_a_time_that_is_past_is_refused_as_that(api: Api, scene: Scene) -> None:
    _waits(scene, _offers_botox(scene))

    told = await _fits(api, start=NOW - timedelta(hours=2), end=NOW - timedelta(hours=1))

    assert (told["fitting"], told["not_fitting"]) == ([], [])
    assert [one["rule"] for one in told["in_the_way"]] == ["past"]


async def test_a_provider_who_does_not_work_there_is_an_error_of_the_field(api: Api, scene: Scene) -> None:
    elsewhere = _another_provider(scene)

    answer = await _ask(api, TWO_PM, THREE_PM, provider=elsewhere)

    assert (answer.status_code, answer.json()["detail"]) == (422, "provider: no such provider at that location.")


# --- the clinic --------------------------------------------------------------------------------------------------


def _hour(hour: int, *, days: int = 0) -> datetime:
    """On the wall in New York, of the scene's day; NOW is ten in the morning there."""
    return NOW + timedelta(days=days, hours=hour - 10)


def _offers_botox(scene: Scene) -> int:
    """A service its provider may give, and the one room for it."""
    service = scene.add(
        Service(
            practice_id=scene.practice_id,
            code="TOX",
            name="Botox",
            kind="toxin",
            pms_ref="botox",
            duration=timedelta(minutes=30),
            room_kind="treatment room",
        )
    )
    scene.add(ServiceProvider(practice_id=scene.practice_id, service_id=service, provider_id=scene.provider_id))
    scene.add(
        Room(practice_id=scene.practice_id, location_id=scene.location_id, kind="treatment room", name="Treatment 1")
    )
    return service


def _another_provider(scene: Scene) -> int:
    return scene.add(Provider(practice_id=scene.practice_id, first_name="Bo", display_name="Dr. Bo"))


def _waits(scene: Scene, service_id: int) -> int:
    client = scene.client("+12125550111")
    scene.add(
        ConsentGrant(
            practice_id=scene.practice_id, client_id=client, channel="sms", kind="offer", granted_at=NOW, source="form"
        )
    )
    with scene.database.transaction() as session:
        waitlist.save(
            session,
            scene.practice_id,
            WaitlistEntry(
                id=0,
                client_id=client,
                location_id=None,
                service_ids=(service_id,),
                provider_ids=frozenset(),
                windows=(),
                earliest_date=None,
                latest_date=None,
                minimum_notice=timedelta(),
                miles_declared=None,
                miles_away=None,
                flexibility=1,
                priority=0,
                joined_at=NOW,
                last_offered_at=None,
                together=False,
            ),
        )
    return client


def _booked(scene: Scene, service_id: int, start: datetime, end: datetime, *, provider_id: int | None = None) -> int:
    booking = scene.add(
        Appointment(
            practice_id=scene.practice_id,
            pms_ref=f"urn:blvd:Appointment:{start.isoformat()}",
            location_id=scene.location_id,
            client_id=scene.client("+12125550199"),
            state="booked",
            starts_at=start,
            ends_at=end,
        )
    )
    scene.add(
        AppointmentSegment(
            practice_id=scene.practice_id,
            appointment_id=booking,
            position=0,
            service_id=service_id,
            provider_id=provider_id or scene.provider_id,
            during=TimeRange(start, end),
        )
    )
    return booking


def _works(scene: Scene, *, hours: tuple[int, int], days: int = 0) -> None:
    scene.add(
        DayStretch(
            practice_id=scene.practice_id,
            location_id=scene.location_id,
            provider_id=scene.provider_id,
            day=_hour(12, days=days).date(),
            kind="shift",
            during=TimeRange(_hour(hours[0], days=days), _hour(hours[1], days=days)),
        )
    )


def _read(scene: Scene, at: datetime) -> None:
    scene.add(
        DayRead(
            practice_id=scene.practice_id,
            location_id=scene.location_id,
            provider_id=scene.provider_id,
            day=at.date(),
            read_at=at,
        )
    )


# --- asking ------------------------------------------------------------------------------------------------------


async def _fits(api: Api, *, start: datetime = TWO_PM, end: datetime = THREE_PM) -> dict[str, Any]:
    answer = await _ask(api, start, end, provider=api.scene.provider_id)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _ask(api: Api, start: datetime, end: datetime, *, provider: int) -> Any:
    query: dict[str, int | str] = {
        "location": api.scene.location_id,
        "provider": provider,
        "start": start.isoformat(),
        "end": end.isoformat(),
    }
    return await api.http.get("/admin/v1/fits", params=query, headers=api.key("staff"))


def _obstacle(scene: Scene, *, rule: str, words: str, **more: Any) -> dict[str, Any]:
    plain = {"provider_id": scene.provider_id, "rule": rule, "words": words, "start": None, "end": None}
    told = {name: _told(value) if isinstance(value, datetime) else value for name, value in more.items()}
    return {**plain, "booking_id": None, **told}


def _told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _stretch(told: dict[str, str]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(told["start"]), datetime.fromisoformat(told["end"])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"end": "9999-12-31T23:59:59-12:00"}, "end"),
        ({"end": (TWO_PM + timedelta(days=3650)).isoformat()}, "end"),
        ({"limit": str(10**30)}, "limit"),
        ({"provider": str(2**63)}, "provider"),
    ],
)
async def test_absurd_years_ranges_and_counts_are_refused_by_the_field(
    api: Api, changed: dict[str, str], field: str
) -> None:
    asked = {"location": "1", "provider": "1", "start": TWO_PM.isoformat(), "end": THREE_PM.isoformat()} | changed

    answer = await api.http.get("/admin/v1/fits", params=asked, headers=api.key("staff"))

    assert (answer.status_code, answer.json()["field"]) == (422, field)

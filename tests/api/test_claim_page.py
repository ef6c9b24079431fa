"""The claim page: looking never claims, pressing does, and the page tells the truth afterwards."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlmodel import select
from temporalio.client import Client
from temporalio.worker import Worker

from api.pages.calendar_file import one_event
from domain.journey_names import Action, Journey
from domain.offer_history import Came
from domain.ranges import TimeRange
from inbox.relay import Relay
from models.access import ApiRequest
from models.calendar import Appointment, AppointmentSegment, Opening
from models.client import Client as Client_
from models.client import ConsentGrant
from models.matrix import Service
from models.offers import Offer
from models.practice import Location, Practice
from models.repositories import offers
from models.waitlist import WaitlistEntry
from tests.api.support import Api, real_now
from tests.inbox.scene import NOW, Scene
from workflows.gap_fill import GapFill
from workflows.ids import gap_fill_id

PHONE = "+12125550111"

SCANNERS = [
    "facebookexternalhit/1.1",
    "Slackbot-LinkExpanding 1.0",
    "Mozilla/5.0 (compatible; Microsoft Preview/1.0)",
    "WhatsApp/2.23",
    "TelegramBot (like TwitterBot)",
]


@pytest.fixture
def offer(scene: Scene) -> int:
    return scene.offer(scene.opening(), scene.client(PHONE), PHONE)


def path_of(scene: Scene, offer: int) -> str:
    return f"/c/{scene.row(Offer, offer).token}"


def headline(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found is not None
    return found[1]


def came(scene: Scene, client: int) -> list[Came]:
    """What came of the client's offers."""
    long_ago, later = NOW - timedelta(days=30), NOW + timedelta(days=30)
    with scene.database.transaction() as session:
        found = offers.past(session, scene.practice_id, [client], since=long_ago, now=later)
    return [one.came for one in found.get(client, ())]


def won(scene: Scene, offer: int, *, state: str = "booked", moved: timedelta = timedelta()) -> int:
    """The offer is its client's, and the visit stands in the calendar (or `moved` from where it was taken)."""
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state, row.claimed_at = "won", NOW
        session.get_one(Opening, row.opening_id).state = "filled"
        starts, ends, client = row.starts_at + moved, row.ends_at + moved, row.client_id
        service = Service(practice_id=scene.practice_id, code="s", name="S", kind="s", duration=timedelta(hours=1))
        visit = Appointment(
            practice_id=scene.practice_id,
            pms_ref="urn:blvd:Appointment:9",
            client_id=client,
            location_id=scene.location_id,
            state=state,
            starts_at=starts,
            ends_at=ends,
            offer_id=offer,
        )
        session.add_all([service, visit])
        session.flush()
        session.add(
            AppointmentSegment(
                practice_id=scene.practice_id,
                appointment_id=visit.id or 0,
                position=0,
                service_id=service.id or 0,
                provider_id=scene.provider_id,
                during=TimeRange(starts, ends),
                inferred=False,
            )
        )
        return visit.id or 0


@asynccontextmanager
async def running_fill(scene: Scene, client: Client, opening: int) -> AsyncIterator[None]:
    """The real fill, still settling: it takes claims and asks no activity for anything."""
    scene.enqueue(Journey.GAP_FILL, opening, Action.START)
    relay = Relay(
        client=client,
        database=scene.database,
        chat=lambda _: None,
        wall=real_now,
    )
    await relay.drain()
    async with Worker(client, task_queue="core", workflows=[GapFill]):
        yield
    handle = client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=opening))
    await handle.terminate()


async def test_the_page_shows_day_time_zone_and_first_name_only(api: Api, scene: Scene, offer: int) -> None:
    page = await api.http.get(path_of(scene, offer))

    assert headline(page.text) == "A time has opened up for you"
    assert "Tuesday, November 24" in page.text
    assert "10:00 AM EST" in page.text
    assert "Maria" in page.text
    assert "Martinez" not in page.text and "Ada" not in page.text and PHONE not in page.text


async def test_the_page_is_not_kept_and_leaks_no_address(api: Api, scene: Scene, offer: int) -> None:
    page = await api.http.get(path_of(scene, offer))

    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("agent", SCANNERS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_scanner_never_claims(api: Api, scene: Scene, offer: int, agent: str, method: str) -> None:
    path = path_of(scene, offer)

    for address in (path, f"{path}/standing"):
        await api.http.request(method, address, headers={"User-Agent": agent, "Purpose": "prefetch"})

    assert scene.row(Offer, offer).claimed_at is None
    assert scene.deliveries() == []


@pytest.mark.parametrize("token", ["no-such-token-at-all", "x", "../../etc/passwd", "%00%00%00%00%00%00%00%00%00"])
async def test_an_unknown_link_says_so(api: Api, token: str) -> None:
    for method in ("GET", "POST"):
        assert (await api.http.request(method, f"/claim/{token}")).status_code == 404


async def test_with_temporal_away_the_claim_is_received_and_sent_by_signal(api: Api, scene: Scene, offer: int) -> None:
    path = path_of(scene, offer)

    page = await api.http.post(path)
    again = await api.http.post(path)

    assert headline(page.text) == headline(again.text) == "Thank you! We are confirming"
    assert scene.waiting() == [("gapfill", scene.row(Offer, offer).opening_id, "signal", "claim_by_text")]
    body = scene.deliveries()[0].body
    assert (body["key"], body["via"]) == (f"claim:{offer}", "link")
    assert (await api.http.get(f"{path}/standing")).json() == {"standing": "confirming", "final": False}


async def test_the_first_press_is_being_confirmed_and_the_second_is_next(
    api: Api, scene: Scene, offer: int, temporal_client: Client
) -> None:
    opening = scene.row(Offer, offer).opening_id
    second = scene.offer(opening, scene.client("+12125550112"), "+12125550112")
    api.connect(temporal_client)

    async with running_fill(scene, temporal_client, opening):
        first_page = await api.http.post(path_of(scene, offer))
        second_page = await api.http.post(path_of(scene, second))
        second_again = await api.http.get(path_of(scene, second))

    assert headline(first_page.text) == "Thank you! We are confirming"
    assert headline(second_page.text) == headline(second_again.text) == "Thank you! Somebody was just before you"
    assert [one.action for one in scene.deliveries()] == ["start"]
    with scene.database.transaction() as session:
        kept = {one.request_id: one.outcome for one in session.execute(select(ApiRequest)).scalars()}
    assert kept == {
        f"claim:{offer}": {"standing": "confirming"},
        f"claim:{second}": {"standing": "next"},
    }


async def test_a_press_on_an_ended_fill_says_it_is_over(
    api: Api, scene: Scene, offer: int, temporal_client: Client
) -> None:
    api.connect(temporal_client)

    page = await api.http.post(path_of(scene, offer))

    assert headline(page.text) == "This time is no longer open"
    assert (scene.row(Offer, offer).state, scene.row(Offer, offer).claimed_at is None) == ("lost", False)
    assert scene.deliveries() == []


@pytest.mark.parametrize("state", ["lost", "withdrawn", "expired"])
async def test_a_press_that_comes_too_late_is_a_yes_in_vain(api: Api, scene: Scene, offer: int, state: str) -> None:
    """It counts when the next chair is offered, as a late YES by text does."""
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state, row.sent_at = state, NOW
        session.get_one(Opening, row.opening_id).state = "filled"
        client = row.client_id

    await api.http.get(path_of(scene, offer))
    only_looked = came(scene, client)
    await api.http.post(path_of(scene, offer))

    assert Came.LOST not in only_looked
    assert came(scene, client) == [Came.LOST]
    assert scene.deliveries() == []


async def test_with_no_worker_the_claim_goes_by_signal_under_the_same_key(
    api: Api, scene: Scene, offer: int, temporal_client: Client
) -> None:
    opening = scene.row(Offer, offer).opening_id
    async with running_fill(scene, temporal_client, opening):
        pass
    # Started anew under another id would be another fill: this one runs with nobody to work on it.
    other = scene.opening()
    unattended = scene.offer(other, scene.client("+12125550113"), "+12125550113")
    scene.enqueue(Journey.GAP_FILL, other, Action.START)
    relay = Relay(
        client=temporal_client,
        database=scene.database,
        chat=lambda _: None,
        wall=real_now,
    )
    await relay.drain()
    api.connect(temporal_client)

    page = await api.http.post(path_of(scene, unattended))

    assert headline(page.text) == "Thank you! We are confirming"
    assert scene.waiting()[-1] == ("gapfill", other, "signal", "claim_by_text")
    handle = temporal_client.get_workflow_handle(gap_fill_id(practice_id=scene.practice_id, opening_id=other))
    await handle.terminate()


@pytest.mark.parametrize(
    ("offer_state", "opening_state", "claimed", "words"),
    [
        ("lost", "filled", True, "Somebody was a little faster"),
        ("lost", "filled", False, "Somebody was a little faster"),
        ("handed_over", "handed_over", True, "A person is on it"),
        ("expired", "filled", False, "This time is no longer open"),
        ("withdrawn", "withdrawn", False, "This time is no longer open"),
        ("withdrawn", "withdrawn", True, "This time is no longer open"),
        ("lost", "withdrawn", True, "This time is no longer open"),
        ("expired", "live", False, "A time has opened up for you"),
        ("open", "live", True, "Thank you! We are confirming"),
    ],
)
async def test_the_page_follows_the_offers_row(
    api: Api, scene: Scene, offer: int, offer_state: str, opening_state: str, claimed: bool, words: str
) -> None:
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state, row.claimed_at = offer_state, NOW if claimed else None
        session.get_one(Opening, row.opening_id).state = opening_state

    page = (await api.http.get(path_of(scene, offer))).text

    assert headline(page) == words
    assert claimed or "your yes" not in page


@pytest.mark.parametrize(
    ("state", "moved", "words"),
    [
        ("booked", timedelta(), "It is yours"),
        ("completed", timedelta(), "It is yours"),
        ("booked", timedelta(hours=2), "Your visit has changed since"),
        ("cancelled", timedelta(), "Your visit has changed since"),
    ],
)
async def test_a_won_time_is_theirs_as_long_as_the_visit_stands_there(
    api: Api, scene: Scene, offer: int, state: str, moved: timedelta, words: str
) -> None:
    won(scene, offer, state=state, moved=moved)

    page = await api.http.get(path_of(scene, offer))

    assert headline(page.text) == words
    assert (await api.http.get(f"{path_of(scene, offer)}/standing")).json()["final"] is True


async def test_days_later_the_page_offers_nothing_of_a_visit_that_is_over(api: Api, scene: Scene, offer: int) -> None:
    won(scene, offer, state="completed")
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.starts_at, row.ends_at = NOW - timedelta(days=3), NOW - timedelta(days=3, hours=-1)

    page = (await api.http.get(path_of(scene, offer))).text

    assert headline(page) == "This day is over"
    assert "It was about" in page and "visit.ics" not in page and "cannot-come" not in page


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("active", "You stay on our waitlist."),
        ("fulfilled", "For another time, please call us."),
        (None, "For another time, please call us."),
    ],
)
async def test_only_who_waits_reads_that_they_stay_on_the_list(
    api: Api, scene: Scene, offer: int, entry: str | None, claimed: bool, words: str
) -> None:
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state, row.claimed_at = "lost" if claimed else "expired", NOW if claimed else None
        session.get_one(Opening, row.opening_id).state = "filled"
        client = row.client_id
    if entry is not None:
        scene.add(WaitlistEntry(practice_id=scene.practice_id, client_id=client, joined_at=NOW, state=entry))
        scene.add(
            ConsentGrant(
                practice_id=scene.practice_id,
                client_id=client,
                channel="sms",
                kind="offer",
                granted_at=NOW,
                source="form",
            )
        )

    page = (await api.http.get(path_of(scene, offer))).text

    assert words in page
    assert page.count("list") == (1 if entry == "active" else 0)


async def test_a_consultation_is_named_before_it_is_taken(api: Api, scene: Scene, offer: int) -> None:
    assert "consultation" not in (await api.http.get(path_of(scene, offer))).text
    with scene.database.transaction() as session:
        session.get_one(Offer, offer).consult_instead = True

    assert "It is a consultation, which comes first." in (await api.http.get(path_of(scene, offer))).text


async def test_the_stylesheet_and_script_are_served(api: Api) -> None:
    assert (await api.http.get("/static/chairflow.css")).status_code == 200
    assert (await api.http.get("/static/standing.js")).status_code == 200


async def test_links_of_older_texts_go_on_working(api: Api, scene: Scene, offer: int) -> None:
    token = scene.row(Offer, offer).token

    assert headline((await api.http.get(f"/claim/{token}")).text) == "A time has opened up for you"
    assert headline((await api.http.post(f"/claim/{token}")).text) == "Thank you! We are confirming"


async def test_the_page_says_how_long_where_exactly_and_the_phone_as_people_write_it(
    api: Api, scene: Scene, offer: int
) -> None:
    with scene.database.transaction() as session:
        session.get_one(Practice, scene.practice_id).phone = "+12125550199"
        session.get_one(Location, scene.location_id).address = "118 Prince Street, 2nd floor, New York"

    page = (await api.http.get(path_of(scene, offer))).text

    assert "<dt>Length</dt><dd>1 h</dd>" in page
    assert "118 Prince Street, 2nd floor, New York" in page
    assert '<a href="tel:+12125550199">(212) 555-0199</a>' in page


async def test_no_thank_you_frees_the_fill_and_can_be_taken_back(api: Api, scene: Scene, offer: int) -> None:
    path = path_of(scene, offer)

    page = await api.http.post(f"{path}/no")
    again = await api.http.post(f"{path}/no")

    assert headline(page.text) == headline(again.text) == "Thank you for letting us know"
    assert (scene.row(Offer, offer).state, scene.row(Offer, offer).closing) == ("declined", "answered: no, on the page")
    assert scene.waiting() == [("gapfill", scene.row(Offer, offer).opening_id, "signal", "decline")]
    assert scene.deliveries()[0].body["why"] == "no"
    assert "Yes, I would like it" in again.text
    assert headline((await api.http.post(path)).text) == "Thank you! We are confirming"


async def test_who_won_takes_the_visit_to_their_calendar(api: Api, scene: Scene, offer: int) -> None:
    before = await api.http.get(f"{path_of(scene, offer)}/visit.ics")
    won(scene, offer)

    file = await api.http.get(f"{path_of(scene, offer)}/visit.ics")

    assert before.headers["content-type"].startswith("text/html")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    assert file.text.splitlines()[3:] == [
        "BEGIN:VEVENT",
        f"UID:offer-{offer}@chairflow",
        "DTSTAMP:20261123T150000Z",
        "DTSTART:20261124T150000Z",
        "DTEND:20261124T160000Z",
        "SUMMARY:Visit at Glow",
        "LOCATION:Downtown",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    assert scene.row(Offer, offer).token not in file.text


def test_a_line_break_of_any_kind_stays_inside_its_line_of_the_calendar_file() -> None:
    during = TimeRange(NOW, NOW + timedelta(hours=1))

    file = one_event(uid="1", stamped=NOW, during=during, title="Visit", place="Suite 5\r\nMain St\rATTENDEE:x")

    assert "LOCATION:Suite 5\\nMain St\\nATTENDEE:x" in file.split("\r\n")


async def test_who_won_and_cannot_come_is_heard_once_by_the_visits_journey(api: Api, scene: Scene, offer: int) -> None:
    path, appointment = path_of(scene, offer), won(scene, offer)
    shown = await api.http.get(path)

    page = await api.http.post(f"{path}/cannot-come")
    await api.http.post(f"{path}/cannot-come")

    assert "Press again to tell us that you cannot come." in shown.text
    assert "A member of our team will write or call you" in page.text
    assert "cannot-come" not in page.text
    assert scene.waiting() == [("booking", appointment, "signal", "replied")]
    assert scene.deliveries()[0].body["meaning"] == "cannot_come"


@pytest.mark.parametrize("state", ["completed", "active"])
async def test_a_visit_that_has_begun_cannot_be_called_off(api: Api, scene: Scene, offer: int, state: str) -> None:
    won(scene, offer, state=state)

    page = await api.http.post(f"{path_of(scene, offer)}/cannot-come")

    assert (headline(page.text), "cannot-come" in page.text) == ("It is yours", False)
    assert scene.deliveries() == []


@pytest.mark.parametrize("state", ["lost", "withdrawn", "declined", "handed_over"])
async def test_an_ended_offer_says_which_time_it_was_about(api: Api, scene: Scene, offer: int, state: str) -> None:
    with scene.database.transaction() as session:
        row = session.get_one(Offer, offer)
        row.state = state
        session.get_one(Opening, row.opening_id).state = "withdrawn"

    page = (await api.http.get(path_of(scene, offer))).text

    assert "It was about Tuesday, November 24, 10:00 AM EST, with Maria." in page


async def test_the_page_speaks_the_clients_language(api: Api, scene: Scene, offer: int) -> None:
    with scene.database.transaction() as session:
        session.get_one(Client_, scene.row(Offer, offer).client_id).language = "es"

    page = (await api.http.get(path_of(scene, offer))).text

    assert headline(page) == "Se ha liberado una hora para usted"
    assert '<html lang="es">' in page
    assert "martes 24 de noviembre" in page

"""The simulated desk answers as a person would: what was asked, from the draft where it says so."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, ClassVar, cast
from urllib.parse import parse_qs

import pytest

from domain.clock import PracticeClock
from simulation.action_log import Diary, Time
from simulation.catalogue import PLACE
from simulation.evidence import FOR_CHAIRFLOW, by_us
from simulation.patient_profiles import make_world
from simulation.reading import read, slot_words
from simulation.sandbox_client import Control, Entry
from simulation.staff import FrontDesk

WORLD = make_world(2026)
VISIT = WORLD.visits[0]
LENGTH = f"{VISIT.service.minutes} min"

SENDS = '<button name="choice" value="send">Send</button>'
SENDS_BEHIND_A_FOLD = (
    f"<details><summary>Send</summary><p>Texts the client.</p>{SENDS.replace('Send', 'Yes: send')}</details>"
)
TASK = """<html><body><h1>A text to read</h1><p>{name}</p><p>The client wrote: “{wrote}”</p>
<form method="post" action="/tasks/t"><input type="hidden" name="nonce" value="n">
<button type="submit" disabled hidden></button><input name="by" value="" required><input name="reason">
<textarea name="text">{draft}</textarea>{sends}<button name="choice" value="done">Done</button></form></body></html>"""
DRAFT = "Juniper: Thank you for your question. […]"


class Practice(BaseHTTPRequestHandler):
    page: ClassVar[str] = ""
    posted: ClassVar[list[dict[str, list[str]]]] = []
    sent: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self._answer(Practice.page)

    def do_POST(self) -> None:
        Practice.posted.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        Practice.sent.set()
        self._answer("<p>Sent.</p>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def url() -> Iterator[str]:
    Practice.posted = []
    Practice.sent.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Practice)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def at_the_desk(url: str, *, wrote: str, draft: str = DRAFT, sends: str = SENDS) -> dict[str, list[str]]:
    """One card about this text; what the desk sends from its page."""
    Practice.page = TASK.format(name=VISIT.client.name, wrote=wrote, draft=draft, sends=sends)
    button = {"type": "button", "text": {"text": "Open"}, "url": f"{url}/tasks/t"}
    card: Entry = {
        "seq": 1,
        "kind": "posted",
        "text": "A text to read",
        "blocks": [{"type": "actions", "elements": [button]}],
    }
    morning = PracticeClock(
        anchor_real=datetime.now(UTC), anchor_practice=VISIT.start - timedelta(hours=1), rate=10_000
    )
    time = Time(morning)
    slack = SimpleNamespace(ledger=lambda *, since, kind=None: [card] if since == 0 else [])
    calendar: list[dict[str, Any]] = [
        {
            "state": "BOOKED",
            "segments": [{"staff": ref, "start_at": one.start.isoformat(), "end_at": one.end.isoformat()}],
        }
        for one in WORLD.visits
        for ref in [WORLD.provider_refs[one.provider.key]]
    ]
    boulevard = SimpleNamespace(state=lambda: {"appointments": calendar})
    desk = FrontDesk(
        world=WORLD,
        pms=cast(Control, boulevard),
        slack=cast(Control, slack),
        time=time,
        diary=Diary(time),
    )
    running = asyncio.create_task(desk.run())
    assert await asyncio.to_thread(Practice.sent.wait, 10), "nothing was sent"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    (posted,) = Practice.posted
    return posted


@pytest.mark.parametrize("sends", [SENDS, SENDS_BEHIND_A_FOLD], ids=["open", "behind a fold"])
@pytest.mark.parametrize(
    ("wrote", "said"),
    [
        ("maybe, how long would it take?", f"It takes {LENGTH}."),
        ("¿cuánto dura?", f"Dura {LENGTH}."),
        ("how much is it?", f"It is ${VISIT.service.price_cents // 100:,}."),
        ("where can I park?", PLACE.garage),
    ],
)
async def test_the_desk_says_what_was_asked_where_the_draft_does_not(
    url: str, wrote: str, said: str, sends: str
) -> None:
    posted = await at_the_desk(url, wrote=wrote, sends=sends)

    assert said in posted["text"][0]
    assert (posted["choice"], posted["by"], posted["nonce"]) == (["send"], ["Rosa (front desk)"], ["n"])


async def test_the_desk_sends_a_draft_that_says_what_was_asked_as_it_is(url: str) -> None:
    draft = f"Juniper: It would take {LENGTH} with Hana. Would you like it?"

    assert (await at_the_desk(url, wrote="how long would it take?", draft=draft))["text"] == [draft]


async def test_the_desk_sends_the_draft_to_who_asked_nothing(url: str) -> None:
    draft = "Juniper: Thank you for your text. Please tell us in a few words what we can do for you."

    assert (await at_the_desk(url, wrote="hmm not sure", draft=draft))["text"] == [draft]


async def test_the_desk_names_a_time_that_is_free_then(url: str) -> None:
    (text,) = (await at_the_desk(url, wrote="yes but can we do 3 instead?"))["text"]
    slot = read(text).slot or ""
    taken = {
        slot_words(start, visit.provider.first_name)
        for visit in WORLD.visits
        for start in [visit.start + timedelta(minutes=minutes) for minutes in range(visit.service.minutes)]
    }

    assert re.search(r" at [3-5]:\d{2} PM with (Hana|Elena|Noa)$", slot)
    assert slot not in taken


ENTER = """<html><body><h1>Enter in the calendar: Tue Oct 6 at 10:00 AM (7)</h1><p>A client said yes.<br>
Client: {name} ({phone} {email})<br>{at}-23:59: {service} with {provider}, Room 1<br>{more}</p></body></html>"""


class NotingDiary(Diary):
    """Lets somebody wait for the first note."""

    def __init__(self, time: Time) -> None:
        super().__init__(time)
        self.noted = asyncio.Event()

    def note(self, who: str, kind: str, words: str, **more: Any) -> None:
        super().note(who, kind, words, **more)
        self.noted.set()


async def typed(url: str, *, more: str = "", phone: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    """What the desk types into the calendar after a card that asks for it."""
    client = VISIT.client
    Practice.page = ENTER.format(
        name=client.name,
        phone=phone or client.phone,
        email=client.email,
        at=f"{VISIT.start:%a %d %b %Y, %H:%M}",
        service=VISIT.service.name,
        provider=VISIT.provider.first_name,
        more=more,
    )
    button = {"type": "button", "text": {"text": "Open"}, "url": f"{url}/tasks/t"}
    title = "Enter in the calendar: Tue Oct 6 at 10:00 AM (7)"
    card: Entry = {"seq": 1, "kind": "posted", "text": title, "blocks": [{"type": "actions", "elements": [button]}]}
    clock = PracticeClock(anchor_real=datetime.now(UTC), anchor_practice=VISIT.start, rate=10_000)
    asked: list[tuple[str, dict[str, Any]]] = []
    later = {"appointment": "later", "client": client.ref, "state": "BOOKED", "start_at": VISIT.end.isoformat()}
    pms = SimpleNamespace(
        ask=lambda method, path, body: asked.append((path, body)), state=lambda: {"appointments": [later]}
    )
    slack = SimpleNamespace(ledger=lambda *, since, kind=None: [card] if since == 0 else [])
    diary = NotingDiary(Time(clock))
    desk = FrontDesk(world=WORLD, pms=cast(Control, pms), slack=cast(Control, slack), time=Time(clock), diary=diary)
    running = asyncio.create_task(desk.run())
    await asyncio.wait_for(diary.noted.wait(), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return asked


async def test_the_desk_types_the_visit_it_is_asked_for_and_signs_for_chairflow(url: str) -> None:
    [(path, body)] = await typed(url)

    what = {
        "service": WORLD.service_refs[VISIT.service.code],
        "staff": WORLD.provider_refs[VISIT.provider.key],
    }
    assert (path, body) == (
        "staff/book",
        {"who": FOR_CHAIRFLOW, "client": VISIT.client.ref, "start": VISIT.start.isoformat(), "services": [what]},
    )
    assert by_us({"by": "hand", "who": body["who"]})


async def test_the_desk_cancels_the_visit_that_is_replaced(url: str) -> None:
    more = f"It replaces their visit of {VISIT.end:%a %d %b %Y, %H:%M}: please cancel that one."

    booked, cancelled = await typed(url, more=more)

    assert booked[0] == "staff/book"
    assert cancelled == (
        "staff/cancel",
        {"who": FOR_CHAIRFLOW, "id": "later", "reason": "CLIENT_CANCEL"},
    )


async def test_the_desk_types_nothing_for_somebody_it_does_not_know(url: str) -> None:
    assert await typed(url, phone="+12125550000") == []

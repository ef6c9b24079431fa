"""`python -m benchmarks.dbos_peer SETTINGS.json`: webhooks and workflows in one process, until it is ended."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import uvicorn
from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine, create_engine, text
from twilio.request_validator import RequestValidator

from vendors.pms.boulevard.auth import authorization, secret_key
from vendors.pms.boulevard.webhooks import BoulevardWebhooks

ANSWER: Final = "answer"
OFFER_WINDOW: Final = timedelta(minutes=10)
#: The time that an offer names, as the practice's clients read it.
_LOCAL: Final = "%a %b %-d at %-I:%M %p"
_UTC: Final = "%Y-%m-%dT%H:%M:%S.000Z"

_TABLE: Final = """
CREATE TABLE waiting (
    place bigint PRIMARY KEY, client text NOT NULL, phone text NOT NULL UNIQUE,
    asked_by text, asked_at timestamptz, state text NOT NULL DEFAULT 'waiting'
)
"""
_JOIN: Final = "INSERT INTO waiting (place, client, phone) VALUES (:place, :client, :phone)"
#: Who is next, with their phone taken: one open offer each.
_NEXT: Final = """
UPDATE waiting SET state = 'asked', asked_by = :fill, asked_at = now() WHERE place = (
    SELECT place FROM waiting WHERE state = 'waiting' ORDER BY place LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING client, phone
"""
_ASKED: Final = "SELECT client, phone FROM waiting WHERE asked_by = :fill AND state = 'asked'"
_WHOSE: Final = "SELECT asked_by FROM waiting WHERE phone = :phone AND state = 'asked'"
_ENDED: Final = "UPDATE waiting SET state = :state WHERE asked_by = :fill AND state = 'asked'"

_VISIT: Final = """query Visit($id: ID!) { appointment(id: $id) {
    id startAt cancelled clientId locationId appointmentServices { startAt endAt serviceId staffId } } }"""
_DAY: Final = """query Day($location: ID!, $query: QueryString) {
    appointments(locationId: $location, query: $query, first: 100) { edges { node {
        id startAt cancelled appointmentServices { startAt endAt staffId } } } } }"""
_CREATE: Final = """mutation Create($location: ID!, $client: ID!, $start: NaiveDateTime!) {
    bookingCreate(input: {locationId: $location, clientId: $client, startTime: $start}) {
        booking { id bookingClients { id } } bookingWarnings { code } } }"""
_ADD: Final = """mutation Add($booking: ID!, $client: ID!, $service: ID!, $staff: ID!) {
    bookingAddService(input: {
        bookingId: $booking, bookingClientId: $client, serviceId: $service, staffId: $staff}) {
        bookingService { id } bookingWarnings { code } } }"""
_COMPLETE: Final = """mutation Complete($booking: ID!, $staff: ID!) {
    bookingComplete(input: {bookingId: $booking, bookWithStaffId: $staff, notifyClient: false}) {
        bookingAppointments { appointmentId } bookingWarnings { code } } }"""


@dataclass(frozen=True)
class Peer:
    """What the process was told, and what it speaks with."""

    told: dict[str, Any]

    @cached_property
    def engine(self) -> Engine:
        return create_engine(self.told["database_url"], pool_size=20, pool_use_lifo=True, isolation_level="AUTOCOMMIT")

    @cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(timeout=8, trust_env=False, limits=httpx.Limits(max_keepalive_connections=50))

    @cached_property
    def key(self) -> bytes:
        return secret_key(self.told["api_secret"], field="api_secret")

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """One request to the practice system; raises when it says no."""
        token = authorization(
            api_key=self.told["api_key"],
            key=self.key,
            business_id=self.told["business_id"],
            unix_seconds=int(time.time()),
        )
        answer = self.http.post(
            self.told["boulevard"], headers={"authorization": token}, json={"query": document, "variables": variables}
        )
        body: dict[str, Any] = answer.raise_for_status().json()
        if body.get("errors"):
            raise RuntimeError("the practice system refused the request")
        data: dict[str, Any] = body["data"]
        return data

    def text(self, to: str, body: str) -> None:
        account = self.told["account_sid"]
        self.http.post(
            f"{self.told['twilio']}/2010-04-01/Accounts/{account}/Messages.json",
            auth=(account, self.told["auth_token"]),
            data={"To": to, "From": self.told["number"], "Body": body},
        ).raise_for_status()

    def one(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        """A transaction of one statement, and its first row."""
        with self.engine.connect() as connection:
            found = connection.execute(text(statement), values)
            row = found.fetchone() if found.returns_rows else None
            return None if row is None else tuple(row)


peer: Peer
app = FastAPI()


# --- the job ---------------------------------------------------------------------------------------------------------


@DBOS.workflow()
def fill(appointment: str) -> str:
    """One cancelled visit's time, offered to one after the other."""
    freed = read_freed(appointment)
    if freed is None:
        return "nothing was freed"
    while (asked := offer_to_next(DBOS.workflow_id or "", freed)) is not None:
        client, phone = asked
        answer = DBOS.recv(ANSWER, timeout_seconds=OFFER_WINDOW.total_seconds())
        if answer != "YES":
            end_offer(DBOS.workflow_id or "", "waiting")
            continue
        if not write_visit(client, freed):
            return "taken meanwhile"
        confirm(DBOS.workflow_id or "", phone, freed)
        return "filled"
    return "nobody left"


@DBOS.step(retries_allowed=True)
def read_freed(appointment: str) -> dict[str, str] | None:
    """The visit as it is now; None when its time is not free."""
    visit = peer.ask(_VISIT, id=appointment)["appointment"]
    if visit is None or not visit["cancelled"]:
        return None
    (line,) = visit["appointmentServices"]
    freed = {
        "location": visit["locationId"],
        "start": line["startAt"],
        "end": line["endAt"],
        "service": line["serviceId"],
        "staff": line["staffId"],
    }
    return freed if is_free(freed) else None


@DBOS.step(retries_allowed=True)
def offer_to_next(workflow: str, freed: dict[str, str]) -> tuple[str, str] | None:
    """The next on the list has the offer on their phone."""
    found = peer.one(_ASKED, fill=workflow) or peer.one(_NEXT, fill=workflow)
    if found is None:
        return None
    client, phone = found
    peer.text(phone, f"Glow Rooms: we can offer {_when(freed)}. Reply YES to take it, NO to pass.")
    return client, phone


@DBOS.step(retries_allowed=True)
def write_visit(client: str, freed: dict[str, str]) -> bool:
    if not is_free(freed):
        return False
    start = datetime.fromisoformat(freed["start"]).replace(tzinfo=None).isoformat()
    made = peer.ask(_CREATE, location=freed["location"], client=client, start=start)["bookingCreate"]["booking"]
    added = peer.ask(
        _ADD,
        booking=made["id"],
        client=made["bookingClients"][0]["id"],
        service=freed["service"],
        staff=freed["staff"],
    )["bookingAddService"]
    if added["bookingWarnings"]:
        return False
    peer.ask(_COMPLETE, booking=made["id"], staff=freed["staff"])
    return True


@DBOS.step(retries_allowed=True)
def confirm(workflow: str, phone: str, freed: dict[str, str]) -> None:
    peer.text(phone, f"Glow Rooms: It is yours: {_when(freed)}. See you then.")
    peer.one(_ENDED, fill=workflow, state="won")


@DBOS.step(retries_allowed=True)
def end_offer(workflow: str, state: str) -> None:
    peer.one(_ENDED, fill=workflow, state=state)


def is_free(freed: dict[str, str]) -> bool:
    start, end = datetime.fromisoformat(freed["start"]), datetime.fromisoformat(freed["end"])
    since, until = ((start + by).astimezone(UTC) for by in (timedelta(hours=-12), timedelta(hours=12)))
    query = f"startAt >= '{since:{_UTC}}' AND startAt < '{until:{_UTC}}' AND cancelled = false"
    edges = peer.ask(_DAY, location=freed["location"], query=query)["appointments"]["edges"]
    return not any(
        line["staffId"] == freed["staff"]
        and datetime.fromisoformat(line["startAt"]) < end
        and start < datetime.fromisoformat(line["endAt"])
        for edge in edges
        for line in edge["node"]["appointmentServices"]
    )


def _when(freed: dict[str, str]) -> str:
    return datetime.fromisoformat(freed["start"]).strftime(_LOCAL)


# --- what comes from outside -----------------------------------------------------------------------------------------


@app.get("/healthz")
def healthz() -> str:
    return "ok"


@app.post("/boulevard")
async def boulevard(request: Request) -> Response:
    event = BoulevardWebhooks(
        application_secrets=(peer.told["application_secret"],), max_age=timedelta(minutes=5)
    ).verify_and_parse(headers=request.headers, body=await request.body(), now=datetime.now(UTC))
    if event.event_type == "APPOINTMENT_CANCELLED" and event.appointment_ref is not None:
        await run_in_threadpool(_begin, event.event_key, event.appointment_ref)
    return Response(status_code=204)


def _begin(event_key: str, appointment: str) -> None:
    """Once an event, however often it comes. In a thread: what runs without an event loop may not be started on one."""
    with SetWorkflowID(f"fill:{event_key}"):
        DBOS.start_workflow(fill, appointment)


@app.post("/twilio")
async def twilio(request: Request) -> Response:
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode(), True).items()}
    signed = request.headers.get("x-twilio-signature", "")
    if not RequestValidator(peer.told["auth_token"]).validate(str(request.url), form, signed):
        raise HTTPException(403)
    found = await run_in_threadpool(peer.one, _WHOSE, phone=form["From"])
    if found is not None:
        await DBOS.send_async(found[0], form["Body"].strip().upper(), ANSWER)
    return Response("<Response/>", media_type="application/xml")


def main(settings: Path) -> None:
    global peer
    peer = Peer(json.loads(settings.read_text()))
    peer.one(_TABLE)
    for place, (client, phone) in enumerate(peer.told["waiting"]):
        peer.one(_JOIN, place=place, client=client, phone=phone)
    config: DBOSConfig = {
        "name": "peer",
        "system_database_url": peer.told["database_url"],
        "log_level": "WARNING",
        "max_executor_threads": 64,
    }
    DBOS(config=config)
    DBOS.launch()
    uvicorn.run(app, host="127.0.0.1", port=peer.told["port"], log_level="warning", access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

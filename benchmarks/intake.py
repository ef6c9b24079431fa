"""How many webhooks a second are taken in, each durable before its 2xx, and how fast the backlog drains."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func
from sqlmodel import col, select

from benchmarks.practice import BenchPractice
from models.inbox import Delivery, Receipt
from tests.journeys.house import until

#: A hundred a second is slow for the dev server.
_DRAINED_WITHIN_SECONDS: Final = 90.0


@dataclass(frozen=True)
class Intake:
    """A burst and what followed. `answers` are the seconds each sender waited; `drained_per_second` counts deliveries
    handed to Temporal after the burst's start."""

    sent: int
    seconds: float
    drained_per_second: float
    answers: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds


class IntakeFailed(Exception):
    """A webhook was not answered with 2xx, or not kept."""


async def burst(bench: BenchPractice, apis: list[str], *, count: int, connections: int) -> Intake:
    """Signed `APPOINTMENT_UPDATED` webhooks, each about an appointment of its own: a delivery and a journey each.

    Spread over `apis`, each of which runs a relay. Call it with the workers stopped: what they would do with the
    journeys is measured by the fills.
    """
    requests = _requests(bench, count)
    before = _receipts(bench)
    places = [urlsplit(url) for url in apis]
    began = time.monotonic()
    answers = await asyncio.gather(
        *(
            _send(url.hostname or "", url.port or 0, requests[place::connections])
            for place in range(connections)
            for url in (places[place % len(places)],)
        )
    )
    took = time.monotonic() - began
    kept = _receipts(bench) - before
    if kept < count:
        raise IntakeFailed(f"{count} webhooks were answered, {kept} receipts are kept")
    await asyncio.to_thread(
        until, lambda: not _waiting(bench), seconds=_DRAINED_WITHIN_SECONDS, what="the end of the backlog"
    )
    return Intake(
        sent=count,
        seconds=took,
        drained_per_second=count / (time.monotonic() - began),
        answers=tuple(one for of_one in answers for one in of_one),
    )


async def _send(host: str, port: int, requests: list[bytes]) -> list[float]:
    """One after the other over one connection; any answer but a 2xx ends it. Returns how long each answer took."""
    reader, writer = await asyncio.open_connection(host, port)
    answers = []
    for request in requests:
        began = time.monotonic()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        answers.append(time.monotonic() - began)
        if not head.startswith(b"HTTP/1.1 204"):
            raise IntakeFailed(head.split(b"\r\n", 1)[0].decode())
    writer.close()
    await writer.wait_closed()
    return answers


def _requests(bench: BenchPractice, count: int) -> list[bytes]:
    """Ready to be written to a socket, so that the client costs next to nothing beside the server."""
    config = bench.stage.sandboxes.boulevard.config()
    path = f"/webhooks/boulevard/{bench.stage.options.practice_slug}"
    host = bench.stage.api_url.removeprefix("http://")
    key = base64.b64decode(config["application_secret"])
    ready = []
    for _ in range(count):
        body = json.dumps(
            {
                "data": {"node": {"__typename": "Appointment", "id": f"urn:blvd:Appointment:{uuid.uuid4()}"}},
                "timestamp": datetime.now(UTC).isoformat(),
                "resource": "Appointment",
                "event": "appointment.updated",
                "eventType": "APPOINTMENT_UPDATED",
                "businessId": f"urn:blvd:Business:{config['business_id']}",
                "apiApplicationId": f"urn:blvd:ApiApplication:{config['application_id']}",
                "idempotencyKey": str(uuid.uuid4()),
                "webhookId": f"urn:blvd:Webhook:{uuid.uuid4()}",
            }
        ).encode()
        salt = f"blvd-webhook-v1:{config['application_id']}:{int(time.time())}"
        mac = base64.b64encode(hmac.new(key, salt.encode() + b":" + body, hashlib.sha256).digest()).decode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nx-blvd-hmac-salt: {salt}\r\nx-blvd-hmac-sha256: {mac}\r\n\r\n"
        )
        ready.append(head.encode() + body)
    return ready


def _receipts(bench: BenchPractice) -> int:
    with bench.stage.database().transaction() as session:
        return session.exec(select(func.count()).select_from(Receipt)).one()


def _waiting(bench: BenchPractice) -> int:
    """Receipts that are not routed and deliveries that are not handed over."""
    with bench.stage.database().transaction() as session:
        unrouted = session.exec(select(func.count()).select_from(Receipt).where(col(Receipt.state) == "new")).one()
        line = session.exec(select(func.count()).select_from(Delivery).where(col(Delivery.state) == "waiting")).one()
        return unrouted + line

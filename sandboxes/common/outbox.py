"""Webhooks on their way out: late, repeated, out of order and retried, as vendors do it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

from sandboxes.common.background import Background
from sandboxes.common.faults import FaultBook
from sandboxes.common.ledger import Ledger

REORDER_PATIENCE_SECONDS = 10.0


class OutboxSettings(BaseModel):
    """How webhooks travel: seconds before each first attempt, its jitter, and the share that is sent twice.

    A jitter longer than the time between two events puts them out of order. `retry_scale` shortens the vendor's
    documented gaps between attempts for a test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay: float = Field(default=0.0, ge=0)
    jitter: float = Field(default=0.0, ge=0)
    duplicate_share: float = Field(default=0.0, ge=0, le=1)
    retry_scale: float = Field(default=1.0, ge=0)


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """One attempt as it goes over the wire."""

    content: bytes
    headers: dict[str, str]
    method: str = "POST"


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """What a vendor documents: gaps in seconds between attempts, patience per attempt, and which outcomes it repeats.

    `wants_retry` gets the status of the answer, or None when there was none; `connected` says whether the connection
    stood.
    """

    gaps: tuple[float, ...] = ()
    timeout: float = 15.0
    wants_retry: Callable[[int | None, bool], bool] = field(
        default=lambda status, connected: status is None or not 200 <= status < 300
    )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How one delivery ended: the last status (None when nobody answered), its body, and how many attempts it took."""

    status: int | None
    text: str
    attempts: int
    error: str | None = None
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        """Say whether the last attempt was answered with a 2xx."""
        return self.status is not None and 200 <= self.status < 300


Build = Callable[[int], WebhookRequest]


class Outbox:
    """Delivers webhooks in the background; every delivery ends as one `webhook` entry in the ledger."""

    def __init__(self, *, ledger: Ledger, faults: FaultBook, settings: Callable[[], OutboxSettings], seed: int) -> None:
        self._ledger = ledger
        self._faults = faults
        self._settings = settings
        self._random = random.Random(f"outbox:{seed}")
        self._background = Background()
        self._departed = asyncio.Event()
        self._client: httpx.AsyncClient | None = None

    @property
    def pending(self) -> int:
        """Return how many deliveries have not ended."""
        return self._background.running

    def send(
        self,
        *,
        event: str,
        url: str,
        build: Build,
        policy: RetryPolicy,
        fields: Mapping[str, Any] | None = None,
        after: float = 0.0,
        on_end: Callable[[Answer], None] | None = None,
    ) -> None:
        """Start a delivery and return at once.

        `build` is called for each attempt (with its number, from 1), so that signatures and their times are fresh.
        `fields` are what faults may match and what the ledger shows; `after` adds seconds to the configured delay.
        """
        settings = self._settings()
        wait = after + settings.delay + self._random.uniform(0, settings.jitter)
        copies = 2 if self._random.random() < settings.duplicate_share else 1
        delivery = _Delivery(event=event, url=url, build=build, policy=policy, fields=dict(fields or {}), on_end=on_end)
        self._background.start(self._depart(delivery, wait=wait, copies=copies))

    def clear(self, seed: int) -> None:
        """Forget what is under way and begin the random choices anew."""
        self._background.cancel()
        self._random = random.Random(f"outbox:{seed}")

    async def close(self) -> None:
        """Stop everything and close connections."""
        await self._background.close()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _depart(self, delivery: _Delivery, *, wait: float, copies: int) -> None:
        held_back: float | None = None
        for armed in self._faults.take(f"webhook:{delivery.event}", delivery.fields):
            fault = armed.fault
            if fault.kind == "delay":
                wait += fault.seconds or 0.0
            elif fault.kind == "drop":
                self._ledger.add("webhook_lost", event=delivery.event, url=delivery.url, **delivery.fields)
                delivery.end(Answer(status=None, text="", attempts=0, error="lost"))
                return
            elif fault.kind == "duplicate":
                copies = 2
            elif fault.kind == "reorder":
                held_back = REORDER_PATIENCE_SECONDS if fault.seconds is None else fault.seconds
        await asyncio.sleep(wait)
        if held_back is not None:
            await self._next_departure(held_back)
        for _ in range(copies - 1):
            self._background.start(self._deliver(delivery, note="duplicate"))
        await self._deliver(delivery, note="reordered" if held_back is not None else None)

    async def _next_departure(self, patience: float) -> None:
        departed = self._departed
        try:
            await asyncio.wait_for(departed.wait(), patience)
        except TimeoutError:
            return  # nothing else came: late is all it can be

    async def _deliver(self, delivery: _Delivery, *, note: str | None) -> None:
        answer = await self._attempts(delivery)
        self._departed.set()
        self._departed = asyncio.Event()
        self._ledger.add(
            "webhook",
            event=delivery.event,
            url=delivery.url,
            status=answer.status,
            attempts=answer.attempts,
            error=answer.error,
            note=note,
            **delivery.fields,
        )
        delivery.end(answer)

    async def _attempts(self, delivery: _Delivery) -> Answer:
        attempt = 0
        while True:
            attempt += 1
            answer = await self._attempt(delivery, attempt)
            connected = answer.error != "connect"
            if attempt > len(delivery.policy.gaps) or not delivery.policy.wants_retry(answer.status, connected):
                return answer
            await asyncio.sleep(delivery.policy.gaps[attempt - 1] * self._settings().retry_scale)

    async def _attempt(self, delivery: _Delivery, attempt: int) -> Answer:
        if self._client is None:
            # A receiver that closes idle connections after some seconds, as uvicorn does after five, must not close one
            # just as it is used again: the event would count as lost.
            limits = httpx.Limits(keepalive_expiry=2.0)
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, limits=limits)
        request = delivery.build(attempt)
        began = asyncio.get_running_loop().time()
        try:
            response = await asyncio.wait_for(
                self._client.request(
                    request.method,
                    delivery.url,
                    content=request.content,
                    headers=request.headers,
                    timeout=delivery.policy.timeout,
                ),
                delivery.policy.timeout,  # httpx bounds each read, this bounds the whole
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL):
            return Answer(status=None, text="", attempts=attempt, error="connect")
        except (httpx.TimeoutException, TimeoutError):
            return Answer(status=None, text="", attempts=attempt, error="timeout")
        except httpx.HTTPError as error:
            return Answer(status=None, text="", attempts=attempt, error=type(error).__name__)
        took = asyncio.get_running_loop().time() - began
        return Answer(status=response.status_code, text=response.text, attempts=attempt, seconds=took)


@dataclass(frozen=True, kw_only=True)
class _Delivery:
    event: str
    url: str
    build: Build
    policy: RetryPolicy
    fields: dict[str, Any]
    on_end: Callable[[Answer], None] | None

    def end(self, answer: Answer) -> None:
        """Tell the sender how it ended; a repeated delivery tells it twice."""
        if self.on_end is not None:
            self.on_end(answer)

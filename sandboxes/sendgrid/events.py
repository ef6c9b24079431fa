"""The event webhook: gathers events, sends them as signed JSON arrays, repeats what was not taken."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from sandboxes.common.outbox import RetryPolicy, WebhookRequest
from sandboxes.common.sandbox import Sandbox
from sandboxes.sendgrid.config import SendGridConfig
from sandboxes.sendgrid.signature import Signer

DAY_SECONDS = 24 * 3600
PATIENCE_SECONDS = 10.0


def gaps(first: float) -> tuple[float, ...]:
    """Return doubling gaps that end within a day."""
    found: list[float] = []
    while sum(found) + first <= DAY_SECONDS:
        found.append(first)
        first *= 2
    return tuple(found)


def batch_body(events: list[dict[str, Any]]) -> bytes:
    """Return a batch as it goes over the wire: compact JSON and a trailing CR LF, which the signature covers."""
    return json.dumps(events, sort_keys=True, separators=(",", ":")).encode() + b"\r\n"


class EventFeed:
    """Gathers events for `batch_seconds` after the first and posts them together."""

    def __init__(self, sandbox: Sandbox[SendGridConfig]) -> None:
        self._sandbox = sandbox
        self.signer = Signer(sandbox.config.signing_key_pem)
        self._waiting: list[dict[str, Any]] = []

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()

    def add(self, event: dict[str, Any]) -> None:
        """Take an event on."""
        if self._sandbox.config.event_url is None:
            return
        self._waiting.append(event)
        if len(self._waiting) == 1:
            self._sandbox.background.start(self._flush())

    async def _flush(self) -> None:
        await asyncio.sleep(self._sandbox.config.batch_seconds)
        events, self._waiting = self._waiting, []
        config = self._sandbox.config
        if config.event_url is None or not events:
            return
        if config.shuffle_batches:
            self._sandbox.random.shuffle(events)
        names = sorted({event["event"] for event in events})
        self._sandbox.outbox.send(
            event="+".join(names),
            url=config.event_url,
            build=lambda attempt: self._signed(batch_body(events)),
            policy=RetryPolicy(gaps=gaps(config.first_gap_seconds), timeout=PATIENCE_SECONDS),
            fields={"events": [[event["event"], event["sg_event_id"]] for event in events]},
        )

    def _signed(self, body: bytes) -> WebhookRequest:
        # Whether SendGrid refreshes the timestamp of a retry is not documented: here each attempt is signed anew.
        headers = {"Content-Type": "application/json", "User-Agent": "SendGrid Event API"}
        if self._sandbox.config.signing_enabled:
            timestamp = str(int(time.time()))
            headers["X-Twilio-Email-Event-Webhook-Timestamp"] = timestamp
            headers["X-Twilio-Email-Event-Webhook-Signature"] = self.signer.sign(timestamp, body)
        return WebhookRequest(content=body, headers=headers)

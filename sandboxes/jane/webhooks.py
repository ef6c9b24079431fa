"""Webhooks out: one subscription a topic, a payload without personal data, a signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandboxes.common.ledger import Ledger
from sandboxes.common.outbox import Outbox, RetryPolicy, WebhookRequest
from sandboxes.jane.config import JaneConfig
from sandboxes.jane.views import second
from sandboxes.practice.calendar import Change
from sandboxes.practice.ids import random_uuid

BOOKED, CANCELLED, RESCHEDULED, UNCANCELLED = TOPICS = (
    "APPOINTMENT_BOOKED",
    "APPOINTMENT_CANCELLED",
    "APPOINTMENT_RESCHEDULED",
    "APPOINTMENT_UNCANCELLED",
)
_TOPICS_OF_CHANGE = {
    "appointment_booked": BOOKED,
    "appointment_cancelled": CANCELLED,
    "appointment_moved": RESCHEDULED,
    "appointment_uncancelled": UNCANCELLED,
}


@dataclass(frozen=True)
class Subscription:
    id: str
    topic: str
    url: str
    secret: str
    created_at: datetime
    configured: bool = False

    def view(self, clinic_guid: int) -> dict[str, Any]:
        """As it is shown, without its secret."""
        return {
            "id": self.id,
            "event_topic": self.topic,
            "target_url": self.url,
            "clinic_guid": clinic_guid,
            "status": "active",
            "updated_at": second(self.created_at),
            "created_at": second(self.created_at),
        }


class Webhooks:
    """The extension's subscriptions at this clinic."""

    def __init__(
        self, *, outbox: Outbox, ledger: Ledger, source: random.Random, config: Callable[[], JaneConfig]
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._source = source
        self._config = config
        self._count = 0
        self.subscriptions: dict[str, Subscription] = {}

    def subscribe(self, topic: str, url: str, *, secret: str | None = None, configured: bool = False) -> Subscription:
        """Subscribe an address to a topic; the secret is told this once."""
        made = Subscription(
            id=random_uuid(self._source),
            topic=topic,
            url=url,
            secret=secret or secrets.token_hex(32),
            created_at=datetime.now(UTC),
            configured=configured,
        )
        self.subscriptions[made.id] = made
        return made

    def of_topic(self, topic: str) -> Subscription | None:
        """The subscription there is; there can be one."""
        return next((each for each in self.subscriptions.values() if each.topic == topic), None)

    def configure(self) -> None:
        """Subscribe the configured address to every topic, and take away what was configured before."""
        config = self._config()
        self.subscriptions = {each.id: each for each in self.subscriptions.values() if not each.configured}
        for topic in TOPICS:
            if config.webhook_url and self.of_topic(topic) is None:
                self.subscribe(topic, config.webhook_url, secret=config.webhook_secret, configured=True)

    def publish(self, change: Change, *, no_show: bool) -> None:
        """Tell the subscriber of the change's topic; a no-show, an arrival and an archived visit have none."""
        topic = None if no_show else _TOPICS_OF_CHANGE.get(change.kind)
        subscription = self.of_topic(topic) if topic else None
        if subscription is None:
            return
        config = self._config()
        event_id = random_uuid(self._source)
        self._count += 1
        if config.lose_every and self._count % config.lose_every == 0:
            self._ledger.add("webhook_lost", event=subscription.topic, url=subscription.url, appointment=change.id)
            return
        payload = {
            "event_id": event_id,
            "event_topic": subscription.topic,
            "event_timestamp": second(datetime.now(UTC)),
            "appointment_id": change.id,
            "clinic_guid": config.clinic_guid,
            "version": 1,
        }
        body = json.dumps(payload).encode()
        self._outbox.send(
            event=subscription.topic,
            url=subscription.url,
            build=lambda attempt: self._signed(body, subscription.secret),
            policy=RetryPolicy(gaps=config.webhook_retry_gaps, timeout=config.webhook_timeout_seconds),
            fields={"webhook": subscription.id, "appointment": change.id, "event_id": event_id},
        )

    def _signed(self, body: bytes, secret: str) -> WebhookRequest:
        config = self._config()
        stamp = str(int(time.time())) if config.timestamp == "unix" else second(datetime.now(UTC))
        signed = body if config.signed == "body" else f"{stamp}.".encode() + body
        mac = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        digest = mac.hex() if config.digest == "hex" else base64.b64encode(mac).decode()
        headers = {
            "content-type": "application/json",
            "X-Jane-Timestamp": stamp,
            "X-Jane-Signature": f"sha256={digest}",
        }
        return WebhookRequest(content=body, headers=headers)

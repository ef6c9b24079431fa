"""Webhooks out: who wants which event, what is in it, how it is signed, when it is given up.

The node of an appointment event is read with the schema itself, so that it has the same form as an answer of the API.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandboxes.boulevard.config import BoulevardConfig, hmac_key
from sandboxes.boulevard.ids import accept, urn
from sandboxes.boulevard.views import View, instant_text
from sandboxes.common.ledger import Ledger
from sandboxes.common.outbox import Answer, Outbox, RetryPolicy, WebhookRequest
from sandboxes.practice.calendar import Change
from sandboxes.practice.errors import Refused, UnknownId
from sandboxes.practice.ids import random_uuid

EVENT_TYPES = (
    "APPOINTMENT_CREATED",
    "APPOINTMENT_UPDATED",
    "APPOINTMENT_RESCHEDULED",
    "APPOINTMENT_CONFIRMED",
    "APPOINTMENT_ARRIVED",
    "APPOINTMENT_ACTIVE",
    "APPOINTMENT_COMPLETED",
    "APPOINTMENT_CANCELLED",
    "CLIENT_CREATED",
    "CLIENT_UPDATED",
)

_EVENT_OF_CHANGE = {
    "appointment_booked": "APPOINTMENT_CREATED",
    "appointment_cancelled": "APPOINTMENT_CANCELLED",
    "appointment_completed": "APPOINTMENT_COMPLETED",
    "client_created": "CLIENT_CREATED",
    "client_updated": "CLIENT_UPDATED",
}
_EVENT_OF_STATE = {
    "CONFIRMED": "APPOINTMENT_CONFIRMED",
    "ARRIVED": "APPOINTMENT_ARRIVED",
    "ACTIVE": "APPOINTMENT_ACTIVE",
}

APPOINTMENT_NODE = """
  __typename id startAt endAt notes duration bookedByType
  clientId client { id name email mobilePhone externalId }
  locationId location { id name tz businessName externalId }
  appointmentServices {
    id startAt startTimeOffset staffRequested
    staffId staff { id firstName lastName email externalId }
    serviceId service { id name externalId }
  }
"""
CLIENT_NODE = "__typename id externalId name firstName lastName email mobilePhone createdAt updatedAt"

ReadNode = Callable[[str, str, str], View]
"""Field of `Query`, id, selection → the node."""


@dataclass
class Hook:
    """One webhook; a disabled one stays listed and hears nothing more."""

    id: str
    url: str
    events: tuple[str, ...]
    enabled: bool = True
    configured: bool = False
    """Set up through the sandbox's config rather than `createWebhook`."""
    subscription_ids: dict[str, str] = field(default_factory=dict)

    def wants(self, event_type: str) -> bool:
        return self.enabled and event_type in self.events

    def view(self) -> View:
        subscriptions = [
            {"id": urn("WebhookSubscription", self.subscription_ids[name]), "eventType": name, "enabled": True}
            for name in self.events
        ]
        return {"id": urn("Webhook", self.id), "enabled": self.enabled, "subscriptions": subscriptions}


class Webhooks:
    """All webhooks of the business."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        ledger: Ledger,
        random_source: random.Random,
        config: Callable[[], BoulevardConfig],
        read_node: ReadNode,
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._random = random_source
        self._config = config
        self._read_node = read_node
        self.hooks: dict[str, Hook] = {}

    def create(
        self, *, url: str, events: tuple[str, ...], enabled: bool = True, configured: bool = False, ping: bool = True
    ) -> Hook:
        """Set up a webhook and, unless told not to, ping it; refuses events that are not in the vendor's list."""
        unknown = sorted(set(events) - set(EVENT_TYPES))
        if unknown:
            raise Refused(f"Unknown eventType {', '.join(unknown)}; known here: {', '.join(EVENT_TYPES)}")
        hook = Hook(id=random_uuid(self._random), url=url, events=events, enabled=enabled, configured=configured)
        hook.subscription_ids = {name: random_uuid(self._random) for name in events}
        self.hooks[hook.id] = hook
        if ping and enabled:
            self._send(hook, "PING", "Webhook", {"__typename": "Webhook", "id": urn("Webhook", hook.id)})
        return hook

    def ping(self, given: str) -> Hook:
        """Send a test event."""
        hook = self.hooks.get(accept("Webhook", given))
        if hook is None:
            raise UnknownId("Webhook", given)
        self._send(hook, "PING", "Webhook", {"__typename": "Webhook", "id": urn("Webhook", hook.id)})
        return hook

    def retarget(self, *, ping: bool = True) -> None:
        """Set up what the config names and is not there yet, and take away what it names no longer."""
        wanted = {(target.url, target.events or EVENT_TYPES): target for target in self._config().webhook_targets}
        configured = {(hook.url, hook.events): hook for hook in self.hooks.values() if hook.configured}
        for gone in configured.keys() - wanted.keys():
            del self.hooks[configured[gone].id]
        for (url, events), target in wanted.items():
            if (url, events) not in configured:
                self.create(url=url, events=events, enabled=target.enabled, configured=True, ping=ping)

    def publish(self, event_type: str, kind: str, record_id: str) -> None:
        """Tell everybody who wants this event, with the record as it is now."""
        listeners = [hook for hook in self.hooks.values() if hook.wants(event_type)]
        if not listeners:
            return
        node_id = urn(kind, record_id)
        if self._config().webhook_node != "full":
            node: View = {"__typename": kind, "id": node_id}
        else:
            node = self._read_node(kind.lower(), node_id, APPOINTMENT_NODE if kind == "Appointment" else CLIENT_NODE)
        for hook in listeners:
            self._send(hook, event_type, kind, node)

    def _send(self, hook: Hook, event_type: str, resource: str, node: View) -> None:
        config = self._config()
        key = random_uuid(self._random)
        if config.webhook_types == "resource" and event_type != "PING":
            event_type = resource.lower()
        event = event_type.lower().replace("_", ".", 1)
        node_id = node["id"].rpartition(":")[2]
        envelope = {
            "data": {"node": None if config.webhook_node == "null" and event_type != "PING" else node},
            "timestamp": instant_text(datetime.now(UTC)),
            "resource": resource,
            "event": event,
            "eventType": event_type,
            "businessId": urn("Business", config.business_id),
            "apiApplicationId": urn("ApiApplication", config.application_id),
            "idempotencyKey": key,
            "webhookId": urn("Webhook", hook.id),
        }
        body = json.dumps(envelope, ensure_ascii=False).encode()
        self._outbox.send(
            event=event_type,
            url=hook.url,
            build=lambda attempt: self._signed(body),
            policy=RetryPolicy(
                gaps=config.webhook_retry_gaps,
                timeout=config.webhook_timeout_seconds,
                wants_retry=lambda status, connected: hook.enabled and not _settled(status),
            ),
            fields={"webhook": hook.id, "node": node_id, "idempotency_key": key},
            on_end=lambda answer: self._ended(hook, answer),
        )

    def _signed(self, body: bytes) -> WebhookRequest:
        config = self._config()
        salt = f"blvd-webhook-v1:{config.application_id}:{int(time.time())}"
        mac = hmac.new(hmac_key(config.application_secret), salt.encode() + b":" + body, hashlib.sha256)
        headers = {
            "content-type": "application/json",
            "x-blvd-hmac-salt": salt,
            "x-blvd-hmac-sha256": base64.b64encode(mac.digest()).decode(),
        }
        return WebhookRequest(content=body, headers=headers)

    def _ended(self, hook: Hook, answer: Answer) -> None:
        # A 410 unsubscribes for good, failures to the end of the gaps disable, a 429 never counts as a failure.
        if not hook.enabled or answer.accepted or answer.status == 429:
            return
        hook.enabled = False
        why = "answered 410" if answer.status == 410 else f"failed {answer.attempts} times"
        self._ledger.add("webhook_disabled", webhook=hook.id, url=hook.url, why=why)


def event_of(change: Change, state: str | None) -> str:
    """The vendor's event for a change; `state` is the one an appointment has after it."""
    if change.kind == "appointment_moved" and change.retimed:
        return "APPOINTMENT_RESCHEDULED"
    if change.kind == "appointment_updated" and change.restated:
        return _EVENT_OF_STATE.get(state or "", "APPOINTMENT_UPDATED")
    return _EVENT_OF_CHANGE.get(change.kind, "APPOINTMENT_UPDATED")


def _settled(status: int | None) -> bool:
    return status == 410 or (status is not None and 200 <= status < 300)

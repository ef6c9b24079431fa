"""Webhooks out: which event a change is, what is in it, how it is signed, when it is sent again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandboxes.common.outbox import Outbox, RetryPolicy, WebhookRequest
from sandboxes.gohighlevel.config import GoHighLevelConfig
from sandboxes.gohighlevel.views import View, stamp
from sandboxes.practice.ids import Ids

_TOLD_LATER = 429


class Signer:
    """The sandbox's own keys; the vendor's private ones are nobody's."""

    def __init__(self, ed25519_private_key: str) -> None:
        self._ed25519 = Ed25519PrivateKey.from_private_bytes(base64.b64decode(ed25519_private_key))

    @cached_property
    def _rsa(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    @property
    def ed25519_public_key(self) -> str:
        """SPKI DER in base64, as the vendor's is told."""
        der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return base64.b64encode(self._ed25519.public_key().public_bytes(*der)).decode()

    @property
    def rsa_public_key(self) -> str:
        """PEM, as the vendor printed its own."""
        pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._rsa.public_key().public_bytes(*pem).decode()

    def headers(self, body: bytes, kinds: tuple[str, ...]) -> dict[str, str]:
        """The signatures of a raw body."""
        signed = {}
        if "ed25519" in kinds:
            signed["X-GHL-Signature"] = base64.b64encode(self._ed25519.sign(body)).decode()
        if "rsa" in kinds:
            legacy = self._rsa.sign(body, padding.PKCS1v15(), hashes.SHA256())
            signed["x-wh-signature"] = base64.b64encode(legacy).decode()
        return signed


class Webhooks:
    """The app's one webhook URL, as its portal has it."""

    def __init__(self, *, outbox: Outbox, ids: Ids, config: Callable[[], GoHighLevelConfig]) -> None:
        self._outbox = outbox
        self._ids = ids
        self._config = config
        self._signers: dict[str, Signer] = {}
        self._held: dict[tuple[str, str], Callable[[], None]] | None = None

    @property
    def signer(self) -> Signer:
        key = self._config().ed25519_private_key
        if key not in self._signers:
            self._signers[key] = Signer(key)
        return self._signers[key]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send one event of a type for each record a call changes, with the record as the call leaves it."""
        self._held = {}
        try:
            yield
        finally:
            held, self._held = self._held, None
            for send in held.values():
                send()

    def send(self, event: str, record_id: str, location_id: str, content: Callable[[], View]) -> None:
        """Send an event; `content` makes what it carries beside type and location."""
        if self._held is not None:
            self._held[event, record_id] = lambda: self._send(event, record_id, location_id, content())
        else:
            self._send(event, record_id, location_id, content())

    def _send(self, event: str, record_id: str, location_id: str, content: View) -> None:
        config = self._config()
        if config.webhook_url is None:
            return
        webhook_id = self._ids.new()
        told = config.update_event if event == "AppointmentUpdate" else event
        envelope = {
            "type": told,
            "locationId": location_id,
            "timestamp": stamp(datetime.now(UTC)),
            "webhookId": webhook_id,
            **content,
        }
        body = json.dumps(envelope, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **self.signer.headers(body, config.signatures)}
        self._outbox.send(
            event=event,
            url=config.webhook_url,
            build=lambda attempt: WebhookRequest(content=body, headers=headers),
            policy=RetryPolicy(
                gaps=config.webhook_retry_gaps,
                timeout=config.webhook_timeout_seconds,
                wants_retry=lambda status, connected: status == _TOLD_LATER,
            ),
            fields={"webhook": webhook_id, "record": record_id},
        )

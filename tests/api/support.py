"""The API over ASGI, with the vendors' real readers and keys of this test's own."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from temporalio.client import Client
from twilio.request_validator import RequestValidator

from api.app import create_app
from api.auth import new_key
from api.dependencies import Dependencies
from models.repositories import access
from tests.inbox.scene import NOW, Scene
from wiring.codec import SealingCodec
from wiring.connected_vendors import Accounts, ConnectedReaders
from wiring.settings import Settings, given_settings

PUBLIC = "https://chairflow.example"
TWILIO_TOKEN = "twilio-token"
SLACK_SECRET = "slack-secret"
BOULEVARD_SECRET = base64.b64encode(b"boulevard-secret").decode()
SENDGRID_KEY = ec.generate_private_key(ec.SECP256R1())


def settings_with(**values: Any) -> Settings:
    """Settings with an account at each vendor; None turns one off."""
    accounts = {
        "boulevard": {
            "business_id": "b",
            "api_key": "key",
            "api_secret": BOULEVARD_SECRET,
            "application_secret": BOULEVARD_SECRET,
        },
        "twilio": {"account_sid": "AC1", "auth_token": TWILIO_TOKEN, "from_number": "+12125550100"},
        "sendgrid": {"api_key": "key", "from_email": "visits@glow.example", "event_public_key": _public_key()},
        "slack": {"bot_token": "xoxb-1", "signing_secret": SLACK_SECRET, "channel": "C1"},
    }
    return given_settings(
        **{"public_base_url": PUBLIC, "temporal_ui_url": "http://127.0.0.1:8233", **accounts, **values}
    )


def dependencies(scene: Scene, *, settings: Settings | None = None) -> Dependencies:
    settings = settings or settings_with()

    async def never() -> Client:
        raise ConnectionError("no Temporal in this test")

    return Dependencies(
        settings=settings,
        database=scene.database,
        connect=never,
        codec=SealingCodec(settings.keyring(), namespace=settings.temporal_namespace),
        readers=ConnectedReaders(Accounts(settings=settings, database=scene.database), wall=lambda: NOW),
        wall=lambda: NOW,
    )


@dataclass
class Api:
    """A client of the application; the lifespan does not run, so nothing happens behind a test's back."""

    app: FastAPI
    http: httpx.AsyncClient
    scene: Scene

    def key(self, role: str, scene: Scene | None = None) -> dict[str, str]:
        """Headers with a fresh key of this role."""
        key, digest = new_key(self.app.state.dependencies.settings.api_key_pepper.get_secret_value())
        owner = scene or self.scene
        with owner.database.transaction() as session:
            access.create_key(session, owner.practice_id, digest=digest, role=role, label=f"{role}'s key", now=NOW)
        return {"X-API-Key": key}

    def route(self) -> None:
        """What the lifespan's thread does with what was taken in."""
        self.app.state.running.router.route_new()

    def connect(self, client: Client) -> None:
        self.app.state.running.client = client


@asynccontextmanager
async def running_api(scene: Scene, deps: Dependencies | None = None) -> AsyncIterator[Api]:
    app = create_app(deps or dependencies(scene))
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 4711))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as http:
        yield Api(app=app, http=http, scene=scene)


def without(deps: Dependencies, **changes: Any) -> Dependencies:
    return replace(deps, **changes)


# --- signing as the vendors do -----------------------------------------------------------------------------------


def _json(value: Any) -> str:
    """A text is JSON already: such as no program would write."""
    return value if isinstance(value, str) else json.dumps(value)


def boulevard_call(
    event: dict[str, Any] | str, *, at: datetime = NOW, secret: str = BOULEVARD_SECRET
) -> dict[str, Any]:
    body = _json(event).encode()
    salt = f"blvd-webhook-v1:app-1:{int(at.timestamp())}"
    digest = hmac.new(base64.b64decode(secret), salt.encode() + b":" + body, sha256).digest()
    return {
        "content": body,
        "headers": {"x-blvd-hmac-salt": salt, "x-blvd-hmac-sha256": base64.b64encode(digest).decode()},
    }


def boulevard_event(**more: Any) -> dict[str, Any]:
    return {
        "eventType": "APPOINTMENT_CANCELLED",
        "idempotencyKey": "key-1",
        "businessId": "urn:blvd:Business:b",
        "timestamp": NOW.isoformat(),
        "data": {"node": {"id": "urn:blvd:Appointment:a"}},
    } | more


def twilio_call(url: str, form: dict[str, str], *, token: str = TWILIO_TOKEN) -> dict[str, Any]:
    signature = RequestValidator(token).compute_signature(url, form)
    return {
        "content": urlencode(form).encode(),
        "headers": {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    }


def slack_call(payload: dict[str, Any] | str, *, at: datetime = NOW, secret: str = SLACK_SECRET) -> dict[str, Any]:
    body = urlencode({"payload": _json(payload)}).encode()
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, sha256).hexdigest()
    return {
        "content": body,
        "headers": {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"},
    }


def slack_press(value: str) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1", "name": "dana"},
        "container": {"message_ts": "1.2", "channel_id": "C1"},
        "actions": [{"action_id": "leave", "action_ts": "3.4", "value": value}],
        "response_url": "https://chat.example/answer",
    }


def sendgrid_call(events: list[dict[str, Any]] | str, *, at: datetime = NOW, key: Any = SENDGRID_KEY) -> dict[str, Any]:
    body = _json(events).encode() + b"\r\n"
    stamp = str(int(at.timestamp()))
    signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "content": body,
        "headers": {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        },
    }


def _public_key() -> str:
    der = SENDGRID_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def real_now() -> datetime:
    return datetime.now(UTC)

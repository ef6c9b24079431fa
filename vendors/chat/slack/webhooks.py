"""Presses of a card's buttons: verified over the raw form, then read."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

from vendors.chat.base import CardPress
from vendors.errors import Malformed, Unauthorised, Undocumented


class SlackWebhooks:
    """Implements `ChatWebhooks`. Two signing secrets hold at once while one is being replaced."""

    def __init__(self, *, signing_secrets: tuple[str, ...], tolerance: timedelta = timedelta(seconds=300)) -> None:
        if not signing_secrets or not all(signing_secrets):
            raise ValueError("signing_secrets is empty; copy the signing secret from the Slack app's page")
        self._keys = tuple(secret.encode() for secret in signing_secrets)
        self._tolerance = tolerance

    def press(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> CardPress:
        """Raises `Unauthorised`, `Malformed` or `Undocumented`."""
        self.verify(headers=headers, body=body, now=now)
        payload = _payload(body)
        kind = payload.get("type")
        if kind != "block_actions":
            raise Undocumented("an interaction that is not the press of a button")
        actions = payload.get("actions")
        action = actions[0] if isinstance(actions, list) and actions else None
        if not isinstance(action, dict):
            raise Malformed("actions is empty")
        user, container = _object(payload, "user"), _object(payload, "container")
        user_ref = _required(user, "user", "id")
        team_ref = _team(payload, user)
        message_ts = _required(container, "container", "message_ts")
        action_id = _required(action, "actions.0", "action_id")
        return CardPress(
            event_key=":".join(
                (team_ref, message_ts, action_id, _required(action, "actions.0", "action_ts"), user_ref)
            ),
            team_ref=team_ref,
            user_ref=user_ref,
            # For a line in the log of a task; who may act is decided by `user_ref` alone.
            user_name=str(user.get("name") or user.get("username") or ""),
            action=action_id,
            # A button that only opens a page has none.
            value=str(action.get("value") or ""),
            channel=_required(container, "container", "channel_id"),
            card_ref=message_ts,
            response_url=str(payload.get("response_url") or ""),
        )

    def verify(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raises `Unauthorised`."""
        lower = {name.lower(): value for name, value in headers.items()}
        timestamp, given = lower.get("x-slack-request-timestamp", ""), lower.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
            raise Unauthorised("the timestamp is missing or not in seconds")
        if abs(now - datetime.fromtimestamp(int(timestamp), UTC)) > self._tolerance:
            raise Unauthorised("signed too long ago, or in the future")
        message = b"v0:" + timestamp.encode() + b":" + body
        signatures = ("v0=" + hmac.new(key, message, sha256).hexdigest() for key in self._keys)
        if not any(hmac.compare_digest(signature.encode(), given.encode()) for signature in signatures):
            raise Unauthorised("the signature does not hold")


def _payload(body: bytes) -> dict[str, Any]:
    try:
        fields = parse_qs(body.decode("utf-8"), errors="strict", max_num_fields=20)
        payload = json.loads(fields["payload"][0])
    except KeyError as error:
        raise Malformed("payload is missing") from error
    except ValueError as error:
        raise Malformed("payload is not JSON in a form") from error
    if not isinstance(payload, dict):
        raise Malformed("payload is not an object")
    return payload


def _team(payload: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    """An app installed for a whole organisation gets no team; the user's own is the workspace then."""
    team = payload.get("team")
    if isinstance(team, dict):
        return _required(team, "team", "id")
    return _required(user, "user", "team_id")


def _object(payload: Mapping[str, Any], field: str) -> dict[str, Any]:
    value = payload.get(field)
    if not isinstance(value, dict):
        raise Malformed(f"{field} is missing")
    return value


def _required(mapping: Mapping[str, Any], kind: str, field: str) -> str:
    value = mapping.get(field)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{kind}.{field} is missing")
    return value

"""A running Twilio sandbox, the official client on it, and short looks at what it did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

import httpx
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from sandboxes.common.server import serving
from sandboxes.twilio.app import create_app
from sandboxes.twilio.config import ACCOUNT_SID, Delays, TwilioConfig
from tests.sandboxes.support import Heard

TOKEN = "a-token"
ANA = "+13035550111"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
QUICK = Delays(queued=0, sending=0, sent=0, delivered=0)


class ToSandbox(TwilioHttpClient):  # type: ignore[misc]  # the vendor's package has no types
    """The vendor's own HTTP client with another host."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *args, **kwargs)


@contextmanager
def twilio(**settings: Any) -> Iterator[httpx.Client]:
    config = TwilioConfig(**{"auth_token": TOKEN, "delays": QUICK, **settings})
    with (
        serving(create_app(config)) as url,
        httpx.Client(base_url=url, auth=(ACCOUNT_SID, TOKEN), trust_env=False) as client,
    ):
        yield client


def official(api: httpx.Client) -> Client:
    base = str(api.base_url).rstrip("/")
    return Client(ACCOUNT_SID, TOKEN, http_client=ToSandbox(base))


def ledger(api: httpx.Client, kind: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.get("/_control/ledger", params={"kind": kind}).json()
    return entries


def form_of(heard: Heard) -> dict[str, str]:
    return dict(parse_qsl(heard.body.decode(), keep_blank_values=True))


def rightly_signed(heard: Heard) -> bool:
    return bool(RequestValidator(TOKEN).validate(heard.url, form_of(heard), heard.headers["x-twilio-signature"]))

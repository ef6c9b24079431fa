"""Tokens of a marketplace app: an access token lives a day, its refresh token can be used once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from vendors.errors import BadAnswer, Misconfigured
from vendors.http import VendorHttp
from vendors.pms.gohighlevel.rest import PRODUCTION_URL, VENDOR
from vendors.tokens import RenewedTokens, Tokens, TokenStore

_REFRESH_TOKEN_LIVES = timedelta(days=365)
_DEFAULT_WAIT = timedelta(seconds=10)


def renewing(
    *,
    client_id: str,
    client_secret: str,
    store: TokenStore,
    base_url: str = PRODUCTION_URL,
    http: VendorHttp | None = None,
) -> RenewedTokens:
    """The access tokens of one location that installed the app, renewed as needed."""
    sends = http or VendorHttp(VENDOR)

    def renew(refresh_token: str) -> Tokens:
        answer = sends.send(
            "POST",
            f"{base_url}/oauth/token",
            operation="oauth/token",
            writes=True,
            form={
                "client_id": client_id,
                "client_secret": client_secret,
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "user_type": "Location",
            },
        )
        answer.raise_for_status(default_wait=_DEFAULT_WAIT)
        if answer.status >= 400:
            raise Misconfigured(
                "the refresh token is refused; the practice has to connect again",
                vendor=VENDOR,
                operation="oauth/token",
                code="CONNECT_AGAIN",
            )
        body = answer.json_object()
        access, refresh, lives = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
        if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(lives, int | float):
            raise BadAnswer("a pair of tokens without one of them", vendor=VENDOR, operation="oauth/token")
        now = datetime.now(UTC)
        return Tokens(
            access_token=access,
            access_until=now + timedelta(seconds=lives),
            refresh_token=refresh,
            refresh_until=now + _REFRESH_TOKEN_LIVES,
        )

    return RenewedTokens(store=store, renew=renew, vendor=VENDOR)

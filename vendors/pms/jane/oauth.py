"""Jane's tokens: an access token lives five minutes, its refresh token thirty, and can be used once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from vendors.errors import BadAnswer, Misconfigured
from vendors.http import VendorHttp
from vendors.pms.jane.rest import VENDOR
from vendors.tokens import RenewedTokens, Tokens, TokenStore

PRODUCTION_TOKEN_URL: Final = "https://login.id.janeapp.com/realms/jane/protocol/openid-connect/token"
REFRESH_TOKEN_LIVES: Final = timedelta(seconds=1800)
_DEFAULT_WAIT: Final = timedelta(seconds=10)


def renewing(
    *,
    client_id: str,
    client_secret: str,
    store: TokenStore,
    token_url: str = PRODUCTION_TOKEN_URL,
    http: VendorHttp | None = None,
) -> RenewedTokens:
    """The access tokens of one clinic, renewed as needed."""
    sends = http or VendorHttp(VENDOR)

    def renew(refresh_token: str) -> Tokens:
        answer = sends.send(
            "POST",
            token_url,
            operation="token",
            writes=True,
            form={
                "grant_type": "refresh_token",
                "client_id": client_id,
                "client_secret": client_secret,
                "refresh_token": refresh_token,
            },
        )
        answer.raise_for_status(default_wait=_DEFAULT_WAIT)
        if answer.status >= 400:
            raise Misconfigured(
                "the refresh token is refused; the practice has to connect again",
                vendor=VENDOR,
                operation="token",
                code="CONNECT_AGAIN",
            )
        body = answer.json_object()
        access, refresh, lives = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
        if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(lives, int | float):
            raise BadAnswer("a pair of tokens without one of them", vendor=VENDOR, operation="token")
        refresh_lives = body.get("refresh_expires_in")
        now = datetime.now(UTC)
        return Tokens(
            access_token=access,
            access_until=now + timedelta(seconds=lives),
            refresh_token=refresh,
            refresh_until=now
            + (timedelta(seconds=refresh_lives) if isinstance(refresh_lives, int | float) else REFRESH_TOKEN_LIVES),
        )

    return RenewedTokens(store=store, renew=renew, vendor=VENDOR)

"""Tokens of a marketplace app: an access token lives a day, its refresh token a year, and can be used once."""

from __future__ import annotations

from datetime import timedelta

from vendors.http import VendorHttp
from vendors.oauth import renewed_by_form
from vendors.pms.gohighlevel.rest import PRODUCTION_URL, VENDOR
from vendors.tokens import RenewedTokens, TokenStore

_REFRESH_TOKEN_LIVES = timedelta(days=365)


def renewing(
    *,
    client_id: str,
    client_secret: str,
    store: TokenStore,
    base_url: str = PRODUCTION_URL,
    http: VendorHttp | None = None,
) -> RenewedTokens:
    """The access tokens of one location that installed the app, renewed as needed."""
    return renewed_by_form(
        http=http or VendorHttp(VENDOR),
        url=f"{base_url}/oauth/token",
        vendor=VENDOR,
        operation="oauth/token",
        form={"client_id": client_id, "client_secret": client_secret, "user_type": "Location"},
        store=store,
        refresh_token_lives=_REFRESH_TOKEN_LIVES,
    )

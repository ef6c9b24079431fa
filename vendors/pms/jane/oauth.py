"""Jane's tokens: an access token lives five minutes, its refresh token thirty, and can be used once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from vendors.http import VendorHttp
from vendors.oauth import renewed_by_form
from vendors.pms.jane.rest import VENDOR
from vendors.tokens import RenewedTokens, TokenStore

PRODUCTION_TOKEN_URL: Final = "https://login.id.janeapp.com/realms/jane/protocol/openid-connect/token"
REFRESH_TOKEN_LIVES: Final = timedelta(seconds=1800)


def renewing(
    *,
    client_id: str,
    client_secret: str,
    store: TokenStore,
    token_url: str = PRODUCTION_TOKEN_URL,
    http: VendorHttp | None = None,
) -> RenewedTokens:
    """The access tokens of one clinic, renewed as needed."""
    return renewed_by_form(
        http=http or VendorHttp(VENDOR),
        url=token_url,
        vendor=VENDOR,
        operation="token",
        form={"client_id": client_id, "client_secret": client_secret},
        store=store,
        refresh_token_lives=REFRESH_TOKEN_LIVES,
    )

"""OAuth 2's refresh by a form: what GoHighLevel's and Jane's token endpoints have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from vendors.errors import BadAnswer, Misconfigured
from vendors.http import VendorHttp
from vendors.tokens import RenewedTokens, Tokens, TokenStore

_DEFAULT_WAIT = timedelta(seconds=10)


def renewed_by_form(
    *,
    http: VendorHttp,
    url: str,
    vendor: str,
    operation: str,
    form: Mapping[str, str],
    store: TokenStore,
    refresh_token_lives: timedelta,
) -> RenewedTokens:
    """Tokens renewed at `url` with `form` and the refresh token. `refresh_token_lives` where an answer does not say."""

    def renew(refresh_token: str) -> Tokens:
        answer = http.send(
            "POST",
            url,
            operation=operation,
            writes=True,
            form={"grant_type": "refresh_token", **form, "refresh_token": refresh_token},
        )
        answer.raise_for_status(default_wait=_DEFAULT_WAIT)
        if answer.status >= 400:
            raise Misconfigured(
                "the refresh token is refused; the practice has to connect again",
                vendor=vendor,
                operation=operation,
                code="CONNECT_AGAIN",
            )
        body = answer.json_object()
        access, refresh, lives = body.get("access_token"), body.get("refresh_token"), body.get("expires_in")
        if not isinstance(access, str) or not isinstance(refresh, str) or not isinstance(lives, int | float):
            raise BadAnswer("a pair of tokens without one of them", vendor=vendor, operation=operation)
        refresh_lives = body.get("refresh_expires_in")
        now = datetime.now(UTC)
        return Tokens(
            access_token=access,
            access_until=now + timedelta(seconds=lives),
            refresh_token=refresh,
            refresh_until=now
            + (timedelta(seconds=refresh_lives) if isinstance(refresh_lives, int | float) else refresh_token_lives),
        )

    return RenewedTokens(store=store, renew=renew, vendor=vendor)

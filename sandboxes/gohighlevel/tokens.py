"""OAuth as the vendor has it: a code, an access token for a day, a refresh token for a year that works once."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from sandboxes.gohighlevel.config import GoHighLevelConfig


@dataclass
class Grant:
    """What one consent led to; all tokens made from it share a fate."""

    location_id: str
    scopes: frozenset[str]
    revoked: bool = False


@dataclass
class Token:
    grant: Grant
    expires_at: float
    used: bool = False

    def good(self, now: float) -> bool:
        return not self.used and not self.grant.revoked and now < self.expires_at


@dataclass
class Tokens:
    """All codes and tokens, in real time."""

    codes: dict[str, Token] = field(default_factory=dict)
    access: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)

    def code(self, location_id: str, scopes: frozenset[str]) -> str:
        """The code that the consent page hands to the redirect; good for ten minutes, once."""
        code = secrets.token_hex(20)
        self.codes[code] = Token(Grant(location_id, scopes), time.time() + 600)
        return code

    def redeem(self, code: str, config: GoHighLevelConfig) -> tuple[str, str, Grant] | None:
        """Tokens for a code; None where it is unknown, used or too old."""
        return self._exchange(self.codes.get(code), config)

    def rotate(self, refresh_token: str, config: GoHighLevelConfig) -> tuple[str, str, Grant] | None:
        """A new pair for a refresh token, which is used up by it; None where it is no longer good."""
        token = self.refresh.get(refresh_token)
        if token is not None and token.used and config.revoke_on_reuse:
            token.grant.revoked = True
        return self._exchange(token, config)

    def grant_of(self, access_token: str) -> Grant | None:
        """What an access token allows; None where it is unknown or has lapsed."""
        token = self.access.get(access_token)
        return token.grant if token is not None and token.good(time.time()) else None

    def _exchange(self, token: Token | None, config: GoHighLevelConfig) -> tuple[str, str, Grant] | None:
        now = time.time()
        if token is None or not token.good(now):
            return None
        token.used = True
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self.access[access] = Token(token.grant, now + config.access_token_seconds)
        self.refresh[refresh] = Token(token.grant, now + config.refresh_token_seconds)
        return access, refresh, token.grant

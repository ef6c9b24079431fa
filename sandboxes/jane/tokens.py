"""The identity server: a code with PKCE, access tokens as JWTs for five minutes, refresh tokens that rotate."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sandboxes.jane.config import JaneConfig


class InvalidGrant(Exception):
    """A code or refresh token that is no longer good."""


@dataclass
class Session:
    """What one consent led to; all its tokens end together."""

    id: str
    audience: str
    scopes: tuple[str, ...]
    redirect_uri: str | None = None
    code_challenge: str | None = None
    ended: bool = False


@dataclass
class Issued:
    session: Session
    expires_at: float
    used: bool = False


@dataclass
class Tokens:
    """All codes and tokens, in real time."""

    codes: dict[str, Issued] = field(default_factory=dict)
    access: dict[str, Issued] = field(default_factory=dict)
    refresh: dict[str, Issued] = field(default_factory=dict)

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65_537, key_size=2048)

    def code(
        self, *, audience: str, scopes: tuple[str, ...], redirect_uri: str | None, code_challenge: str | None
    ) -> str:
        """The code that a consent gives the redirect; good for a minute, once."""
        code = secrets.token_urlsafe(24)
        session = Session(secrets.token_hex(16), audience, scopes, redirect_uri, code_challenge)
        self.codes[code] = Issued(session, time.time() + 60)
        return code

    def redeem(
        self, code: str, *, verifier: str, redirect_uri: str | None, issuer: str, config: JaneConfig
    ) -> dict[str, Any]:
        """Tokens for a code; raises InvalidGrant where code, verifier or redirect do not fit."""
        issued = self.codes.get(code)
        if issued is None or issued.used or issued.session.ended or time.time() >= issued.expires_at:
            raise InvalidGrant("Code not valid")
        issued.used = True
        session = issued.session
        if session.code_challenge is not None and challenge_of(verifier) != session.code_challenge:
            raise InvalidGrant("PKCE verification failed: Code mismatch")
        if session.redirect_uri not in (None, redirect_uri):
            raise InvalidGrant("Incorrect redirect_uri")
        return self.issue(session, issuer=issuer, config=config)

    def rotate(self, refresh_token: str, *, issuer: str, config: JaneConfig) -> dict[str, Any]:
        """A new pair for a refresh token; raises InvalidGrant where it was used, has lapsed or its session ended."""
        issued = self.refresh.get(refresh_token)
        if issued is None:
            raise InvalidGrant("Invalid refresh token")
        if issued.session.ended:
            raise InvalidGrant("Session not active")
        if issued.used:
            issued.session.ended = config.revoke_on_reuse
            raise InvalidGrant("Maximum allowed refresh token reuse exceeded")
        if time.time() >= issued.expires_at:
            raise InvalidGrant("Token is not active")
        issued.used = config.rotates
        made = self.issue(issued.session, issuer=issuer, config=config)
        return made if config.rotates else {**made, "refresh_token": refresh_token}

    def revoke(self, token: str) -> None:
        """End the session of a refresh token, or one access token."""
        if token in self.refresh:
            self.refresh[token].session.ended = True
        elif token in self.access:
            self.access[token].expires_at = 0

    def good(self, access_token: str) -> Session | None:
        """The session of an access token that has neither lapsed nor ended."""
        issued = self.access.get(access_token)
        if issued is None or issued.session.ended or time.time() >= issued.expires_at:
            return None
        return issued.session

    def issue(self, session: Session, *, issuer: str, config: JaneConfig) -> dict[str, Any]:
        """A new pair for a session, as the token endpoint answers."""
        now = time.time()
        claims = {
            "exp": int(now + config.access_token_seconds),
            "iat": int(now),
            "jti": secrets.token_hex(16),
            "iss": issuer,
            "sub": session.id,
            "azp": config.client_id,
            "aud": session.audience,
            "resource_access": {},
            "resource_owner": session.audience,
            "scope": " ".join(session.scopes),
        }
        access = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "sandbox"})
        refresh = secrets.token_urlsafe(48)
        self.access[access] = Issued(session, now + config.access_token_seconds)
        self.refresh[refresh] = Issued(session, now + config.refresh_token_seconds)
        return {
            "access_token": access,
            "expires_in": config.access_token_seconds,
            "refresh_token": refresh,
            "refresh_expires_in": config.refresh_token_seconds,
            "token_type": "Bearer",
            "session_state": session.id,
            "scope": claims["scope"],
        }


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()

"""Who calls the admin API: a key of one practice, in `X-API-Key` or as a bearer token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends, Request, Security, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from api.dependencies import Dependencies, Deps
from api.problems import Problem
from models.repositories import access
from models.repositories.access import KeyFacts

_PREFIX: Final = "cf_"

_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="A key of the practice: `cf_…`.")
_bearer = HTTPBearer(auto_error=False, description="The same key as a bearer token.")


class Role(StrEnum):
    """Each may do what those before it may."""

    VIEWER = "viewer"
    STAFF = "staff"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


def new_key(pepper: str) -> tuple[str, str]:
    """A key of 256 random bits, to be shown once, and the digest to be kept of it."""
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, digest(key, pepper)


def digest(key: str, pepper: str) -> str:
    """HMAC-SHA-256: a stolen table is of no use without the pepper."""
    return hmac.new(pepper.encode(), key.encode(), sha256).hexdigest()


def caller_of(deps: Dependencies, key: str) -> KeyFacts | None:
    """The live key's facts, or None."""
    if not key.startswith(_PREFIX) or len(key) > 100:
        return None
    with deps.database.transaction() as session:
        return access.by_digest(session, digest(key, deps.settings.api_key_pepper.get_secret_value()))


def needs(role: Role) -> Callable[..., KeyFacts]:
    """A dependency that admits keys of this role and above."""

    def admitted(
        request: Request,
        deps: Deps,
        header: Annotated[str | None, Security(_header)] = None,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    ) -> KeyFacts:
        caller = caller_of(deps, header or (bearer.credentials if bearer else ""))
        if caller is None:
            raise Problem(
                401,
                "key_missing",
                "Send a live API key in X-API-Key, or as a bearer token.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not Role(caller.role).covers(role):
            raise Problem(403, "role_too_low", f"This needs a key of the role {role.value}; yours is {caller.role}.")
        _refuse_unknown_parameters(request)
        return caller

    return admitted


def _refuse_unknown_parameters(request: Request) -> None:
    """A filter that is misspelt and ignored would look like an answer. Only who has a key is told what there is."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    every = get_flat_params(route.dependant)
    known = sorted({one.alias for one in every if isinstance(one.field_info, params.Query)})
    for name in request.query_params:
        if name not in known:
            ways = f"; it may be one of {', '.join(known)}" if known else "; nothing is asked in the query here"
            raise Problem(422, "invalid", f"{name[:60]}: there is no such parameter{ways}", field=name[:60])


Viewer = Annotated[KeyFacts, Depends(needs(Role.VIEWER))]
Staff = Annotated[KeyFacts, Depends(needs(Role.STAFF))]
Admin = Annotated[KeyFacts, Depends(needs(Role.ADMIN))]


def bearer_of(request: Request) -> str:
    """The raw token of `Authorization: Bearer …` or `X-API-Key`; empty without one."""
    header = request.headers.get("x-api-key")
    if header:
        return header
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""

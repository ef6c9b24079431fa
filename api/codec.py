"""The codec server: opens sealed payloads for people who may read them, and writes down who did."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import jwt
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from google.protobuf import json_format
from starlette.concurrency import run_in_threadpool
from temporalio.api.common.v1 import Payloads

from api.auth import Role, bearer_of, caller_of
from api.dependencies import Dependencies
from api.problems import Problem
from api.webhooks.taking_in import Body
from models.repositories import access
from wiring.codec import PayloadTampered

_log = structlog.get_logger(__name__)

_HEADERS: Final = "content-type, x-namespace, authorization, authorization-extras"
_DEMO_ROLE: Final = "demo-admin"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who opens payloads: `name` is a key's label or a token's subject."""

    role: str
    name: str

    @property
    def may_decode(self) -> bool:
        return self.role in (Role.STAFF.value, Role.ADMIN.value, _DEMO_ROLE)

    @property
    def may_encode(self) -> bool:
        return self.role in (Role.ADMIN.value, _DEMO_ROLE)


def router_for(deps: Dependencies) -> APIRouter:
    """The codec's routes. The demo's role is settled here, once: production has none."""
    readers = _Readers(deps)
    origin = deps.settings.ui_origin()

    class ForTheUi(APIRoute):
        """A refusal may be read by the UI as well, or a person there sees a broken network instead of a reason."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    return await handle(request)
                except Problem as problem:
                    problem.headers = {**(problem.headers or {}), **_cors(request, origin)}
                    raise

            return handled

    router = APIRouter(prefix="/codec", tags=["codec"], route_class=ForTheUi)

    @router.options("/{operation}", include_in_schema=False)
    def preflight(operation: str, request: Request) -> Response:
        if operation not in ("decode", "encode"):
            raise Problem(404, "not_found", "There is decode and encode.")
        return Response(status_code=204, headers=_cors(request, origin))

    @router.post("/decode", summary="Open sealed payloads (roles staff and admin); every read is logged")
    async def decode(request: Request, body: Body) -> Response:
        reader = await run_in_threadpool(readers.of, request)
        if not reader.may_decode:
            raise Problem(403, "role_too_low", "Reading payloads needs the role staff or admin.")
        sealed = _payloads(body)
        await run_in_threadpool(_log_read, deps, request, reader, len(sealed.payloads))
        try:
            opened = await deps.codec.decode(sealed.payloads)
        except PayloadTampered as error:
            raise Problem(422, "tampered", str(error)) from error
        return _answer(Payloads(payloads=opened), _cors(request, origin))

    @router.post("/encode", summary="Seal payloads (role admin), to signal by hand from the Temporal UI")
    async def encode(request: Request, body: Body) -> Response:
        reader = await run_in_threadpool(readers.of, request)
        if not reader.may_encode:
            raise Problem(403, "role_too_low", "Sealing payloads needs the role admin.")
        sealed = await deps.codec.encode(_payloads(body).payloads)
        return _answer(Payloads(payloads=sealed), _cors(request, origin))

    return router


class _Readers:
    """API keys, tokens of the practice's identity provider, or the demo's UI, which can send neither."""

    def __init__(self, deps: Dependencies) -> None:
        settings = deps.settings
        self._deps = deps
        self._demo_origin = settings.codec_demo_admin_origin if settings.environment != "production" else None
        self._issuer_keys = jwt.PyJWKClient(settings.oidc_jwks_url, timeout=5) if settings.oidc_jwks_url else None

    def of(self, request: Request) -> Reader:
        token = bearer_of(request)
        if token:
            return self._by_key(token) or self._by_token(token)
        origin = request.headers.get("origin")
        if self._demo_origin is not None and origin == self._demo_origin and _from_this_machine(request):
            return Reader(role=_DEMO_ROLE, name=_DEMO_ROLE)
        raise _unknown()

    def _by_key(self, token: str) -> Reader | None:
        caller = caller_of(self._deps, token)
        return None if caller is None else Reader(role=caller.role, name=f"key {caller.id}")

    def _by_token(self, token: str) -> Reader:
        settings = self._deps.settings
        if self._issuer_keys is None or settings.oidc_issuer is None or settings.oidc_audience is None:
            raise _unknown()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._issuer_keys.get_signing_key_from_jwt(token).key,
                algorithms=["RS256", "ES256", "EdDSA"],
                audience=settings.oidc_audience,
                issuer=settings.oidc_issuer,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            _log.warning("codec.token_refused", why=type(error).__name__)
            raise _unknown() from error
        given = claims.get(settings.oidc_roles_claim) or []
        roles = {given} if isinstance(given, str) else {str(one) for one in given}
        role = next((one.value for one in reversed(Role) if one.value in roles), "none")
        return Reader(role=role, name=str(claims["sub"]))


def _unknown() -> Problem:
    return Problem(
        401,
        "key_missing",
        "Send an API key or a token of the identity provider.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _from_this_machine(request: Request) -> bool:
    return request.client is not None and request.client.host in ("127.0.0.1", "::1", "testclient")


def _payloads(body: bytes) -> Payloads:
    try:
        return json_format.Parse(body, Payloads())
    except (json_format.ParseError, UnicodeDecodeError) as error:
        raise Problem(422, "malformed", "The body is not proto-JSON `Payloads`.") from error


def _answer(payloads: Payloads, headers: dict[str, str]) -> Response:
    return Response(json_format.MessageToJson(payloads), media_type="application/json", headers=headers)


def _cors(request: Request, origin: str) -> dict[str, str]:
    """For exactly the UI's origin; any other browser gets an answer it may not read."""
    headers = {"Vary": "Origin", "Cache-Control": "no-store"}
    if request.headers.get("origin") == origin:
        headers |= {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": "POST, OPTIONS",
            "Access-Control-Allow-Headers": _HEADERS,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Max-Age": "600",
        }
    return headers


def _log_read(deps: Dependencies, request: Request, reader: Reader, payloads: int) -> None:
    with deps.database.transaction() as session:
        access.log_read(
            session,
            role=reader.role,
            reader=reader.name,
            origin=_short(request.headers.get("origin")),
            namespace=_short(request.headers.get("x-namespace")),
            payloads=payloads,
            now=deps.wall(),
        )


def _short(header: str | None) -> str | None:
    return None if header is None else header.replace("\x00", "")[:200]

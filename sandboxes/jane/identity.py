"""The identity server's endpoints, as its discovery file lists them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import jwt
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from sandboxes.jane.sandbox import JaneSandbox
from sandboxes.jane.tokens import InvalidGrant

_PROTOCOL = "/realms/{realm}/protocol/openid-connect"


def identity_router(sandbox: JaneSandbox) -> APIRouter:
    """Consent, tokens, revocation, introspection, keys and discovery."""
    router = APIRouter()

    @router.get("/realms/{realm}/.well-known/openid-configuration")
    async def discovery(realm: str, request: Request) -> Response:
        base = f"{issuer_of(request, realm)}/protocol/openid-connect"
        return JSONResponse(
            {
                "issuer": issuer_of(request, realm),
                "authorization_endpoint": f"{base}/auth",
                "token_endpoint": f"{base}/token",
                "introspection_endpoint": f"{base}/token/introspect",
                "revocation_endpoint": f"{base}/revoke",
                "jwks_uri": f"{base}/certs",
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "scopes_supported": list(sandbox.config.scopes),
            }
        )

    @router.get(_PROTOCOL + "/auth")
    async def authorise(realm: str, request: Request) -> Response:
        """Agree at once: the vendor's page would ask the owner."""
        given = dict(request.query_params)
        wrong = _wrong_request(sandbox, realm, given)
        if wrong is not None:
            return _oauth_error(400, "invalid_request", wrong)
        code = sandbox.consented(
            audience=urlsplit(given["resource"]).netloc,
            scopes=tuple(given["scope"].split()),
            redirect_uri=given["redirect_uri"],
            code_challenge=given["code_challenge"],
        )
        query = urlencode({"code": code, **({"state": given["state"]} if "state" in given else {})})
        separator = "&" if "?" in given["redirect_uri"] else "?"
        return RedirectResponse(f"{given['redirect_uri']}{separator}{query}", status_code=302)

    @router.post(_PROTOCOL + "/token")
    async def token(realm: str, request: Request) -> Response:
        given = await _form(request)
        fields = {"grant_type_": given.get("grant_type")}
        return await sandbox.gate(request, "token", fields, lambda: _issued(sandbox, realm, request, given))

    @router.post(_PROTOCOL + "/revoke")
    async def revoke(realm: str, request: Request) -> Response:
        given = await _form(request)
        if not _is_client(sandbox, request, given):
            return _oauth_error(401, "unauthorized_client", "Invalid client or Invalid client credentials")
        sandbox.tokens.revoke(given.get("token", ""))
        return Response(status_code=200)

    @router.post(_PROTOCOL + "/token/introspect")
    async def introspect(realm: str, request: Request) -> Response:
        given = await _form(request)
        if not _is_client(sandbox, request, given):
            return _oauth_error(401, "unauthorized_client", "Invalid client or Invalid client credentials")
        session = sandbox.tokens.good(given.get("token", ""))
        if session is None:
            return JSONResponse({"active": False})
        return JSONResponse({"active": True, "scope": " ".join(session.scopes), "aud": session.audience})

    @router.get(_PROTOCOL + "/certs")
    async def certs(realm: str) -> Response:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(sandbox.tokens.key.public_key()))
        return JSONResponse({"keys": [{**public, "kid": "sandbox", "alg": "RS256", "use": "sig"}]})

    return router


def issuer_of(request: Request, realm: str) -> str:
    """The realm's address as the caller reaches it."""
    return f"{str(request.base_url).rstrip('/')}/realms/{realm}"


def _wrong_request(sandbox: JaneSandbox, realm: str, given: dict[str, str]) -> str | None:
    """What is wrong with a request for consent."""
    needed = ("client_id", "redirect_uri", "response_type", "scope", "code_challenge", "resource")
    missing = [name for name in needed if not given.get(name)]
    if missing:
        return f"Missing parameter: {missing[0]}"
    if realm != sandbox.config.realm or given["client_id"] != sandbox.config.client_id:
        return "Client not found"
    if given["response_type"] != "code" or given.get("code_challenge_method") != "S256":
        return "response_type must be code and code_challenge_method S256"
    unknown = set(given["scope"].split()) - {*sandbox.config.scopes, "openid"}
    return f"Invalid scopes: {' '.join(sorted(unknown))}" if unknown else None


def _issued(sandbox: JaneSandbox, realm: str, request: Request, given: dict[str, str]) -> Response:
    if not _is_client(sandbox, request, given):
        sandbox.ledger.add("auth_refused", reason="unknown client")
        return _oauth_error(401, "unauthorized_client", "Invalid client or Invalid client credentials")
    issuer = issuer_of(request, realm)
    try:
        match given.get("grant_type"):
            case "authorization_code":
                made = sandbox.tokens.redeem(
                    given.get("code", ""),
                    verifier=given.get("code_verifier", ""),
                    redirect_uri=given.get("redirect_uri"),
                    issuer=issuer,
                    config=sandbox.config,
                )
            case "refresh_token":
                made = sandbox.tokens.rotate(given.get("refresh_token", ""), issuer=issuer, config=sandbox.config)
            case _:
                return _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
    except InvalidGrant as refused:
        sandbox.ledger.add("auth_refused", reason=str(refused))
        return _oauth_error(400, "invalid_grant", str(refused))
    sandbox.ledger.add("tokens_issued", grant=given["grant_type"], session=made["session_state"])
    return JSONResponse(made)


def _is_client(sandbox: JaneSandbox, request: Request, given: dict[str, str]) -> bool:
    """Whether the client's secret came with the form or as Basic authorization."""
    wanted = (sandbox.config.client_id, sandbox.config.client_secret)
    header = request.headers.get("authorization", "")
    if not header.startswith("Basic "):
        return (given.get("client_id"), given.get("client_secret")) == wanted
    try:
        name, _, secret = base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return (unquote(name), unquote(secret)) == wanted


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _oauth_error(status: int, error: str, description: str) -> Response:
    body: dict[str, Any] = {"error": error, "error_description": description}
    return JSONResponse(body, status_code=status)

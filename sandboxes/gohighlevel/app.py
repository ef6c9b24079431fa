"""The GoHighLevel sandbox as an application: the API and the consent page before a practice with its controls."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict

from sandboxes.common.rest import rest_router
from sandboxes.gohighlevel.config import GoHighLevelConfig
from sandboxes.gohighlevel.dialect import GoHighLevelDialect
from sandboxes.gohighlevel.sandbox import GoHighLevelSandbox, error
from sandboxes.practice.app import build_practice_app


class Consent(BaseModel):
    """What an owner agrees to in the browser: the location, and the scopes asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    location: str | None = None
    scopes: tuple[str, ...] | None = None


def create_app(config: GoHighLevelConfig | None = None) -> FastAPI:
    """Return the sandbox."""
    sandbox = GoHighLevelSandbox(config or GoHighLevelConfig())
    app = build_practice_app(sandbox, title="GoHighLevel sandbox")
    app.include_router(_control_router(sandbox))
    app.include_router(_consent_page(sandbox))
    app.include_router(rest_router(sandbox, GoHighLevelDialect(sandbox)))  # last: it takes every other path
    return app


def _control_router(sandbox: GoHighLevelSandbox) -> APIRouter:
    router = APIRouter(prefix="/_control")

    @router.post("/consent")
    async def consent(body: Consent) -> dict[str, str]:
        """Agree as an owner does, and return the code that the redirect would carry."""
        return {"code": _consented(sandbox, body.location, body.scopes)}

    @router.get("/keys")
    async def keys() -> dict[str, Any]:
        """The public halves of the keys that webhooks are signed with."""
        signer = sandbox.webhooks.signer
        told = {"ed25519": signer.ed25519_public_key}
        return {**told, "rsa": signer.rsa_public_key} if "rsa" in sandbox.config.signatures else told

    return router


def _consent_page(sandbox: GoHighLevelSandbox) -> APIRouter:
    router = APIRouter()

    @router.get("/v2/oauth/chooselocation")
    async def choose_location(
        client_id: str, redirect_uri: str, response_type: str = "code", scope: str = "", state: str | None = None
    ) -> Response:
        """Agree at once for the first location: the vendor's page would ask which."""
        if client_id != sandbox.config.client_id or response_type != "code":
            return error(400, "unknown client_id or response_type")
        code = _consented(sandbox, None, tuple(scope.split()) or None)
        query = urlencode({"code": code, **({} if state is None else {"state": state})})
        return RedirectResponse(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}", status_code=302)

    return router


def _consented(sandbox: GoHighLevelSandbox, location: str | None, scopes: tuple[str, ...] | None) -> str:
    chosen = sandbox.store.location(location or next(iter(sandbox.store.locations), ""))
    granted = frozenset(sandbox.config.scopes if scopes is None else scopes) & frozenset(sandbox.config.scopes)
    sandbox.ledger.add("consented", location=chosen.id, scopes=sorted(granted))
    return sandbox.tokens.code(chosen.id, granted)

"""The Jane sandbox as an application: identity server and API before a practice with its controls."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, ConfigDict

from sandboxes.common.rest import rest_router
from sandboxes.jane.config import JaneConfig
from sandboxes.jane.dialect import JaneDialect
from sandboxes.jane.identity import identity_router, issuer_of
from sandboxes.jane.sandbox import JaneSandbox
from sandboxes.practice.app import build_practice_app


class Consent(BaseModel):
    """What an owner agrees to in the browser; without scopes all that the extension may have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audience: str | None = None
    scopes: tuple[str, ...] | None = None


def create_app(config: JaneConfig | None = None) -> FastAPI:
    """Return the sandbox."""
    sandbox = JaneSandbox(config or JaneConfig())
    app = build_practice_app(sandbox, title="Jane sandbox")
    app.include_router(_control_router(sandbox))
    app.include_router(identity_router(sandbox))
    app.include_router(rest_router(sandbox, JaneDialect(sandbox)))  # last: it takes every other path
    return app


def _control_router(sandbox: JaneSandbox) -> APIRouter:
    router = APIRouter(prefix="/_control")

    @router.post("/consent")
    async def consent(body: Consent, request: Request) -> dict[str, Any]:
        """Agree as an owner does and take the tokens, as an extension does that was installed before."""
        config = sandbox.config
        code = sandbox.consented(
            audience=body.audience or request.headers["host"],
            scopes=config.scopes if body.scopes is None else body.scopes,
            redirect_uri=None,
            code_challenge=None,
        )
        issuer = issuer_of(request, config.realm)
        return sandbox.tokens.redeem(code, verifier="", redirect_uri=None, issuer=issuer, config=config)

    return router

"""The Boulevard sandbox as an application: the Admin API before a practice with its controls and its calendar page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.boulevard.endpoint import admin_router
from sandboxes.boulevard.sandbox import BoulevardSandbox
from sandboxes.practice.app import build_practice_app


def create_app(config: BoulevardConfig | None = None) -> FastAPI:
    """Return the sandbox; webhook targets named in the config are pinged once it runs."""
    sandbox = BoulevardSandbox(config or BoulevardConfig())
    app = build_practice_app(sandbox, title="Boulevard sandbox")
    app.include_router(admin_router(sandbox))
    _ping_when_running(app, sandbox)
    return app


def _ping_when_running(app: FastAPI, sandbox: BoulevardSandbox) -> None:
    shared = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: FastAPI) -> AsyncIterator[Any]:
        async with shared(running) as state:
            for hook in sandbox.webhooks.hooks.values():
                if hook.enabled:
                    sandbox.webhooks.ping(hook.id)
            yield state

    app.router.lifespan_context = lifespan

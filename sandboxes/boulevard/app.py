"""The Boulevard sandbox as an application: the Admin API, its controls, and the calendar page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from sandboxes.boulevard.config import BoulevardConfig
from sandboxes.boulevard.endpoint import admin_router
from sandboxes.boulevard.errors import Refused
from sandboxes.boulevard.ids import accept, bare
from sandboxes.boulevard.page import calendar_pages
from sandboxes.boulevard.sandbox import BoulevardSandbox
from sandboxes.boulevard.seeding import Seed, plant
from sandboxes.boulevard.staff import staff_router
from sandboxes.common.app import build_app


class Odd(BaseModel):
    """Fields by their names in the schema; a value of `{"error": "…"}` makes the field fail."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    fields: dict[str, Any]


def create_app(config: BoulevardConfig | None = None) -> FastAPI:
    """Return the sandbox; webhook targets named in the config are pinged once it runs."""
    sandbox = BoulevardSandbox(config or BoulevardConfig())
    app = build_app(sandbox, title="Boulevard sandbox")
    app.add_exception_handler(Refused, _conflict)
    app.include_router(admin_router(sandbox))
    app.include_router(_control_router(sandbox))
    app.include_router(staff_router(sandbox))
    app.include_router(calendar_pages(sandbox))
    _ping_when_running(app, sandbox)
    return app


def _control_router(sandbox: BoulevardSandbox) -> APIRouter:
    router = APIRouter(prefix="/_control")

    @router.post("/seed")
    async def seed(document: Seed) -> dict[str, int]:
        return plant(sandbox, document)

    @router.post("/odd")
    async def odd(row: Odd) -> dict[str, Any]:
        """Let fields of a visit, of one of its services, of a block or of a client read like something else."""
        sandbox.store.odd[bare(row.id)] = row.fields
        return {"odd": len(sandbox.store.odd)}

    @router.get("/double_bookings")
    async def double_bookings(staff: str | None = None, standing: bool = False) -> list[dict[str, Any]]:
        """Every overlap of two live visits of one provider, with when it began to exist and when it ended.

        `standing` leaves out those that are gone.
        """
        staff_id = None if staff is None else accept("Staff", staff)
        return sandbox.calendar.history.double_bookings(staff_id=staff_id, only_standing=standing)

    @router.get("/appointments/{appointment_id}/story")
    async def story(appointment_id: str) -> list[dict[str, Any]]:
        """The ledger's entries about one appointment."""
        wanted = accept("Appointment", appointment_id)
        return [entry for entry in sandbox.ledger.since() if entry.get("appointment") == wanted]

    return router


async def _conflict(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=409)


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

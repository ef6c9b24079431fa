"""The FastAPI application of a sandbox: lifespan, dropped connections, and the control routes under `/_control/`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from sandboxes.common.clock import PracticeTime
from sandboxes.common.faults import Fault
from sandboxes.common.ledger import Entry
from sandboxes.common.sandbox import ConfigT, DroppedError, Sandbox


def build_app(sandbox: Sandbox[ConfigT], *, title: str) -> FastAPI:
    """Return an application with the control routes in place; the vendor adds its own routes to it.

    The sandbox itself is at `app.state.sandbox`, for tests that run it in a thread.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        sandbox.faults.clear()
        await sandbox.background.close()
        await sandbox.outbox.close()

    app = FastAPI(title=title, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.sandbox = sandbox
    app.add_exception_handler(DroppedError, _say_nothing)
    app.include_router(control_router(sandbox))
    return app


async def _say_nothing(request: Request, error: Exception) -> Response:
    return Response(status_code=500)  # the connection is already closed: nobody reads this


def control_router(sandbox: Sandbox[ConfigT]) -> APIRouter:
    """Return the routes that steer and question the sandbox; never part of the vendor's surface, without auth."""
    router = APIRouter(prefix="/_control")

    @router.post("/reset")
    async def reset() -> dict[str, str]:
        sandbox.reset()
        return {"status": "reset"}

    @router.get("/config")
    async def read_config() -> dict[str, Any]:
        return sandbox.config.model_dump(mode="json")

    @router.post("/config")
    async def change_config(patch: dict[str, Any]) -> Response:
        try:
            sandbox.reconfigure(patch)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            return JSONResponse({"detail": problems}, status_code=422)
        return JSONResponse(sandbox.config.model_dump(mode="json"))

    @router.get("/clock")
    async def read_clock() -> dict[str, Any]:
        return {**sandbox.practice_time.model_dump(mode="json"), "now": sandbox.practice_time.now().isoformat()}

    @router.post("/clock")
    async def set_clock(clock: PracticeTime) -> dict[str, Any]:
        sandbox.practice_time = clock
        return await read_clock()

    @router.get("/faults")
    async def list_faults() -> list[dict[str, Any]]:
        return sandbox.faults.view()

    @router.post("/faults")
    async def add_faults(faults: Fault | list[Fault]) -> list[dict[str, Any]]:
        added = faults if isinstance(faults, list) else [faults]
        return [sandbox.faults.add(fault).view() for fault in added]

    @router.delete("/faults")
    async def clear_faults() -> dict[str, str]:
        sandbox.faults.clear()
        return {"status": "cleared"}

    @router.post("/release")
    async def release(fault: int | None = None) -> dict[str, int]:
        return {"released": sandbox.faults.release(fault)}

    @router.get("/ledger")
    async def read_ledger(since: int = 0, kind: str | None = None) -> list[Entry]:
        return sandbox.ledger.since(since, kind)

    @router.get("/state")
    async def read_state() -> dict[str, Any]:
        return {"vendor": sandbox.vendor, "webhooks_pending": sandbox.outbox.pending, **sandbox.state()}

    return router

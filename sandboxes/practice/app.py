"""A practice system's sandbox as an application: its controls, the staff's hand and page; a dialect adds its API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from sandboxes.common.app import build_app
from sandboxes.practice.errors import Refused
from sandboxes.practice.page import calendar_pages
from sandboxes.practice.sandbox import PracticeConfigT, PracticeSandbox
from sandboxes.practice.seeding import Seed, plant
from sandboxes.practice.staff import staff_router


class Odd(BaseModel):
    """Fields by their names in the dialect's API; a value of `{"error": "…"}` makes the field fail, where one can."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    fields: dict[str, Any]


def build_practice_app(sandbox: PracticeSandbox[PracticeConfigT], *, title: str) -> FastAPI:
    """Return an application in which the practice can be put in, steered and worked by hand."""
    app = build_app(sandbox, title=title)
    app.add_exception_handler(Refused, _conflict)
    app.include_router(_control_router(sandbox))
    app.include_router(staff_router(sandbox))
    app.include_router(calendar_pages(sandbox))
    return app


def _control_router(sandbox: PracticeSandbox[PracticeConfigT]) -> APIRouter:
    router = APIRouter(prefix="/_control")

    @router.post("/seed")
    async def seed(document: Seed) -> dict[str, int]:
        counts = plant(sandbox.store, sandbox.calendar, document, now=sandbox.practice_now())
        sandbox.ledger.add("seeded", **counts)
        return counts

    @router.post("/odd")
    async def odd(row: Odd) -> dict[str, Any]:
        """Let fields of a visit, of one of its services, of a block or of a client read like something else."""
        sandbox.store.odd[sandbox.store.ids.bare(row.id)] = row.fields
        return {"odd": len(sandbox.store.odd)}

    @router.get("/double_bookings")
    async def double_bookings(staff: str | None = None, standing: bool = False) -> list[dict[str, Any]]:
        """Every overlap of two live visits of one provider, with when it began to exist and when it ended.

        `standing` leaves out those that are gone.
        """
        staff_id = None if staff is None else sandbox.store.ids.accept("Staff", staff)
        return sandbox.calendar.history.double_bookings(staff_id=staff_id, only_standing=standing)

    @router.get("/appointments/{appointment_id}/story")
    async def story(appointment_id: str) -> list[dict[str, Any]]:
        """The ledger's entries about one appointment."""
        wanted = sandbox.store.ids.accept("Appointment", appointment_id)
        return [entry for entry in sandbox.ledger.since() if entry.get("appointment") == wanted]

    return router


async def _conflict(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=409)

"""The admin API as one router, with keys and problems documented."""

from __future__ import annotations

from fastapi import APIRouter

from api.problems import RESPONSES
from api.routes import fits, overriding, reading, unknown_numbers, vendors

router = APIRouter(prefix="/admin/v1", responses=RESPONSES)
for part in (reading, vendors, overriding, unknown_numbers, fits):
    router.include_router(part.router)

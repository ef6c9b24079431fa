"""The admin API as one router, with keys and problems documented."""

from __future__ import annotations

from fastapi import APIRouter

from api.problems import RESPONSES
from api.routes import fill_orders, fits, reading, requeue, task_answers, unknown_numbers, vendors

router = APIRouter(prefix="/admin/v1", responses=RESPONSES)
for part in (reading, vendors, fill_orders, task_answers, requeue, unknown_numbers, fits):
    router.include_router(part.router)

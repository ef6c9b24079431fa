"""The outside systems of a practice: which are on, and when each was last heard."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import Viewer
from api.dependencies import Deps
from models.repositories import practices, receipts
from wiring.settings import VENDORS

router = APIRouter(tags=["reading"])


class Vendor(BaseModel):
    """An outside system that the practice's file names or the settings turn on."""

    vendor: str
    is_on: bool = Field(description="Its settings are there; one that is off is neither called nor listened to.")
    last_heard_at: datetime | None = Field(description="Real time of its newest event; null where none ever came.")


class Vendors(BaseModel):
    items: list[Vendor]


@router.get("/vendors", summary="Outside systems, and when each was last heard")
def vendors(caller: Viewer, deps: Deps) -> Vendors:
    on = {name for name in VENDORS if getattr(deps.settings, name) is not None}
    with deps.database.transaction() as session:
        names = on.union(practices.connected_vendors(session, caller.practice_id))
        return Vendors(
            items=[
                Vendor(
                    vendor=name,
                    is_on=name in on,
                    last_heard_at=receipts.last_heard(session, caller.practice_id, name),
                )
                for name in sorted(names)
            ]
        )

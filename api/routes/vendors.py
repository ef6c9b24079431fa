"""The outside systems of a practice: which are on, when each was last heard, and when it last failed."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import Viewer
from api.dependencies import Deps
from models.repositories import connections, receipts
from models.repositories.connections import ConnectionFacts
from wiring.settings import VENDORS

router = APIRouter(tags=["reading"])


class ConnectionState(BaseModel):
    """One account of the practice: a business, a number, a mailbox, or a workspace."""

    id: int
    purpose: str = Field(description="pms, sms, email or chat.")
    address: str = Field(description="How the vendor names it.")
    location_id: int | None = Field(description="The place it serves; null serves every place without one of its own.")
    has_credentials: bool = Field(description="False: it uses the account of the environment's settings.")
    last_heard_at: datetime | None = Field(description="Real time of its newest event, to within some seconds.")
    last_failure_at: datetime | None = Field(description="Real time of its last failed call; null after a new start.")
    last_failure_kind: str | None = Field(description="Misconfigured, Unreachable, RateLimited, Ambiguous, BadAnswer.")


class Vendor(BaseModel):
    """An outside system that the practice is connected to or the settings turn on."""

    vendor: str
    is_on: bool = Field(description="It has an account; one that is off is neither called nor listened to.")
    last_heard_at: datetime | None = Field(description="Real time of its newest event; null where none ever came.")
    connections: list[ConnectionState]


class Vendors(BaseModel):
    items: list[Vendor]


@router.get("/vendors", summary="Outside systems, when each was last heard, and when it last failed")
def vendors(caller: Viewer, deps: Deps) -> Vendors:
    on = {name for name in VENDORS if getattr(deps.settings, name) is not None}
    with deps.database.transaction() as session:
        mine = connections.of_practice(session, caller.practice_id)
        on.update(one.vendor for one in mine if one.credentials is not None)
        return Vendors(
            items=[
                Vendor(
                    vendor=name,
                    is_on=name in on,
                    last_heard_at=receipts.last_heard(session, caller.practice_id, name),
                    connections=[_state(one) for one in mine if one.vendor == name],
                )
                for name in sorted(on.union(one.vendor for one in mine))
            ]
        )


def _state(connection: ConnectionFacts) -> ConnectionState:
    return ConnectionState(
        id=connection.id,
        purpose=connection.purpose,
        address=connection.address,
        location_id=connection.location_id,
        has_credentials=connection.credentials is not None,
        last_heard_at=connection.last_heard_at,
        last_failure_at=connection.last_failure_at,
        last_failure_kind=connection.last_failure_kind,
    )

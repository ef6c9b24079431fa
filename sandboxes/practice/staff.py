"""What staff do by hand: `POST /_control/staff/{book,move,cancel,uncancel,complete,delete,update,…}`.

Each body may carry `who`, the name the ledger keeps. Answers hold the appointment as the ledger shows it, or the id of
a block or shift. A refusal is a 409 with `detail`, a body that makes no sense a 422.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from sandboxes.practice.calendar import Actor, snapshot
from sandboxes.practice.records import Client
from sandboxes.practice.sandbox import PracticeConfigT, PracticeSandbox
from sandboxes.practice.seeding import VisitService, at, the_location, wanted


class _ByHand(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    who: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor("hand", self.who)


class NewClient(BaseModel):
    """A walk-in who is not in the books yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_name: str
    last_name: str = ""
    email: str | None = None
    mobile_phone: str | None = None


class Book(_ByHand):
    """A visit for `client`, an id or a new person."""

    client: str | NewClient
    start: datetime
    services: tuple[VisitService, ...] = Field(min_length=1)
    location: str | None = None
    notes: str | None = None
    id: str | None = None


class Move(_ByHand):
    """A new start, a new provider for the whole visit or for one `segment`, or both."""

    id: str
    start: datetime | None = None
    staff: str | None = None
    segment: str | None = None


class Cancel(_ByHand):
    id: str
    reason: str = "CLIENT_CANCEL"
    notes: str | None = None


class ById(_ByHand):
    id: str


class Update(_ByHand):
    id: str
    state: str | None = None
    notes: str | None = None


class AddTimeblock(_ByHand):
    """`staff` of null blocks everybody's time."""

    staff: str | None
    start: datetime
    duration: int
    location: str | None = None
    title: str | None = None
    reason: str | None = None


class AddShift(_ByHand):
    """`instead` replaces what the person had on that date at this location; `available` false takes the day off."""

    staff: str
    date: date
    clock_in: time
    clock_out: time
    location: str | None = None
    available: bool = True
    unavailable_reason: str | None = None
    instead: bool = False


def staff_router(sandbox: PracticeSandbox[PracticeConfigT]) -> APIRouter:
    """The hand of the practice."""
    router = APIRouter(prefix="/_control/staff")

    @router.post("/book")
    async def book(body: Book) -> dict[str, Any]:
        store = sandbox.store
        location = the_location(store, body.location)
        services = wanted(store, body.services)
        client = store.client(body.client) if isinstance(body.client, str) else _enter(body.actor, body.client)
        return snapshot(
            sandbox.calendar.book(
                body.actor,
                location=location,
                client=client,
                start_at=at(location, body.start),
                wanted=services,
                notes=body.notes,
                appointment_id=body.id,
            )
        )

    def _enter(actor: Actor, row: NewClient) -> Client:
        now = sandbox.practice_now()
        client = Client(id=sandbox.store.new_id(), created_at=now, updated_at=now, **row.model_dump())
        return sandbox.calendar.add_client(actor, client)

    @router.post("/move")
    async def move(body: Move) -> dict[str, Any]:
        appointment = sandbox.store.appointment(body.id)
        location = sandbox.store.locations[appointment.location_id]
        moved = sandbox.calendar.move(
            body.actor,
            appointment,
            start_at=at(location, body.start) if body.start else None,
            staff=sandbox.store.staff_member(body.staff) if body.staff else None,
            segment_id=body.segment,
        )
        return snapshot(moved)

    @router.post("/cancel")
    async def cancel(body: Cancel) -> dict[str, Any]:
        appointment = sandbox.store.appointment(body.id)
        return snapshot(sandbox.calendar.cancel(body.actor, appointment, reason=body.reason, notes=body.notes))

    @router.post("/uncancel")
    async def uncancel(body: ById) -> dict[str, Any]:
        return snapshot(sandbox.calendar.uncancel(body.actor, sandbox.store.appointment(body.id)))

    @router.post("/complete")
    async def complete(body: ById) -> dict[str, Any]:
        return snapshot(sandbox.calendar.complete(body.actor, sandbox.store.appointment(body.id)))

    @router.post("/delete")
    async def delete(body: ById) -> dict[str, Any]:
        return snapshot(sandbox.calendar.delete(body.actor, sandbox.store.appointment(body.id)))

    @router.post("/update")
    async def update(body: Update) -> dict[str, Any]:
        appointment = sandbox.store.appointment(body.id)
        return snapshot(sandbox.calendar.update(body.actor, appointment, state=body.state, notes=body.notes))

    @router.post("/add_timeblock")
    async def add_timeblock(body: AddTimeblock) -> dict[str, Any]:
        location = the_location(sandbox.store, body.location)
        block = sandbox.calendar.add_timeblock(
            body.actor,
            location=location,
            staff=sandbox.store.staff_member(body.staff) if body.staff else None,
            start_at=at(location, body.start),
            duration=body.duration,
            title=body.title,
            reason=body.reason,
        )
        return {"timeblock": block.id}

    @router.post("/remove_timeblock")
    async def remove_timeblock(body: ById) -> dict[str, Any]:
        block = sandbox.calendar.remove_timeblock(body.actor, sandbox.store.timeblock(body.id))
        return {"timeblock": block.id}

    @router.post("/add_shift")
    async def add_shift(body: AddShift) -> dict[str, Any]:
        shift = sandbox.calendar.put_shift(
            body.actor,
            location=the_location(sandbox.store, body.location),
            staff=sandbox.store.staff_member(body.staff),
            when=body.date,
            clock_in=body.clock_in,
            clock_out=body.clock_out,
            available=body.available,
            unavailable_reason=body.unavailable_reason,
            instead=body.instead,
        )
        return {"shift": shift.id}

    return router

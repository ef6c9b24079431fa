"""Lists and single things, read only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.auth import Role, Viewer
from api.dependencies import Dependencies, Deps
from api.problems import not_found
from api.routes.shapes import (
    LARGEST_ID,
    BookingShape,
    BookingStory,
    Cursor,
    DecisionShape,
    DeliveryShape,
    GapFillShape,
    GapFillStory,
    Limit,
    Listing,
    MessageShape,
    NoteShape,
    OfferShape,
    ReceiptShape,
    Ref,
    SegmentShape,
    ShapeT,
    TaskNowShape,
    TaskShape,
    shaped,
)
from domain.calendar import VisitState
from domain.journey_names import Journey
from models.repositories import client_notes, practices, views
from models.repositories import tasks as task_rows
from models.repositories.access import KeyFacts
from models.repositories.deliveries import DeliveryState
from models.repositories.receipts import Purpose, ReceiptState
from models.repositories.views import Thing
from operations import task_view

router = APIRouter(tags=["reading"])

_MOST_OF_A_STORY = 200

ByRef = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


class OpeningState(StrEnum):
    LIVE = "live"
    FILLED = "filled"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    DECLINED = "declined"
    HANDED_OVER = "handed_over"


class OfferState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    HANDED_OVER = "handed_over"
    SUPPRESSED = "suppressed"


class TaskState(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    DEFAULTED = "defaulted"
    WITHDRAWN = "withdrawn"


@router.get("/gap-fills", summary="Openings and the state of their fills")
def gap_fills(
    caller: Viewer, deps: Deps, state: OpeningState | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Listing[GapFillShape]:
    return _list(deps, caller, GapFillShape, Thing.GAP_FILL, {"state": state}, cursor, limit)


@router.get("/gap-fills/{ref}", summary="One fill: its offers, tasks and decisions with their reasons")
def gap_fill(ref: Ref, caller: Viewer, deps: Deps) -> GapFillStory:
    return GapFillStory(
        gap_fill=_read(deps, caller, GapFillShape, Thing.GAP_FILL, ref, "gap fill"),
        offers=_all(deps, caller, OfferShape, Thing.OFFER, {"opening_id": ref}),
        tasks=_all(deps, caller, TaskShape, Thing.TASK, {"opening_id": ref}),
        decisions=_all(deps, caller, DecisionShape, Thing.DECISION, {"journey": Journey.GAP_FILL.value, "ref": ref}),
    )


@router.get("/bookings", summary="Visits as mirrored from the practice system")
def bookings(
    caller: Viewer,
    deps: Deps,
    state: VisitState | None = None,
    client_id: ByRef = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[BookingShape]:
    return _list(deps, caller, BookingShape, Thing.BOOKING, {"state": state, "client_id": client_id}, cursor, limit)


@router.get("/bookings/{ref}", summary="One visit: its services, tasks and decisions")
def booking(ref: Ref, caller: Viewer, deps: Deps) -> BookingStory:
    found = _read(deps, caller, BookingShape, Thing.BOOKING, ref, "booking")
    with deps.database.transaction() as session:
        segments = views.segments(session, caller.practice_id, ref)
    return BookingStory(
        booking=found,
        segments=[SegmentShape.model_validate(one) for one in segments],
        tasks=_all(deps, caller, TaskShape, Thing.TASK, {"appointment_id": ref}),
        decisions=_all(deps, caller, DecisionShape, Thing.DECISION, {"journey": Journey.BOOKING.value, "ref": ref}),
    )


@router.get("/offers", summary="Offers")
def offers(
    caller: Viewer,
    deps: Deps,
    state: OfferState | None = None,
    gap_fill_id: ByRef = None,
    client_id: ByRef = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[OfferShape]:
    where = {"state": state, "opening_id": gap_fill_id, "client_id": client_id}
    return _list(deps, caller, OfferShape, Thing.OFFER, where, cursor, limit)


@router.get("/offers/{ref}", summary="One offer")
def offer(ref: Ref, caller: Viewer, deps: Deps) -> OfferShape:
    return _read(deps, caller, OfferShape, Thing.OFFER, ref, "offer")


@router.get("/messages", summary="What clients were told and what they wrote")
def messages(
    caller: Viewer, deps: Deps, client_id: ByRef = None, cursor: Cursor = None, limit: Limit = 50
) -> Listing[MessageShape]:
    return _list(deps, caller, MessageShape, Thing.MESSAGE, {"client_id": client_id}, cursor, limit)


@router.get("/messages/{ref}", summary="One message")
def message(ref: Ref, caller: Viewer, deps: Deps) -> MessageShape:
    return _read(deps, caller, MessageShape, Thing.MESSAGE, ref, "message")


@router.get("/tasks", summary="What waits for a person, and what did")
def tasks(
    caller: Viewer, deps: Deps, state: TaskState | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Listing[TaskShape]:
    return _list(deps, caller, TaskShape, Thing.TASK, {"state": state}, cursor, limit)


@router.get("/tasks/{ref}", summary="One task")
def task(ref: Ref, caller: Viewer, deps: Deps) -> TaskShape:
    found = _read(deps, caller, TaskShape, Thing.TASK, ref, "task")
    if not Role(caller.role).covers(Role.STAFF):
        return found
    with deps.database.transaction() as session:
        said = client_notes.of_task(
            session, caller.practice_id, client_id=found.client_id, shortlist=found.shortlist or ()
        )
        practice = practices.load(session, caller.practice_id)
        row = task_rows.read(session, caller.practice_id, ref)
        now = practice.clock.practice(deps.wall())
        live = task_view.view(session, practice, row, tuple(found.shortlist or ()), now=now)
    shown = {client: [NoteShape.model_validate(one) for one in of_client] for client, of_client in said.items()}
    return found.model_copy(update={"notes": shown, "draft": live.draft, "now": TaskNowShape.model_validate(live)})


@router.get("/receipts", summary="Events from outside; `unknown` and `failed` ones want a look")
def receipts(
    caller: Viewer,
    deps: Deps,
    state: ReceiptState | None = None,
    purpose: Purpose | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[ReceiptShape]:
    return _list(deps, caller, ReceiptShape, Thing.RECEIPT, {"state": state, "purpose": purpose}, cursor, limit)


@router.get("/receipts/{ref}", summary="One event")
def receipt(ref: Ref, caller: Viewer, deps: Deps) -> ReceiptShape:
    return _read(deps, caller, ReceiptShape, Thing.RECEIPT, ref, "receipt")


@router.get("/deliveries", summary="Messages on their way to journeys; `dead` ones want a look")
def deliveries(
    caller: Viewer, deps: Deps, state: DeliveryState | None = None, cursor: Cursor = None, limit: Limit = 50
) -> Listing[DeliveryShape]:
    return _list(deps, caller, DeliveryShape, Thing.DELIVERY, {"state": state}, cursor, limit)


@router.get("/deliveries/{ref}", summary="One delivery")
def delivery(ref: Ref, caller: Viewer, deps: Deps) -> DeliveryShape:
    return _read(deps, caller, DeliveryShape, Thing.DELIVERY, ref, "delivery")


@router.get("/decisions", summary="Decisions with their reasons")
def decisions(
    caller: Viewer,
    deps: Deps,
    journey: Journey | None = None,
    ref: ByRef = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Listing[DecisionShape]:
    return _list(deps, caller, DecisionShape, Thing.DECISION, {"journey": journey, "ref": ref}, cursor, limit)


@router.get("/decisions/{ref}", summary="One decision")
def decision(ref: Ref, caller: Viewer, deps: Deps) -> DecisionShape:
    return _read(deps, caller, DecisionShape, Thing.DECISION, ref, "decision")


def _list(
    deps: Dependencies,
    caller: KeyFacts,
    shape: type[ShapeT],
    thing: Thing,
    where: Mapping[str, Any],
    cursor: int | None,
    limit: int,
) -> Listing[ShapeT]:
    given = {name: value for name, value in where.items() if value is not None}
    with deps.database.transaction() as session:
        page = views.listed(session, caller.practice_id, thing, where=given, cursor=cursor, limit=limit)
    items = [shaped(shape, thing, row, caller) for row in page.rows]
    return Listing[ShapeT](items=items, next_cursor=page.next_cursor)


def _all(
    deps: Dependencies, caller: KeyFacts, shape: type[ShapeT], thing: Thing, where: Mapping[str, Any]
) -> list[ShapeT]:
    return _list(deps, caller, shape, thing, where, None, _MOST_OF_A_STORY).items


def _read(deps: Dependencies, caller: KeyFacts, shape: type[ShapeT], thing: Thing, ref: int, name: str) -> ShapeT:
    with deps.database.transaction() as session:
        row = views.read(session, caller.practice_id, thing, ref)
    if row is None:
        raise not_found(name)
    return shaped(shape, thing, row, caller)

"""The zone that counts, inside a query: of a place, else of the practice (`domain.catalogue.home_zone`)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, literal, select

from models.practice import Location

_LOCATION = Location.metadata.tables["location"]


def of_practice(practice_id: Any) -> ColumnElement[str]:
    """The practice's own zone; `practice_id` is a value, or a column of the query around it."""
    joined_with = (
        select(_LOCATION.c.zone)
        .where(_LOCATION.c.practice_id == practice_id)
        .order_by(_LOCATION.c.id)
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(joined_with, literal("UTC"))


def of_place(practice_id: Any, location_id: Any) -> ColumnElement[str]:
    """The zone of that place; the practice's own where it is none that we keep."""
    of_it = (
        select(_LOCATION.c.zone)
        .where(_LOCATION.c.practice_id == practice_id, _LOCATION.c.id == location_id)
        .scalar_subquery()
    )
    return func.coalesce(of_it, of_practice(practice_id))

"""What an order of staff's is asked with, whatever it is about, and how what comes of it is answered."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeVar

from fastapi import Body, Query
from pydantic import BaseModel, Field
from temporalio.client import Client

from api.dependencies import Dependencies, Running
from api.problems import Problem, not_found
from api.routes.shapes import Id, Words
from domain.messages.staff_orders import OrderWords
from inbox import updates
from models.repositories import views
from models.repositories.access import KeyFacts
from models.repositories.views import Thing
from operations.staff_orders import Prospect

ResultT = TypeVar("ResultT", bound=BaseModel)

#: The request itself is at fault, whatever the moment.
_WRONGLY_ASKED: Final = frozenset({"client_unknown", "client_missing", "service_missing"})

ServiceIds = Annotated[
    tuple[Id, ...],
    Field(
        max_length=5,
        description="What they are booked for, in one visit; empty: what they wait for, else what was cancelled.",
    ),
]

DryRun = Annotated[
    bool, Query(description="Say what it would do, or why it cannot be done now, and do nothing. Needs no reason kept.")
]


class WhyBody(BaseModel):
    """Both are kept with the decision."""

    reason: Words = ""
    by: Words = Field(default="", description="Who decided; the key's label where it is left out.")


#: Where nothing else is said, the body may be left out.
Why = Annotated[WhyBody | None, Body()]


def words_of(found: Prospect) -> OrderWords:
    """What it does. Raises `Problem` where it cannot be carried out now."""
    if found.refused is not None:
        status = 422 if found.refused.type in _WRONGLY_ASKED else 409
        raise Problem(status, found.refused.type, found.refused.words, field=found.refused.field)
    assert found.words is not None
    return found.words


def result_of(
    answer: updates.Answered[ResultT] | updates.Declined | updates.Over | updates.NoAnswer,
    *,
    over: str,
    field: str | None,
) -> ResultT:
    """A journey's answer as the call's. Raises `Problem` for any but a yes; `over` is said of one that has ended."""
    match answer:
        case updates.Answered():
            return answer.result
        case updates.Declined():
            raise Problem(409, _type_of(answer.type), answer.words, field=field)
        case updates.Over():
            raise Problem(409, "over", over)
        case updates.NoAnswer():
            raise Problem(
                503,
                "no_answer",
                "Temporal or its workers did not answer in time. Ask again with the same Request-Id: it is done once.",
                headers={"Retry-After": "5"},
            )


def _type_of(name: str) -> str:
    """`OpeningOver` as `opening_over`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def temporal(state: Running) -> Client:
    """Raises `Problem` while Temporal is away."""
    if state.client is None:
        raise Problem(503, "temporal_away", "Temporal is away; ask again in a moment.", headers={"Retry-After": "5"})
    return state.client


def must_exist(deps: Dependencies, caller: KeyFacts, thing: Thing, ref: int, name: str) -> None:
    """Raises `Problem`, a 404 by that name."""
    with deps.database.transaction() as session:
        if views.read(session, caller.practice_id, thing, ref) is None:
            raise not_found(name)

"""How a workflow names an activity: a name, what goes in, what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """Frozen, forgiving and additive for ever: fields that join later have defaults, unknown ones are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


Order = TypeVar("Order", bound=Payload)
Result = TypeVar("Result", bound=Payload)


@dataclass(frozen=True)
class Call(Generic[Order, Result]):
    """An activity's signature for both sides; `name` is never renamed, histories hold it."""

    name: str
    order: type[Order]
    result: type[Result]


class Done(Payload):
    """Nothing to tell beyond that it is done."""

"""What the API stands on, and how routes reach it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from temporalio.client import Client
from temporalio.converter import PayloadCodec

from inbox.background_routing import Router
from inbox.intake import Intake, real_now
from models.session import Database
from vendors.chat.base import Chat
from wiring.connected_vendors import ConnectedReaders
from wiring.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """Everything from outside."""

    settings: Settings
    database: Database
    #: Called on the API's own loop, again and again until it works: webhooks are taken in with Temporal away.
    connect: Callable[[], Awaitable[Client]]
    codec: PayloadCodec
    #: Who may call a webhook's URL, and how their calls are read.
    readers: ConnectedReaders
    #: The staff chat of a practice, for answers to presses.
    chat: Callable[[int], Chat | None] = lambda _: None
    #: False leaves the handing over to relays in other processes.
    runs_relay: bool = True
    wall: Callable[[], datetime] = real_now


@dataclass
class Running:
    """What is at work over the dependencies: arrivals are kept, then routed, then handed over by the relay."""

    intake: Intake
    router: Router
    #: The connection once it stands.
    client: Client | None = None
    #: Wakes the relay, once there is one; returns at once.
    nudge: Callable[[], None] = lambda: None

    @staticmethod
    def over(deps: Dependencies) -> Running:
        """Put together and not started."""
        router = Router(deps.database, routed=lambda: state.nudge(), busy=lambda: state.intake.busy)
        intake = Intake(deps.database, committed=router.wake, wall=deps.wall)
        state = Running(intake=intake, router=router)
        return state


# Coroutines, since FastAPI calls anything else in a thread.


async def dependencies(request: Request) -> Dependencies:
    found: Dependencies = request.app.state.dependencies
    return found


async def running(request: Request) -> Running:
    found: Running = request.app.state.running
    return found


Deps = Annotated[Dependencies, Depends(dependencies)]
State = Annotated[Running, Depends(running)]

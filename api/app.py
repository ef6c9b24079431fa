"""The application: every way in, over one database and one connection to Temporal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

import structlog
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi_offline import FastAPIOffline
from temporalio.client import Client

from api import codec, problems
from api.dependencies import Dependencies, Running
from api.pages import book_unlisted, claim, task_list, tasks, unknown_numbers
from api.pages.templating import TEMPLATES
from api.request_limits import RequestLimitsMiddleware
from api.routes import admin_router, health
from api.webhooks import pms, sendgrid, slack, twilio
from inbox.relay import Relay, RelayOptions

_log = structlog.get_logger(__name__)

_RELAY_AGAIN_SECONDS: Final = 1.0

_ABOUT = """
What a practice's own programs and its administrators do with Chairflow: read what happened and why, start and override
fills, answer tasks. Keys belong to one practice and have a role: `viewer` reads, `staff` overrides, `admin` sees raw
receipts and puts dead deliveries back in line.

A request that changes something may carry a `Request-Id`; sent again with the same id it does nothing twice and gets
the same answer. Lists are newest first; `next_cursor` leads to the next page.
"""


def create_app(deps: Dependencies) -> FastAPI:
    """The API. Its lifespan routes, connects to Temporal, for as long as that takes, and runs the relay."""
    # FastAPI's own page would have every reader's browser call a CDN, and be blank where there is no internet.
    app = FastAPIOffline(
        title="Chairflow",
        version="1",
        description=_ABOUT,
        lifespan=_lifespan,
        docs_url="/docs",
        redoc_url=None,
        static_url="/static/docs",
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.dependencies = deps
    app.state.running = Running.over(deps)
    problems.install(app)
    app.add_middleware(RequestLimitsMiddleware)
    for webhooks in (pms, twilio, sendgrid, slack):
        app.include_router(webhooks.router, tags=["webhooks"], include_in_schema=False)
    for pages in (claim, tasks, unknown_numbers, book_unlisted, task_list):
        app.include_router(pages.router)
    app.include_router(admin_router.router)
    app.include_router(health.router)
    app.include_router(codec.router_for(deps))
    app.mount("/static", StaticFiles(directory=TEMPLATES / "static"), name="static")
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    running: Running = app.state.running
    running.router.start()
    background = asyncio.create_task(_work(app.state.dependencies, running))
    try:
        yield
    finally:
        background.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await background
        await asyncio.to_thread(running.intake.close)
        await asyncio.to_thread(running.router.stop)


async def _work(deps: Dependencies, running: Running) -> None:
    """Connect, then relay. Webhooks are taken in meanwhile: what they bring waits in the database."""
    pause = 0.2
    while running.client is None:
        try:
            running.client = await deps.connect()
        except Exception as error:
            _log.warning("api.temporal_away", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)
    if not deps.runs_relay:
        return
    while True:
        relay = _relay(deps, running, running.client)
        running.nudge = relay.nudge
        try:
            await relay.run()
        except Exception as error:
            # Deliveries wait in the database meanwhile; without a relay they would wait for the next start.
            _log.exception("api.relay_died", error=type(error).__name__)
            await asyncio.sleep(_RELAY_AGAIN_SECONDS)


def _relay(deps: Dependencies, running: Running, client: Client) -> Relay:
    settings = deps.settings
    return Relay(
        client=client,
        database=deps.database,
        chat=deps.chat,
        options=RelayOptions.of_seconds(
            lease=settings.relay_lease_seconds,
            interval=settings.relay_interval_seconds,
            concurrency=settings.relay_concurrency,
        ),
        wall=deps.wall,
        busy=lambda: running.intake.busy,
    )

"""The heart of a sandbox: config, times, ledger, faults, outbox, and the gate every vendor request goes through."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field

from sandboxes.common.background import Background
from sandboxes.common.clock import PracticeTime
from sandboxes.common.faults import ArmedFault, Fault, FaultBook
from sandboxes.common.ledger import Ledger
from sandboxes.common.outbox import Outbox, OutboxSettings


class SandboxConfig(BaseModel):
    """What every sandbox can be told; a vendor adds credentials, webhook targets, limits and secrets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 1
    zone: str = "America/New_York"
    webhooks: OutboxSettings = Field(default_factory=OutboxSettings)


class RefusedError(Exception):
    """Raised while a request is performed: the vendor says no, in its own form."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"refused with {response.status_code}")
        self.response = response


class DroppedError(Exception):
    """The connection was closed on purpose: nobody gets an answer."""


ConfigT = TypeVar("ConfigT", bound=SandboxConfig)


class Sandbox(Generic[ConfigT]):
    """Base of a vendor's sandbox.

    A vendor overrides `clear_state`, `state` and the three answers of its error form (`refusal`, `rate_limited`,
    `outage`), and performs each request through `gate`.
    """

    vendor = "vendor"

    def __init__(self, config: ConfigT) -> None:
        self.config: ConfigT = config
        self.practice_time = PracticeTime()
        self.ledger = Ledger(lambda: self.practice_time)
        self.faults = FaultBook()
        self.outbox = Outbox(
            ledger=self.ledger, faults=self.faults, settings=lambda: self.config.webhooks, seed=config.seed
        )
        self.background = Background()
        self.random = random.Random(f"{self.vendor}:{config.seed}")

    # What a vendor fills in

    def clear_state(self) -> None:
        """Forget everything the vendor keeps."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return the vendor's present state for `GET /_control/state`."""
        raise NotImplementedError

    def config_changed(self) -> None:
        """Take note of new settings, where the vendor keeps something made of them."""

    def refusal(self, fault: Fault) -> Response:
        """Return the vendor's error for a `refuse` fault (its `status`, `code` and `message` where given)."""
        raise NotImplementedError

    def rate_limited(self, fault: Fault | None = None) -> Response:
        """Return the vendor's answer to too many requests."""
        raise NotImplementedError

    def outage(self) -> Response:
        """Return what the vendor's edge says while it is down."""
        return Response("Service Unavailable", status_code=503, media_type="text/plain")

    # What all share

    def reset(self) -> None:
        """Begin anew with the same config and clock: no state, faults or webhooks, the same random choices."""
        self.faults.clear()
        self.background.cancel()
        self.outbox.clear(self.config.seed)
        self.ledger.clear()
        self.random = random.Random(f"{self.vendor}:{self.config.seed}")
        self.clear_state()

    def reconfigure(self, patch: Mapping[str, Any]) -> None:
        """Change some settings; a nested object is merged, a list or plain value replaced. Raises ValidationError."""
        current = self.config.model_dump()
        for name, value in patch.items():
            before = current.get(name)
            current[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
        self.config = type(self.config).model_validate(current)
        self.config_changed()

    async def gate(
        self,
        request: Request,
        operation: str,
        fields: Mapping[str, Any],
        perform: Callable[[], Response | Awaitable[Response]],
    ) -> Response:
        """Perform one vendor request under the faults armed for it, and note it in the ledger as `request`.

        `perform` makes the change and returns the answer, or raises `RefusedError`. Faults before it leave nothing
        committed; faults after it do.
        """
        taken = self.faults.take(operation, fields)
        kinds = [armed.fault.kind for armed in taken]

        def note(status: int | None) -> None:
            self.ledger.add("request", operation=operation, status=status, faults=kinds, **fields)

        early = await self._before(request, taken, note)
        if early is not None:
            note(early.status_code)
            return early
        try:
            result = perform()
            response = await result if inspect.isawaitable(result) else result
        except RefusedError as refused:
            response = refused.response
        note(response.status_code)
        await self._after(request, taken)
        return response

    async def _before(
        self, request: Request, taken: list[ArmedFault], note: Callable[[int | None], None]
    ) -> Response | None:
        for armed in taken:
            fault = armed.fault
            match fault.kind:
                case "delay":
                    await asyncio.sleep(fault.seconds or 0.0)
                case "hold":
                    await armed.hold()
                case "drop":
                    note(None)
                    await close_connection(request)
                case "refuse":
                    return self.refusal(fault)
                case "rate_limit":
                    return self.rate_limited(fault)
                case "outage":
                    return self.outage()
                case "commit_then_timeout" | "hold_after" | "duplicate" | "reorder":
                    continue
        return None

    async def _after(self, request: Request, taken: list[ArmedFault]) -> None:
        for armed in taken:
            if armed.fault.kind == "hold_after":
                await armed.hold()
            elif armed.fault.kind == "commit_then_timeout":
                await armed.hold()
                await close_connection(request)


async def close_connection(request: Request) -> None:
    """Close the client's connection without an answer; always raises `DroppedError`.

    The transport is put into the request's state by `server.SandboxProtocol`.
    """
    request.state.transport.abort()
    await asyncio.sleep(0)  # lets uvicorn see that the client is gone, so that nothing more is written
    raise DroppedError

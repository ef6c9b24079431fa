"""What sandbox tests share: a listening endpoint and patience."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from fastapi import FastAPI, Request, Response

from sandboxes.common.server import serving


@dataclass
class Heard:
    """One request as it came."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Endpoint:
    """An endpoint of a client of the vendor: notes what it gets, answers with what `answer` returns."""

    url: str
    answer: Callable[[Heard], Response] = lambda heard: Response(status_code=204)
    heard: list[Heard] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Endpoint]:
    """Run an endpoint on a free port."""
    app = FastAPI()

    @app.post("/{path:path}")
    async def hook(path: str, request: Request) -> Response:
        heard = Heard(url=str(request.url), headers=dict(request.headers), body=await request.body())
        endpoint.heard.append(heard)
        return endpoint.answer(heard)

    with serving(app) as url:
        endpoint = Endpoint(url=url)
        yield endpoint


def until(condition: Callable[[], bool]) -> None:
    """Wait until something has come about; a failure after a long while names it."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


def as_new(client: httpx.Client, config: object) -> None:
    """Bring a running sandbox back to its first state, so that a module's tests can share one server."""
    client.post("/_control/config", json=config).raise_for_status()
    client.post("/_control/clock", json={}).raise_for_status()
    client.post("/_control/reset").raise_for_status()

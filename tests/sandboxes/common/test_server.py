"""The sockets sandboxes listen on."""

from __future__ import annotations

import asyncio
import socket

import httpx
from fastapi import FastAPI, Request

from sandboxes.common.server import listen, make_server, url_of


def test_accepted_connections_do_not_wait_for_more_to_send() -> None:
    app = FastAPI()

    @app.get("/nodelay")
    async def nodelay(request: Request) -> bool:
        accepted = request.state.transport.get_extra_info("socket")
        return bool(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    async def ask() -> object:
        # asyncio's own loop, as `python -m sandboxes` runs: uvloop sets the option whatever the socket says
        bound = listen("127.0.0.1", 0)
        server = make_server(app)
        serving = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            async with asyncio.timeout(20):
                while not server.started:  # noqa: ASYNC110 - uvicorn says by a flag that it listens
                    await asyncio.sleep(0.005)
                async with httpx.AsyncClient(trust_env=False) as client:
                    return (await client.get(f"{url_of(bound)}/nodelay")).json()
        finally:
            server.should_exit = True
            await serving

    assert asyncio.run(ask()) is True

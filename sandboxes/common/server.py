"""Runs sandbox applications with uvicorn: several in one process, or one in a thread for a test."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol


class NotLoopbackError(ValueError):
    """Raised when a sandbox is to listen where others can reach it: its control routes know no auth."""

    def __init__(self, host: str) -> None:
        super().__init__(f"sandboxes listen on a loopback address only, not on {host!r}: use 127.0.0.1")


class SandboxProtocol(H11Protocol):
    """Uvicorn's protocol, which lets a request reach its transport so that a fault can close the connection."""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport in the state every request of this connection gets a copy of."""
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class SandboxServer(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: several servers share a process, and its runner stops them all."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket on a loopback address; port 0 takes a free one. Raises NotLoopbackError."""
    if host != "localhost" and not _is_loopback(host):
        raise NotLoopbackError(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named. With protocol 0 an answer in two writes
    # waits 40 ms for the client's delayed acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def url_of(bound: socket.socket) -> str:
    """Return the base URL of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def make_server(app: FastAPI) -> SandboxServer:
    """Return a server that ends within a second when told to."""
    config = uvicorn.Config(
        app, http=SandboxProtocol, log_level="warning", access_log=False, timeout_graceful_shutdown=1, lifespan="on"
    )
    return SandboxServer(config)


@contextmanager
def serving(app: FastAPI, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Run an application in a thread and give its base URL; it ends with the block."""
    bound = listen(host, port)
    server = make_server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError(f"the application at {url_of(bound)} did not start: see its log")
            threading.Event().wait(0.005)
        yield url_of(bound)
    finally:
        server.should_exit = True
        thread.join()
        bound.close()


async def serve_all(servers: dict[str, tuple[SandboxServer, socket.socket]]) -> None:
    """Run several servers until each has been told to exit."""
    await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in servers.values()))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

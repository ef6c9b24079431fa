"""A call to a vendor ends in time, whatever the vendor does.

Ordinary HTTP timeouts hold for each chunk, so a server that drips a byte a second never trips them, and a port's
method may need several requests. Here the whole stretch has one end, and every connect, read and write below gets
what is left of it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Any

import httpcore
import httpx

#: Start-to-close of a vendor activity is ten seconds; its call has to be over before.
CALL_SECONDS = 8.0
#: A healthy vendor accepts a connection at once; the rest of the time belongs to the answer.
CONNECT_SECONDS = 3.0
#: Slices of a request body; each gets what is left of the time.
_SLICE = 16 * 1024

_ends_at: ContextVar[float | None] = ContextVar("vendor_call_ends_at", default=None)


@contextmanager
def deadline(seconds: float = CALL_SECONDS) -> Iterator[None]:
    """Everything inside ends within `seconds`, or when an enclosing deadline ends, if that is sooner."""
    outer, mine = _ends_at.get(), monotonic() + seconds
    token = _ends_at.set(mine if outer is None else min(outer, mine))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float:
    """What is left of the present deadline; infinite outside of one."""
    ends = _ends_at.get()
    return float("inf") if ends is None else ends - monotonic()


def _left(limit: float | None, spent: type[httpcore.TimeoutException]) -> float:
    left = min(seconds_left(), CALL_SECONDS if limit is None else limit)
    if left <= 0:
        raise spent("the time for this call is over")
    return left


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), _SLICE):
            self._inner.write(buffer[at : at + _SLICE], _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _addresses(host: str, port: int, timeout: float) -> list[str]:
    """Resolve a name in time: the resolver itself takes no timeout, so it gets a thread that may be left behind."""
    found: list[str] = []
    failed: list[OSError] = []

    def resolve() -> None:
        try:
            found.extend(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=resolve, name="resolve-vendor", daemon=True)
    thread.start()
    thread.join(timeout)
    if failed:
        raise httpcore.ConnectError("the vendor's name does not resolve") from failed[0]
    if not found:
        raise httpcore.ConnectTimeout("the vendor's name did not resolve in time")
    return list(dict.fromkeys(found))


class _Backend(httpcore.NetworkBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        refused: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in _addresses(host, port, _left(timeout, httpcore.ConnectTimeout)):
            try:
                return _Stream(
                    httpcore.SyncBackend().connect_tcp(
                        address, port, _left(timeout, httpcore.ConnectTimeout), local_address, socket_options
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        assert refused is not None, "_addresses never returns an empty list"
        raise refused


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport over sockets that know the deadline. Never retries, takes no proxy from the environment."""

    def __init__(self, *, verify: ssl.SSLContext | bool = True, max_connections: int = 32) -> None:
        super().__init__(verify=verify, trust_env=False)
        # httpx has no argument for httpcore's public `network_backend`, so its pool is replaced by one that has it.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(verify=verify, trust_env=False),
            max_connections=max_connections,
            # Short, so that a write seldom meets a connection the vendor is just closing: that ends as Ambiguous.
            keepalive_expiry=5.0,
            retries=0,
            network_backend=_Backend(),
        )

"""A server that speaks bytes, for what no well-behaved one does: drip, hang up, answer without end."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket, threading.Event], None]


@contextmanager
def serving(behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Run `behaviour` for each connection, once its request has arrived; yields the base URL."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        # A client that leaves in the middle is what many of these tests are about.
        with connection, suppress(OSError):
            plain = connection if tls is None else tls.wrap_socket(connection, server_side=True)
            with plain:
                _read_request(plain)
                behaviour(plain, stop)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=serve, args=(connection,), daemon=True)
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()


def answering(status: str, body: bytes = b"{}", headers: str = "") -> Behaviour:
    """A complete answer."""

    def behave(connection: socket.socket, _stop: threading.Event) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{headers}\r\n"
        connection.sendall(head.encode() + body)

    return behave


def dripping(whole: bytes, *, every: float) -> Behaviour:
    """A complete answer, a byte at a time."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        for at in range(len(whole)):
            connection.sendall(whole[at : at + 1])
            if stop.wait(every):
                return

    return behave


def hanging_up(connection: socket.socket, _stop: threading.Event) -> None:
    """Take the request and close."""
    connection.shutdown(socket.SHUT_RDWR)


def silent(_connection: socket.socket, stop: threading.Event) -> None:
    """Take the request and never answer."""
    stop.wait()


def closed_port() -> str:
    """A base URL where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _read_request(connection: socket.socket) -> None:
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)

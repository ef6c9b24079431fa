"""A running sandbox and what its controls offer, and a place where its webhooks arrive."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


@dataclass(frozen=True)
class Sandbox:
    """One vendor's stand-in, over HTTP only."""

    url: str

    def control(self, path: str, **body: Any) -> Any:
        """POST to `/_control/…`."""
        answer = httpx.post(f"{self.url}/_control/{path}", json=body)
        assert answer.status_code < 300, f"{path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def fault(self, operation: str, kind: str, **details: Any) -> None:
        """Let something go wrong once, unless `times` says otherwise."""
        self.control("faults", operation=operation, kind=kind, **({"times": 1} | details))

    def heal(self) -> None:
        """End all faults."""
        httpx.delete(f"{self.url}/_control/faults").raise_for_status()

    def waiting(self) -> int:
        """How many requests a fault of kind `hold` holds back now."""
        rows: list[dict[str, Any]] = httpx.get(f"{self.url}/_control/faults").raise_for_status().json()
        return sum(row["waiting"] for row in rows)

    def ledger(self, kind: str) -> list[dict[str, Any]]:
        """What happened, of one kind."""
        answer = httpx.get(f"{self.url}/_control/ledger", params={"kind": kind}).raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows

    def state(self) -> dict[str, Any]:
        """The present state."""
        answer: dict[str, Any] = httpx.get(f"{self.url}/_control/state").raise_for_status().json()
        return answer


@dataclass(frozen=True)
class Call:
    """A webhook as it arrived."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Mailbox:
    """Our side of a webhook."""

    url: str
    calls: queue.Queue[Call] = field(default_factory=queue.Queue)

    def next(self) -> Call:
        """The next call; a failure when none ever comes."""
        return self.calls.get(timeout=20)


@contextmanager
def listening() -> Iterator[Mailbox]:
    """Take webhooks on a free port and answer 200 with an empty body, which every vendor takes."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()
            host = self.headers["host"]
            mailbox.calls.put(Call(f"http://{host}{self.path}", dict(self.headers.items()), body))

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mailbox = Mailbox(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield mailbox
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

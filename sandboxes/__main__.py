"""Runs the sandboxes: `python -m sandboxes --twilio-port 8091 …`; prints one JSON line when all of them listen.

`--config file.json` holds `{"twilio": {…}, "sendgrid": {…}, …}`, each as the vendor's config model takes it. A port
left out, or 0, leaves that vendor off; `auto` takes a free one. SIGTERM or SIGINT ends all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import ValidationError

from sandboxes.common.sandbox import SandboxConfig
from sandboxes.common.server import NotLoopbackError, SandboxServer, listen, make_server, serve_all, url_of

VENDORS = tuple(sorted(found.parent.name for found in Path(__file__).parent.glob("*/config.py")))
"""A sandbox is a folder with a `config.py`, where its config model is, and an `app.py` with `create_app`."""


def build(vendor: str, settings: dict[str, Any]) -> FastAPI:
    """Return a vendor's application; only the vendors asked for are imported. Raises ValidationError."""
    app: FastAPI = import_module(f"sandboxes.{vendor}.app").create_app(config_of(vendor).model_validate(settings))
    return app


def config_of(vendor: str) -> type[SandboxConfig]:
    """Return a vendor's config model."""
    module = import_module(f"sandboxes.{vendor}.config")
    [model] = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, SandboxConfig) and one.__module__ == module.__name__
    ]
    return model


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandboxes", description="Stand-in vendor servers on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--config", type=Path, help="JSON file with one object a vendor")
    for vendor in VENDORS:
        parser.add_argument(f"--{vendor}-port", default="0", help="a port, 0 for off, auto for a free one")
    wishes = parser.parse_args(arguments)
    settings: dict[str, Any] = json.loads(wishes.config.read_text("utf-8")) if wishes.config else {}
    unknown = sorted(set(settings) - set(VENDORS))
    if unknown:
        parser.error(f"{wishes.config}: no such vendor: {', '.join(unknown)} (known: {', '.join(VENDORS)})")
    servers: dict[str, tuple[SandboxServer, socket.socket]] = {}
    for vendor in VENDORS:
        port = getattr(wishes, f"{vendor}_port")
        if port == "0":
            continue
        try:
            bound = listen(wishes.host, 0 if port == "auto" else int(port))
            servers[vendor] = (make_server(build(vendor, settings.get(vendor, {}))), bound)
        except (NotLoopbackError, OSError) as problem:
            parser.error(f"{vendor}: {problem}")
        except ValueError as problem:
            where = f"{wishes.config}: {vendor}" if isinstance(problem, ValidationError) else f"--{vendor}-port"
            parser.error(f"{where}: {problem}")
    if not servers:
        parser.error("no sandbox asked for: give at least one port, for example --twilio-port 8091")
    asyncio.run(_run(servers))
    return 0


async def _run(servers: dict[str, tuple[SandboxServer, socket.socket]]) -> None:
    def stop() -> None:
        for server, _ in servers.values():
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    running = asyncio.create_task(serve_all(servers))
    # uvicorn says by a flag that it listens, so it has to be looked at
    while not running.done() and not all(server.started for server, _ in servers.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    if not running.done():
        sys.stdout.write(json.dumps({vendor: url_of(bound) for vendor, (_, bound) in servers.items()}) + "\n")
        sys.stdout.flush()
    await running


if __name__ == "__main__":
    sys.exit(main())

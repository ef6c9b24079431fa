"""The Temporal development server of a laptop, a demo and the tests, as a child process."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from tools import temporal_cli
from wiring import child_processes
from wiring.search_attributes import dev_server_flags

_READY_WITHIN_SECONDS: Final = 60.0

# The dev server has one history shard and polls it 20 times a second, which costs 50 ms at every step of a workflow.
# Production with many shards does not feel that; a small one does, and raises the same values in docker/.
DYNAMIC_CONFIG: Final = {
    "history.transferProcessorMaxPollRPS": "2000",
    "history.timerProcessorMaxPollRPS": "2000",
    "history.visibilityProcessorMaxPollRPS": "200",
    "matching.enableFairness": "true",
    # One switch under two names: server 1.32's, and later ones'. A server ignores the name it does not know.
    "frontend.WorkflowTimeSkippingEnabled": "true",
    "system.workflowTimeSkippingEnabled": "true",
}


class DevServerFailed(Exception):
    """The development server did not come up; the text carries the end of its log."""


@dataclass(frozen=True)
class DevServerOptions:
    """Where a development server keeps its state and where it listens. Port 0 means a free one."""

    folder: Path
    port: int = 0
    ui_port: int | None = None  # None: no UI
    codec_endpoint: str | None = None
    namespace: str = "default"


def flags() -> list[str]:
    """What every development server of ours is started with, apart from ports and files."""
    dynamic = [part for key, value in DYNAMIC_CONFIG.items() for part in ("--dynamic-config-value", f"{key}={value}")]
    return [*dynamic, *dev_server_flags()]


class DevServer:
    """Starts `temporal server start-dev`, waits until it answers, and ends it. Its state is a file, which outlives it.

    Use as a context manager, or with `start` and `stop`; `kill` is for tests that take it down in the middle.
    """

    def __init__(self, options: DevServerOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = options.port or child_processes.free_port()
        self.ui_port = child_processes.free_port() if options.ui_port == 0 else options.ui_port
        self._http_port = child_processes.free_port()

    @property
    def address(self) -> str:
        """Host and port of the frontend, as `TEMPORAL_ADDRESS` wants it."""
        return f"127.0.0.1:{self.port}"

    @property
    def ui_url(self) -> str | None:
        """The UI's address, or `None` when headless."""
        return None if self.ui_port is None else f"http://127.0.0.1:{self.ui_port}"

    @property
    def pid(self) -> int:
        """The running server's process id."""
        if self._process is None:
            raise RuntimeError("the development server is not running")
        return self._process.pid

    @property
    def log(self) -> Path:
        """Where the server writes its warnings."""
        return self._options.folder / "temporal.log"

    def start(self) -> Self:
        """Starts the server on its state file and returns once it answers."""
        binary = temporal_cli.find()
        if binary is None:
            raise DevServerFailed("there is no Temporal CLI: run `make setup` once")
        self._options.folder.mkdir(parents=True, exist_ok=True)
        self._process = child_processes.start([binary, *self._arguments()], log=self.log)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends the server; its state stays."""
        if self._process is not None:
            child_processes.stop(self._process)
            self._process = None

    def kill(self) -> None:
        """Takes the server down without a warning, as a power cut does. `start` brings it back on the same port."""
        if self._process is not None:
            child_processes.stop(self._process, with_signal=signal.SIGKILL)
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _arguments(self) -> list[str]:
        options = self._options
        arguments = ["server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--http-port", str(self._http_port)]
        arguments += ["--namespace", options.namespace, "--log-level", "warn"]
        # Without WAL every step of a workflow waits for the disk more than once.
        arguments += ["--db-filename", str(options.folder / "temporal.db")]
        arguments += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=1"]
        arguments += flags()
        if self.ui_port is None:
            return [*arguments, "--headless"]
        arguments += ["--ui-ip", "127.0.0.1", "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        if options.codec_endpoint is not None:
            arguments += ["--ui-codec-endpoint", options.codec_endpoint]
        return arguments

    def _wait_until_it_answers(self) -> None:
        # Healthy comes before the namespace does, so ask for what a client will need.
        question = (
            f"http://127.0.0.1:{self._http_port}/api/v1/namespaces/{self._options.namespace}/workflows?pageSize=1"
        )
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise DevServerFailed(f"the development server ended while starting:\n{self._end_of_log()}")
            try:
                if httpx.get(question, timeout=5, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            time.sleep(0.05)
        raise DevServerFailed(f"no answer within {_READY_WITHIN_SECONDS:.0f} s:\n{self._end_of_log()}")

    def _end_of_log(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:]) if self.log.exists() else ""

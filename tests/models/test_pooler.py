"""Transactions through a real PgBouncer, which hands each to another server connection."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from models.session import Database, make_engine

_PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@pytest.fixture
def pooled_url(database_url: str) -> Iterator[str]:
    """The test's database behind a transaction pooler of three connections."""
    if _PGBOUNCER is None:
        pytest.skip("there is no pgbouncer on this machine")
    url = make_url(database_url)
    with tempfile.TemporaryDirectory() as name, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{url.username}" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={url.query['host']}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = trust\nauth_file = {folder}/users\n"
            "pool_mode = transaction\ndefault_pool_size = 3\nserver_reset_query = \nunix_socket_dir =\n"
        )
        # It refuses to be root, as Postgres does, and the socket's folder is open to Postgres's user alone.
        user = pwd.getpwuid(Path(str(url.query["host"])).stat().st_uid).pw_name if os.geteuid() == 0 else None
        with (folder / "log").open("wb") as log:
            pooler = subprocess.Popen(
                [_PGBOUNCER, str(folder / "pgbouncer.ini")], stdout=log, stderr=subprocess.STDOUT, user=user
            )
        try:
            pooled = f"postgresql://{url.username}@127.0.0.1:{port}/{url.database}"
            _wait_for(pooled, pooler, folder / "log")
            yield pooled
        finally:
            pooler.terminate()
            pooler.wait(timeout=10)


def _wait_for(url: str, pooler: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if pooler.poll() is not None:
            break
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"PgBouncer did not come up:\n{log.read_text()}")


def test_no_transaction_fails_behind_a_transaction_pooler(pooled_url: str) -> None:
    database = Database(make_engine(pooled_url))

    def work(number: int) -> int:
        found = 0
        for turn in range(20):  # far more often than psycopg repeats a statement before it prepares it
            with database.transaction() as session:
                found += (
                    session.execute(text(f"SELECT {turn % 3} + :n"), {"n": number}).scalar_one() == turn % 3 + number
                )
                found += (
                    session.execute(text("SELECT count(*) FROM practice WHERE id = :n"), {"n": number}).scalar_one()
                    == 0
                )
        return found

    with ThreadPoolExecutor(max_workers=12) as threads:
        counted = list(threads.map(work, range(40)))

    database.engine.dispose()
    assert counted == [40] * 40


def test_without_a_pooler_statements_are_prepared(database_url: str) -> None:
    engine = make_engine(database_url)

    with engine.connect() as connection:
        driver = connection.connection.driver_connection

    assert driver is not None
    assert driver.prepare_threshold == 5

"""Servers of the test session. Each starts when the first test asks for it, so a run of domain tests starts nothing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from models.session import Database
from tests.databases import EmptyDatabases
from tools import temporal_cli
from wiring.devserver import DevServer, DevServerOptions, flags
from wiring.embedded_postgres import EmbeddedPostgres
from wiring.plugin import AppPlugin
from wiring.settings import Settings, given_settings
from wiring.temporal import connect
from workflows import search_attributes

#: What mostly waits for a clock, the longest first; all else keeps a core busy.
_WAITING = ("chaos", "journeys", "browser", "workflows")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: files that mostly wait for a clock leave their core to others. Not two more, for
    a journey's deadlines are real seconds."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks a test by what it starts, so that `-m 'not engine and not database'` is the quick part."""
    for item in items:
        needs = set(getattr(item, "fixturenames", ()))
        if needs & {"temporal_server", "temporal_env"}:
            item.add_marker(pytest.mark.engine)
        if "postgres" in needs:
            item.add_marker(pytest.mark.database)
    if hasattr(config, "workerinput"):
        _mix(items)


def _mix(items: list[pytest.Item]) -> None:
    """Orders files for several workers: what waits is spread evenly among what works, and ends with small files."""
    folders = {item.path: item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    waiting = sorted(
        (path for path in folders if folders[path] in _WAITING), key=lambda path: _WAITING.index(folders[path])
    )
    working = [path for path in folders if folders[path] not in _WAITING]
    place = {path: (number / len(paths), number) for paths in (waiting, working) for number, path in enumerate(paths)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Development's defaults, whatever the environment says: for the codec, the plugin and signing."""
    return given_settings()


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Where the session's servers keep their data. Not pytest's own folder: another pytest session tidies that up, and
    closes it to the other user an embedded Postgres runs as."""
    with tempfile.TemporaryDirectory(prefix="chairflow-tests-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="session")
def temporal_server(server_folder: Path) -> Iterator[DevServer]:
    """One development server for the session, without a UI. Tests tell their workflows apart by id and queue."""
    with DevServer(DevServerOptions(server_folder / "temporal")) as server:
        yield server


@pytest.fixture(scope="session")
async def temporal_client(temporal_server: DevServer, settings: Settings) -> Client:
    """A client of the session's server with the product's plugin; workers made from it have the plugin too."""
    return await connect(settings, target_host=temporal_server.address)


@pytest.fixture(scope="session")
async def temporal_env(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> AsyncIterator[WorkflowEnvironment]:
    """A server of its own whose workflows skip time, each on its own clock, with the product's plugin on the client.

    The clock drifts from the third run of a continue-as-new chain on: keep a test within two runs.
    """
    async with await skipping_environment(settings) as environment:
        yield environment


async def skipping_environment(settings: Settings, *more_flags: str) -> WorkflowEnvironment:
    """Starts a server whose workflows skip time."""
    binary = temporal_cli.find()
    if binary is None:
        pytest.fail("there is no Temporal CLI: run `make setup` once")
    return await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(binary),
        dev_server_extra_args=[*flags(), *more_flags],
        dev_server_startup_timeout=timedelta(seconds=60),
        search_attributes=search_attributes.ALL,
        plugins=[AppPlugin(settings)],
    )


@pytest.fixture(scope="session")
def postgres(server_folder: Path) -> Iterator[EmbeddedPostgres]:
    """One embedded Postgres for the session, on data that is thrown away."""
    with EmbeddedPostgres(server_folder / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: EmbeddedPostgres) -> str:
    """The address of the session's Postgres; its own database, for what needs no tables."""
    return postgres.url()


@pytest.fixture(scope="session")
def empty_databases(postgres: EmbeddedPostgres) -> EmptyDatabases:
    """Lends a database to each test that needs one."""
    return EmptyDatabases(postgres)


@pytest.fixture
def database_url(empty_databases: EmptyDatabases) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    with empty_databases.lent() as url:
        yield url


@pytest.fixture
def engine(empty_databases: EmptyDatabases, database_url: str) -> Iterator[Engine]:
    """An engine on this test's own database."""
    with empty_databases.engine(database_url) as engine:
        yield engine


@pytest.fixture
def database(engine: Engine) -> Database:
    """Transactions on this test's own database."""
    return Database(engine)

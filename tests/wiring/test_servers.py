"""The laptop's servers: they start, keep what they hold, and never outlive whoever started them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from wiring import child_processes
from wiring.devserver import DevServer, DevServerOptions
from wiring.embedded_postgres import EmbeddedPostgres
from wiring.search_attributes import register
from wiring.settings import Settings
from wiring.temporal import connect
from workflows import search_attributes

OURS = {key.name for key in search_attributes.ALL}


def answer(url: str, query: str) -> object:
    with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not yet waited for does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


async def _attributes(client: Client) -> set[str]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return set((await client.operator_service.list_search_attributes(request)).custom_attributes)


async def test_the_development_server_knows_our_search_attributes(temporal_client: Client) -> None:
    assert await _attributes(temporal_client) >= OURS


async def test_registering_search_attributes_again_is_harmless(temporal_client: Client) -> None:
    await register(temporal_client)
    await register(temporal_client)

    assert await _attributes(temporal_client) >= OURS


async def test_a_killed_development_server_did_not_end_by_itself_and_comes_back_with_what_it_held(
    tmp_path: Path, settings: Settings
) -> None:
    with DevServer(DevServerOptions(tmp_path)) as server:
        client = await connect(settings, target_host=server.address)
        await client.start_workflow("Nobody", id="kept", task_queue="nobody")

        server.kill()
        told = [one for one in child_processes.ended() if one.log == server.log]
        server.start()

        again = await connect(settings, target_host=server.address)
        description = await again.get_workflow_handle("kept").describe()
    assert (description.workflow_type, told) == ("Nobody", [])


def test_a_database_is_copied_from_its_template(postgres: EmbeddedPostgres) -> None:
    url = postgres.ensure_database("template_of_this_test")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE chair AS SELECT 7 AS number")

    copy = postgres.copy_database("template_of_this_test", "copy_of_this_test")

    assert answer(copy, "SELECT number FROM chair") == 7
    postgres.drop_database("copy_of_this_test")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        answer(copy, "SELECT 1")


def test_an_embedded_postgres_keeps_its_data_and_is_shared_while_it_runs(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first:
        url = first.ensure_database("kept")
        with EmbeddedPostgres(tmp_path) as second:
            assert second.url("kept") == url
        assert answer(url, "SELECT 1") == 1  # the second did not take it down with it

    with EmbeddedPostgres(tmp_path) as later:
        assert answer(later.ensure_database("kept"), "SELECT current_database()") == "kept"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel ends the children of a killed parent")
def test_a_child_does_not_outlive_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", "from wiring import child_processes; import time\n"
         "print(child_processes.start(['sleep', '600']).pid, flush=True); time.sleep(600)"],
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.wait()

    deadline = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(child)


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    stubborn = child_processes.start(["sh", "-c", f"trap '' TERM; touch {deaf}; while :; do sleep 1; done"])
    while not deaf.exists():
        time.sleep(0.02)

    child_processes.stop(stubborn, within=0.2)

    assert stubborn.returncode == -9


def test_a_child_that_ends_by_itself_is_told_with_its_code_and_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "part.log"
    part = child_processes.start(["sh", "-c", "seq 1 40; exit 3"], log=log)
    lasting = child_processes.start(["sleep", "600"], log=tmp_path / "lasting.log")
    stopped = child_processes.start(["sleep", "600"], log=tmp_path / "stopped.log")
    child_processes.stop(stopped)
    part.wait()

    (gone,) = (one for one in child_processes.ended() if one.log is not None and one.log.parent == tmp_path)
    child_processes.stop(part)
    child_processes.stop(lasting)

    assert child_processes.told([gone]).splitlines() == [
        f"The end of {log}:",
        *map(str, range(33, 41)),
        f"part ended by itself (exit code 3). Its log: {log}",
    ]
    assert [one for one in child_processes.ended() if one.name == "part"] == []


def test_a_child_that_ended_and_whose_log_is_gone_is_told_all_the_same(tmp_path: Path) -> None:
    log = tmp_path / "gone.log"
    part = child_processes.start(["sh", "-c", "exit 3"], log=log)
    part.wait()
    log.unlink()

    (gone,) = (one for one in child_processes.ended() if one.log == log)
    child_processes.stop(part)

    assert child_processes.told([gone]) == f"gone ended by itself (exit code 3). Its log: {log}"


@pytest.mark.parametrize(("columns", "longest"), [("80", 80), ("500", 200)])
def test_a_logs_long_lines_are_cut_to_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str, longest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    log = tmp_path / "long.log"
    log.write_text('{"event": "' + "x" * 5000 + '"}\nshort\n')
    part = child_processes.start(["true"], log=log)
    part.wait()

    (gone,) = (one for one in child_processes.ended() if one.log == log)
    child_processes.stop(part)

    assert [len(line) for line in gone.last_lines] == [longest, len("short")]
    assert gone.last_lines[0].startswith('{"event": "x') and gone.last_lines[0].endswith("…")


def test_of_several_that_ended_all_the_logs_come_before_what_happened(tmp_path: Path) -> None:
    first = child_processes.Ended(name="api", code=1, log=tmp_path / "api.log", last_lines=("one",))
    second = child_processes.Ended(name="worker-1", code=-9, log=tmp_path / "worker-1.log", last_lines=("two",))

    assert child_processes.told([first, second]).splitlines() == [
        f"The end of {first.log}:",
        "one",
        f"The end of {second.log}:",
        "two",
        f"api ended by itself (exit code 1). Its log: {first.log}",
        f"worker-1 ended by itself (killed by SIGKILL). Its log: {second.log}",
    ]

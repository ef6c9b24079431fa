"""After a fill played for real: nobody's name, phone, e-mail or treatment in ids, Temporal's files, logs, metrics,
links or cards; and no treatment in a text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col
from temporalio.client import Client

from domain.policy import PracticePolicy
from models.matrix import Service
from models.tasks import Task
from simulation.stage import Stage, StageOptions
from tests.journeys.house import House, at, furnish, practice_clock, rows, until
from tests.journeys.rest import come_to_rest

#: As a client is known in this house: name, mail, phone with and without punctuation, and what they come for.
TELLING = re.compile(
    r"client[0-9]+[ ._-]?poe|\bpoe\b|client[0-9]+@|@example\.com|[+]?1?[ (.-]*212[ ).-]*555[ .-]*0[0-9]{3}|zygomatin",
    re.IGNORECASE,
)
PATIENCE = 90.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One chair filled by text, one text nobody understands, and a delivery that failed on the way."""
    with Stage(StageOptions(folder=tmp_path_factory.mktemp("privacy"))) as stage:
        yield _play(stage)


def _play(stage: Stage) -> House:
    house = furnish(stage, policy=PracticePolicy())
    with stage.database().transaction() as session:
        for number, code in enumerate(("visit", "long")):
            session.execute(
                update(Service)
                .where(col(Service.practice_id) == house.practice_id, col(Service.code) == code)
                .values(name=f"Zygomatin treatment {number}", code=f"ZYGOMATIN-{number}", kind=f"zygomatin-{number}")
            )
    stage.set_clock(house.practice_id, practice_clock())
    cancelled = house.book(client=7, start=at(14))
    stage.open()
    asyncio.run(stage.learn_calendar(house.practice_id))
    house.cancel(cancelled)
    until(lambda: house.texts_to(1), seconds=PATIENCE, what="an offer")
    house.says(1, "YES")
    until(lambda: len(house.texts_to(1)) > 1, seconds=PATIENCE, what="a confirmation")
    house.says(2, "Client2 Poe here (212-555-0002), is the zygomatin safe?")
    until(lambda: rows(stage, Task, house.practice_id), seconds=PATIENCE, what="a task")
    until(lambda: _cards(house), seconds=PATIENCE, what="a card")
    asyncio.run(come_to_rest(stage, seconds=PATIENCE))
    return house


def test_the_pattern_finds_what_it_should() -> None:
    telling = ["Poe", "Client3 Poe", "client3@example.com", "+12125550003", "(212) 555-0003", "Zygomatin treatment 1"]

    assert [words for words in telling if not TELLING.search(words)] == []
    assert TELLING.search("gapfill:1:1 waits for client 3 until 2026-03-10T18:00:00Z, poem") is None


async def test_temporal_shows_and_keeps_none_of_it_in_clear(house: House) -> None:
    client = await house.stage.client()
    shown = [
        f"{one.id} {one.workflow_type} {one.task_queue} {one.typed_search_attributes}"
        async for one in client.list_workflows()
    ]
    kept = [file.read_bytes().decode("latin-1") for file in _temporal_s_files(house.stage)]

    assert len(shown) >= 4
    assert sum(map(len, kept)) > 100_000
    assert _found("\n".join(shown)) == []
    assert [found for text in kept for found in _found(text)] == []


async def test_histories_are_readable_to_who_holds_the_keys(house: House) -> None:
    """Else the test above could pass on an empty history."""
    client: Client = await house.stage.client()
    fills = [one.id async for one in client.list_workflows("WorkflowType = 'GapFill'")]
    result = await client.get_workflow_handle(fills[0]).result()

    assert result["ending"] == "filled"


@pytest.mark.parametrize("name", ["api", "worker-1"])
def test_logs_carry_references_only(house: House, name: str) -> None:
    log = (house.stage.options.folder / f"{name}.log").read_text()

    assert log.count("\n") > 0
    assert _found(log) == []


def test_metrics_count_without_naming(house: House) -> None:
    metrics = httpx.get(f"{house.stage.api_url}/metrics", trust_env=False).raise_for_status().text

    assert "python_info" in metrics or "chairflow" in metrics
    assert _found(metrics) == []


def test_texts_name_no_treatment_and_their_links_nobody(house: House) -> None:
    texts = [text for client in range(1, house.clients + 1) for text in house.texts_to(client)]
    links = [link for text in texts for link in re.findall(r"https?://\S+", text)]

    assert links
    assert [text for text in texts if re.search("zygomatin", text, re.IGNORECASE)] == []
    assert _found("\n".join(links)) == []


def test_cards_carry_reference_time_and_initials(house: House) -> None:
    cards = _cards(house)

    assert len(cards) >= 1
    assert _found("\n".join(map(str, cards))) == []


def _cards(house: House) -> list[object]:
    ledger = house.stage.sandboxes.slack.ledger()
    return [entry for entry in ledger if entry["kind"] in ("posted", "updated")]


def _temporal_s_files(stage: Stage) -> list[Path]:
    folder = stage.temporal.log.parent
    return [file for file in folder.iterdir() if file.name.startswith("temporal.db") or file == stage.temporal.log]


def _found(text: str) -> list[str]:
    return sorted({match.group() for match in TELLING.finditer(text)})

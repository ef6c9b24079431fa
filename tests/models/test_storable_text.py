"""Text that Postgres refuses is stored all the same, and what came can be given back byte for byte."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import ARRAY, String, bindparam, select
from sqlmodel import col

from models.client import Client
from models.queries import one_of
from models.session import Database
from models.storable_text import as_came, as_json, as_kept, storable
from models.tasks import Task
from tests.inbox.scene import Scene, set_scene

NUL = "\x00"


@pytest.fixture
def scene(database: Database) -> Scene:
    return set_scene(database)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("YES", "YES"),
        ("YES\x00", "YES"),
        ("\x00", ""),
        ("Zoë 😀", "Zoë 😀"),
        ("\ud83d\ude00", "😀"),
        ("half \ud83d of one", "half � of one"),
    ],
)
def test_what_can_be_seen_of_a_text_is_stored(text: str, stored: str) -> None:
    assert storable(text) == stored


@pytest.mark.parametrize("value", ["a\x00b", "\\u0000", "\\\\u0000", "\\\x00", "\ud800", "plain"])
def test_json_loses_nothing_but_that(value: str) -> None:
    assert json.loads(as_json({value: [value]})) == {storable(value): [storable(value)]}


@pytest.mark.parametrize(
    "payload",
    [b"", b"Body=YES%00", "Zoë".encode(), b"\xff\xfe", b"a\x00b", b"data:application/octet-stream;base64,QQ=="],
)
def test_a_payload_is_given_back_as_it_came(payload: bytes) -> None:
    assert as_came(as_kept(payload)) == payload
    assert NUL not in as_kept(payload)


def test_a_payload_that_is_text_is_kept_readable() -> None:
    assert as_kept("Zoë".encode()) == "Zoë"


def test_text_json_and_lists_reach_the_database_by_every_statement(scene: Scene) -> None:
    client = scene.client("+12125550111", first_name="Ad\x00a")
    task = scene.task(body="She wrote:\x00 yes", shortlist=[{"name": "A\x00da", "note": "\ud800"}])

    with scene.database.transaction() as session:
        array = bindparam("names", ["Ada\x00"], type_=ARRAY(String))
        found = session.execute(
            select(col(Client.id)).where(
                one_of(col(Client.first_name), ["Ad\x00a"]), col(Client.first_name) == "Ada\x00"
            )
        ).scalar_one()
        told = session.execute(select(array)).scalar_one()

    assert (found, told) == (client, ["Ada"])
    row = scene.row(Task, task)
    assert (row.body, row.shortlist) == ("She wrote: yes", [{"name": "Ada", "note": "�"}])

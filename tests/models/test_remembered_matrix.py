"""The matrix is read from its tables when it has changed, and only then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, delete, select

from models.matrix import Provider, Room, Service
from models.repositories import practices
from models.session import Database
from tests.inbox.scene import Scene, set_scene
from tests.statements import counted


@pytest.fixture
def scene(database: Database) -> Scene:
    return set_scene(database)


def names(session: Session, scene: Scene) -> list[str]:
    return [one.name for one in practices.matrix(session, scene.practice_id).services]


def a_service(scene: Scene, name: str) -> Service:
    return Service(
        practice_id=scene.practice_id,
        code=name,
        name=name,
        kind=name,
        pms_ref=name,
        duration=timedelta(minutes=30),
    )


def test_read_again_it_costs_one_statement_with_its_practice(scene: Scene) -> None:
    with scene.database.transaction() as session:
        practices.load_with_matrix(session, scene.practice_id)

    with counted(scene.database.engine) as asked, scene.database.transaction() as session:
        practices.load_with_matrix(session, scene.practice_id)

    assert len(asked.statements) == 1


def test_a_change_is_seen_by_the_next_who_ask(scene: Scene) -> None:
    with scene.database.transaction() as session:
        before = names(session, scene)

    scene.add(a_service(scene, "peel"))
    with scene.database.transaction() as session:
        added = names(session, scene)
    with scene.database.transaction() as session:
        session.exec(select(Service).where(Service.name == "peel")).one().name = "Peel"
    with scene.database.transaction() as session:
        renamed = names(session, scene)
    with scene.database.transaction() as session:
        session.execute(delete(Service).where(col(Service.name) == "Peel"))
    with scene.database.transaction() as session:
        removed = names(session, scene)

    assert (added, renamed, removed) == ([*before, "peel"], [*before, "Peel"], before)


@pytest.mark.parametrize("table", ["service", "provider", "room"])
def test_who_changes_it_sees_the_change_and_nobody_sees_what_is_rolled_back(scene: Scene, table: str) -> None:
    with scene.database.transaction() as session:
        practice, before = practices.load_with_matrix(session, scene.practice_id)
    new = {
        "service": a_service(scene, "peel"),
        "provider": Provider(practice_id=practice.id, first_name="Ben", display_name="Ben", pms_ref="ben"),
        "room": Room(practice_id=practice.id, location_id=scene.location_id, kind="room", name="Room 9"),
    }[table]

    with pytest.raises(RuntimeError), scene.database.transaction() as session:
        practices.load_with_matrix(session, practice.id)
        session.add(new)
        session.flush()
        _, within = practices.load_with_matrix(session, practice.id)
        raise RuntimeError
    with scene.database.transaction() as session:
        after = practices.matrix(session, practice.id)

    assert within != before
    assert after == before

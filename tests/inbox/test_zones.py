"""The zone of a place and of a practice, as queries and as rules tell it."""

from __future__ import annotations

from sqlmodel import select

from domain.catalogue import home_zone
from models.practice import Location
from models.repositories import practices, tasks, zones
from tests.inbox.scene import Scene


def test_a_practices_own_zone_is_one_in_rules_and_in_queries(scene: Scene) -> None:
    scene.add(Location(practice_id=scene.practice_id, name="Tucson", zone="America/Phoenix", postcode="85701"))
    with scene.database.transaction() as session:
        practice, matrix = practices.load_with_matrix(session, scene.practice_id)

        told = {
            practice.zone,
            matrix.zone(None),
            home_zone(matrix.locations),
            tasks.zone_of(session, scene.practice_id, opening_id=None, appointment_id=None),
            session.execute(select(zones.of_place(scene.practice_id, None))).scalar_one(),
        }

    assert told == {"America/New_York"}


def test_a_place_we_keep_has_its_own_zone(scene: Scene) -> None:
    tucson = scene.add(Location(practice_id=scene.practice_id, name="Tucson", zone="America/Phoenix", postcode="85701"))
    with scene.database.transaction() as session:
        found = session.execute(select(zones.of_place(scene.practice_id, tucson))).scalar_one()

    assert found == "America/Phoenix"

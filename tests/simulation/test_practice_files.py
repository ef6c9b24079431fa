"""The demo's practice hands itself over by the same files as any other, and its desk may press in its chat."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.importing import import_files
from models.repositories import staff_accounts
from models.session import Database
from simulation.patient_profiles import make_world
from simulation.practice_files import write_practice
from simulation.practice_systems import SYSTEMS
from simulation.vendors import Sandboxes
from wiring.vendors import SPOKEN


@pytest.mark.parametrize("pms", sorted(SYSTEMS))
def test_the_demos_files_go_in_and_everybody_of_its_chat_may_press(
    tmp_path: Path, database: Database, pms: str
) -> None:
    sandboxes = Sandboxes(log=tmp_path / "sandboxes.log", environ=dict(os.environ), pms=pms)
    sandboxes.launch()
    try:
        sandboxes.wait()
        files = write_practice(make_world(), sandboxes, tmp_path)
        users = sandboxes.slack.config()["users"]
    finally:
        sandboxes.stop()

    report = import_files(database, files, now=datetime.now(UTC), vendors=SPOKEN)

    assert report.errors == ()
    assert report.practice_id is not None
    with database.transaction() as session:
        names = {user: staff_accounts.name_of(session, report.practice_id, user) for user in users}
    assert names == {user: one["name"] for user, one in users.items()}
    assert len(names) == 2

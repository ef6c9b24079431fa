"""A practice's files for the tests of the import, and what stands in the database afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlmodel import SQLModel

from domain.catalogue import Matrix
from models import importing
from models.importing import Report
from models.repositories import practices
from models.session import Database
from wiring.vendors import SPOKEN

#: Makes a file out of a name and a text; the fixture is in `conftest.py`.
Write = Callable[[str, str], Path]

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"
SHARED_MATRIX = EXAMPLES / "service_matrix.csv"
ALL = [EXAMPLES / name for name in ("practice.yaml", "matrix.csv", "credentials.csv", "clients.csv", "waitlist.csv")]
NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)


def import_files(
    database: Database, paths: Sequence[Path], *, now: datetime, practice: str | None = None, dry_run: bool = False
) -> Report:
    """As the command reads them: for the vendors there are adapters for."""
    return importing.import_files(database, paths, now=now, vendors=SPOKEN, practice=practice, dry_run=dry_run)


PRACTICE = """
practice: {slug: harbor, name: Harbor Clinic, short_name: Harbor, pms: boulevard}
locations:
  - name: Main
    zone: America/New_York
    postcode: 02139
    pms_ref: 7C1F2F6E-2a53-4d9a-8d7e-0f4a1c9b6d01
    rooms:
      - {name: Room 1, kind: Standard treatment room, pms_ref: 17}
      - {name: Room 2, kind: laser room}
      - {name: Room 3, kind: facial room}
      - {name: Room 4, kind: IV lounge}
staff:
  - name: Dr. Lee
    first_name: Hana
    credentials: [{kind: MD, expires: never}, {kind: Neurotoxin cert, expires: 2028-01-31}]
  - {name: NP Martinez, first_name: Elena}
  - {name: PA Singh, first_name: Arun}
  - {name: Esthetician Rivera, first_name: Noa}
  - {name: Tech Okon, first_name: Ada}
  - {name: Esthetician Park, first_name: Min}
  - {name: RN Johnson, first_name: Kay}
  - {name: RN Patel, first_name: Ravi}
"""


def id_of(report: Report) -> int:
    assert report.practice_id is not None, [str(one) for one in report.errors]
    return report.practice_id


def matrix_of(database: Database, report: Report) -> Matrix:
    with database.transaction() as session:
        return practices.matrix(session, id_of(report))


def rows_of_tables(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.transaction() as session:
        return {
            table.name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
        }

"""Two providers, places, rooms or devices may have one name: the practice system tells them apart."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NAMES = {
    "provider": ("provider_name", ["practice_id", "display_name"]),
    "location": ("location_name", ["practice_id", "name"]),
    "room": ("room_name", ["practice_id", "location_id", "name"]),
    "device": ("device_name", ["practice_id", "location_id", "name"]),
}


def upgrade() -> None:
    _index_names(unique=False)


def downgrade() -> None:
    _index_names(unique=True)


def _index_names(*, unique: bool) -> None:
    for table, (name, columns) in _NAMES.items():
        op.drop_index(name, table_name=table)
        op.create_index(name, table, columns, unique=unique)

"""A practice's services, staff, rooms, devices and places are read anew only when they have changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = (
    "service",
    "provider",
    "provider_location",
    "service_provider",
    "credential",
    "room",
    "device",
    "location",
)
_CHANGES = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def upgrade() -> None:
    op.add_column(
        "practice",
        sa.Column("catalogue_version", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
    )
    op.execute(
        "CREATE FUNCTION catalogue_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE practice SET catalogue_version = gen_random_uuid() WHERE id IN (SELECT practice_id FROM changed); "
        "RETURN NULL; END $$"
    )
    for table in _TABLES:
        for change, rows in _CHANGES.items():
            op.execute(
                f"CREATE TRIGGER catalogue_{change} AFTER {change.upper()} ON {table} "
                f"REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION catalogue_changed()"
            )


def downgrade() -> None:
    for table in _TABLES:
        for change in _CHANGES:
            op.execute(f"DROP TRIGGER catalogue_{change} ON {table}")
    op.execute("DROP FUNCTION catalogue_changed()")
    op.drop_column("practice", "catalogue_version")

"""A client whose offered time was taken may be offered another of the same opening."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = ["practice_id", "opening_id", "client_id"]


def upgrade() -> None:
    op.drop_index("offer_once", "offer")
    op.create_index("offer_once", "offer", _COLUMNS, unique=True, postgresql_where=sa.text("state <> 'replaced'"))


def downgrade() -> None:
    op.drop_index("offer_once", "offer")
    op.execute("DELETE FROM question WHERE offer_id IN (SELECT id FROM offer WHERE state = 'replaced')")
    op.execute("DELETE FROM offer WHERE state = 'replaced'")
    op.create_index("offer_once", "offer", _COLUMNS, unique=True)

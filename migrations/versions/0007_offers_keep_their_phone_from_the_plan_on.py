"""An offer has its phone from where it is planned, not only from where it is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("offer", sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("offer_one_open_per_phone", table_name="offer")
    op.create_index(
        "offer_one_open_per_phone",
        "offer",
        ["practice_id", "phone"],
        unique=True,
        postgresql_where=sa.text("state = 'open' OR state = 'planned' AND reserved_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("offer_one_open_per_phone", table_name="offer")
    op.create_index(
        "offer_one_open_per_phone",
        "offer",
        ["practice_id", "phone"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_column("offer", "reserved_until")

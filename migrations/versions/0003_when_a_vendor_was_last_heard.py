"""When a vendor was last heard is read from its receipts; the column that nobody wrote goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("connection", "last_seen_at")


def downgrade() -> None:
    op.add_column("connection", sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True))

"""What a person waits for is found among deliveries however many hints are in line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "delivery_awaited",
        "delivery",
        ["workflow_key"],
        postgresql_where=sa.text("state = 'waiting' AND message <> 'pms_changed'"),
    )


def downgrade() -> None:
    op.drop_index("delivery_awaited", "delivery")

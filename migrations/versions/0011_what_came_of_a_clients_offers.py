"""What clients were offered lately is read for every ranking."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("offer_of_client", "offer", ["practice_id", "client_id", "sent_at"])


def downgrade() -> None:
    op.drop_index("offer_of_client", table_name="offer")

"""A client's language, on file and as they last wrote; and where a place is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client", sa.Column("language", sa.String(), nullable=True))
    op.add_column("client", sa.Column("wrote_in", sa.String(), nullable=True))
    op.add_column("location", sa.Column("address", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("location", "address")
    op.drop_column("client", "wrote_in")
    op.drop_column("client", "language")

"""Addresses that take no messages, lines behind a switchboard, and which of our numbers a conversation runs on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "undeliverable",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("undeliverable_address", "undeliverable", ["practice_id", "channel", "address"], unique=True)
    op.add_column("client", sa.Column("phone_with_extension", sa.String(), nullable=True))
    op.add_column("message", sa.Column("our_number", sa.String(), nullable=True))
    op.add_column("task", sa.Column("phone", sa.String(), nullable=True))
    op.create_index("task_phone", "task", ["practice_id", "phone"], postgresql_where=sa.text("phone IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("task_phone", table_name="task")
    op.drop_column("task", "phone")
    op.drop_column("message", "our_number")
    op.drop_column("client", "phone_with_extension")
    op.drop_table("undeliverable")

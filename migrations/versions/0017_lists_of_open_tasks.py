"""Links to the open tasks of a practice, and one card for many tasks that came at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_bundle",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cards", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("card_bundle_opened", "card_bundle", ["practice_id", "opened_at"])
    op.add_column("task", sa.Column("bundle_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "task_practice_id_bundle_id_fkey",
        "task",
        "card_bundle",
        ["practice_id", "bundle_id"],
        ["practice_id", "id"],
    )
    op.create_index(
        "task_bundle", "task", ["practice_id", "bundle_id"], postgresql_where=sa.text("bundle_id IS NOT NULL")
    )
    op.create_table(
        "task_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("staff_account_id", sa.BigInteger(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        sa.ForeignKeyConstraint(["practice_id", "staff_account_id"], ["staff_account.practice_id", "staff_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("task_link_digest", "task_link", ["digest"], unique=True)
    op.create_index(
        "task_link_holder",
        "task_link",
        ["practice_id", "holder"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("task_link")
    op.drop_index("task_bundle", table_name="task")
    op.drop_constraint("task_practice_id_bundle_id_fkey", "task")
    op.drop_column("task", "bundle_id")
    op.drop_table("card_bundle")

"""One task for each conversation with a number we do not know, second numbers of clients, and answers refused later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("our_number", sa.String(), nullable=True))
    op.add_column("task", sa.Column("refused", postgresql.JSONB(), nullable=True))
    op.create_index(
        "task_one_conversation",
        "task",
        ["practice_id", "phone", "our_number"],
        unique=True,
        postgresql_where=sa.text("phone IS NOT NULL AND client_id IS NULL AND state = 'open'"),
    )
    op.create_table(
        "second_phone",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        sa.ForeignKeyConstraint(["practice_id", "client_id"], ["client.practice_id", "client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("second_phone_once", "second_phone", ["practice_id", "phone", "client_id"], unique=True)


def downgrade() -> None:
    op.drop_table("second_phone")
    op.drop_index("task_one_conversation", table_name="task")
    op.drop_column("task", "refused")
    op.drop_column("task", "our_number")

"""A client is asked once which times suit their wish, and a place says where to park. An entry's own count of losses,
which nothing read, goes: turns are taken from the offers themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("waitlist_entry", "losses")
    op.add_column("location", sa.Column("parking", sa.String(), nullable=True))
    op.add_column("question", sa.Column("entry_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "question_entry_id",
        "question",
        "waitlist_entry",
        ["practice_id", "entry_id"],
        ["practice_id", "id"],
    )
    op.create_index("question_entry", "question", ["practice_id", "entry_id"], unique=True)


def downgrade() -> None:
    op.drop_index("question_entry", table_name="question")
    op.drop_constraint("question_entry_id", "question", type_="foreignkey")
    op.drop_column("question", "entry_id")
    op.drop_column("location", "parking")
    op.add_column("waitlist_entry", sa.Column("losses", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("waitlist_entry", "losses", server_default=None)

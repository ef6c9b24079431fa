"""A log of every change of a mirrored visit, and what the PMS charges for a service of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment_segment", sa.Column("price_cents", sa.Integer(), nullable=True))
    op.create_table(
        "appointment_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", postgresql.JSONB(), nullable=False),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("segments", postgresql.JSONB(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"]),
        sa.ForeignKeyConstraint(["practice_id", "appointment_id"], ["appointment.practice_id", "appointment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("appointment_change_at", "appointment_change", ["practice_id", "at"])
    op.create_index("appointment_change_of", "appointment_change", ["practice_id", "appointment_id", "id"])
    op.execute(
        """
        CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% only grows: no row of it is changed or deleted', TG_TABLE_NAME;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER appointment_change_only_grows BEFORE UPDATE OR DELETE ON appointment_change "
        "FOR EACH ROW EXECUTE FUNCTION only_grows()"
    )


def downgrade() -> None:
    op.drop_table("appointment_change")
    op.execute("DROP FUNCTION only_grows()")
    op.drop_column("appointment_segment", "price_cents")

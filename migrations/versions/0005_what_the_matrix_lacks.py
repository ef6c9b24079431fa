"""What the matrix lacks stands in the mirror by the practice system's reference."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNKNOWN_SEGMENT = "service_ref IS NOT NULL OR provider_ref IS NOT NULL"


def upgrade() -> None:
    op.add_column("appointment", sa.Column("location_ref", sa.String(), nullable=True))
    op.create_index(
        "appointment_unknown", "appointment", ["practice_id"], postgresql_where=sa.text("location_ref IS NOT NULL")
    )
    op.add_column("appointment_segment", sa.Column("service_ref", sa.String(), nullable=True))
    op.add_column("appointment_segment", sa.Column("provider_ref", sa.String(), nullable=True))
    op.alter_column("appointment_segment", "service_id", nullable=True)
    op.alter_column("appointment_segment", "provider_id", nullable=True)
    op.create_index(
        "segment_unknown", "appointment_segment", ["practice_id"], postgresql_where=sa.text(_UNKNOWN_SEGMENT)
    )


def downgrade() -> None:
    op.drop_index("segment_unknown", table_name="appointment_segment")
    # Earlier versions leave such segments out.
    op.execute("DELETE FROM appointment_segment WHERE service_id IS NULL OR provider_id IS NULL")
    op.execute("DELETE FROM day_stretch WHERE kind = 'unread'")
    op.alter_column("appointment_segment", "provider_id", nullable=False)
    op.alter_column("appointment_segment", "service_id", nullable=False)
    op.drop_column("appointment_segment", "provider_ref")
    op.drop_column("appointment_segment", "service_ref")
    op.drop_index("appointment_unknown", table_name="appointment")
    op.drop_column("appointment", "location_ref")

"""A connection holds its own credentials, sealed, and several of one purpose serve a practice."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED: dict[str, TypeEngine[Any]] = {
    "location_id": sa.BigInteger(),
    "credentials": sa.LargeBinary(),
    "key_id": sa.String(),
    "tokens": sa.LargeBinary(),
    "tokens_key_id": sa.String(),
    "off_at": sa.DateTime(timezone=True),
    "last_heard_at": sa.DateTime(timezone=True),
    "last_failure_at": sa.DateTime(timezone=True),
    "last_failure_kind": sa.String(),
}
#: Filled in for the connections there are.
_FILLED: dict[str, tuple[TypeEngine[Any], str]] = {
    "public_id": (sa.String(), "'c_' || replace(gen_random_uuid()::text, '-', '')"),
    "capabilities": (JSONB(), "'{}'::jsonb"),
    "version": (sa.Integer(), "1"),
}
_UNIQUE = {
    "connection_public_id": (["public_id"], None),
    "connection_address": (["vendor", "address"], "off_at IS NULL AND purpose <> 'chat'"),
    "connection_chat": (
        ["practice_id", "vendor", "address"],
        "off_at IS NULL AND purpose = 'chat' AND location_id IS NULL",
    ),
    "connection_chat_of_location": (
        ["practice_id", "location_id"],
        "off_at IS NULL AND purpose = 'chat' AND location_id IS NOT NULL",
    ),
    "connection_pms": (["practice_id"], "off_at IS NULL AND purpose = 'pms'"),
}


def upgrade() -> None:
    for name, kind in _ADDED.items():
        op.add_column("connection", sa.Column(name, kind))
    for name, (filled, value) in _FILLED.items():
        op.add_column("connection", sa.Column(name, filled))
        op.execute(f"UPDATE connection SET {name} = {value}")
        op.alter_column("connection", name, nullable=False)
    op.create_foreign_key(
        "connection_practice_id_location_id_fkey",
        "connection",
        "location",
        ["practice_id", "location_id"],
        ["practice_id", "id"],
    )
    op.drop_index("connection_address", "connection")
    for name, (columns, where) in _UNIQUE.items():
        op.create_index(
            name, "connection", columns, unique=True, postgresql_where=None if where is None else sa.text(where)
        )


def downgrade() -> None:
    for name in _UNIQUE:
        op.drop_index(name, "connection")
    op.execute("DELETE FROM connection WHERE off_at IS NOT NULL OR location_id IS NOT NULL")
    op.create_index("connection_address", "connection", ["vendor", "address"], unique=True)
    op.drop_constraint("connection_practice_id_location_id_fkey", "connection")
    for name in (*_FILLED, *_ADDED):
        op.drop_column("connection", name)

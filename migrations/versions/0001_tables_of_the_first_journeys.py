"""Tables of the first journeys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("postal_address", sa.String(), nullable=True),
        sa.Column("pms_kind", sa.String(), nullable=False),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "sealed_read",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=True),
        sa.Column("namespace", sa.String(), nullable=True),
        sa.Column("payloads", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("api_key_digest", "api_key", ["digest"], unique=True)
    op.create_table(
        "api_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("api_request_once", "api_request", ["practice_id", "request_id"], unique=True)
    op.create_table(
        "clock",
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("anchor_real", sa.DateTime(timezone=True), nullable=False),
        sa.Column("anchor_practice", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("practice_id"),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("baa_on_file", sa.Boolean(), nullable=False),
        sa.Column("names_services", sa.Boolean(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("connection_address", "connection", ["vendor", "address"], unique=True)
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("decision_subject", "decision", ["practice_id", "journey", "ref"], unique=False)
    op.create_table(
        "location",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("location_name", "location", ["practice_id", "name"], unique=True)
    op.create_index("location_ref", "location", ["practice_id", "pms_ref"], unique=True)
    op.create_table(
        "opt_out",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("resubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("opt_out_address", "opt_out", ["practice_id", "channel", "address"], unique=True)
    op.create_table(
        "provider",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("provider_name", "provider", ["practice_id", "display_name"], unique=True)
    op.create_index("provider_ref", "provider", ["practice_id", "pms_ref"], unique=True)
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("event_type", sa.String(), nullable=False),
        sa.Column("parsed", postgresql.JSONB(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("practice_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("receipt_event", "receipt", ["practice_id", "vendor", "event_key"], unique=True)
    op.create_index("receipt_new", "receipt", ["id"], unique=False, postgresql_where=sa.text("state = 'new'"))
    op.create_table(
        "service",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.Column("duration", sa.Interval(), nullable=False),
        sa.Column("buffer_before", sa.Interval(), nullable=False),
        sa.Column("buffer_after", sa.Interval(), nullable=False),
        sa.Column("requirements", postgresql.JSONB(), nullable=False),
        sa.Column("room_kind", sa.String(), nullable=True),
        sa.Column("device_kind", sa.String(), nullable=True),
        sa.Column("earliest_interval", sa.Interval(), nullable=True),
        sa.Column("due_interval", sa.Interval(), nullable=True),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("high_value", sa.Boolean(), nullable=False),
        sa.Column("prerequisite", sa.String(), nullable=False),
        sa.Column("is_consult", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("service_code", "service", ["practice_id", "code"], unique=True)
    op.create_index("service_ref", "service", ["practice_id", "pms_ref"], unique=True)
    op.create_table(
        "client",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("zone", sa.String(), nullable=True),
        sa.Column("stated_channel", sa.String(), nullable=True),
        sa.Column("last_answered_channel", sa.String(), nullable=True),
        sa.Column("preferred_provider_id", sa.BigInteger(), nullable=True),
        sa.Column("vip", sa.Boolean(), nullable=False),
        sa.Column("exam_valid_until", sa.Date(), nullable=True),
        sa.Column("consult_valid_until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "preferred_provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("client_email", "client", ["practice_id", "email"], unique=False)
    op.create_index("client_phone", "client", ["practice_id", "phone"], unique=False)
    op.create_index("client_ref", "client", ["practice_id", "pms_ref"], unique=True)
    op.create_table(
        "credential",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("credential_kind", "credential", ["practice_id", "provider_id", "kind"], unique=True)
    op.create_table(
        "day_read",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("day_read_once", "day_read", ["practice_id", "location_id", "provider_id", "day"], unique=True)
    op.create_table(
        "day_stretch",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "day_stretch_day", "day_stretch", ["practice_id", "location_id", "provider_id", "day"], unique=False
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("journey", sa.String(), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("workflow_key", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "receipt_id"],
            ["receipt.practice_id", "receipt.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("delivery_key", "delivery", ["practice_id", "key"], unique=True)
    op.create_index("delivery_line", "delivery", ["id"], unique=False, postgresql_where=sa.text("state = 'waiting'"))
    op.create_index(
        "delivery_waiting",
        "delivery",
        ["workflow_key", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("device_name", "device", ["practice_id", "location_id", "name"], unique=True)
    op.create_table(
        "provider_location",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "provider_location_pair", "provider_location", ["practice_id", "provider_id", "location_id"], unique=True
    )
    op.create_table(
        "room",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("room_name", "room", ["practice_id", "location_id", "name"], unique=True)
    op.create_table(
        "service_provider",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "service_id"],
            ["service.practice_id", "service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "service_provider_pair", "service_provider", ["practice_id", "service_id", "provider_id"], unique=True
    )
    op.create_table(
        "appointment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("pms_ref", sa.String(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("appointment_client", "appointment", ["practice_id", "client_id", "starts_at"], unique=False)
    op.create_index("appointment_day", "appointment", ["practice_id", "location_id", "starts_at"], unique=False)
    op.create_index("appointment_ref", "appointment", ["practice_id", "pms_ref"], unique=True)
    op.create_table(
        "client_note",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(op.f("ix_client_note_client_id"), "client_note", ["client_id"], unique=False)
    op.create_table(
        "client_treatment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("treated_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "client_treatment_once", "client_treatment", ["practice_id", "client_id", "kind", "treated_on"], unique=True
    )
    op.create_table(
        "consent_grant",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("consent_once", "consent_grant", ["practice_id", "client_id", "channel", "kind"], unique=True)
    op.create_table(
        "intent",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("workflow_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vendor_ref", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("intent_key", "intent", ["practice_id", "key"], unique=True)
    op.create_index("intent_state", "intent", ["practice_id", "state"], unique=False)
    op.create_index(op.f("ix_intent_vendor_ref"), "intent", ["vendor_ref"], unique=False)
    op.create_table(
        "waitlist_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("together", sa.Boolean(), nullable=False),
        sa.Column("earliest_date", sa.Date(), nullable=True),
        sa.Column("latest_date", sa.Date(), nullable=True),
        sa.Column("minimum_notice", sa.Interval(), nullable=False),
        sa.Column("miles_declared", sa.Float(), nullable=True),
        sa.Column("miles_away", sa.Float(), nullable=True),
        sa.Column("flexibility", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("import_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(op.f("ix_waitlist_entry_client_id"), "waitlist_entry", ["client_id"], unique=False)
    op.create_index(
        "waitlist_active",
        "waitlist_entry",
        ["practice_id", "id"],
        unique=False,
        postgresql_include=["client_id", "location_id", "earliest_date", "latest_date", "minimum_notice"],
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index("waitlist_import_key", "waitlist_entry", ["practice_id", "import_key"], unique=True)
    op.create_table(
        "appointment_segment",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.BigInteger(), nullable=True),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("buffer_before", sa.Interval(), nullable=False),
        sa.Column("buffer_after", sa.Interval(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "appointment_id"],
            ["appointment.practice_id", "appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "device_id"],
            ["device.practice_id", "device.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "room_id"],
            ["room.practice_id", "room.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "service_id"],
            ["service.practice_id", "service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("segment_during", "appointment_segment", ["during"], unique=False, postgresql_using="gist")
    op.create_index(
        "segment_position", "appointment_segment", ["practice_id", "appointment_id", "position"], unique=True
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("intent_id", sa.BigInteger(), nullable=True),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("template", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("vendor_ref", sa.String(), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "intent_id"],
            ["intent.practice_id", "intent.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("intent_id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("message_address", "message", ["practice_id", "address", "at"], unique=False)
    op.create_index("message_client", "message", ["practice_id", "client_id", "at"], unique=False)
    op.create_index("message_ref", "message", ["practice_id", "vendor_ref"], unique=False)
    op.create_table(
        "opening",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("chain_depth", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(provider_id, provider_id, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("state = 'live'"),
            using="gist",
            name="opening_live_once",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "appointment_id"],
            ["appointment.practice_id", "appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "location_id"],
            ["location.practice_id", "location.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("opening_state", "opening", ["practice_id", "state"], unique=False)
    op.create_table(
        "waitlist_provider",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "entry_id"],
            ["waitlist_entry.practice_id", "waitlist_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "provider_id"],
            ["provider.practice_id", "provider.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "waitlist_provider_pair", "waitlist_provider", ["practice_id", "entry_id", "provider_id"], unique=True
    )
    op.create_table(
        "waitlist_service",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "entry_id"],
            ["waitlist_entry.practice_id", "waitlist_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "service_id"],
            ["service.practice_id", "service.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("waitlist_service_entry", "waitlist_service", ["practice_id", "entry_id"], unique=False)
    op.create_index("waitlist_service_pair", "waitlist_service", ["practice_id", "service_id", "entry_id"], unique=True)
    op.create_table(
        "waitlist_window",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "entry_id"],
            ["waitlist_entry.practice_id", "waitlist_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(
        "waitlist_window_entry",
        "waitlist_window",
        ["practice_id", "entry_id"],
        unique=False,
        postgresql_include=["weekday", "start_time", "end_time"],
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("opening_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("consult_instead", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing", sa.String(), nullable=True),
        sa.Column("chosen_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "entry_id"],
            ["waitlist_entry.practice_id", "waitlist_entry.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "opening_id"],
            ["opening.practice_id", "opening.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("offer_once", "offer", ["practice_id", "opening_id", "client_id"], unique=True)
    op.create_index(
        "offer_one_open_per_phone",
        "offer",
        ["practice_id", "phone"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("offer_token", "offer", ["token"], unique=True)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("draft", sa.String(), nullable=True),
        sa.Column("shortlist", postgresql.JSONB(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), nullable=False),
        sa.Column("safe_default", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", postgresql.JSONB(), nullable=True),
        sa.Column("client_id", sa.BigInteger(), nullable=True),
        sa.Column("opening_id", sa.BigInteger(), nullable=True),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", postgresql.JSONB(), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("card", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "appointment_id"],
            ["appointment.practice_id", "appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "opening_id"],
            ["opening.practice_id", "opening.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("task_key", "task", ["practice_id", "key"], unique=True)
    op.create_index("task_state", "task", ["practice_id", "state"], unique=False)
    op.create_index("task_token", "task", ["token"], unique=True)
    op.create_table(
        "hold",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("opening_id", sa.BigInteger(), nullable=True),
        sa.Column("offer_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "offer_id"],
            ["offer.practice_id", "offer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "opening_id"],
            ["opening.practice_id", "opening.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("hold_key", "hold", ["practice_id", "key"], unique=True)
    op.create_table(
        "question",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("offer_id", sa.BigInteger(), nullable=True),
        sa.Column("appointment_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "appointment_id"],
            ["appointment.practice_id", "appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "client_id"],
            ["client.practice_id", "client.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "offer_id"],
            ["offer.practice_id", "offer.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index("question_offer", "question", ["practice_id", "offer_id"], unique=True)
    op.create_index(
        "question_phone",
        "question",
        ["practice_id", "phone"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "hold_resource",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("practice_id", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("resource_id", sa.BigInteger(), nullable=False),
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.text("int8range(resource_key, resource_key, '[]')"), "&&"),
            (sa.column("during"), "&&"),
            where=sa.text("released_at IS NULL"),
            using="gist",
            name="hold_resource_once",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "hold_id"],
            ["hold.practice_id", "hold.id"],
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"],
            ["practice.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("practice_id", "id"),
    )
    op.create_index(op.f("ix_hold_resource_hold_id"), "hold_resource", ["hold_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_hold_resource_hold_id"), table_name="hold_resource")
    op.drop_table("hold_resource")
    op.drop_index("question_phone", table_name="question", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_index("question_offer", table_name="question")
    op.drop_table("question")
    op.drop_index("hold_key", table_name="hold")
    op.drop_table("hold")
    op.drop_index("task_token", table_name="task")
    op.drop_index("task_state", table_name="task")
    op.drop_index("task_key", table_name="task")
    op.drop_table("task")
    op.drop_index("offer_token", table_name="offer")
    op.drop_index("offer_one_open_per_phone", table_name="offer", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("offer_once", table_name="offer")
    op.drop_table("offer")
    op.drop_index("waitlist_window_entry", table_name="waitlist_window")
    op.drop_table("waitlist_window")
    op.drop_index("waitlist_service_pair", table_name="waitlist_service")
    op.drop_index("waitlist_service_entry", table_name="waitlist_service")
    op.drop_table("waitlist_service")
    op.drop_index("waitlist_provider_pair", table_name="waitlist_provider")
    op.drop_table("waitlist_provider")
    op.drop_index("opening_state", table_name="opening")
    op.drop_table("opening")
    op.drop_index("message_ref", table_name="message")
    op.drop_index("message_client", table_name="message")
    op.drop_index("message_address", table_name="message")
    op.drop_table("message")
    op.drop_index("segment_position", table_name="appointment_segment")
    op.drop_index("segment_during", table_name="appointment_segment", postgresql_using="gist")
    op.drop_table("appointment_segment")
    op.drop_index("waitlist_import_key", table_name="waitlist_entry")
    op.drop_index("waitlist_active", table_name="waitlist_entry", postgresql_where=sa.text("state = 'active'"))
    op.drop_index(op.f("ix_waitlist_entry_client_id"), table_name="waitlist_entry")
    op.drop_table("waitlist_entry")
    op.drop_index(op.f("ix_intent_vendor_ref"), table_name="intent")
    op.drop_index("intent_state", table_name="intent")
    op.drop_index("intent_key", table_name="intent")
    op.drop_table("intent")
    op.drop_index("consent_once", table_name="consent_grant")
    op.drop_table("consent_grant")
    op.drop_index("client_treatment_once", table_name="client_treatment")
    op.drop_table("client_treatment")
    op.drop_index(op.f("ix_client_note_client_id"), table_name="client_note")
    op.drop_table("client_note")
    op.drop_index("appointment_ref", table_name="appointment")
    op.drop_index("appointment_day", table_name="appointment")
    op.drop_index("appointment_client", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index("service_provider_pair", table_name="service_provider")
    op.drop_table("service_provider")
    op.drop_index("room_name", table_name="room")
    op.drop_table("room")
    op.drop_index("provider_location_pair", table_name="provider_location")
    op.drop_table("provider_location")
    op.drop_index("device_name", table_name="device")
    op.drop_table("device")
    op.drop_index("delivery_line", table_name="delivery", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("delivery_waiting", table_name="delivery", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_index("delivery_key", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index("day_stretch_day", table_name="day_stretch")
    op.drop_table("day_stretch")
    op.drop_index("day_read_once", table_name="day_read")
    op.drop_table("day_read")
    op.drop_index("credential_kind", table_name="credential")
    op.drop_table("credential")
    op.drop_index("client_ref", table_name="client")
    op.drop_index("client_phone", table_name="client")
    op.drop_index("client_email", table_name="client")
    op.drop_table("client")
    op.drop_index("service_ref", table_name="service")
    op.drop_index("service_code", table_name="service")
    op.drop_table("service")
    op.drop_index("receipt_new", table_name="receipt", postgresql_where=sa.text("state = 'new'"))
    op.drop_index("receipt_event", table_name="receipt")
    op.drop_table("receipt")
    op.drop_index("provider_ref", table_name="provider")
    op.drop_index("provider_name", table_name="provider")
    op.drop_table("provider")
    op.drop_index("opt_out_address", table_name="opt_out")
    op.drop_table("opt_out")
    op.drop_index("location_ref", table_name="location")
    op.drop_index("location_name", table_name="location")
    op.drop_table("location")
    op.drop_index("decision_subject", table_name="decision")
    op.drop_table("decision")
    op.drop_index("connection_address", table_name="connection")
    op.drop_table("connection")
    op.drop_table("clock")
    op.drop_index("api_request_once", table_name="api_request")
    op.drop_table("api_request")
    op.drop_index("api_key_digest", table_name="api_key")
    op.drop_table("api_key")
    op.drop_table("sealed_read")
    op.drop_table("practice")

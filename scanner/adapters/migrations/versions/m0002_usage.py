"""The tables of usage metering."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "usage_account",
        sa.Column("id", _id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name=op.f("uq_usage_account_name")),
    )
    op.create_table(
        "usage_batch",
        sa.Column("id", _id, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_usage_batch_last_at"), "usage_batch", ["last_at"])
    op.create_table(
        "usage_cursor",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "usage_state",
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_table(
        "usage_position",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _incidents()


def _incidents() -> None:
    op.create_table(
        "usage_incident",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("owes", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_usage_incident_account_started_at"), "usage_incident", ["account", "started_at"])
    op.create_index(op.f("ix_usage_incident_is_open"), "usage_incident", ["is_open"])
    op.create_index(op.f("ix_usage_incident_owes"), "usage_incident", ["owes"])
    op.create_table(
        "usage_snapshot",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_usage_snapshot_account_at"), "usage_snapshot", ["account", "at"])
    op.create_index(op.f("ix_usage_snapshot_at"), "usage_snapshot", ["at"])

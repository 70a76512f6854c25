"""The API's tables: pages of long verdicts, reports, webhooks and their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
_at = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "verdict_page",
        sa.Column("verdict_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("verdict_id", "page"),
    )
    op.create_table(
        "abuse_report",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("received_at", _at, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_abuse_report_case_id"), "abuse_report", ["case_id"])
    _webhooks()


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("created_at", _at, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("webhook", sa.String(length=24), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("thing", sa.String(length=48), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", _at, nullable=False),
        sa.Column("made_at", _at, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_delivery_state_due_at"), "delivery", ["state", "due_at"])
    op.create_index(op.f("ix_delivery_webhook_number"), "delivery", ["webhook", "number"])

"""What is remembered of URLs, and what days' budgets took and left."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "cdn_url",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("lies", sa.Boolean(), nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("checks", sa.Boolean(), nullable=False),
    )
    op.create_index(op.f("ix_cdn_url_read_at"), "cdn_url", ["read_at"])
    op.create_table(
        "cdn_taken",
        sa.Column("day", sa.String(length=10), primary_key=True),
        sa.Column("domain", sa.String(length=255), primary_key=True),
        sa.Column("id", sa.String(length=32), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cdn_waiting",
        sa.Column("id", sa.String(length=32), primary_key=True),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(op.f("ix_cdn_waiting_domain_since_id"), "cdn_waiting", ["domain", "since", "id"])

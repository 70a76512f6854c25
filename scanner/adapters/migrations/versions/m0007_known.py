"""What is known: editions of the rules, detections by content, stored objects with their verdict."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _edition()
    _known_content()
    _stored_object()
    _tally()
    _rescan_shard()


def _edition() -> None:
    op.create_table(
        "edition",
        sa.Column("id", sa.String(length=16), primary_key=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _known_content() -> None:
    op.create_table(
        "known_content",
        sa.Column("content", sa.String(length=64), primary_key=True),
        sa.Column("edition", sa.String(length=16), nullable=False),
        sa.Column("used_on", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
    )
    op.create_index(op.f("ix_known_content_used_on"), "known_content", ["used_on"])


def _stored_object() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "stored_object",
        sa.Column("bucket", sa.Text(), primary_key=True),
        sa.Column("key", key, primary_key=True),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.String(length=19), nullable=False),
        sa.Column("edition", sa.String(length=16), nullable=False),
        sa.Column("word", sa.String(length=12), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sqlite_with_rowid=False,
    )


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("scope", sa.String(length=32), primary_key=True),
        sa.Column("name", sa.String(length=48), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )


def _rescan_shard() -> None:
    op.create_table(
        "rescan_shard",
        sa.Column("rescan", sa.String(length=24), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("document", sa.Text(), nullable=False),
    )

"""Dead letters, small documents of the pipeline, marks of the serving gate, counters."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _dead_letter()
    _pipeline_note()
    _gate_mark()
    _metric_piece()
    _metric()


def _dead_letter() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("id", _id, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest", name=op.f("uq_dead_letter_digest")),
    )
    op.create_index(op.f("ix_dead_letter_state_cause"), "dead_letter", ["state", "cause"])


def _pipeline_note() -> None:
    op.create_table(
        "pipeline_note",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name"),
    )


def _gate_mark() -> None:
    op.create_table(
        "gate_mark",
        sa.Column("verdict_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("verdict_id"),
    )


def _metric_piece() -> None:
    op.create_table(
        "metric_piece",
        sa.Column("id", _id, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _metric() -> None:
    op.create_table(
        "metric",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "label"),
    )

"""The documents of enforcement: courses, notices, appeals, strikes, orders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "enforcement",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id"),
    )
    op.create_index(op.f("ix_enforcement_kind_state_due_at"), "enforcement", ["kind", "state", "due_at"])
    op.create_index(op.f("ix_enforcement_kind_parent_at"), "enforcement", ["kind", "parent", "at"])
    op.create_index(op.f("ix_enforcement_kind_account"), "enforcement", ["kind", "account"])
    op.create_index(op.f("ix_enforcement_kind_bucket_state"), "enforcement", ["kind", "bucket", "state"])

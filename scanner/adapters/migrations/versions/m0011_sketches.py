"""What contents are like, and the bands by which near ones are found."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "content_sketch",
        sa.Column("sha256", sa.String(length=64), primary_key=True),
        sa.Column("sketch", sa.Text(), nullable=False),
    )
    op.create_table(
        "content_band",
        sa.Column("band", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(length=64), primary_key=True),
        sqlite_with_rowid=False,
    )

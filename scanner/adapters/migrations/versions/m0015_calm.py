"""Whether a known content is calm: nothing was found in its own bytes, so that changed rules need no more of it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("known_content", sa.Column("calm", sa.SmallInteger(), nullable=False, server_default="0"))

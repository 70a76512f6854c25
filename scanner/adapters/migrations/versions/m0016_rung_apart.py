"""The index by the last ring answers only who asks for the last ring.

Where a flood came faster than statistics, PostgreSQL took next to nothing to be owed, and one index over what is owed
for as good as another: each choice of a batch then read everything owed by the index of rings (44 ms with 80,000
uploads open, and a neighbour waited eight times as long as on an idle machine). Its condition is one that such a choice
does not imply.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
TABLE, NAME, ROWS = "scan_request", "ix_scan_request_owed_rung", sa.text("state = 'owed' AND rung_at > '-infinity'")


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["rung_at"], sqlite_where=ROWS, postgresql_where=ROWS)

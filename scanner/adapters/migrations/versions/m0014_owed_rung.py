"""The index by the last ring does not lead with the lane, and PostgreSQL tidies the table of requests often.

Where a flood came faster than statistics, PostgreSQL took the old one for every choice of a batch and read all that
was owed in the lane: 5 ms with 10,000 uploads open, instead of 0.3 ms.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
TABLE, NAME, OWED = "scan_request", "ix_scan_request_owed_rung", sa.text("state = 'owed'")
TIDY = (
    "ALTER TABLE scan_request SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000, "
    "autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 2000)"
)


def upgrade() -> None:
    op.drop_index(NAME, TABLE)
    op.create_index(NAME, TABLE, ["rung_at"], sqlite_where=OWED, postgresql_where=OWED)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(TIDY)

"""Indices over open requests only: those that are done, nearly all, are moved in none of them any more."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
TABLE = "scan_request"
OLD = ("ix_scan_request_state_lane_rung_at", "ix_scan_request_state_lane_turn_id", "ix_scan_request_rescan_state")
NEW = (
    ("ix_scan_request_owed_turn", ("lane", "turn", "id"), "state = 'owed'"),
    ("ix_scan_request_owed_rung", ("lane", "rung_at"), "state = 'owed'"),
    ("ix_scan_request_leased", ("lane", "lease_until"), "state = 'leased'"),
    ("ix_scan_request_open_rescan", ("rescan",), "done_at IS NULL AND rescan <> ''"),
)


def upgrade() -> None:
    for name in OLD:
        op.drop_index(name, TABLE)
    for name, columns, rows in NEW:
        op.create_index(name, TABLE, list(columns), sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))

"""Actions that may be due are found by indices over what is unfinished, and none over what only waits.

Each look for what is due walked every action that was ever filed, and then read a thousand deletions in their cool-off;
behind a thousand of them, an action that a clock running ahead had put off was not found again.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
TABLE, OPEN = "action", "state NOT IN ('DEAD', 'DONE', 'REFUSED')"
NEW = (("ix_action_open", ["due_at", "id"], OPEN), ("ix_action_tried", ["due_at", "id"], f"{OPEN} AND NOT waits"))


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.false()))
    _fill()
    for name, columns, rows in NEW:
        op.create_index(name, TABLE, columns, sqlite_where=sa.text(rows), postgresql_where=sa.text(rows))


def _fill() -> None:
    """Which of those that are unfinished wait, from their documents."""
    connection = op.get_bind()
    columns = sa.table(TABLE, sa.column("id", sa.Text()), sa.column("document", sa.Text()))
    for row_id, document in connection.execute(sa.select(columns).where(sa.text(OPEN))).all():
        stated = json.loads(document)
        if stated["measure"] == "delete" and not stated["attempts"]:
            connection.execute(sa.text("UPDATE action SET waits = true WHERE id = :id"), {"id": row_id})

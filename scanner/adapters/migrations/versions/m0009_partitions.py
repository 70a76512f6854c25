"""PostgreSQL: the verdict table in partitions by month. SQLite keeps its plain table."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner.adapters.verdict_months import make_partition
from scanner.domain.months import Month

revision = "0009"
down_revision = "0008"
OLD_NAMES = ("ix_verdict_bucket_key_id", "ix_verdict_sha256", "verdict_pkey")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE verdict RENAME TO verdict_before")
    for name in OLD_NAMES:
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_before")
    op.execute("CREATE TABLE verdict (LIKE verdict_before INCLUDING DEFAULTS) PARTITION BY RANGE (at)")
    op.execute("ALTER SEQUENCE verdict_id_seq OWNED BY verdict.id")
    op.execute("ALTER TABLE verdict ADD PRIMARY KEY (id, at)")
    op.create_index("ix_verdict_bucket_key_id", "verdict", ["bucket", "key", "id"])
    op.create_index("ix_verdict_sha256", "verdict", ["sha256"])
    op.execute("CREATE TABLE verdict_default PARTITION OF verdict DEFAULT")
    first, last = connection.execute(sa.text("SELECT min(at), max(at) FROM verdict_before")).one()
    month, end = (
        Month.of(first or datetime.now(UTC)),
        max(Month.of(last or datetime.now(UTC)), Month.of(datetime.now(UTC))),
    )
    while month <= end.plus(2):
        make_partition(connection, month)
        month = month.plus(1)
    op.execute("INSERT INTO verdict SELECT * FROM verdict_before")
    op.execute("DROP TABLE verdict_before")

"""Counters that are exact: written as new rows in the transaction that records the verdicts, added up later.

New rows never wait for another transaction's, as one shared counter row would; `gather` takes rows away and adds them
to the totals in one transaction, so that nothing is counted twice or lost.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, select, union_all
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from scanner.adapters.intake_tables import metric, metric_piece
from scanner.adapters.rows import Shape, write_rows
from scanner.adapters.sql import Database, chunks
from scanner.domain.changes import Judged

_PIECES = Shape("metric_piece", (("name", "text"), ("label", "text"), ("count", "bigint")))
VERDICT, HIT = "verdict", "hit"
PIECES = 20_000  # added up at once


def save_metrics(connection: Connection, judged: Iterable[Judged]) -> None:
    """Count verdicts by word and clause, and hits by rule (once a content), in the caller's transaction."""
    verdicts = [row.verdict for row in judged]
    words = Counter((verdict.word, verdict.clause) for verdict in verdicts)
    counts = Counter({(VERDICT, f"{word} {clause}"): count for (word, clause), count in words.items()})
    for verdict in verdicts:
        if verdict.findings:
            counts.update((HIT, rule) for rule in {finding.rule for finding in verdict.findings})
    write_rows(connection, _PIECES, [(*key, count) for key, count in counts.items()])


def gather(database: Database) -> int:
    """Add the pieces to the totals; how many there were."""
    insert_for = insert_sqlite if database.is_sqlite else insert_postgres
    table, totals = metric_piece, Counter[tuple[str, str]]()
    with database.writing() as connection:
        query = select(table.c.id).order_by(table.c.id).limit(PIECES).with_for_update(skip_locked=True)
        ids = list(connection.execute(query).scalars())
        for part in chunks(ids):
            gone = delete(table).where(table.c.id.in_(part)).returning(table.c.name, table.c.label, table.c.count)
            for name, label, count in connection.execute(gone):
                totals[name, label] += count
        for (name, label), count in sorted(totals.items()):
            row = insert_for(metric).values(name=name, label=label, count=count)
            added = {"count": metric.c.count + row.excluded.count}
            connection.execute(row.on_conflict_do_update(index_elements=["name", "label"], set_=added))
    return len(ids)


def counted(connection: Connection) -> Mapping[tuple[str, str], int]:
    """All counters by (name, label), in one statement: a reader never sees pieces that are in neither table."""
    both = union_all(*(select(table.c.name, table.c.label, table.c.count) for table in (metric, metric_piece)))
    rows = both.subquery()
    query = select(rows.c.name, rows.c.label, func.sum(rows.c.count)).group_by(rows.c.name, rows.c.label)
    return {(name, label): int(count) for name, label, count in connection.execute(query)}

"""Where changes are committed, each in one transaction, with its audit entries chained."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, Table, insert, select, text, update

from scanner.adapters.case_places import save_places
from scanner.adapters.metric_rows import save_metrics
from scanner.adapters.rows import Shape, listed, moment, write_rows
from scanner.adapters.sql import Database, chunks, stamp, subject_of
from scanner.adapters.sql_enforcement import save_enforcement
from scanner.adapters.sql_known import count_up, save_known
from scanner.adapters.sql_sketches import save_sketches
from scanner.adapters.tables import action, audit, custody, review_case, verdict
from scanner.domain.actions import Action, waits
from scanner.domain.audit import AuditEntry, Chained
from scanner.domain.cases import Case
from scanner.domain.chain import link
from scanner.domain.changes import Change, Custody, Judged
from scanner.domain.content import Subject
from scanner.domain.verdicts import Verdict
from scanner.errors import ConflictError
from scanner.wire.records import from_text, to_text
from scanner.wire.verdict_text import verdict_text

AUDIT_LOCK = 7304101  # any constant: PostgreSQL's advisory lock that serialises appends to the chain


_VERDICTS = Shape(
    "verdict",
    (
        ("request_id", "bigint"), ("bucket", "text"), ("key", "text"), ("version_id", "text"), ("etag", "text"),
        ("size", "bigint"), ("account", "text"), ("modified", "text"), ("sha256", "text"), ("word", "text"),
        ("clause", "text"), ("rule", "text"), ("rulebook_digest", "text"), ("limits_digest", "text"),
        ("rescan", "text"), ("document", "text"), ("at", "timestamptz"),
    ),
)  # fmt: skip
_HELD = (
    "SELECT id, token FROM scan_request WHERE id IN (SELECT value FROM json_each(?)) AND state = 'leased'",
    "SELECT id, token FROM scan_request WHERE id = ANY(%s) AND state = 'leased' FOR UPDATE",
)
_DONE = (
    "UPDATE scan_request SET state = 'done', done_at = ?, outcome = ? WHERE id IN (SELECT value FROM json_each(?))",
    "UPDATE scan_request SET state = 'done', done_at = %s, outcome = %s WHERE id = ANY(%s)",
)


@dataclass(frozen=True, slots=True)
class SqlRegister:
    """The register as tables."""

    database: Database

    def commit(self, change: Change) -> frozenset[int]:
        """Write the change; the ids of requests that are not ours any more. ConflictError if a row moved on."""
        now = datetime.now(UTC)
        with self.database.writing() as connection:
            lost = _settle(connection, change, now)
            kept = [judged for judged in change.verdicts if judged.request not in lost]
            when = moment(connection, now)
            write_rows(connection, _VERDICTS, [_verdict_row(judged, when) for judged in kept])
            for case in change.cases:
                _save(connection, review_case, case.id, case.revision, _case_row(case))
            save_places(connection, change.cases)
            for row in change.custody:
                connection.execute(insert(custody).values(**_custody_row(row)))
            for act in change.actions:
                _save(connection, action, act.id, act.revision, _action_row(act))
            save_sketches(connection, change.all_sketches)
            save_enforcement(connection, change)
            save_known(connection, (row for request, row in change.settled if request not in lost), change.known)
            count_up(connection, [(scope, name, 1) for request, scope, name in change.counts if request not in lost])
            save_metrics(connection, kept)
            self.append(connection, change.audit)
        return lost

    def latest(self, subject: Subject) -> Judged | None:
        """The newest verdict over this version (or over the key, where no version is named)."""
        query = select(verdict).where(verdict.c.bucket == subject.bucket, verdict.c.key == subject.key)
        if subject.version_id:
            query = query.where(verdict.c.version_id == subject.version_id)
        elif subject.etag:
            query = query.where(verdict.c.etag == subject.etag)
        with self.database.reading() as connection:
            row = connection.execute(query.order_by(verdict.c.id.desc()).limit(1)).mappings().first()
        return None if row is None else _judged(row)

    def verdicts(self, bucket: str, prefix: str, after: int, limit: int) -> list[tuple[int, Judged]]:
        """Verdicts in the order they were recorded, from number `after` on."""
        query = select(verdict).where(verdict.c.id > after).order_by(verdict.c.id).limit(limit)
        if bucket:
            query = query.where(verdict.c.bucket == bucket)
        if prefix:
            query = query.where(verdict.c.key.startswith(prefix, autoescape=True))
        with self.database.reading() as connection:
            return [(row["id"], _judged(row)) for row in connection.execute(query).mappings()]

    def chain(self, after: int, limit: int) -> list[Chained]:
        """Audit entries from number `after` on."""
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit)
        with self.database.reading() as connection:
            rows = connection.execute(query).mappings()
            return [Chained(row["number"], row["body"], row["previous"], row["digest"]) for row in rows]

    def append(self, connection: Connection, entries: Sequence[AuditEntry]) -> None:
        """Chain entries onto the log in a caller's transaction; appends are serialised, so the chain cannot fork."""
        if not entries:
            return
        if not self.database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": AUDIT_LOCK})
        head = connection.execute(
            select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)
        ).first()
        number, previous = (head.number, head.digest) if head else (0, "")
        rows = []
        for entry in entries:
            body, number = entry.body(), number + 1
            digest = link(previous, body)
            rows.append({"number": number, "thing": entry.thing, "body": body, "previous": previous, "digest": digest})
            previous = digest
        connection.execute(insert(audit), rows)


def _settle(connection: Connection, change: Change, now: datetime) -> frozenset[int]:
    """Mark the change's requests done where we still hold them; the ids of the others."""
    answers = [(j.request, j.token, j.verdict.word) for j in change.verdicts if j.request] + list(change.finished)
    lost = set[int]()
    for part in chunks(answers, 1_000):
        rows = listed(connection, *_HELD, [row[0] for row in part])
        held = {row[0]: row[1] for row in rows}
        lost |= {request for request, token, _ in part if held.get(request) != token}
        by_word: dict[str, list[int]] = {}
        for request, _, word in part:
            if request not in lost:
                by_word.setdefault(word, []).append(request)
        for word, ids in by_word.items():
            done = moment(connection, stamp(now))
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(_DONE[0], (done, word, json.dumps(ids)))
            else:
                connection.exec_driver_sql(_DONE[1], (done, word, ids))
    return frozenset(lost)


def _save(connection: Connection, table: Table, row_id: str, revision: int, values: dict[str, object]) -> None:
    """Insert revision 1, or replace exactly the revision before; ConflictError if another was faster."""
    if revision == 1:
        connection.execute(insert(table).values(id=row_id, **values))
        return
    statement = update(table).where(table.c.id == row_id, table.c.revision == revision - 1).values(**values)
    if connection.execute(statement).rowcount != 1:
        raise ConflictError("somebody else changed it first", where=row_id, mend="read it again")


def _verdict_row(judged: Judged, now: object) -> tuple[object, ...]:
    s, v = judged.subject, judged.verdict
    place = (judged.request, s.bucket, s.key, s.version_id, s.etag, s.size, s.account, s.modified)
    digests = v.coverage.rulebook_digest, v.coverage.limits_digest
    return (*place, v.content.sha256, v.word, v.clause, v.rule, *digests, judged.rescan, verdict_text(v), now)


def _case_row(case: Case) -> dict[str, object]:
    return {
        "state": case.state,
        "clause": case.clause,
        "severity": int(case.severity),
        "account": case.subject.account,
        "due_at": stamp(case.due_at),
        "revision": case.revision,
        "document": to_text(case),
    }


def _action_row(act: Action) -> dict[str, object]:
    return {
        "case_id": act.case,
        "state": act.state,
        "due_at": stamp(act.due_at),
        "waits": waits(act),
        "revision": act.revision,
        "document": to_text(act),
    }


def _custody_row(row: Custody) -> dict[str, object]:
    return {
        "id": row.id,
        "case_id": row.case,
        "ref": row.ref,
        "sha256": row.sha256,
        "content_sha256": row.content_sha256,
        "state": row.state,
        "retain_until": row.retain_until,
    }


def _judged(row: RowMapping) -> Judged:
    return Judged(subject_of(row), from_text(row["document"], Verdict), row["request_id"], 0, row["rescan"])

"""What is known, as rows: editions, detections by content, stored objects; read set by set, written with the change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from scanner.adapters.known_tables import edition as editions
from scanner.adapters.known_tables import known_content, stored_object, tally
from scanner.adapters.rows import Shape, fetched, listed, write_rows
from scanner.adapters.sql import Database, chunks
from scanner.detection.knowing import is_calm
from scanner.detection.rows import detection_of, detection_row
from scanner.domain.known import DELTA, Edition, Known, Look, Mark, Settled
from scanner.errors import ConflictError, StoreError

ROOM = 8  # rows read of a page's span for each listed key: more are left for the next time
_CONTENTS = Shape(
    "known_content",
    (("content", "text"), ("edition", "text"), ("used_on", "int"), ("document", "text"), ("calm", "smallint")),
    ("content",),
    ("edition", "used_on", "document", "calm"),
)
_OBJECTS = Shape(
    "stored_object",
    (
        ("bucket", "text"), ("key", "text"), ("etag", "text"), ("size", "bigint"), ("modified", "text"),
        ("edition", "text"), ("word", "text"), ("content", "text"), ("sha256", "text"),
    ),
    ("bucket", "key"),
    ("etag", "size", "modified", "edition", "word", "content", "sha256"),
)  # fmt: skip
_TALLIES = Shape(
    "tally", (("scope", "text"), ("name", "text"), ("count", "bigint")), ("scope", "name"), adds=("count",)
)
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode
_SPAN = "SELECT key, etag, size, modified, word, edition FROM stored_object WHERE bucket = {0} AND key > {0} "
_CONTENTS_IN = (
    "SELECT content, edition, document FROM known_content WHERE content IN (SELECT value FROM json_each(?))",
    "SELECT content, edition, document FROM known_content WHERE content = ANY(%s)",
)
_CALM_IN = (
    "SELECT content, edition FROM known_content WHERE content IN (SELECT value FROM json_each(?)) AND calm = 1",
    "SELECT content, edition FROM known_content WHERE content = ANY(%s) AND calm = 1",
)
_RENEW_CALM = (
    "UPDATE known_content SET edition = ?, used_on = ? WHERE content IN (SELECT value FROM json_each(?)) AND calm = 1",
    "UPDATE known_content SET edition = %s, used_on = %s WHERE content IN (SELECT content FROM known_content "
    "WHERE content = ANY(%s) AND calm = 1 ORDER BY content FOR UPDATE)",
)
_OBJECTS_IN = (
    "SELECT bucket, key, etag, size, modified, edition, word, content, sha256 FROM stored_object "
    "WHERE key IN (SELECT value FROM json_each(?)) AND bucket = ?",
    "SELECT bucket, key, etag, size, modified, edition, word, content, sha256 FROM stored_object "
    "WHERE key = ANY(%s) AND bucket = %s",
)


@dataclass(frozen=True, slots=True)
class SqlKnown:
    """Serves the port `KnownStore`."""

    database: Database

    def edition(self, name: str) -> Edition | None:
        """The edition of that id."""
        with self.database.reading() as connection:
            text = connection.execute(select(editions.c.document).where(editions.c.id == name)).scalar()
        return None if text is None else _edition(text)

    def enrol(self, edition: Edition) -> None:
        """Keep the edition; one that is there stays."""
        document = json.dumps([edition.base, dict(edition.rules), edition.judging])
        row = {"id": edition.id, "document": document, "at": datetime.now(UTC)}
        try:
            with self.database.writing() as connection:
                if connection.execute(select(editions.c.id).where(editions.c.id == edition.id)).scalar() is None:
                    connection.execute(insert(editions).values(**row))
        except ConflictError:
            return  # another process was faster

    def known(self, contents: Sequence[str]) -> Mapping[str, Known]:
        """Those of the contents that are known."""
        with self.database.reading() as connection:
            rows = [row for part in chunks(list(contents), 1_000) for row in listed(connection, *_CONTENTS_IN, part)]
        return {row[0]: Known(row[0], row[1], _detection(row[2])) for row in rows}

    def look(self, bucket: str, after: str, marks: Sequence[Mark], edition: str) -> Look:
        """The listed objects beside what is settled in their span of keys."""
        if not marks:
            return Look((), ())
        sqlite = self.database.is_sqlite
        sign, limit = ("?" if sqlite else "%s"), ROOM * len(marks) + 1_000
        query = _SPAN.format(sign) + f"AND key <= {sign} ORDER BY key LIMIT {sign}"
        with self.database.reading() as connection:
            rows = fetched(connection, query, (bucket, after, marks[-1][0], limit))
        if [row[:4] for row in rows] == marks and all(row[5] == edition for row in rows):
            return Look([row[4] for row in rows], ())  # nothing changed at all: nothing has to be looked up
        now = {row[:4]: row[4] for row in rows if row[5] == edition}
        words = [now.get(mark, "") for mark in marks]
        keys = {row[0] for row in rows}
        keys.difference_update([mark[0] for mark in marks])
        return Look(words, tuple(keys))

    def settled(self, bucket: str, keys: Sequence[str]) -> Mapping[str, Settled]:
        """What is settled of these keys, under any edition."""
        with self.database.reading() as connection:
            rows = [row for part in chunks(list(keys), 1_000) for row in listed(connection, *_OBJECTS_IN, part, bucket)]
        return {row[1]: Settled(*row) for row in rows}

    def forget(self, bucket: str, keys: Sequence[str]) -> None:
        """Objects that are there no more."""
        with self.database.writing() as connection:
            for part in chunks(list(keys)):
                gone = stored_object.c.bucket == bucket, stored_object.c.key.in_(part)
                connection.execute(delete(stored_object).where(*gone))

    def calm(self, contents: Sequence[str]) -> Mapping[str, str]:
        """The editions of those in which nothing was found."""
        with self.database.reading() as connection:
            rows = [row for part in chunks(list(contents), 1_000) for row in listed(connection, *_CALM_IN, part)]
        return dict(rows)

    def renew(
        self, rows: Sequence[Settled], known: Sequence[Known], calm: Sequence[Settled] = (), brought: int = 0
    ) -> None:
        """Settle objects without a request: what their listing and what is known say together."""
        editions_of: dict[str, set[str]] = {}
        for row in calm:
            editions_of.setdefault(row.edition, set()).add(row.content)
        with self.database.writing() as connection:
            save_known(connection, (*rows, *calm), known)
            for name, contents in sorted(editions_of.items()):
                for part in chunks(sorted(contents), 1_000):
                    _renew_calm(connection, name, part)
            count_up(connection, [("", DELTA, brought)] if brought else [])

    def tallies(self, scope: str) -> Mapping[str, int]:
        """The counters of a scope."""
        with self.database.reading() as connection:
            query = select(tally.c.name, tally.c.count).where(tally.c.scope == scope)
            return {row[0]: row[1] for row in connection.execute(query)}

    def prune(self, most: int) -> int:
        """Forget the longest unused detections beyond `most`, by whole days; how many."""
        table = known_content
        with self.database.writing() as connection:
            total = connection.execute(select(func.count()).select_from(table)).scalar() or 0
            if total <= most:
                return 0
            days = select(table.c.used_on, func.count()).group_by(table.c.used_on).order_by(table.c.used_on)
            over, until = total - most, 0
            for day, count in connection.execute(days).all():
                over, until = over - count, day
                if over <= 0:
                    break
            return int(connection.execute(delete(table).where(table.c.used_on <= until)).rowcount)


def count_up(connection: Connection, counts: Iterable[tuple[str, str, int]]) -> None:
    """Add to the counters of (scope, name), in the caller's transaction and always in the same order."""
    totals: dict[tuple[str, str], int] = {}
    for scope, name, count in counts:
        totals[scope, name] = totals.get((scope, name), 0) + count
    write_rows(connection, _TALLIES, [(*key, count) for key, count in sorted(totals.items())])


def save_known(connection: Connection, settled: Iterable[Settled], known: Iterable[Known]) -> None:
    """Write both in the caller's transaction; the last of several for one key or content counts."""
    today = datetime.now(UTC).toordinal()
    contents = {
        each.content: (each.content, each.edition, today, _document(each), int(is_calm(each.detection)))
        for each in known
    }
    objects = {(each.bucket, each.key): _object(each) for each in settled}
    write_rows(connection, _CONTENTS, [contents[content] for content in sorted(contents)])  # in one order: no deadlocks
    write_rows(connection, _OBJECTS, [objects[place] for place in sorted(objects)])


def _renew_calm(connection: Connection, name: str, contents: Sequence[str]) -> None:
    """Calm contents hold under the edition of that id; their documents stay."""
    sqlite = connection.dialect.name == "sqlite"
    values = name, datetime.now(UTC).toordinal(), json.dumps(list(contents)) if sqlite else list(contents)
    connection.exec_driver_sql(_RENEW_CALM[0 if sqlite else 1], values)


def _object(row: Settled) -> tuple[Any, ...]:
    return (
        row.bucket, row.key, row.etag, row.size, row.modified, row.edition, row.word, row.content, row.sha256
    )  # fmt: skip


def _document(known: Known) -> str:
    return _COMPACT(detection_row(known.detection))


def _detection(text: str) -> Any:
    try:
        return detection_of(json.loads(text))
    except (ValueError, TypeError, KeyError) as error:
        mend = "delete the rows of known_content: they are made again"
        raise StoreError(f"is no known detection: {error}", where=text[:80], mend=mend) from error


def _edition(text: str) -> Edition:
    base, rules, judging = json.loads(text)
    return Edition(base, rules, judging)

"""What is remembered of URLs, as rows; and its twin in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete

from scanner.adapters.cdn_tables import cdn_url
from scanner.adapters.rows import Shape, listed, moment, write_rows
from scanner.adapters.sql import Database, chunks, stamp
from scanner.domain.cdn.memory import Remembered

_COLUMNS = (
    ("id", "text"), ("url", "text"), ("read_at", "timestamptz"), ("etag", "text"), ("modified", "text"),
    ("sha256", "text"), ("size", "bigint"), ("media_type", "text"), ("encoding", "text"), ("lies", "bool"),
    ("doubt", "text"), ("checks", "bool"),
)  # fmt: skip
_NAMES = tuple(name for name, _ in _COLUMNS)
_KEPT = Shape("cdn_url", _COLUMNS, ("id",), _NAMES[1:])
_CHECKED = Shape("cdn_url", _COLUMNS, ("id",), ("checks",))
_SELECT = (
    "SELECT id, url, read_at, etag, modified, sha256, size, media_type, encoding, lies, doubt, checks FROM cdn_url "
)
_BY_ID = (_SELECT + "WHERE id IN (SELECT value FROM json_each(?))", _SELECT + "WHERE id = ANY(%s)")  # noqa: S608


@dataclass(frozen=True, slots=True)
class SqlMemories:
    """The UrlMemories port over a database."""

    database: Database

    def recall(self, ids: Sequence[str]) -> Mapping[str, Remembered]:
        """Those that are known."""
        with self.database.reading() as connection:
            rows = [row for part in chunks(list(ids), 1_000) for row in listed(connection, *_BY_ID, part)]
        return {row[0]: _remembered(row) for row in rows}

    def keep(self, rows: Sequence[Remembered]) -> None:
        """Write rows anew; the last of several for one URL counts."""
        self._write(_KEPT, rows)

    def check(self, rows: Sequence[Remembered]) -> None:
        """Note that their ranges are to be compared; what else is known of them stays."""
        self._write(_CHECKED, [replace(row, checks=True) for row in rows])

    def prune(self, before: datetime) -> int:
        """Forget URLs that nobody read since; how many."""
        with self.database.writing() as connection:
            return int(connection.execute(delete(cdn_url).where(cdn_url.c.read_at < stamp(before))).rowcount)

    def _write(self, shape: Shape, rows: Sequence[Remembered]) -> None:
        if rows:
            last = {row.id: row for row in rows}
            with self.database.writing() as connection:
                write_rows(connection, shape, [(*_head(row, connection), *_rest(row)) for row in last.values()])


@dataclass(slots=True)
class MemoryMemories:
    """The twin."""

    rows: dict[str, Remembered] = field(default_factory=dict)

    def recall(self, ids: Sequence[str]) -> Mapping[str, Remembered]:
        """Those that are known."""
        return {name: self.rows[name] for name in ids if name in self.rows}

    def keep(self, rows: Sequence[Remembered]) -> None:
        """Keep them as they are now."""
        self.rows |= {row.id: row for row in rows}

    def check(self, rows: Sequence[Remembered]) -> None:
        """Note that their ranges are to be compared."""
        for row in rows:
            self.rows[row.id] = replace(self.rows.get(row.id, row), checks=True)

    def prune(self, before: datetime) -> int:
        """Forget URLs that nobody read since; how many."""
        old = [name for name, row in self.rows.items() if row.read_at < before]
        for name in old:
            del self.rows[name]
        return len(old)


def _head(row: Remembered, connection: Any) -> tuple[Any, ...]:
    return row.id, row.url, moment(connection, row.read_at)


def _rest(row: Remembered) -> tuple[Any, ...]:
    return (
        row.etag, row.modified, row.sha256, row.size, row.media_type, row.encoding, row.lies, row.doubt, row.checks
    )  # fmt: skip


def _remembered(row: Any) -> Remembered:
    """SQLite gives times as text, without their zone, which is UTC, and truths as numbers."""
    values = dict(zip(_NAMES, row, strict=True))
    read_at = values["read_at"]
    read_at = datetime.fromisoformat(read_at) if isinstance(read_at, str) else read_at
    values["read_at"] = read_at if read_at.tzinfo else read_at.replace(tzinfo=UTC)
    return Remembered(**values | {"lies": bool(values["lies"]), "checks": bool(values["checks"])})

"""The findings of a verdict by pages: a verdict with a hundred thousand of them is cut up once, then read by the page.

A verdict is one document. Short ones are read whole; a long one is cut into rows of `PAGE` findings when somebody looks
at it for the first time (page 0 holds everything else), so that each page costs what a page costs.
"""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from scanner.adapters.api_tables import verdict_page
from scanner.adapters.sql import Database, chunks
from scanner.adapters.tables import verdict
from scanner.domain.content import Subject

PAGE = 100
SHORT = 256 * 1024  # characters of a document that is not worth cutting


@dataclass(frozen=True, slots=True)
class Hits:
    """A verdict without its findings, a run of them from `start` on, and how many there are."""

    verdict_id: int
    verdict: dict[str, Any]
    findings: list[dict[str, Any]]
    start: int
    total: int


@dataclass(frozen=True, slots=True)
class SqlHits:
    """Reads verdicts by pages."""

    database: Database

    def page(self, subject: Subject, start: int, limit: int) -> Hits | None:
        """Findings of the newest verdict over this version from number `start` on; None without a verdict."""
        with self.database.reading() as connection:
            verdict_id = _newest(connection, subject)
            if verdict_id is None:
                return None
            header = _pages(connection, verdict_id, 0, 0)
        if not header:
            document = self._document(verdict_id)
            if len(document) <= SHORT:
                whole = json.loads(document)
                findings = whole.pop("findings")
                return Hits(verdict_id, whole, findings[start : start + limit], start, len(findings))
            self._cut(verdict_id, document)
        return self._of_pages(verdict_id, start, limit)

    def _of_pages(self, verdict_id: int, start: int, limit: int) -> Hits:
        first, last = start // PAGE + 1, (start + limit - 1) // PAGE + 1
        with self.database.reading() as connection:
            header = json.loads(_pages(connection, verdict_id, 0, 0)[0])
            rows = _pages(connection, verdict_id, first, last)
        found = [finding for row in rows for finding in json.loads(row)]
        skip = start - (first - 1) * PAGE
        return Hits(verdict_id, header["verdict"], found[skip : skip + limit], start, header["total"])

    def _document(self, verdict_id: int) -> str:
        with self.database.reading() as connection:
            return str(connection.execute(select(verdict.c.document).where(verdict.c.id == verdict_id)).scalar_one())

    def _cut(self, verdict_id: int, document: str) -> None:
        whole = json.loads(document)
        findings = whole.pop("findings")
        pages: list[object] = [{"verdict": whole, "total": len(findings)}, *chunks(findings, PAGE)]
        rows = [
            {"verdict_id": verdict_id, "page": number, "document": json.dumps(page, separators=(",", ":"))}
            for number, page in enumerate(pages)
        ]
        with self.database.writing() as connection:
            try:
                with connection.begin_nested():
                    for part in chunks(rows, 100):
                        connection.execute(insert(verdict_page), list(part))
            except IntegrityError:
                return  # another process cut it just now


def _newest(connection: Connection, subject: Subject) -> int | None:
    query = select(verdict.c.id).where(verdict.c.bucket == subject.bucket, verdict.c.key == subject.key)
    if subject.version_id:
        query = query.where(verdict.c.version_id == subject.version_id)
    elif subject.etag:
        query = query.where(verdict.c.etag == subject.etag)
    found = connection.execute(query.order_by(verdict.c.id.desc()).limit(1)).scalar()
    return None if found is None else int(found)


def _pages(connection: Connection, verdict_id: int, first: int, last: int) -> list[str]:
    table = verdict_page
    wanted = (table.c.verdict_id == verdict_id, table.c.page >= first, table.c.page <= last)
    return list(connection.execute(select(table.c.document).where(*wanted).order_by(table.c.page)).scalars())

"""What the API lists: rows behind an id, of one tenant where asked; each page is found through an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Table, select

from scanner.adapters.enforcement_rows import KINDS
from scanner.adapters.enforcement_table import enforcement
from scanner.adapters.sql import Database, subject_of
from scanner.adapters.tables import action, review_case, verdict
from scanner.domain.actions import Action
from scanner.domain.cases import Case
from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.notices import Notice
from scanner.domain.enforcement.orders import Order
from scanner.wire.records import from_text

Kind = TypeVar("Kind", Notice, Appeal, Order)


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """A verdict as a list shows it."""

    number: int
    subject: Subject
    sha256: str
    word: str
    clause: str
    rule: str


@dataclass(frozen=True, slots=True)
class SqlLists:
    """Lists by id."""

    database: Database

    def cases(self, states: Sequence[str], tenant: str, after: str, limit: int) -> list[Case]:
        """Cases in these states (all, if none are named)."""
        table = review_case
        query = select(table.c.document).where(table.c.id > after).order_by(table.c.id).limit(limit)
        if states:
            query = query.where(table.c.state.in_(list(states)))
        if tenant:
            query = query.where(table.c.account == tenant)
        with self.database.reading() as connection:
            return [from_text(document, Case) for document in connection.execute(query).scalars()]

    def actions(self, state: str, tenant: str, after: str, limit: int) -> list[Action]:
        """Actions, in one state where asked."""
        query = select(action.c.document).where(action.c.id > after).order_by(action.c.id).limit(limit)
        if state:
            query = query.where(action.c.state == state)
        if tenant:
            mine: Table = review_case
            query = query.join(mine, mine.c.id == action.c.case_id).where(mine.c.account == tenant)
        with self.database.reading() as connection:
            return [from_text(document, Action) for document in connection.execute(query).scalars()]

    def rights(self, kind: type[Kind], state: str, tenant: str, after: str, limit: int) -> list[Kind]:
        """Notices, appeals or orders."""
        table = enforcement
        wanted = [table.c.kind == KINDS[kind], table.c.id > after]
        wanted += [table.c.state == state] if state else []
        wanted += [table.c.account == tenant] if tenant else []
        query = select(table.c.document).where(*wanted).order_by(table.c.id).limit(limit)
        with self.database.reading() as connection:
            return [from_text(document, kind) for document in connection.execute(query).scalars()]

    def verdicts(self, bucket: str, prefix: str, tenant: str, after: int, limit: int) -> list[VerdictLine]:
        """Verdicts in the order they were recorded."""
        table = verdict
        names = ("id", "bucket", "key", "version_id", "etag", "size", "account", "modified")
        more = ("sha256", "word", "clause", "rule")
        query = select(*(table.c[name] for name in names + more)).where(table.c.id > after)
        query = query.where(table.c.bucket == bucket) if bucket else query
        query = query.where(table.c.key.startswith(prefix, autoescape=True)) if prefix else query
        query = query.where(table.c.account == tenant) if tenant else query
        with self.database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.id).limit(limit)).mappings()
            return [VerdictLine(row["id"], subject_of(row), *(row[name] for name in more)) for row in rows]

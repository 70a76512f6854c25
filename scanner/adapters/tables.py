"""The tables. Rows that only we read whole are JSON documents beside the columns that are searched."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    literal_column,
    text,
)

from scanner.domain.requests import RequestState

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts rowids only in INTEGER columns


def _place() -> tuple[Column[object], ...]:
    """The columns of a Subject."""
    return (
        Column("bucket", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("version_id", Text, nullable=False),
        Column("etag", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("account", Text, nullable=False),
        Column("modified", Text, nullable=False),
    )


RUNG = "rung_at > '-infinity'"  # always so; a query that does not say it cannot be answered by the index over it

OPEN = "state NOT IN ('DEAD', 'DONE', 'REFUSED')"  # FINAL_STATES, told as a literal for the same reason


def _only(condition: str) -> dict[str, Any]:
    """An index over these rows only: what is done, nearly all of them, costs it nothing."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def is_in(state: RequestState) -> ColumnElement[bool]:
    """Requests in this state; told as a literal, or the databases would not use the index over it."""
    return scan_request.c.state == literal_column(f"'{state}'")


scan_request = Table(
    "scan_request",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    *_place(),
    Column("turn", String(8), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("source", String(32), nullable=False),
    Column("sequencer", Text, nullable=False),
    Column("rescan", String(32), nullable=False),
    Column("raw_key", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("rung_at", DateTime(timezone=True), nullable=False),
    Column("done_at", DateTime(timezone=True)),
    Column("outcome", String(16), nullable=False),
    Index("ix_scan_request_owed_turn", "lane", "turn", "id", **_only("state = 'owed'")),
    Index("ix_scan_request_owed_rung", "rung_at", **_only(f"state = 'owed' AND {RUNG}")),
    Index("ix_scan_request_leased", "lane", "lease_until", **_only("state = 'leased'")),
    Index("ix_scan_request_open_rescan", "rescan", **_only("done_at IS NULL AND rescan <> ''")),
)

verdict = Table(
    "verdict",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("request_id", BigInteger, nullable=False),
    *_place(),
    Column("sha256", String(64), nullable=False),
    Column("word", String(12), nullable=False),
    Column("clause", String(16), nullable=False),
    Column("rule", Text, nullable=False),
    Column("rulebook_digest", String(64), nullable=False),
    Column("limits_digest", String(16), nullable=False),
    Column("rescan", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "bucket", "key", "id"),
    Index(None, "sha256"),
)

review_case = Table(
    "review_case",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("clause", String(16), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "state", "due_at", "id"),
)

action = Table(
    "action",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("case_id", String(24), nullable=False, index=True),
    Column("state", String(12), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("waits", Boolean, nullable=False, server_default=false()),  # a deletion that was not tried yet
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "state", "due_at"),
    Index("ix_action_open", "due_at", "id", **_only(OPEN)),
    Index("ix_action_tried", "due_at", "id", **_only(f"{OPEN} AND NOT waits")),
)

custody = Table(
    "custody",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("case_id", String(24), nullable=False, index=True),
    Column("ref", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content_sha256", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("retain_until", String(32), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("number", _Id, primary_key=True),
    Column("thing", String(32), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

rescan = Table(
    "rescan",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("state", String(12), nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("document", Text, nullable=False),
)

"""The tables of CDN content: purges, what is remembered of URLs, and what days' budgets took and left."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, String, Table, Text

from scanner.adapters.tables import metadata

cdn_purge = Table(
    "cdn_purge",
    metadata,
    Column("key", String(32), primary_key=True),
    Column("url", Text, nullable=False, index=True),
    Column("provider", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("task", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("accepted_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
    Index(None, "state", "due_at"),
)

cdn_url = Table(
    "cdn_url",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("read_at", DateTime(timezone=True), nullable=False, index=True),
    Column("etag", Text, nullable=False),
    Column("modified", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("lies", Boolean, nullable=False),
    Column("doubt", Text, nullable=False),
    Column("checks", Boolean, nullable=False),
)

cdn_taken = Table(
    "cdn_taken",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("domain", String(255), primary_key=True),
    Column("id", String(32), primary_key=True),
    sqlite_with_rowid=False,
)

cdn_waiting = Table(
    "cdn_waiting",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("domain", String(255), nullable=False),
    Column("url", Text, nullable=False),
    Column("why", String(12), nullable=False),
    Column("requests", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Index(None, "domain", "since", "id"),
)

"""The table of purges."""

from sqlalchemy import Column, DateTime, Index, Integer, String, Table, Text

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

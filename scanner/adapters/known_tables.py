"""The tables of what is known: editions of the rules, detections by content, stored objects with their verdict."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, SmallInteger, String, Table, Text

from scanner.adapters.tables import metadata

KEY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")  # ordered by bytes, as stores list keys

edition = Table(
    "edition",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("document", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

known_content = Table(
    "known_content",
    metadata,
    Column("content", String(64), primary_key=True),
    Column("edition", String(16), nullable=False),
    Column("used_on", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("calm", SmallInteger, nullable=False, server_default="0"),
    Index(None, "used_on"),
)

stored_object = Table(
    "stored_object",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("key", KEY_TEXT, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", String(19), nullable=False),
    Column("edition", String(16), nullable=False),
    Column("word", String(12), nullable=False),
    Column("content", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    Column("scope", String(32), primary_key=True),
    Column("name", String(48), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

rescan_shard = Table(
    "rescan_shard",
    metadata,
    Column("rescan", String(24), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("done", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("document", Text, nullable=False),
)

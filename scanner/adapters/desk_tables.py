"""The tables of the review desk: where each case stands in the queue, what reviewers did, what they set."""

from sqlalchemy import BigInteger, Column, DateTime, Float, Index, Integer, String, Table, Text

from scanner.adapters.tables import metadata

case_place = Table(
    "case_place",
    metadata,
    Column("case_id", String(24), primary_key=True),
    Column("is_open", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("lane", String(12), nullable=False),
    Column("clause", String(16), nullable=False),
    Column("rule", Text, nullable=False),
    Column("source", String(16), nullable=False),
    Column("account", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("likeness", String(16), nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("turn", Float(53), nullable=False),
    Column("copies", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("held_until", DateTime(timezone=True)),
    Column("outcome", String(12), nullable=False),
    Column("decider", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Index(None, "is_open", "turn", "case_id"),
    Index(None, "is_open", "lane", "turn", "case_id"),
    Index(None, "is_open", "clause", "turn", "case_id"),
    Index(None, "is_open", "rule", "turn", "case_id"),
    Index(None, "is_open", "account", "turn", "case_id"),
    Index(None, "is_open", "source", "turn", "case_id"),
    Index(None, "is_open", "holder", "turn", "case_id"),
    Index(None, "account", "opened_at"),
    Index(None, "sha256", "copies"),
    Index(None, "likeness", "is_open"),
    Index(None, "outcome", "decided_at"),
)

desk_note = Table(
    "desk_note",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("person", Text, nullable=False),
    Column("deed", String(12), nullable=False),
    Column("case_id", String(24), nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("clause", String(16), nullable=False),
    Column("word", String(16), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("seconds", Float(53), nullable=False),
    Index(None, "deed", "at"),
    Index(None, "person", "deed", "at"),
)

desk_person = Table(
    "desk_person",
    metadata,
    Column("person", String(200), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
)

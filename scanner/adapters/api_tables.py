"""The API's tables: pages of long verdicts, reports, webhooks and their deliveries."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, String, Table, Text

from scanner.adapters.tables import metadata

verdict_page = Table(
    "verdict_page",
    metadata,
    Column("verdict_id", BigInteger, primary_key=True, autoincrement=False),
    Column("page", Integer, primary_key=True, autoincrement=False),  # 0: the verdict without findings
    Column("document", Text, nullable=False),
)

abuse_report = Table(
    "abuse_report",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("case_id", String(24), nullable=False, index=True),
    Column("account", Text, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("document", Text, nullable=False),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),  # words with a space between
    Column("is_on", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("cursor", BigInteger, nullable=False),  # the audit entry up to which its deliveries are written
    Column("generation", Integer, nullable=False),  # of its secret
    Column("revision", Integer, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", String(48), primary_key=True),
    Column("webhook", String(24), nullable=False),
    Column("number", BigInteger, nullable=False),  # the audit entry that it tells of
    Column("event", String(64), nullable=False),
    Column("thing", String(48), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "state", "due_at"),
    Index(None, "webhook", "number"),
)

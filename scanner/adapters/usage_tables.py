"""The tables of usage metering."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
_Id = BigInteger().with_variant(Integer, "sqlite")

usage_account = Table(
    "usage_account",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

usage_batch = Table(
    "usage_batch",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index(None, "last_at"),
)

usage_cursor = Table(
    "usage_cursor",
    metadata,
    Column("source", String(200), primary_key=True),
    Column("at", BigInteger, nullable=False),
)

usage_state = Table(
    "usage_state",
    metadata,
    Column("part", String(32), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

usage_position = Table(
    "usage_position",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

usage_incident = Table(
    "usage_incident",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("account", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("owes", Boolean, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "account", "started_at"),
    Index(None, "is_open"),
    Index(None, "owes"),
)

usage_snapshot = Table(
    "usage_snapshot",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("account", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "account", "at"),
    Index(None, "at"),
)

"""The tables of intake and observation: dead letters, small documents, marks of the serving gate, counters."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)
_Id = BigInteger().with_variant(Integer, "sqlite")

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("cause", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String(8), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "state", "cause"),
)

pipeline_note = Table(
    "pipeline_note",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("document", Text, nullable=False),
)

gate_mark = Table(
    "gate_mark",
    metadata,
    Column("verdict_id", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", Text, nullable=False),
)

metric_piece = Table(
    "metric_piece",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("name", String(32), nullable=False),
    Column("label", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
)

metric = Table(
    "metric",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("label", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

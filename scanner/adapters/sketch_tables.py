"""The tables of sketches: what each content is like, and the bands under which it is found."""

from sqlalchemy import BigInteger, Column, String, Table, Text

from scanner.adapters.tables import metadata

content_sketch = Table(
    "content_sketch",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("sketch", Text, nullable=False),
)

content_band = Table(
    "content_band",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", String(64), primary_key=True),
    sqlite_with_rowid=False,
)

"""One table for the documents of enforcement: courses, notices, appeals, strikes and orders.

Rows that only we read whole are JSON documents beside the columns that are searched; the columns mean the same thing
for every kind, so one table with a kind serves all.
"""

from sqlalchemy import Column, DateTime, Index, Integer, String, Table, Text

from scanner.adapters.tables import metadata

enforcement = Table(
    "enforcement",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("id", String(32), primary_key=True),
    # of a course its rule; of a notice or an appeal its course; of a strike its case; of a deletion its action
    Column("parent", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("state", String(24), nullable=False),
    Column("at", DateTime(timezone=True)),  # course: filed; others: when it began
    Column("seen_at", DateTime(timezone=True)),  # course: last looked at from outside
    # when a course, strike or order ends, a notice is tried again, a deletion began
    Column("due_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Index(None, "kind", "state", "due_at"),
    Index(None, "kind", "parent", "at"),
    Index(None, "kind", "account"),
    Index(None, "kind", "bucket", "state"),
)

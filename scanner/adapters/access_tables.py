"""The tables of signing in: accounts, sessions, tokens, failures, and the answers kept for idempotency keys."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, String, Table, Text

from scanner.adapters.tables import metadata

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("display", Text, nullable=False),
    Column("roles", Text, nullable=False),  # words with a space between
    Column("password", Text, nullable=False),
    Column("totp", Text, nullable=False),  # sealed
    Column("last_step", BigInteger, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("is_disabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revision", Integer, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", String(64), nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("csrf", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, index=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("address", Text, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", Text, nullable=False),  # words with a space between
    Column("tenant", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ends_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
)

signin_failure = Table(
    "signin_failure",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False, index=True),
)

api_answer = Table(
    "api_answer",
    metadata,
    Column("key", String(64), primary_key=True),  # digest of caller and idempotency key
    Column("asked", String(64), nullable=False),  # digest of method, path and body
    Column("status", Integer, nullable=False),  # 0 while the first call is under way
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, index=True),
)

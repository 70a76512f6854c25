"""Accounts, sessions, tokens and failed sign-ins as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from scanner.adapters.access_tables import account, api_token, session, signin_failure
from scanner.adapters.sql import Database, stamp
from scanner.adapters.sql_register import SqlRegister
from scanner.domain.access import Account, Right, Role, Session, Token
from scanner.domain.audit import AuditEntry
from scanner.errors import ConflictError

FREE = 5  # failures that cost nothing
LONGEST_WAIT = timedelta(minutes=15)
FORGET = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class SqlAccess:
    """It is Accounts, Sessions, Tokens and Brakes of `scanner.ports_access`."""

    database: Database

    # Accounts
    def account(self, name: str) -> Account | None:
        """The account, or None."""
        return next(iter(self._accounts(account.c.name == name)), None)

    def accounts(self) -> list[Account]:
        """All accounts by name."""
        return self._accounts()

    def of_subject(self, subject: str) -> Account | None:
        """The account tied to this identity, or None."""
        return next(iter(self._accounts(account.c.subject == subject)), None) if subject else None

    def keep(self, row: Account, entries: Sequence[AuditEntry]) -> None:
        """Write the account; ConflictError if another was faster."""
        with self.database.writing() as connection:
            _save(connection, account, account.c.name == row.name, row.revision, _account_row(row))
            self._log(connection, entries)

    # Sessions
    def session(self, digest: str) -> Session | None:
        """The session, or None."""
        with self.database.reading() as connection:
            row = connection.execute(select(session).where(session.c.digest == digest)).mappings().first()
        return None if row is None else Session(**_timed(row))

    def start(self, row: Session, entries: Sequence[AuditEntry]) -> None:
        """Keep a new session."""
        values = {name: getattr(row, name) for name in Session.__dataclass_fields__}
        with self.database.writing() as connection:
            connection.execute(insert(session).values(**values))
            self._log(connection, entries)

    def seen(self, digest: str, at: datetime) -> None:
        """The session was used."""
        with self.database.writing() as connection:
            connection.execute(update(session).where(session.c.digest == digest).values(seen_at=stamp(at)))

    def end(self, digest: str, entries: Sequence[AuditEntry]) -> None:
        """Drop a session; none is no error."""
        with self.database.writing() as connection:
            connection.execute(delete(session).where(session.c.digest == digest))
            self._log(connection, entries)

    def sweep(self, before: datetime) -> int:
        """Drop sessions opened before; how many."""
        with self.database.writing() as connection:
            return connection.execute(delete(session).where(session.c.opened_at < stamp(before))).rowcount

    # Tokens
    def of_digest(self, digest: str) -> Token | None:
        """The token of that digest, or None."""
        return next(iter(self._tokens(api_token.c.digest == digest)), None)

    def token(self, token_id: str) -> Token | None:
        """The token of that id, or None."""
        return next(iter(self._tokens(api_token.c.id == token_id)), None)

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        return self._tokens()

    def keep_token(self, row: Token, entries: Sequence[AuditEntry]) -> None:
        """Write the token; ConflictError if another was faster."""
        with self.database.writing() as connection:
            _save(connection, api_token, api_token.c.id == row.id, row.revision, _token_row(row))
            self._log(connection, entries)

    # Brakes
    def held(self, keys: Sequence[str]) -> datetime | None:
        """When the next try is allowed: 1 s after five failures, doubling to 15 minutes. None: at once."""
        query = select(signin_failure.c.failures, signin_failure.c.last_at).where(signin_failure.c.key.in_(list(keys)))
        with self.database.reading() as connection:
            found = [(row.failures, _aware(row.last_at)) for row in connection.execute(query)]
        waits = [last + wait_after(failures) for failures, last in found if failures >= FREE]
        return max(waits, default=None)

    def failed(self, key: str, now: datetime) -> None:
        """One more failure. Old ones are forgotten after a day."""
        table = signin_failure
        one_more = {"failures": table.c.failures + 1, "last_at": stamp(now)}
        with self.database.writing() as connection:
            connection.execute(delete(table).where(table.c.last_at < stamp(now) - FORGET))
            if connection.execute(update(table).where(table.c.key == key).values(**one_more)).rowcount:
                return
            try:
                with connection.begin_nested():
                    connection.execute(insert(table).values(key=key, failures=1, last_at=stamp(now)))
            except IntegrityError:  # another process counted its first failure just now
                connection.execute(update(table).where(table.c.key == key).values(**one_more))

    def cleared(self, key: str) -> None:
        """Forget the failures."""
        with self.database.writing() as connection:
            connection.execute(delete(signin_failure).where(signin_failure.c.key == key))

    def _accounts(self, *wanted: Any) -> list[Account]:
        with self.database.reading() as connection:
            rows = connection.execute(select(account).where(*wanted).order_by(account.c.name)).mappings()
            return [_account(row) for row in rows]

    def _tokens(self, *wanted: Any) -> list[Token]:
        query = select(api_token).where(*wanted).order_by(api_token.c.created_at, api_token.c.id)
        with self.database.reading() as connection:
            return [_token(row) for row in connection.execute(query).mappings()]

    def _log(self, connection: Connection, entries: Sequence[AuditEntry]) -> None:
        SqlRegister(self.database).append(connection, entries)


def wait_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(timedelta(seconds=2 ** min(failures - FREE, 20)), LONGEST_WAIT)


def _save(connection: Connection, table: Table, mine: Any, revision: int, values: dict[str, object]) -> None:
    if revision == 1:
        connection.execute(insert(table).values(**values))
        return
    statement = update(table).where(mine, table.c.revision == revision - 1).values(**values)
    if connection.execute(statement).rowcount != 1:
        raise ConflictError("somebody else changed it first", where=table.name, mend="read it again")


def _account_row(row: Account) -> dict[str, object]:
    values = {name: getattr(row, name) for name in Account.__dataclass_fields__}
    return {**values, "roles": " ".join(row.roles)}


def _account(row: RowMapping) -> Account:
    values = _timed(row)
    return Account(**{**values, "roles": tuple(Role(word) for word in values["roles"].split())})


def _token_row(row: Token) -> dict[str, object]:
    values = {name: getattr(row, name) for name in Token.__dataclass_fields__}
    return {**values, "scopes": " ".join(row.scopes)}


def _token(row: RowMapping) -> Token:
    values = _timed(row)
    return Token(**{**values, "scopes": tuple(Right(word) for word in values["scopes"].split())})


def _timed(row: RowMapping) -> dict[str, Any]:
    return {name: _aware(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _aware(moment: datetime) -> datetime:
    """SQLite gives times back without their zone; all of ours are UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""The database: SQLite (WAL) by default, PostgreSQL grown up; one way to read and one way to write."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, RowMapping, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scanner.domain.content import Subject
from scanner.errors import ConflictError, StoreError

SUBJECT_COLUMNS = ("bucket", "key", "version_id", "etag", "size", "account", "modified")
MIGRATIONS = Path(__file__).parent / "migrations"
CACHE = "cache_size=-8192"  # KB of SQLite's pages that a connection keeps: with 2 MB costs grew with the tables
PILED = "wal_autocheckpoint=4000"  # pages: those of indices, written by many transactions, go to the file once
TRUSTED = 1.0  # seconds for which a connection that answered is not asked again whether it lives
CHUNK = 400  # values in one IN list or one multi-row insert: below every driver's parameter limit


class Database:
    """Connections to one database. Errors of the driver come out as StoreError with the mend."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        self._reads = self.engine.execution_options(isolation_level="AUTOCOMMIT")  # no BEGIN and ROLLBACK round a look

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed whole or not at all. SQLite takes its write lock at once, so none deadlocks."""
        with _mended(self.url), self.engine.connect() as connection, self._whole(connection):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that changes nothing; each statement sees what is committed when it begins."""
        with _mended(self.url), self._reads.connect() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to the newest revision, or leave it as it is; safe when several processes start at once."""
        with _mended(self.url), self.engine.connect() as connection:
            if self.is_sqlite:
                with _immediately(connection):
                    self._upgrade(connection)
                return
            connection.execute(text("SELECT pg_advisory_lock(7304102)"))
            try:
                self._upgrade(connection)
                connection.commit()
            finally:
                connection.rollback()  # of what was not committed: half a schema would stand in the way of every start
                connection.execute(text("SELECT pg_advisory_unlock(7304102)"))
                connection.commit()

    def _whole(self, connection: Connection) -> AbstractContextManager[object]:
        return _immediately(connection) if self.is_sqlite else connection.begin()

    def _upgrade(self, connection: Connection) -> None:
        try:
            command.upgrade(self._alembic(connection), "head")
        except CommandError as error:
            mend = "run the newer release that brought it there, or restore a backup from before"
            what = f"the schema is not one of this release: {error}"
            raise StoreError(what, where=_shown(self.url), mend=mend) from error

    def newest_revision(self) -> str:
        """The schema revision that this software wants."""
        return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _alembic(self, connection: Connection) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        return config


def _sqlite(url: str) -> Engine:
    if path := make_url(url).database:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def pragmas(raw: Any, _record: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", CACHE, PILED):
            raw.execute(f"PRAGMA {pragma}")

    return engine


def _postgres(url: str) -> Engine:
    named = make_url(url)
    if named.drivername == "postgresql":  # what everybody writes: we have one driver for it
        named = named.set(drivername="postgresql+psycopg")
    engine = create_engine(named, pool_size=5, max_overflow=5)

    @event.listens_for(engine, "checkin")
    def used(_raw: object, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def asked(raw: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("used", 0.0) > TRUSTED:
            try:
                engine.dialect.do_ping(raw)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool tries a new connection

    return engine


@contextmanager
def _immediately(connection: Connection) -> Iterator[None]:
    """A transaction of SQLite's that has its write lock from the start."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(DBAPIError):  # it may be rolled back already; the first trouble is the one to tell
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


@contextmanager
def _mended(url: str) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise ConflictError(f"a row exists already: {error.orig}", where=_shown(url), mend="read it again") from error
    except OperationalError as error:
        raise StoreError(
            f"the database failed: {error.orig}", where=_shown(url), mend="check that it runs and has room"
        ) from error
    except DBAPIError as error:
        raise StoreError(f"the database refused: {error.orig}", where=_shown(url), mend="run `aup fsck`") from error
    except (PoolTimeoutError, InvalidRequestError) as error:  # all connections are in use, or each new one broke off
        what = f"no connection to the database: {type(error).__name__} {error}"
        raise StoreError(what, where=_shown(url), mend="check that it runs and takes more connections") from error


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def subject_values(subject: Subject) -> dict[str, object]:
    """The columns of a subject."""
    return {name: getattr(subject, name) for name in SUBJECT_COLUMNS}


def subject_of(row: RowMapping) -> Subject:
    """The subject of a row that has its columns."""
    return Subject(**{name: row[name] for name in SUBJECT_COLUMNS})


def chunks(items: Sequence[Any], size: int = CHUNK) -> Iterator[Sequence[Any]]:
    """The items in pieces that fit one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def stamp(moment: datetime) -> datetime:
    """A moment as stored: aware, UTC."""
    if moment.tzinfo is None:
        raise StoreError("a time without a zone", where=str(moment), mend="use the clock port")
    return moment

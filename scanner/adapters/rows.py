"""Many rows at once, without building a statement for each batch: what the hot path writes with.

SQLite takes the rows one by one inside the driver; PostgreSQL takes one array a column.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns to be written, with PostgreSQL's type of each, and what to do about a row that is there.

    Columns of `renew` get the new value then, those of `adds` their sum.
    """

    table: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...] = ()
    renew: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(name for name, _ in self.columns)


def write_rows(connection: Connection, shape: Shape, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert the rows; where the key is there, renew the columns named so, or leave the row if none is.

    A key may stand only once among the rows.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_sqlite(shape), list(rows))
    else:
        connection.exec_driver_sql(_postgres(shape), tuple(list(column) for column in zip(*rows, strict=True)))


@cache
def _sqlite(shape: Shape) -> str:
    marks = ",".join("?" for _ in shape.columns)
    return f"INSERT INTO {shape.table} ({','.join(shape.names)}) VALUES ({marks}){_conflict(shape)}"  # noqa: S608


@cache
def _postgres(shape: Shape) -> str:
    arrays = ",".join(f"%b::{kind}[]" for _, kind in shape.columns)
    names = ",".join(shape.names)
    return f"INSERT INTO {shape.table} ({names}) SELECT * FROM unnest({arrays}){_conflict(shape)}"  # noqa: S608


def _conflict(shape: Shape) -> str:
    if not shape.key:
        return ""
    if not shape.renew and not shape.adds:
        return f" ON CONFLICT ({','.join(shape.key)}) DO NOTHING"
    sums = [f"{name}={shape.table}.{name}+excluded.{name}" for name in shape.adds]
    renewed = ",".join([*(f"{name}=excluded.{name}" for name in shape.renew), *sums])
    return f" ON CONFLICT ({','.join(shape.key)}) DO UPDATE SET {renewed}"


def listed(connection: Connection, sqlite: str, postgres: str, values: Sequence[Any], *more: Any) -> list[Any]:
    """The rows of a query that takes a list of values as its first parameter, and `more` behind it.

    SQLite gets the list as JSON (`json_each(?)`), PostgreSQL as an array.
    """
    if connection.dialect.name == "sqlite":
        return fetched(connection, sqlite, (json.dumps(list(values)), *more))
    return fetched(connection, postgres, (list(values), *more))


def fetched(connection: Connection, sql: str, values: tuple[Any, ...]) -> list[Any]:
    """All rows of a statement as the driver gives them: tuples, at a tenth of what SQLAlchemy's own rows cost."""
    cursor = connection.exec_driver_sql(sql, values).cursor
    return list(cursor.fetchall()) if cursor is not None else []


def moment(connection: Connection, when: datetime) -> datetime | str:
    """A time as the driver takes it: SQLite has no type for times and gets the text that SQLAlchemy writes too."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if connection.dialect.name == "sqlite" else when

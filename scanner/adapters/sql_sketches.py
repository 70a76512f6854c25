"""Sketches as rows: sixteen bands to find each by, written with the change that they belong to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from scanner.adapters.rows import Shape, write_rows
from scanner.adapters.sketch_tables import content_sketch
from scanner.adapters.sql import Database
from scanner.domain.similarity import Similar, Sketch, bands, nearest, probes

MOST_OF_BAND = 200  # contents that are looked at of one band: millions may share what a spammer repeats
MOST_PROBED = 4_000  # of all turned bands together
MOST_COMPARED = 500
_SKETCHES = Shape("content_sketch", (("sha256", "text"), ("sketch", "text")), ("sha256",))
_BANDS = Shape("content_band", (("band", "bigint"), ("sha256", "text")), ("band", "sha256"))


@dataclass(frozen=True, slots=True)
class SqlSketches:
    """It is Likenesses of `scanner.ports_review`."""

    database: Database

    def sketch(self, sha256: str) -> Sketch | None:
        """The content's own sketch."""
        query = select(content_sketch.c.sketch).where(content_sketch.c.sha256 == sha256)
        with self.database.reading() as connection:
            found: str | None = connection.execute(query).scalar()
        return Sketch.of(found) if found else None

    def like(self, sketch: Sketch, limit: int) -> list[Similar]:
        """Contents that share a band and are near; those that share most bands are compared."""
        with self.database.reading() as connection:
            found = _candidates(connection, sketch)
        return nearest(sketch, found, limit)


def save_sketches(connection: Connection, sketches: Mapping[str, Sketch]) -> None:
    """Write sketches by sha256; a content has one, whoever brings it again."""
    write_rows(connection, _SKETCHES, [(sha256, sketch.text) for sha256, sketch in sketches.items() if sha256])
    rows = {(band, sha256) for sha256, sketch in sketches.items() if sha256 for band in bands(sketch)}
    write_rows(connection, _BANDS, sorted(rows))


def _candidates(connection: Connection, sketch: Sketch) -> list[tuple[str, Sketch]]:
    """One statement, written once: to build it anew for every look-up would cost more than the look-up."""
    is_lite, turned = connection.dialect.name == "sqlite", list(probes(sketch))
    values: list[Any] = list(bands(sketch))
    if turned:
        values.append(json.dumps(turned) if is_lite else turned)
    query = _statement(len(bands(sketch)), is_lite=is_lite, probing=bool(turned))
    return [(row[0], Sketch.of(row[1])) for row in connection.exec_driver_sql(query, tuple(values))]


@cache
def _statement(count: int, *, is_lite: bool, probing: bool) -> str:
    """A limit inside a union needs a query of its own round it (SQLite)."""
    one, many = ("?", "json_each(?)") if is_lite else ("%s::bigint", "unnest(%s::bigint[])")
    table = "SELECT sha256 FROM content_band WHERE band"
    parts = [f"{table} = {one} LIMIT {MOST_OF_BAND}"] * count
    if probing:
        turned = f"SELECT {'value' if is_lite else 'turned'} FROM {many} turned"  # noqa: S608 - our own words
        parts.append(f"{table} IN ({turned}) LIMIT {MOST_PROBED}")
    met = " UNION ALL ".join(f"SELECT sha256 FROM ({part}) b{n}" for n, part in enumerate(parts))  # noqa: S608
    return (
        "SELECT f.sha256, (SELECT s.sketch FROM content_sketch s WHERE s.sha256 = f.sha256) FROM "  # noqa: S608
        f"(SELECT sha256, count(*) AS shared FROM ({met}) m GROUP BY sha256 "
        f"ORDER BY shared DESC, sha256 LIMIT {MOST_COMPARED}) f"
    )

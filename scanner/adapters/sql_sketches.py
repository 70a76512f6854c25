"""Sketches as rows: sixteen bands to find each by, written with the change that they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from scanner.adapters.rows import Shape, write_rows
from scanner.adapters.sketch_tables import content_band, content_sketch
from scanner.adapters.sql import Database
from scanner.domain.similarity import Similar, Sketch, bands, nearest, probes

MOST_OF_BAND = 200  # contents that are looked at of one band: millions may share what a spammer repeats
MOST_PROBED = 4_000  # of all turned bands together
MOST_COMPARED = 500
_SKETCHES = Shape("content_sketch", (("sha256", "text"), ("sketch", "text")), ("sha256",))
_BANDS = Shape("content_band", (("band", "bigint"), ("sha256", "text")), ("band", "sha256"))
_BAND = content_band.c


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
            found = [(row[0], Sketch.of(row[1])) for row in connection.execute(_candidates(sketch))]
        return nearest(sketch, found, limit)


def save_sketches(connection: Connection, sketches: Mapping[str, Sketch]) -> None:
    """Write sketches by sha256; a content has one, whoever brings it again."""
    write_rows(connection, _SKETCHES, [(sha256, sketch.text) for sha256, sketch in sketches.items() if sha256])
    rows = {(band, sha256) for sha256, sketch in sketches.items() if sha256 for band in bands(sketch)}
    write_rows(connection, _BANDS, sorted(rows))


def _candidates(sketch: Sketch) -> Select[Any]:
    parts = [_some(_BAND.band == band, MOST_OF_BAND) for band in bands(sketch)]
    turned = probes(sketch)
    if turned:
        parts.append(_some(_BAND.band.in_(turned), MOST_PROBED))
    met = union_all(*parts).subquery("met")
    shared = func.count().label("shared")
    most = select(met.c.sha256, shared).group_by(met.c.sha256).order_by(shared.desc(), met.c.sha256)
    first = most.limit(MOST_COMPARED).subquery("first")
    return select(first.c.sha256, content_sketch.c.sketch).join(
        content_sketch, content_sketch.c.sha256 == first.c.sha256
    )


def _some(wanted: Any, limit: int) -> Select[Any]:
    """A limit inside a union needs a query of its own round it (SQLite)."""
    return select(select(_BAND.sha256).where(wanted).limit(limit).subquery().c.sha256)

"""Similar content: what a sketch costs, and a look-up among a million sketches on SQLite and PostgreSQL.

`python -m benchmarks.console_similar` prints the figures; `benchmarks.console` takes the rows from here. AUP_SKETCHES
sets another number of sketches.
"""

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pgserver

from scanner.adapters.sql import Database
from scanner.adapters.sql_sketches import SqlSketches, save_sketches
from scanner.domain.similarity import Kind, Sketch
from scanner.text.sketches import sketch_text

SKETCHES = int(os.environ.get("AUP_SKETCHES", "1000000"))
AT_ONCE = 20_000
ASKED = 200


def rows(say: Callable[[str], object] = print) -> list[dict[str, Any]]:
    """All figures."""
    letters = "abcdefghijklmnopqrstuvwxyz     "
    drawn = random.Random(5)
    text = "".join(drawn.choice(letters) for _ in range(10_240))
    hanzi = "".join(chr(drawn.randrange(0x4E00, 0x9000)) for _ in range(3_413))
    found = [
        _row("sketch of 10 KB of English text, median CPU", _cpu(lambda: sketch_text(text)), "µs", 100.0),
        _row("sketch of 10 KB of Chinese text, median CPU", _cpu(lambda: sketch_text(hanzi)), "µs", 150.0),
    ]
    for name, opening in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        with opening() as database:
            say(f"filling {name} with {SKETCHES} sketches")
            times, met = _looked_up(database)
            p95, label = times[int(len(times) * 0.95)], f"similar contents among {SKETCHES:,} ({name})"
            found.append(
                _row(label, p95, "ms p95", 50.0, f"median {statistics.median(times):.2f} ms; {met} of {ASKED}")
            )
    return found


def _row(figure: str, value: float, unit: str, target: float, note: str = "") -> dict[str, Any]:
    return {"figure": figure, "value": round(value, 2), "unit": unit, "target": f"<= {target:.0f}",
            "holds": value <= target, "note": note}  # fmt: skip


def _cpu(work: Callable[[], object]) -> float:
    """Median microseconds of CPU."""
    spent = []
    for _ in range(400):
        begun = time.process_time_ns()
        work()
        spent.append((time.process_time_ns() - begun) / 1_000)
    return statistics.median(spent)


def _looked_up(database: Database) -> tuple[list[float], int]:
    """Milliseconds of each look-up, in order of size, and how many contents that differ by a quarter were found."""
    drawn, wanted = random.Random(6), list[tuple[str, Sketch]]()
    for first in range(0, SKETCHES, AT_ONCE):
        made = {f"{n:064x}": Sketch(Kind.TEXT, drawn.randbytes(128)) for n in range(first, first + AT_ONCE)}
        with database.writing() as connection:
            save_sketches(connection, made)
        wanted += [next(iter(made.items()))]
    times, met, sketches = list[float](), 0, SqlSketches(database)
    for sha256, sketch in (drawn.choice(wanted) for _ in range(ASKED)):
        near = bytearray(sketch.body)
        for slot in drawn.sample(range(64), 16):
            near[2 * slot] ^= 0xFF
        begun = time.perf_counter()
        found = sketches.like(Sketch(Kind.TEXT, bytes(near)), 8)
        times.append((time.perf_counter() - begun) * 1_000)
        met += [one.sha256 for one in found] == [sha256]
    return sorted(times), met


@contextmanager
def _sqlite() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'aup.sqlite3'}")
        database.migrate()
        yield database
        database.close()


@contextmanager
def _postgres() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            database = Database(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
            database.migrate()
            yield database
            database.close()
        finally:
            server.cleanup()


if __name__ == "__main__":
    for one in rows():
        print(f"{one['figure']:60} {one['value']!s:>10} {one['unit']:4} {one['target']:>8}  {one['note']}")

"""From upload to verdict by the workers that `aup serve` starts, over Redis and PostgreSQL: seconds on the clock.

The clock is the machine's: run it where nothing else runs. Uploads are told of one by one, as stores do.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from benchmarks.pipeline_stack import environment, store
from benchmarks.pipeline_store import key_of
from scanner.adapters.embedded_redis import start_redis
from scanner.bootstrap import House, open_house
from scanner.cli.serve import worker_commands
from scanner.domain.content import UploadEvent
from scanner.settings import read_settings

SIZE, COUNT, DISTINCT = 10_240, 300_000, 6_000
BURST, LOAD_SECONDS, FLOOD = 600, 20.0, 100_000
NEIGHBOUR_RATE, IDLE_SECONDS, BESIDE_SECONDS = 5.0, 15.0, 30.0
PATIENCE = 120.0  # seconds for what was told of to be done with


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from filing to verdict, sorted; and how many uploads a second there were."""

    seconds: list[float]
    rate: float

    def at(self, share: float) -> float:
        """The percentile."""
        return self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


@dataclass(slots=True)
class Bench:
    """Uploads over a house whose workers run."""

    opened: House
    told: int = 0

    def capacity(self, bucket: str, count: int = BURST) -> float:
        """Single uploads a second that the machine takes, its publisher included."""
        begun = datetime.now(UTC)
        for _ in range(count):
            self._tell(bucket)
        self._settled(bucket, count)
        query = text("SELECT max(done_at) FROM scan_request WHERE bucket = :b")
        with self.opened.database.reading() as connection:
            last = connection.execute(query, {"b": bucket}).scalar()
        return count / (_time(last) - begun).total_seconds()

    def load(self, bucket: str, rate: float, seconds: float) -> Times:
        """Uploads at a steady rate."""
        begun, sent = time.monotonic(), 0
        while (gone := time.monotonic() - begun) < seconds:
            if sent < gone * rate:
                self._tell(bucket)
                sent += 1
            else:
                time.sleep(0.002)
        return Times(sorted(self._settled(bucket, sent)), rate)

    def flood(self, bucket: str, count: int = FLOOD) -> None:
        """Very many uploads of one account, told of at once."""
        for start in range(0, count, 5_000):
            self.opened.intake.accept([self._event(bucket) for _ in range(min(5_000, count - start))])

    def left(self, bucket: str) -> int:
        """How many of the bucket's are still open."""
        query = text("SELECT count(*) FROM scan_request WHERE bucket = :b AND done_at IS NULL")
        with self.opened.database.reading() as connection:
            return int(connection.execute(query, {"b": bucket}).scalar() or 0)

    def _tell(self, bucket: str) -> None:
        self.opened.intake.accept([self._event(bucket)])

    def _event(self, bucket: str) -> UploadEvent:
        self.told += 1
        return UploadEvent(bucket, key_of(self.told), sequencer=f"{self.told:016}", at=datetime.now(UTC))

    def _settled(self, bucket: str, count: int) -> list[float]:
        """Wait until so many of the bucket are done; the seconds that each took."""
        query, until = text("SELECT created_at, done_at FROM scan_request WHERE bucket = :b"), time.monotonic()
        until += PATIENCE
        while self.left(bucket):
            if time.monotonic() > until:
                raise TimeoutError(f"{self.left(bucket)} of {count} uploads of {bucket} have no verdict")
            time.sleep(0.2)
        with self.opened.database.reading() as connection:
            rows = connection.execute(query, {"b": bucket}).all()
        assert len(rows) == count, f"{len(rows)} rows of {count} uploads"
        return [(_time(done) - _time(made)).total_seconds() for made, done in rows]


@contextmanager
def bench(state: Path, **more: str) -> Iterator[Bench]:
    """Store, PostgreSQL, Redis and the workers of `aup serve`."""
    import pgserver

    server = start_redis(state / "redis")
    database = pgserver.get_server(state / "pg", cleanup_mode="delete")
    url = database.get_uri().replace("postgresql://", "postgresql+psycopg://")
    try:
        with store(COUNT, SIZE, DISTINCT) as place:
            environ = environment(state, place, DATABASE_URL=url, REDIS_URL=server.url, **more)
            opened = open_house(read_settings(environ), role="cli")
            with _workers(opened, state, environ):
                yield Bench(opened)
            opened.close()
    finally:
        database.cleanup()
        server.stop()


@contextmanager
def _workers(opened: House, state: Path, environ: dict[str, str]) -> Iterator[None]:
    commands = worker_commands(opened.settings)
    with (state / "workers.log").open("ab") as log:
        running = [
            subprocess.Popen(command, env={**os.environ, **environ}, stdout=log, stderr=log) for command in commands
        ]
    try:
        yield
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))

"""The soak's world: a store that fails by dice, a broker and workers that are killed, a database that hangs up."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis
from sqlalchemy import text

from localstore.faults import Fault, Faults
from localstore.server import running
from localstore.values import Asked
from localstore.world import World
from scanner.adapters.embedded_redis import EmbeddedRedis, start_redis
from scanner.adapters.sql import Database
from scanner.cli.serve import worker_command
from scanner.errors import AupError
from scanner.settings import Settings

ACCOUNT = "111111111111"
FROZEN_SECONDS = 6.0


@dataclass(slots=True)
class Dice(Faults):
    """Of the scanner's calls, `share` are answered 503, and of its reads a sixth of that are cut in the middle."""

    share: float = 0.0
    dice: random.Random = field(default_factory=random.Random)
    thrown: dict[str, int] = field(default_factory=dict)

    def of(self, asked: Asked) -> list[Fault]:
        """The fault that this request meets."""
        if asked.caller.name or self.share <= 0:  # the tenant's own calls go through: it is not on trial
            return []
        number = self.dice.random()
        kind = "503" if number < self.share else ""
        if not kind and asked.operation == "GetObject" and number < self.share * 7 / 6:
            kind = "cut"
        if not kind:
            return []
        self.thrown[kind] = self.thrown.get(kind, 0) + 1
        return [Fault(asked.operation, kind)]


@contextmanager
def failing_store(dice: Dice) -> Iterator[tuple[str, World]]:
    """A strict store in this process; `aup` is the scanner's login, `tenant` the owner's user."""
    world = World(faults=dice)
    world.add_account(ACCOUNT, "aup", "secret")
    every = {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]}
    world.add_user(ACCOUNT, "tenant", "tenant", "secret", every)
    with running(world) as server:
        yield server.url, world


@dataclass(slots=True)
class Broker:
    """A real Redis that can be killed, flushed and frozen. `met` counts what was done to it."""

    folder: Path
    server: EmbeddedRedis
    met: dict[str, int] = field(default_factory=dict)

    def kill(self) -> None:
        """kill -9, and a new one on its files."""
        self.server.process.kill()
        self.server.process.wait()
        time.sleep(1.0)
        self.server = start_redis(self.folder)
        self._count("redis killed")

    def flush(self) -> None:
        """Everything in it is gone."""
        client = redis.Redis(unix_socket_path=str(self.server.socket), socket_timeout=5)
        with suppress(redis.RedisError):
            client.flushall()
        client.close()
        self._count("redis flushed")

    def freeze(self) -> None:
        """It takes connections and answers nothing for a while."""
        os.kill(self.server.process.pid, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        os.kill(self.server.process.pid, signal.SIGCONT)
        self._count("redis frozen")

    def fill(self, lane: str) -> None:
        """Garbage and an oversized message, where workers read."""
        client = redis.Redis(unix_socket_path=str(self.server.socket), socket_timeout=5)
        with suppress(redis.RedisError):
            client.lpush(lane, '{"body": "!!", "headers": {}, "properties": {"delivery_tag": "g"}}')
        client.close()
        self._count("garbage in redis")

    def _count(self, what: str) -> None:
        self.met[what] = self.met.get(what, 0) + 1


@dataclass(slots=True)
class Fleet:
    """Workers that are started again when they die, as a supervisor does."""

    settings: Settings
    environ: Mapping[str, str]
    number: int
    children: int
    log: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    killed: dict[str, int] = field(default_factory=dict)

    def tend(self) -> None:
        """Start what is not running."""
        for place in range(self.number):
            if place >= len(self.workers):
                self.workers.append(self._start(place))
            elif self.workers[place].poll() is not None:
                self._end(self.workers[place])
                self.workers[place] = self._start(place)

    def kill(self, dice: random.Random, whole: float) -> None:
        """kill -9 of one worker's main process (in `whole` of the cases) or of one of its children."""
        alive = [one for one in self.workers if one.poll() is None]
        worker = dice.choice([one for one in alive if below(one.pid)] or alive or self.workers)
        children = below(worker.pid)
        main = dice.random() < whole or not children
        with suppress(ProcessLookupError):
            os.kill(worker.pid if main else dice.choice(children), signal.SIGKILL)
        word = "workers killed" if main else "children killed"
        self.killed[word] = self.killed.get(word, 0) + 1

    def stop(self) -> None:
        """End all of them, with all their children."""
        for worker in self.workers:
            self._end(worker)

    def _start(self, place: int) -> subprocess.Popen[bytes]:
        name = f"soak{place}-{time.monotonic_ns()}"
        command = worker_command(self.settings, "uploads,bulk,enforcement", self.children, beat=True, name=name)
        with self.log.open("ab") as log:
            return subprocess.Popen(command, env=self.environ, stdout=log, stderr=log, start_new_session=True)

    def _end(self, worker: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)


def hang_up(database: Database) -> int:
    """PostgreSQL drops every other connection; how many there were. SQLite has none to drop."""
    if database.is_sqlite:
        return 0
    with database.reading() as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        mine = " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        return len(connection.execute(text(query + mine)).fetchall())


def patiently(act: Callable[[], object], seconds: float = 60.0) -> object:
    """As a store does with its hooks: tried again until it is taken."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return act()
        except AupError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def below(pid: int) -> list[int]:
    """All descendants of a process."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
            if stat:
                parents.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(entry.name))
    found, waiting = list[int](), [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found

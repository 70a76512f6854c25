"""The soak's worker processes: real services over SQLite, a strict store, a vault and keys; they are killed at will."""

import contextlib
import json
import time
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.crash_points import _book as test_book
from scanner.adapters.memory import MemoryDoorbell, MemoryStore, NoPulse
from scanner.adapters.postmen import FolderPostman
from scanner.adapters.s3_contents import S3Contents
from scanner.adapters.s3_remover import S3Remover
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.sql import Database
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.vault import DirectoryVault
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.brakes import Breaker, Pace
from scanner.domain.requests import Lane
from scanner.errors import AupError
from scanner.services.carrying import Carrying
from scanner.services.casework import Casework
from scanner.services.checking import Checking
from scanner.services.custody import Custodian
from scanner.services.deleting import Deleting
from scanner.services.enforcing import Enforcing
from scanner.services.guarding import Guarding
from scanner.services.intake import Intake
from scanner.services.knowing import Knowing
from scanner.services.noticing import Noticing
from scanner.services.reviewing import Reviewing
from scanner.services.scanning import Scanning
from scanner.services.watching import Watching
from scanner.wire.seal import load_or_create_keys
from tests.contract.s3_stores import client
from tests.unit.services.house import OneBook, WordDetector

BUCKETS = ("kept", "plain")
LIMIT = 100_000
LEASE = timedelta(seconds=1.5)  # of a worker that dies: the next one goes on after it


@dataclass(frozen=True)
class SkewedClock:
    """The machine's clock, moved on by the days that a file of the soak says."""

    file: Path

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC) + timedelta(days=float(self.file.read_text() or 0))


@dataclass(frozen=True)
class Place:
    """Where a soak lives: its folder and its store."""

    folder: Path
    url: str
    abilities: str

    @staticmethod
    def of(folder: Path, url: str, able: Abilities) -> "Place":
        """The place of a probed store; abilities travel as JSON."""
        (folder / "days").write_text("0")
        return Place(folder, url, json.dumps(asdict(able)))

    def able(self) -> Abilities:
        """What the store was shown to do."""
        stated = json.loads(self.abilities)
        return Abilities(**{f.name: _fit(stated[f.name]) for f in fields(Abilities)})


class SoakHouse:
    """One process's services."""

    def __init__(self, place: Place) -> None:
        self.database, self.clock = (
            Database(f"sqlite:///{place.folder / 'soak.sqlite3'}"),
            SkewedClock(place.folder / "days"),
        )
        self.keys = load_or_create_keys(place.folder / "keys")
        self.requests, self.register = SqlRequests(self.database, timedelta(seconds=2)), SqlRegister(self.database)
        self.casebook, self.outbox = SqlCasebook(self.database), SqlOutbox(self.database)
        self.kept, rules, bell = SqlEnforcement(self.database), OneBook(test_book()), MemoryDoorbell()
        self.vault = DirectoryVault(place.folder / "vault")
        calls, once = client(place.url), client(place.url)
        contents = S3Contents(calls)
        accounts = {bucket: f"account-{bucket}" for bucket in BUCKETS}
        self.intake = Intake(self.requests, bell, self.clock, frozenset(BUCKETS), accounts)
        casework = Casework(
            rules, self.casebook, self.vault, self.keys, self.clock,
            course_of=self.kept.course, actions_of=self.outbox.actions_of,
        )  # fmt: skip
        knowing = Knowing(WordDetector(rules), MemoryStore().kept, rules, self.clock)
        self.scanning = Scanning(
            self.requests, contents, knowing, rules, self.register, casework, self.intake, bell, self.clock, NoPulse(),
            LIMIT, LEASE,
        )  # fmt: skip
        surface, remover = S3Surface(calls, place.url, place.able), S3Remover(once, place.able, (0.01, 0.05))
        self.guarding = Guarding(
            self.kept, self.kept, self.kept, self.casebook, self.vault, self.keys, contents, rules, remover,
            self.clock, LIMIT, Breaker(accounts=10**6, share=1.0), pace=Pace(10**6, 10**6),
        )  # fmt: skip
        self.enforcing = Enforcing(
            self.outbox, self.register, self.casebook, surface, self.vault, contents, casework, rules, self.clock,
            LIMIT, Carrying(
                self.guarding, surface, remover, self.casebook, actions_of=self.outbox.actions_of,
                newest=self.register.latest,
            ), LEASE,
        )  # fmt: skip
        self.noticing = Noticing(
            self.kept, self.kept, self.casebook, self.register, rules,
            FolderPostman(DirectoryVault(place.folder / "notices")), self.clock, "https://appeal.test/{id}",
        )  # fmt: skip
        self.watching = Watching(self.guarding, surface, self.casebook, self.outbox, self.register, self.clock)
        self.reviewing = Reviewing(self.casebook, self.outbox, self.register, bell, self.clock)
        self.deleting = Deleting(self.guarding, self.casebook, self.outbox, self.register, self.clock)
        self.custodian = Custodian(self.casebook, self.register, self.vault, self.clock, self.keys)
        self.checking = Checking(self.register, self.casebook, self.outbox, self.vault, contents)

    def turn(self, name: str) -> int:
        """What a worker does once; how much there was."""
        ids = self.requests.due(Lane.UPLOADS, self.clock.now(), 10)
        done = len(self.scanning.scan_batch(ids, name).judged) if ids else 0
        done += len(self.enforcing.carry_out(8))
        return done + len(self.noticing.write(20)) + len(self.noticing.send(20)) + self.watching.clear(20)


def work(place: Place, name: str) -> None:
    """Work until killed."""
    house = SoakHouse(place)
    while True:
        done = 0
        with contextlib.suppress(AupError):  # a busy row or a store in trouble: the next turn finds it again
            done = house.turn(name)
        if not done:
            time.sleep(0.02)


def _fit(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value

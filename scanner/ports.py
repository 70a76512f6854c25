"""Every port: what the services need of the world. Adapters subclass nothing; `bootstrap` wires them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.domain.actions import Action, ActionState
from scanner.domain.audit import Chained
from scanner.domain.cases import Case
from scanner.domain.changes import Change, Custody, Judged
from scanner.domain.content import Sample, Subject
from scanner.domain.coverage import Gap
from scanner.domain.requests import Lane, Owed, RequestState, ScanRequest
from scanner.domain.rescans import Rescan, RescanState
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection


class Clock(Protocol):
    """The time, aware, UTC."""

    def now(self) -> datetime: ...


class Pulse(Protocol):
    """Does something again and again while a long piece of work is under way."""

    def beating(self, act: Callable[[], object], seconds: float) -> AbstractContextManager[None]: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """One version's bytes and what the store says of it: `asked` as requested, `subject` as really read.

    `sha256` is that of the data where the reader has it. `gaps` are what was wrong with the way it came. With
    `unchanged`, the sha256 of bytes that were read before, its origin says that those are still served, and there are
    no `data`.
    """

    asked: Subject
    subject: Subject
    data: bytes
    media_type: str = ""
    encoding: str = ""
    gaps: tuple[Gap, ...] = ()
    unchanged: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Unread:
    """A version that was not read, and why."""

    asked: Subject
    gap: Gap


class Contents(Protocol):
    """Stored objects, read only. `read` is bounded, size-checked and never raises for one object's troubles."""

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]: ...

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]: ...

    def missing(self, bucket: str) -> bool: ...


class Detector(Protocol):
    """Detection under one rulebook."""

    def detect(self, sample: Sample) -> Detection: ...


class Rules(Protocol):
    """The rulebook in force (the last good one), and what is wrong with a newer one, if anything."""

    def current(self) -> Rulebook: ...

    @property
    def trouble(self) -> str: ...


class Decisions(Protocol):
    """What reviewers decided: by rule id, how many of its hits were confirmed and how many overturned."""

    def counts(self) -> Mapping[str, tuple[int, int]]: ...


class Requests(Protocol):
    """The `scan_request` table. `tried` gives those of the ids that could be claimed and were tried before.

    `shift` moves a rescan's requests from one state into another; those that are done so count as cancelled in its
    statement. `waits`: whether any of them is not done.
    """

    def accept(self, owed: Sequence[Owed], now: datetime) -> list[int]: ...

    def claim(
        self, ids: Sequence[int], worker: str, now: datetime, until: datetime, *, fresh: bool = False
    ) -> list[ScanRequest]: ...

    def tried(self, ids: Sequence[int], now: datetime) -> list[int]: ...

    def fair(self, lane: Lane, now: datetime, limit: int) -> list[int]: ...

    def give_back(self, held: Sequence[ScanRequest]) -> None: ...

    def extend(self, held: Sequence[ScanRequest], until: datetime) -> int: ...

    def due(self, lane: Lane, now: datetime, limit: int) -> list[int]: ...

    def counts(self, rescan: str = "") -> Mapping[str, int]: ...

    def shift(self, rescan: str, old: RequestState, new: RequestState) -> int: ...

    def waits(self, rescan: str) -> bool: ...


class Register(Protocol):
    """Where changes are committed, each in one transaction; returns the ids of requests that were lost to others."""

    def commit(self, change: Change) -> frozenset[int]: ...

    def latest(self, subject: Subject) -> Judged | None: ...

    def verdicts(self, bucket: str, prefix: str, after: int, limit: int) -> list[tuple[int, Judged]]: ...

    def chain(self, after: int, limit: int) -> list[Chained]: ...


class Casebook(Protocol):
    """Cases and custody as rows."""

    def case(self, case_id: str) -> Case: ...

    def cases(self, states: Sequence[str], limit: int, after: str) -> list[Case]: ...

    def known(self, case_ids: Sequence[str]) -> frozenset[str]: ...

    def custody(self, evidence_id: str) -> Custody: ...


class Outbox(Protocol):
    """Action intents."""

    def action(self, action_id: str) -> Action: ...

    def due_actions(self, now: datetime, limit: int) -> list[Action]: ...

    def actions_of(self, case_id: str) -> list[Action]: ...

    def actions_in(self, state: ActionState, limit: int) -> list[Action]: ...


class Rescans(Protocol):
    """Bulk rescans. `move` writes one only if it is still in the state `was`, and says whether it did.

    `unfinished`: all that go on, or may, the longest begun first.
    """

    def save(self, rescan: Rescan) -> None: ...

    def move(self, rescan: Rescan, was: RescanState) -> bool: ...

    def unfinished(self) -> list[Rescan]: ...

    def rescan(self, rescan_id: str) -> Rescan: ...

    def rescans(self, limit: int) -> list[Rescan]: ...


class Vault(Protocol):
    """Write-once storage of sealed bundles."""

    def put(self, name: str, body: bytes) -> str: ...

    def get(self, ref: str) -> bytes: ...


class Sealer(Protocol):
    """Seals a manifest and payload into a bundle that can be verified offline, and opens it again."""

    def seal(self, manifest: bytes, payload: bytes) -> bytes: ...

    def open(self, bundle: bytes) -> tuple[bytes, bytes]: ...


class Surface(Protocol):
    """Measures on one kind of resource.

    `plan` reads the world and returns the exact inverse as JSON text, which is recorded before anything is changed;
    `suspend` and `restore` are idempotent; `restore` raises ConflictError unless the world is as `suspend` left it;
    `observe` looks from outside and answers refused | served | served-by-link | gone | unclear; `before` is what it
    answered when the plan was made: what a restored object must show again.
    """

    def plan(self, subject: Subject) -> str: ...

    def suspend(self, subject: Subject, plan: str) -> None: ...

    def restore(self, subject: Subject, plan: str) -> None: ...

    def observe(self, subject: Subject) -> str: ...

    def before(self, plan: str) -> str: ...


class Doorbell(Protocol):
    """Wakes workers with ids; losing a ring loses nothing, a sweep finds what is owed."""

    def ring(self, lane: Lane, ids: Sequence[int]) -> None: ...

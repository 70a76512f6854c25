"""In-memory twins of the ports: the same contract suites run over these and over the real adapters."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, zip_longest
from typing import TypeVar

from scanner.adapters.known_memory import MemoryKnown
from scanner.adapters.shards_memory import MemoryRescans
from scanner.domain.actions import Action, ActionState, is_misdated
from scanner.domain.audit import Chained
from scanner.domain.cases import Case
from scanner.domain.chain import link
from scanner.domain.changes import Change, Custody, Judged
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason, missing_bytes
from scanner.domain.known import Mark, second_of
from scanner.domain.requests import LONGEST_LEASE, Lane, Owed, RequestState, ScanRequest
from scanner.domain.rescans import DROPPED
from scanner.domain.similarity import Sketch
from scanner.errors import ConflictError, GoneError, UnknownError, VaultError
from scanner.ports import Fetched, Unread

RING_AGAIN = timedelta(seconds=30)
Kind = TypeVar("Kind")


@dataclass(slots=True)
class FixedClock:
    """A clock that moves when told."""

    moment: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment."""
        return self.moment

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


class NoPulse:
    """Never beats: a test's clock stands still."""

    def beating(self, act: Callable[[], object], seconds: float) -> AbstractContextManager[None]:
        """Nothing but the block."""
        return nullcontext()


@dataclass(slots=True)
class _Row:
    request: ScanRequest
    owed: Owed
    state: RequestState
    rung_at: datetime
    until: datetime | None = None
    outcome: str = ""


@dataclass(slots=True)
class MemoryStore(MemoryRescans):
    """All rows. It is Requests, Register, Casebook, Outbox and Rescans at once, as the database is."""

    rows: dict[int, _Row] = field(default_factory=dict)
    identities: dict[str, int] = field(default_factory=dict)
    judged: list[Judged] = field(default_factory=list)
    case_rows: dict[str, Case] = field(default_factory=dict)
    action_rows: dict[str, Action] = field(default_factory=dict)
    custody_rows: dict[str, Custody] = field(default_factory=dict)
    log: list[Chained] = field(default_factory=list)
    kept: MemoryKnown = field(default_factory=MemoryKnown)
    sketches: dict[str, Sketch] = field(default_factory=dict)

    # Requests
    def accept(self, owed: Sequence[Owed], now: datetime) -> list[int]:
        """File those that are new."""
        ids = []
        for row in owed:
            number = self.identities.setdefault(row.identity, len(self.identities) + 1)
            if number not in self.rows:
                request = ScanRequest(number, row.subject, row.lane, 0, 0, row.rescan, row.raw_key)
                self.rows[number] = _Row(request, row, RequestState.OWED, now)
            ids.append(number)
        return ids

    def claim(
        self, ids: Sequence[int], worker: str, now: datetime, until: datetime, *, fresh: bool = False
    ) -> list[ScanRequest]:
        """Lease what nobody holds."""
        claimed = []
        for number in sorted(set(ids)):
            row = self.rows.get(number)
            if row is None or not _free(row, now) or (fresh and row.request.attempts):
                continue
            row.request = replace(row.request, attempts=row.request.attempts + 1, token=row.request.token + 1)
            row.state, row.until = RequestState.LEASED, until
            claimed.append(row.request)
        return claimed

    def tried(self, ids: Sequence[int], now: datetime) -> list[int]:
        """Those that were tried before and that nobody holds."""
        rows = {number: self.rows[number] for number in ids if number in self.rows}
        return [number for number, row in rows.items() if row.request.attempts and _free(row, now)]

    def fair(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """What could be claimed, one of each account in turn."""
        hands: dict[str, list[int]] = {}
        for number, row in sorted(self.rows.items()):
            if row.owed.lane is lane and row.state is not RequestState.DONE and _free(row, now):
                hands.setdefault(row.owed.subject.account, []).append(number)
        return [n for turn in zip_longest(*hands.values()) for n in turn if n is not None][:limit]

    def give_back(self, held: Sequence[ScanRequest]) -> None:
        """Owed again as if never tried, what is still ours."""
        for request in held:
            if self._holds(request.id, request.token):
                row = self.rows[request.id]
                row.state, row.request = RequestState.OWED, replace(row.request, attempts=row.request.attempts - 1)

    def extend(self, held: Sequence[ScanRequest], until: datetime) -> int:
        """Prolong leases that are still ours."""
        mine = [r for r in held if self._holds(r.id, r.token)]
        for request in mine:
            self.rows[request.id].until = until
        return len(mine)

    def due(self, lane: Lane, now: datetime, limit: int) -> list[int]:
        """What is owed and was rung long ago, or whose lease ran out."""
        due = [n for n, row in sorted(self.rows.items()) if row.owed.lane is lane and _overdue(row, now)][:limit]
        for number in due:
            self.rows[number].rung_at = now
        return due

    def counts(self, rescan: str = "") -> Mapping[str, int]:
        """Requests by state."""
        rows = [row for row in self.rows.values() if not rescan or row.owed.rescan == rescan]
        return Counter(f"done:{row.outcome}" if row.state is RequestState.DONE else str(row.state) for row in rows)

    def shift(self, rescan: str, old: RequestState, new: RequestState) -> int:
        """A rescan's requests from one state into another."""
        rows = [row for row in self.rows.values() if row.owed.rescan == rescan and row.state is old]
        for row in rows:
            row.state = new
        if new is RequestState.DONE and rows:
            self.kept.counts[rescan, DROPPED] += len(rows)
        return len(rows)

    def waits(self, rescan: str) -> bool:
        """Whether any is not done."""
        return any(row.owed.rescan == rescan and row.state is not RequestState.DONE for row in self.rows.values())

    # Register
    def commit(self, change: Change) -> frozenset[int]:
        """Write all or nothing."""
        self._refuse_stale(change)
        answers = [(j.request, j.token, j.verdict.word) for j in change.verdicts if j.request] + list(change.finished)
        lost = frozenset(number for number, token, _ in answers if not self._holds(number, token))
        for number, _, word in answers:
            if number not in lost:
                self.rows[number].state, self.rows[number].outcome = RequestState.DONE, word
        self.judged += [judged for judged in change.verdicts if judged.request not in lost]
        self.case_rows.update({case.id: case for case in change.cases})
        self.action_rows.update({action.id: action for action in change.actions})
        self.custody_rows.update({row.id: row for row in change.custody})
        self.sketches.update(change.all_sketches)
        self.kept.take(change, lost)
        for entry in change.audit:
            previous = self.log[-1].digest if self.log else ""
            self.log.append(Chained(len(self.log) + 1, entry.body(), previous, link(previous, entry.body())))
        return lost

    def latest(self, subject: Subject) -> Judged | None:
        """The newest verdict over this version."""
        for judged in reversed(self.judged):
            seen = judged.subject
            if (seen.bucket, seen.key) != (subject.bucket, subject.key):
                continue
            if subject.version_id and seen.version_id != subject.version_id:
                continue
            if not subject.version_id and subject.etag and seen.etag != subject.etag:
                continue
            return judged
        return None

    def verdicts(self, bucket: str, prefix: str, after: int, limit: int) -> list[tuple[int, Judged]]:
        """Verdicts in order."""
        rows = [(n, j) for n, j in enumerate(self.judged, 1) if n > after]
        return [(n, j) for n, j in rows if bucket in ("", j.subject.bucket) and j.subject.key.startswith(prefix)][
            :limit
        ]

    def chain(self, after: int, limit: int) -> list[Chained]:
        """Audit entries."""
        return self.log[after : after + limit]

    # Casebook
    def case(self, case_id: str) -> Case:
        """The case."""
        return _found(self.case_rows, case_id, "case")

    def cases(self, states: Sequence[str], limit: int, after: str) -> list[Case]:
        """Cases, gravest first."""
        rows = [case for case in self.case_rows.values() if not states or case.state in states]
        rows.sort(key=lambda case: (-case.severity, case.due_at, case.id))
        return rows[int(after or 0) :][:limit]

    def known(self, case_ids: Sequence[str]) -> frozenset[str]:
        """Those that exist."""
        return frozenset(case_ids) & frozenset(self.case_rows)

    def custody(self, evidence_id: str) -> Custody:
        """The custody row."""
        return _found(self.custody_rows, evidence_id, "evidence")

    # Outbox
    def action(self, action_id: str) -> Action:
        """The action."""
        return _found(self.action_rows, action_id, "action")

    def due_actions(self, now: datetime, limit: int) -> list[Action]:
        """Unfinished actions that are due."""
        rows = [action for action in self.action_rows.values() if not action.is_final]
        due = [action for action in rows if action.due_at <= now or is_misdated(action, now)]
        return sorted(due, key=lambda action: (action.due_at, action.id))[:limit]

    def actions_in(self, state: ActionState, limit: int) -> list[Action]:
        """Actions in that state."""
        found = [action for action in self.action_rows.values() if action.state is state]
        return sorted(found, key=lambda action: action.due_at)[:limit]

    def actions_of(self, case_id: str) -> list[Action]:
        """A case's actions."""
        found = [action for action in self.action_rows.values() if action.case == case_id]
        return sorted(found, key=lambda action: (action.created_at, action.id))

    def _holds(self, number: int, token: int) -> bool:
        row = self.rows.get(number)
        return row is not None and row.state is RequestState.LEASED and row.request.token == token

    def _refuse_stale(self, change: Change) -> None:
        for case in change.cases:
            _refuse(case.id, case.revision, self.case_rows.get(case.id))
        for action in change.actions:
            _refuse(action.id, action.revision, self.action_rows.get(action.id))
        for row in change.custody:
            if row.id in self.custody_rows:
                raise ConflictError("a row exists already", where=row.id, mend="read it again")


@dataclass(slots=True)
class MemoryContents:
    """Objects in a dict, by (bucket, key)."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    troubles: dict[tuple[str, str], Gap] = field(default_factory=dict)
    changes: dict[tuple[str, str], int] = field(default_factory=dict)  # how often each was put

    def put(self, bucket: str, key: str, data: bytes) -> Subject:
        """Store an object; the subject that names this version."""
        self.objects[bucket, key] = data
        self.changes[bucket, key] = self.changes.get((bucket, key), 0) + 1
        return Subject(bucket, key, "", hashlib.md5(data).hexdigest(), len(data), bucket)  # noqa: S324 - as S3 does

    def read(self, subjects: Sequence[Subject], limit: int) -> Iterator[Fetched | Unread]:
        """Bytes, or why not."""
        for subject in subjects:
            data, place = self.objects.get((subject.bucket, subject.key)), (subject.bucket, subject.key)
            now = hashlib.md5(data or b"").hexdigest()  # noqa: S324 - as S3 does
            if place in self.troubles:
                yield Unread(subject, self.troubles[place])
            elif data is None:
                yield Unread(subject, Gap(Reason.GONE))
            elif subject.etag and subject.etag != now:
                yield Unread(subject, Gap(Reason.CHANGED))
            elif len(data) > limit:
                yield Unread(subject, Gap(Reason.OVER_SIZE))
            else:
                read = replace(subject, etag=now, size=len(data), modified=self._modified(place))
                yield Fetched(subject, read, data, gaps=missing_bytes(subject, len(data)))

    def listing(self, bucket: str, prefix: str, after: str) -> Iterator[Subject]:
        """Keys in order."""
        for where, key in sorted(self.objects):
            if where == bucket and key.startswith(prefix) and key > after:
                data = self.objects[where, key]
                etag = hashlib.md5(data).hexdigest()  # noqa: S324 - as S3 does
                yield Subject(bucket, key, "", etag, len(data), modified=self._modified((bucket, key)))

    def page(self, bucket: str, prefix: str, after: str, last: str, limit: int) -> list[Mark]:
        """Keys in order, as marks."""
        listed = (s for s in self.listing(bucket, prefix, after) if not last or s.key <= last)
        return [(s.key, s.etag, s.size, second_of(s.modified)) for s in islice(listed, limit)]

    def _modified(self, place: tuple[str, str]) -> str:
        """A time long past, another with every change."""
        return (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=self.changes.get(place, 0))).isoformat()

    def missing(self, bucket: str) -> bool:
        """Whether nothing lies there."""
        return all(where != bucket for where, _ in self.objects)


@dataclass(slots=True)
class MemoryVault:
    """Bundles in a dict; `full` makes it refuse as a full disk does."""

    bundles: dict[str, bytes] = field(default_factory=dict)
    full: bool = False

    def put(self, name: str, body: bytes) -> str:
        """Write once."""
        if self.full:
            raise VaultError("no space left", where=name, mend="free the disk")
        if self.bundles.setdefault(name, body) != body:
            raise VaultError("exists with other bytes", where=name, mend="never overwrite evidence")
        return name

    def get(self, ref: str) -> bytes:
        """Read back."""
        return _found(self.bundles, ref, "bundle")


@dataclass(slots=True)
class MemorySurface:
    """A world in which subjects are served or refused."""

    contents: MemoryContents
    suspended: dict[tuple[str, str], str] = field(default_factory=dict)

    def plan(self, subject: Subject) -> str:
        """The inverse."""
        if (subject.bucket, subject.key) not in self.contents.objects:
            raise GoneError("gone", where=subject.url, mend="nothing to do")
        return f"serve {subject.etag}"

    def suspend(self, subject: Subject, plan: str) -> None:
        """Refuse it."""
        self.suspended[subject.bucket, subject.key] = plan

    def restore(self, subject: Subject, plan: str) -> None:
        """Serve it again, if it is as we left it; once more is no harm."""
        place = (subject.bucket, subject.key)
        if place not in self.contents.objects or self.suspended.get(place, plan) != plan:
            raise ConflictError("the world is not as we left it", where=subject.url, mend="a person decides")
        self.suspended.pop(place, None)

    def before(self, plan: str) -> str:
        """Everything was served."""
        return "served"

    def observe(self, subject: Subject) -> str:
        """From outside."""
        if (subject.bucket, subject.key) not in self.contents.objects:
            return "gone"
        return "refused" if (subject.bucket, subject.key) in self.suspended else "served"


@dataclass(slots=True)
class MemoryDoorbell:
    """Remembers rings."""

    rings: list[tuple[Lane, tuple[int, ...]]] = field(default_factory=list)

    def ring(self, lane: Lane, ids: Sequence[int]) -> None:
        """Remember."""
        self.rings.append((lane, tuple(ids)))


def _free(row: _Row, now: datetime) -> bool:
    over = row.until is not None and not now <= row.until <= now + LONGEST_LEASE
    return row.state is RequestState.OWED or (row.state is RequestState.LEASED and over)


def _overdue(row: _Row, now: datetime) -> bool:
    if row.state is RequestState.OWED:
        return row.rung_at < now - RING_AGAIN
    return row.state is RequestState.LEASED and _free(row, now)


def _refuse(row_id: str, revision: int, stored: Case | Action | None) -> None:
    if (stored.revision if stored else 0) != revision - 1:
        raise ConflictError("somebody else changed it first", where=row_id, mend="read it again")


def _found(rows: Mapping[str, Kind], row_id: str, word: str) -> Kind:
    if row_id not in rows:
        raise UnknownError(f"no such {word}", where=row_id, mend=f"list the {word}s and take an id from there")
    return rows[row_id]

"""The ports of usage metering. Adapters subclass nothing; `bootstrap` wires them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Cause, Snapshot
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.legs import Signal
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.samples import Columns, RawSample, Tally

NOTHING = Tally()


class UsageRules(Protocol):
    """The usage rules in force."""

    def usage(self) -> UsageBook: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """The engine's state as last written: journal position it covers, its revision, and its bytes by part."""

    position: int = 0
    revision: int = 0
    parts: Mapping[str, bytes] | None = None


class UsageLedger(Protocol):
    """Accounts, the journal of samples, cursors of sources, and the engine's state.

    `append` and its cursor are one transaction. `save` raises ConflictError unless the revision is the one before.
    """

    def enrol(self, names: Sequence[str]) -> Mapping[str, int]: ...

    def append(self, columns: Columns, now: datetime, cursors: Mapping[str, int]) -> None: ...

    def after(self, position: int, limit: int) -> Sequence[tuple[int, Columns]]: ...

    def cursor(self, source: str) -> int: ...

    def state(self, *, with_parts: bool) -> Stored: ...

    def save(self, stored: Stored, incidents: Sequence[Incident]) -> None: ...

    def prune(self, now: int, position: int) -> int: ...


class UsageRecord(Protocol):
    """Incidents and snapshots as rows, and the recent samples of one series.

    Snapshots that are `telling` show a cause; quiet ones that come after them never push them out.
    """

    def incidents(self, account: str, *, only_open: bool, limit: int) -> Sequence[Incident]: ...

    def owing(self, limit: int) -> Sequence[Incident]: ...

    def update(self, incident: Incident) -> None: ...

    def note(self, snapshots: Sequence[Snapshot], telling: Collection[Snapshot] = ()) -> None: ...

    def snapshots(self, since: datetime, account: str, limit: int, *, telling: bool = False) -> Sequence[Snapshot]: ...

    def history(self, account: str, resource: Resource, since: int, until: int) -> Sequence[tuple[int, float]]: ...


class ContentCauses(Protocol):
    """Findings in an account's own objects that are causes: a miner's configuration in its bucket."""

    def found(self, prefixes: Sequence[str], since: datetime) -> Sequence[Cause]: ...


class UsageEngine(Protocol):
    """Steps every series; many at once. `absorb` answers what became of the samples, by `Step` name.

    It takes them interval by interval, and calls `ended` with the end (a second) of each that newer samples closed;
    intervals that are not over at `until` are closed by none.
    """

    def govern(self, book: UsageBook, ids: Mapping[str, int]) -> None: ...

    def absorb(self, columns: Columns, ended: Callable[[int], None] | None, until: int) -> Mapping[str, int]: ...

    def signals(self) -> Sequence[Signal]: ...

    def seen(self, account: str, resource: Resource) -> int: ...

    def dump(self) -> Mapping[str, bytes]: ...

    def load(self, parts: Mapping[str, bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a source gave: samples, the cursor to keep with them, and what was wrong (nothing is kept then)."""

    source: str
    samples: Iterable[RawSample] = ()
    cursor: int = 0
    trouble: str = ""
    tally: Tally = NOTHING


class UsageSource(Protocol):
    """A place that is asked for samples, each of its queries from its own cursor on."""

    @property
    def names(self) -> Sequence[str]: ...

    def pull(self, name: str, cursor: int, now: int) -> Pulled: ...


class IncidentSink(Protocol):
    """Where incidents lead: a case with measures, their lifting, or a word to sales. Each call is idempotent."""

    def carry(self, incident: Incident) -> Incident: ...

    def lift(self, incident: Incident) -> Incident: ...

    def refer(self, incident: Incident) -> Incident: ...

    def cleared(self, incident: Incident) -> bool: ...

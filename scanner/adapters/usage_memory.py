"""The ledger, the record and the causes in memory: for `aup usage simulate` and for tests."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Cause, Snapshot, bounded
from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, RESOURCE_SHIFT, Columns, rates
from scanner.domain.usage.thresholds import Ruling
from scanner.errors import ConflictError
from scanner.ports_usage import Stored

KEPT_SNAPSHOTS = 20


@dataclass(slots=True)
class MemoryUsage:
    """Everything of the usage ports that is rows; `keep_batches` false lets read batches go."""

    ids: dict[str, int] = field(default_factory=dict)
    batches: dict[int, Columns] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    stored: Stored = field(default_factory=Stored)
    rows: dict[str, Incident] = field(default_factory=dict)
    seen: dict[str, Snapshot] = field(default_factory=dict)
    causes: set[str] = field(default_factory=set)
    keep_batches: bool = True
    appended: int = 0

    def enrol(self, names: Sequence[str]) -> Mapping[str, int]:
        """The ids of accounts."""
        for name in names:
            self.ids.setdefault(name, len(self.ids) + 1)
        return {name: self.ids[name] for name in names}

    def append(self, columns: Columns, now: datetime, cursors: Mapping[str, int]) -> None:
        """Keep samples and cursors."""
        if len(columns):
            self.appended += 1
            self.batches[self.appended] = columns
        self.cursors.update(cursors)

    def after(self, position: int, limit: int) -> Sequence[tuple[int, Columns]]:
        """Batches after a position."""
        if not self.keep_batches:
            self.batches = {number: batch for number, batch in self.batches.items() if number > position}
        return [(number, batch) for number, batch in self.batches.items() if number > position][:limit]

    def cursor(self, source: str) -> int:
        """The cursor of a source."""
        return self.cursors.get(source, 0)

    def state(self, *, with_parts: bool) -> Stored:
        """The state as last written."""
        return self.stored if with_parts else replace(self.stored, parts=None)

    def save(self, stored: Stored, incidents: Sequence[Incident]) -> None:
        """Write the state; ConflictError if another check was faster."""
        if stored.revision != self.stored.revision + 1:
            raise ConflictError("another check was faster", where="usage_position", mend="it is done: check again")
        self.stored = stored if stored.parts is not None else replace(stored, parts=self.stored.parts)
        self.rows.update({incident.id: incident for incident in incidents})

    def prune(self, now: int, position: int) -> int:
        """Nothing is pruned here."""
        return 0

    def incidents(self, account: str, *, only_open: bool, limit: int) -> Sequence[Incident]:
        """Incidents, the newest first."""
        found = [row for row in self.rows.values() if account in ("", row.account) and (row.is_open or not only_open)]
        return sorted(found, key=lambda row: (-row.started.timestamp(), row.id))[:limit]

    def owing(self, limit: int) -> Sequence[Incident]:
        """Incidents that owe something."""
        return sorted((row for row in self.rows.values() if row.owes), key=lambda row: row.id)[:limit]

    def update(self, incident: Incident) -> None:
        """Write one incident."""
        self.rows[incident.id] = incident

    def note(self, snapshots: Sequence[Snapshot], telling: Collection[Snapshot] = ()) -> None:
        """Keep snapshots, bounded."""
        for whole in snapshots:
            snapshot = bounded(whole)
            self.seen[repr(snapshot)] = snapshot
            self.causes |= {repr(snapshot)} if whole in telling else set()
            mine = sorted((s for s in self.seen.values() if s.account == snapshot.account), key=lambda s: s.at)
            kept = [*mine[-KEPT_SNAPSHOTS:], *[s for s in mine if repr(s) in self.causes][-KEPT_SNAPSHOTS:]]
            for old in mine:
                if old not in kept:
                    del self.seen[repr(old)]

    def snapshots(self, since: datetime, account: str, limit: int, *, telling: bool = False) -> Sequence[Snapshot]:
        """Snapshots from a time on, the newest first."""
        mine = [s for s in self.seen.values() if account in ("", s.account) and s.at >= since]
        found = [s for s in mine if not telling or repr(s) in self.causes]
        return sorted(found, key=lambda s: s.at, reverse=True)[:limit]

    def history(self, account: str, resource: Resource, since: int, until: int) -> Sequence[tuple[int, float]]:
        """The samples of one series as rates."""
        if account not in self.ids:
            return []
        key, points = self.ids[account] << ACCOUNT_SHIFT | NUMBER[resource] << RESOURCE_SHIFT, {}
        for batch in self.batches.values():
            for found, at, value in zip(batch.keys, batch.at, batch.values, strict=True):
                if found & ~1 == key and since <= at <= until:
                    points[at] = (value, bool(found & 1))
        return rates(sorted(points.items()))


@dataclass(frozen=True, slots=True)
class FixedUsage:
    """Usage rules that do not change."""

    book: UsageBook

    def usage(self) -> UsageBook:
        """The book."""
        return self.book


@dataclass(frozen=True, slots=True)
class NoContent:
    """No findings in objects."""

    def found(self, prefixes: Sequence[str], since: datetime) -> Sequence[Cause]:
        """None."""
        return []


@dataclass(slots=True)
class Noted:
    """A sink that acts on nothing and keeps what would have been done, for simulations."""

    throttled: list[Incident] = field(default_factory=list)
    lifted: list[Incident] = field(default_factory=list)
    referred: list[Incident] = field(default_factory=list)

    def carry(self, incident: Incident) -> Incident:
        """Note a throttle or proposal."""
        self.throttled.append(incident)
        return replace(incident, carried=incident.ruling, throttles=("simulated",))

    def lift(self, incident: Incident) -> Incident:
        """Note a lifting."""
        self.lifted.append(incident)
        return replace(incident, lifted=True)

    def refer(self, incident: Incident) -> Incident:
        """Note a referral."""
        self.referred.append(incident)
        return replace(incident, carried=Ruling.SALES)

    def cleared(self, incident: Incident) -> bool:
        """No person decides here."""
        return False

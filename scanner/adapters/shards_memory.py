"""The in-memory twins of rescans and of their shards."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from scanner.domain.rescans import Rescan, RescanState, Shard
from scanner.errors import ConflictError, UnknownError

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class MemoryShards:
    """Serves the port `Shards`."""

    rows: dict[tuple[str, int], Shard] = field(default_factory=dict)
    leases: dict[tuple[str, int], datetime] = field(default_factory=dict)

    def create(self, shards: Sequence[Shard]) -> None:
        """New ones."""
        if any((shard.rescan, shard.number) in self.rows for shard in shards):
            raise ConflictError("a row exists already", where=shards[0].rescan, mend="read it again")
        self.rows.update({(shard.rescan, shard.number): shard for shard in shards})

    def shards(self, rescan: str) -> list[Shard]:
        """In order."""
        return [shard for (name, _), shard in sorted(self.rows.items(), key=lambda row: row[0]) if name == rescan]

    def claim(self, rescan: str, now: datetime, until: datetime) -> Shard | None:
        """One that is due and free."""
        due = [s for s in self.shards(rescan) if not s.done and (s.due_at is None or s.due_at <= now)]
        due = [s for s in due if self.leases.get((rescan, s.number), LONG_AGO) < now]
        if not due:
            return None
        shard = min(due, key=lambda s: (s.due_at or LONG_AGO, s.number))
        place = rescan, shard.number
        careful = shard.careful or place in self.leases
        self.rows[place], self.leases[place] = replace(shard, token=shard.token + 1), until
        return replace(shard, token=shard.token + 1, careful=careful)

    def save(self, shard: Shard) -> None:
        """Write and let go."""
        place = shard.rescan, shard.number
        if place not in self.rows or self.rows[place].token != shard.token:
            raise ConflictError("another lists this shard by now", where=shard.rescan, mend="nothing: it goes on")
        self.rows[place] = shard
        self.leases.pop(place, None)


@dataclass(slots=True)
class MemoryRescans:
    """Serves the port `Rescans`."""

    rescan_rows: dict[str, Rescan] = field(default_factory=dict)

    def save(self, row: Rescan) -> None:
        """Write the rescan."""
        self.rescan_rows[row.id] = row

    def move(self, row: Rescan, was: RescanState) -> bool:
        """Write it if it is still in that state."""
        is_so = row.id in self.rescan_rows and self.rescan_rows[row.id].state is was
        self.rescan_rows.update({row.id: row} if is_so else {})
        return is_so

    def unfinished(self) -> list[Rescan]:
        """Those that go on, or may."""
        return sorted((row for row in self.rescan_rows.values() if not row.is_over), key=lambda row: row.started_at)

    def rescan(self, rescan_id: str) -> Rescan:
        """The rescan."""
        if rescan_id not in self.rescan_rows:
            raise UnknownError("no such rescan", where=rescan_id, mend="list the rescans and take an id from there")
        return self.rescan_rows[rescan_id]

    def rescans(self, limit: int) -> list[Rescan]:
        """The newest."""
        return sorted(self.rescan_rows.values(), key=lambda row: row.started_at, reverse=True)[:limit]

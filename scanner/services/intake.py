"""Intake: whatever tells us of an object becomes a durable request, then a ring at the workers' door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scanner.domain.content import Subject, UploadEvent
from scanner.domain.requests import Lane, Owed
from scanner.errors import HookError
from scanner.ports import Clock, Doorbell, Requests


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a delivery: requests filed (or known already), and records that need none, by reason."""

    requests: tuple[int, ...]
    passed_over: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """Files scan requests. `buckets` empty: every bucket is served. `accounts` maps buckets to their owners."""

    requests: Requests
    doorbell: Doorbell
    clock: Clock
    buckets: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)
    batch_size: int = 200

    def accept(self, events: Sequence[UploadEvent], lane: Lane = Lane.UPLOADS) -> Accepted:
        """File every created record; HookError 422 if one names a bucket that is not served (nothing is filed then)."""
        strangers = sorted({e.bucket for e in events if self.buckets and e.bucket not in self.buckets})
        if strangers:
            raise HookError(
                422, f"unknown bucket {strangers[0]!r}", where="bucket.name", mend="add it to `buckets` in the settings"
            )
        created = [event for event in events if event.kind == "created"]
        ids = self.file([self._owed(event, lane) for event in created])
        removed = len(events) - len(created)
        return Accepted(tuple(ids), {"removed": removed} if removed else {})

    def file(self, owed: Sequence[Owed]) -> list[int]:
        """File requests durably, then ring: the rows are the record, the ring may be lost."""
        ids = self.requests.accept(owed, self.clock.now())
        by_lane: dict[Lane, list[int]] = {}
        for request, row in zip(ids, owed, strict=True):
            by_lane.setdefault(row.lane, []).append(request)
        for lane, members in by_lane.items():
            fresh = sorted(set(members))
            for start in range(0, len(fresh), self.batch_size):
                self.doorbell.ring(lane, fresh[start : start + self.batch_size])
        return ids

    def _owed(self, event: UploadEvent, lane: Lane) -> Owed:
        subject = Subject(
            event.bucket,
            event.key,
            event.version_id,
            event.etag,
            event.size,
            account=self.accounts.get(event.bucket, event.bucket),
        )
        return Owed(subject, lane, event.source, event.sequencer or self._moment(event), "", event.raw_key)

    def _moment(self, event: UploadEvent) -> str:
        """Where the store numbers nothing, the event's time tells two uploads of one key apart: an ETag cannot."""
        return f"at-{(event.at or self.clock.now()).isoformat()}"

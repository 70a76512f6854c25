"""Intake: whatever tells us of an object becomes a durable request, then a ring at the workers' door."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    """Files scan requests. `buckets` empty: every bucket is served. `accounts` maps buckets to their owners.

    `room` tells how many more uploads an account may have open: what comes above it waits in the bulk lane.
    `place` says what an object stands for, where that is not itself: a live room's snapshot.
    """

    requests: Requests
    doorbell: Doorbell
    clock: Clock
    buckets: frozenset[str] = frozenset()
    accounts: Mapping[str, str] = field(default_factory=dict)
    batch_size: int = 200
    room: Callable[[str], int] | None = None
    place: Callable[[Subject], Subject] | None = None

    def accept(self, events: Sequence[UploadEvent], lane: Lane = Lane.UPLOADS) -> Accepted:
        """File every created record; HookError 422 if one names a bucket that is not served (nothing is filed then)."""
        self.refuse_strangers(events)
        created = [event for event in events if event.kind == "created"]
        ids = self.file([self._owed(event, lane) for event in created])
        removed = len(events) - len(created)
        return Accepted(tuple(ids), {"removed": removed} if removed else {})

    def refuse_strangers(self, events: Sequence[UploadEvent]) -> None:
        """HookError 422 if an event names a bucket that is not served."""
        stranger = next((event for event in events if not self.serves(event.bucket)), None)
        if stranger is not None:
            where, mend = f"s3://{stranger.bucket}/{stranger.key}", "add it to `buckets` in the settings"
            raise HookError(422, f"unknown bucket {stranger.bucket!r}", where=where, mend=mend)

    def serves(self, bucket: str) -> bool:
        """Whether the bucket's events are taken."""
        return not self.buckets or bucket in self.buckets

    def file(self, owed: Sequence[Owed]) -> list[int]:
        """File requests durably, then ring: the rows are the record, the ring may be lost."""
        owed = self._bounded(owed)
        ids = self.requests.accept(owed, self.clock.now())
        by_lane: dict[Lane, list[int]] = {}
        for request, row in zip(ids, owed, strict=True):
            by_lane.setdefault(row.lane, []).append(request)
        for lane, members in by_lane.items():
            fresh = sorted(set(members))
            for start in range(0, len(fresh), self.batch_size):
                self.doorbell.ring(lane, fresh[start : start + self.batch_size])
        return ids

    def _bounded(self, owed: Sequence[Owed]) -> list[Owed]:
        """The same requests; an account's uploads beyond its room on the bulk lane: a flood is slowed, never lost."""
        rooms: dict[str, int] = {}
        bounded = []
        for row in owed:
            account = row.subject.account
            if self.room is not None and row.lane is Lane.UPLOADS:
                rooms[account] = (rooms[account] if account in rooms else self.room(account)) - 1
                row = row if rooms[account] >= 0 else replace(row, lane=Lane.BULK)
            bounded.append(row)
        return bounded

    def _owed(self, event: UploadEvent, lane: Lane) -> Owed:
        subject = Subject(
            event.bucket,
            event.key,
            event.version_id,
            event.etag,
            event.size,
            account=self.accounts.get(event.bucket, event.bucket),
        )
        placed = self.place(subject) if self.place else subject
        raw_key = event.raw_key if placed is subject else ""  # a room's key is no spelling of the store's
        return Owed(placed, lane, event.source, event.sequencer or self._moment(event), "", raw_key)

    def _moment(self, event: UploadEvent) -> str:
        """Where the store numbers nothing, the event's time tells two uploads of one key apart: an ETag cannot."""
        return f"at-{(event.at or self.clock.now()).isoformat()}"

"""Reconciling: what is owed and not under way is found and rung for again; losing the broker loses nothing."""

from dataclasses import dataclass

from scanner.domain.requests import Lane
from scanner.ports import Clock, Doorbell, Outbox, Requests


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found owed: requests by lane, and actions."""

    requests: dict[str, int]
    actions: int


@dataclass(frozen=True, slots=True)
class Reconciling:
    """Looks for requests never finished (their lease ran out or nobody took them) and actions that are due."""

    requests: Requests
    outbox: Outbox
    doorbell: Doorbell
    clock: Clock
    batch_size: int = 200

    def sweep(self, limit: int = 5_000) -> Swept:
        """Ring for everything that is owed; safe to run twice at once, since claims are by lease."""
        now, found = self.clock.now(), dict[str, int]()
        for lane in (Lane.UPLOADS, Lane.BULK):
            ids = self.requests.due(lane, now, limit)
            found[lane] = len(ids)
            for start in range(0, len(ids), self.batch_size):
                self.doorbell.ring(lane, ids[start : start + self.batch_size])
        actions = len(self.outbox.due_actions(now, limit))
        if actions:
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        return Swept(found, actions)

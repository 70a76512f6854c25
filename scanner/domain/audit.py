"""The audit entry that every transition writes in its own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanner.domain.canonical import canonical


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which thing, when and why. `facts` are small and hold no customer content."""

    at: datetime
    actor: str
    verb: str
    thing: str
    reason: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        """Canonical JSON of the entry: what the hash chain is computed over."""
        record = {
            "at": self.at.isoformat(),
            "actor": self.actor,
            "verb": self.verb,
            "thing": self.thing,
            "reason": self.reason,
            "facts": dict(self.facts),
        }
        return canonical(record)


@dataclass(frozen=True, slots=True)
class Chained:
    """An audit entry as it stands in the log: `digest` covers `previous` and the entry's body."""

    number: int
    body: bytes
    previous: str
    digest: str

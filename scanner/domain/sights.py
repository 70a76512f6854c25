"""What is seen of the pipeline at one moment: the values behind metrics and alarms. Every list is bounded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

TENANTS = 20  # accounts shown by name; all others together are `other`
RULES = 200  # likewise
BUCKETS = 50  # likewise
OTHER = "other"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One account's open requests on one lane; `oldest` in seconds."""

    lane: str
    account: str
    count: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Sight:
    """Counts and ages in seconds. `verdicts` by (word, clause), `hits` and `costs` by rule (µs per 10 KB), `known` by
    how a content was detected, `dead` by cause, `coverage` by bucket as (listed, with a verdict)."""

    at: datetime
    oldest: Mapping[str, float] = field(default_factory=dict)
    open: Mapping[tuple[str, str], int] = field(default_factory=dict)
    tenants: tuple[Waiting, ...] = ()
    rate: float = 0.0
    verdicts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    hits: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    dead: Mapping[str, int] = field(default_factory=dict)
    coverage: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    gates: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, float] = field(default_factory=dict)
    canary_seconds: float = -1.0  # from put to verdict, of the last canary; -1: there was none
    canary_age: float = -1.0  # since the last canary's verdict
    alarm: bool = False
    begun: int = 0  # deletions within the last hour
    put_off: int = 0  # deletions that wait for their turn


def bounded(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """The largest by name, the rest together."""
    ranked = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    shown = dict(ranked[:most])
    rest = sum(count for _, count in ranked[most:])
    return {**shown, OTHER: shown.get(OTHER, 0) + rest} if rest else shown

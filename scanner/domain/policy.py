"""The operator's policy: per clause, when to ask, when to act, with which measure, and how long to keep what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Severity


class EvidenceKeeping(StrEnum):
    """What the vault keeps of a violating content."""

    BYTES = "bytes"
    EXCERPT = "excerpt"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class ClausePolicy:
    """What the operator does under one clause. Days are natural days.

    `day_one`: a rule may act on the precision measured with its pack; otherwise only on decisions in the field.
    """

    clause: str
    review_at: Severity = Severity.MEDIUM
    suspend_at: Severity = Severity.HIGH
    measure: str = "suspend"
    ceiling: Ceiling = Ceiling.REVIEW
    keep: EvidenceKeeping = EvidenceKeeping.BYTES
    retention_days: int = 180
    sla_hours: int = 24
    day_one: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """All clause policies; `owed` says which views each file family owes; `protected` accounts go to a person."""

    clauses: Mapping[str, ClausePolicy]
    owed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    partial_to_review: frozenset[str] = frozenset()  # coverage reasons that open a case by themselves

    def of(self, clause: str) -> ClausePolicy:
        """The clause's policy; a clause without one goes to review only."""
        return self.clauses.get(clause) or ClausePolicy(clause)

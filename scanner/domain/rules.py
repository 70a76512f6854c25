"""Rules as data: what each says of itself, and the rulebook that holds them all."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from scanner.domain.clauses import Agreement, Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.policy import Policy


class RuleKind(StrEnum):
    """Which engine decides the rule."""

    YARA = "yara"
    KEYWORDS = "keywords"
    HASH = "hash"
    SCORER = "scorer"


class RuleStatus(StrEnum):
    """A rule's life: counted, recorded, asked about, acting."""

    NURSERY = "nursery"  # counted, never judges
    SHADOW = "shadow"  # hits recorded on the verdict, no case
    REVIEW = "review"  # a hit may open a case
    AUTO = "auto"  # a hit may act, up to its ceiling and its clause's


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of itself. `id` is `category.what`; `revision` digests its text; `file`:`line` is its place.

    `lane` is the family of files that a YARA rule is asked of (`any`: all). `description_zh` is `description` in
    Chinese, for reviewers; "" where the rule has none.
    """

    id: str
    kind: RuleKind
    clause: str
    severity: Severity
    confidence: Confidence
    ceiling: Ceiling
    status: RuleStatus
    description: str
    author: str = ""
    reference: str = ""
    revision: str = ""
    file: str = ""
    line: int = 0
    pack: str = ""
    pack_version: str = ""
    lane: str = "any"
    description_zh: str = ""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One source file of the rulebook, as text. `path` is relative to the rules folder; `namespace` is unique.

    `names` leads from a YARA identifier in this file to its rule's id; what is not in it (private rules, rules that
    the operator switched off) reports nothing.
    """

    path: str
    namespace: str
    text: str
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HashEntry:
    """One line of an operator's hash list. `algorithm` is sha256 or pdq; `distance` counts bits and is 0 for sha256.

    `expires` is the last day on which it counts, `off_until` the first on which it does again; "" for neither.
    """

    algorithm: str
    digest: str
    rule: str
    allow: bool = False
    distance: int = 0
    expires: str = ""
    rollout: float = 1.0
    off_until: str = ""

    def counts(self, today: date) -> bool:
        """Whether it is in force on that day."""
        over = bool(self.expires) and date.fromisoformat(self.expires) < today
        off = bool(self.off_until) and today < date.fromisoformat(self.off_until)
        return not over and not off


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in force: agreement, policy, rule metadata, and the sources that the engines compile.

    `broken` names files that were set aside and why; a rulebook that the product ships has none. `recorded` is the
    precision measured with the pack: right and wrong hits by rule.
    """

    agreement: Agreement
    policy: Policy
    rules: Mapping[str, Rule]
    yara: tuple[RuleFile, ...] = ()
    keywords: tuple[RuleFile, ...] = ()
    hashes: tuple[HashEntry, ...] = ()
    broken: tuple[tuple[str, str], ...] = ()
    scorers: tuple[RuleFile, ...] = ()
    digest: str = ""
    recorded: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id, or None."""
        return self.rules.get(rule_id)


def digest_of(parts: Iterable[tuple[str, bytes]]) -> str:
    """One sha256 over named parts, independent of their order."""
    whole = hashlib.sha256()
    for name, body in sorted(parts):
        whole.update(f"{len(name.encode())}:".encode() + name.encode() + f"{len(body)}:".encode() + body)
    return whole.hexdigest()

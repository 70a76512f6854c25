"""What a sealed bundle says of itself: the manifest, and the states of the evidence it describes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from scanner.domain.canonical import canonical
from scanner.domain.cases import Case
from scanner.domain.findings import Finding
from scanner.domain.verdicts import Verdict
from scanner.errors import TransitionError

FORMAT = "aup-evidence/1"


class EvidenceState(StrEnum):
    """REQUESTED → CAPTURED → VERIFIED → HELD | RETAINED → EXPIRED; TAINTED on any mismatch (domain.md §4)."""

    REQUESTED = "REQUESTED"
    CAPTURED = "CAPTURED"
    VERIFIED = "VERIFIED"
    HELD = "HELD"  # under a legal hold: never expires
    RETAINED = "RETAINED"
    EXPIRED = "EXPIRED"
    TAINTED = "TAINTED"


NEXT_STATES: Mapping[EvidenceState, frozenset[EvidenceState]] = {
    EvidenceState.REQUESTED: frozenset({EvidenceState.CAPTURED, EvidenceState.TAINTED}),
    EvidenceState.CAPTURED: frozenset({EvidenceState.VERIFIED, EvidenceState.TAINTED}),
    EvidenceState.VERIFIED: frozenset({EvidenceState.HELD, EvidenceState.RETAINED, EvidenceState.TAINTED}),
    EvidenceState.HELD: frozenset({EvidenceState.RETAINED, EvidenceState.TAINTED}),
    EvidenceState.RETAINED: frozenset({EvidenceState.HELD, EvidenceState.EXPIRED, EvidenceState.TAINTED}),
    EvidenceState.EXPIRED: frozenset(),
    EvidenceState.TAINTED: frozenset({EvidenceState.HELD}),
}
STANDING_STATES = frozenset({EvidenceState.VERIFIED, EvidenceState.HELD, EvidenceState.RETAINED})


def step(state: EvidenceState, wanted: EvidenceState, evidence_id: str) -> EvidenceState:
    """The wanted state; TransitionError if it cannot follow."""
    if wanted not in NEXT_STATES[state]:
        allowed = ", ".join(sorted(NEXT_STATES[state])) or "nothing"
        raise TransitionError(f"{state} evidence cannot become {wanted}", where=evidence_id, mend=f"allowed: {allowed}")
    return wanted


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was found in what, by what, when: everything but the content itself.

    It is readable without any key, so it holds places and digests and never the matched text (that is in the payload).
    `kept` is bytes, excerpt or hash: what the payload is.
    """

    case: str
    subject: Mapping[str, str | int]
    sha256: str
    size: int
    media_type: str
    verdict: str
    clause: str
    rule: str
    kept: str
    captured_at: str
    actor: str
    findings: Sequence[Mapping[str, str | int | None]]
    finding_count: int
    gaps: Sequence[str]
    rulebook_digest: str
    limits_digest: str
    engines: Sequence[str]
    source: str = "scan"

    @staticmethod
    def of(case: Case, verdict: Verdict, *, kept: str, at: datetime, actor: str) -> "Manifest":
        """The manifest of a judged content."""
        seen, subject = verdict.coverage, case.subject
        return Manifest(
            case=case.id,
            subject={
                "bucket": subject.bucket,
                "key": subject.key,
                "version_id": subject.version_id,
                "etag": subject.etag,
                "account": subject.account,
                "modified": subject.modified,
            },
            sha256=verdict.content.sha256,
            size=verdict.content.size,
            media_type=verdict.content.media_type,
            verdict=verdict.word,
            clause=case.clause,
            rule=case.rule,
            kept=kept,
            captured_at=at.isoformat(),
            actor=actor,
            findings=[_place(finding) for finding in verdict.findings],
            finding_count=len(verdict.findings),
            gaps=[f"{gap.reason.value} {gap.path}".strip() for gap in seen.gaps],
            rulebook_digest=seen.rulebook_digest,
            limits_digest=seen.limits_digest,
            engines=list(seen.engines),
            source=case.source,
        )

    def to_bytes(self) -> bytes:
        """Canonical JSON: the same manifest is the same bytes everywhere."""
        stated: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return canonical({"format": FORMAT, **stated})


def _place(finding: Finding) -> dict[str, str | int | None]:
    return {
        "rule": finding.rule,
        "revision": finding.revision,
        "clause": finding.clause,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "path": finding.path,
        "layer": finding.layer.value,
        "offset": finding.offset,
        "length": finding.length,
    }

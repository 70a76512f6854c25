"""The judgement over what was found and what was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from scanner.domain.clauses import Ceiling
from scanner.domain.content import Content
from scanner.domain.coverage import Coverage, Reach
from scanner.domain.findings import Finding
from scanner.domain.rules import Rulebook, RuleStatus


class Standing(IntEnum):
    """The lattice of what the read part showed."""

    CLEAN = 0
    SUSPECT = 1
    VIOLATION = 2


@dataclass(frozen=True, slots=True)
class Detection:
    """What detection gives: the content, findings in a stable order, and the coverage."""

    content: Content
    findings: tuple[Finding, ...]
    coverage: Coverage
    finding_count: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judged content. `word` is what people see; CLEAN only when everything owed was read and nothing judged it."""

    content: Content
    standing: Standing
    findings: tuple[Finding, ...]
    coverage: Coverage
    clause: str = ""
    rule: str = ""

    @property
    def word(self) -> str:
        """VIOLATION, SUSPECT, CLEAN, or why it cannot be called clean: PARTIAL, UNSCANNABLE, FAILED."""
        if self.standing is not Standing.CLEAN:
            return self.standing.name
        return "CLEAN" if self.coverage.reach is Reach.FULL else self.coverage.reach.value


def standing_of(finding: Finding, book: Rulebook) -> Standing:
    """What one finding amounts to under the rule's status and ceiling, the clause's ceiling and the policy."""
    rule = book.rule(finding.rule)
    if rule is None or rule.status in (RuleStatus.NURSERY, RuleStatus.SHADOW):
        return Standing.CLEAN
    policy = book.policy.of(finding.clause)
    ceiling = min(rule.ceiling, policy.ceiling, book.agreement.clause(finding.clause).ceiling)
    if rule.status is not RuleStatus.AUTO or finding.is_meant:
        ceiling = min(ceiling, Ceiling.REVIEW)
    if ceiling >= Ceiling.SUSPEND and finding.severity >= policy.suspend_at:
        return Standing.VIOLATION
    return Standing.SUSPECT if ceiling >= Ceiling.REVIEW and finding.severity >= policy.review_at else Standing.CLEAN


def judge(detection: Detection, book: Rulebook) -> Verdict:
    """The verdict over a detection: the worst standing, led by its most severe finding."""
    ranked = sorted(
        detection.findings, key=lambda f: (-standing_of(f, book), -f.severity, -f.confidence, f.rule, f.path)
    )
    lead = ranked[0] if ranked else None
    standing = standing_of(lead, book) if lead else Standing.CLEAN
    judged = lead if standing is not Standing.CLEAN else None
    return Verdict(
        detection.content,
        standing,
        detection.findings,
        detection.coverage,
        clause=judged.clause if judged else "",
        rule=judged.rule if judged else "",
    )


WORDS = ("VIOLATION", "SUSPECT", "FAILED", "UNSCANNABLE", "PARTIAL", "CLEAN")  # the gravest first


def worst(words: Iterable[str]) -> str:
    """The gravest of several verdict words, for summaries."""
    return min(words, key=WORDS.index, default="CLEAN")

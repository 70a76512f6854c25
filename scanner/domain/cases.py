"""Cases: what waits for a person, who holds it, and what was decided. Transitions are pure functions."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.messages import (
    ANOTHER_OR_WAIT,
    CASE_IS,
    CASE_OPEN,
    CLAIM_AGAIN,
    CLAIM_NOT_YOURS,
    CLAIM_RAN_OUT,
    CLAIMED_BY,
    DECIDE_FIRST,
    DECIDE_IT,
    NAME_CODE,
    NEEDS_REASON,
    NO_HOLDER,
    REOPEN_FIRST,
)
from scanner.errors import ConflictError, TransitionError


class CaseState(StrEnum):
    """NEW → QUEUED → CLAIMED → DECIDED_* | ESCALATED → CLOSED → REOPENED (domain.md §5)."""

    QUEUED = "QUEUED"
    CLAIMED = "CLAIMED"
    ESCALATED = "ESCALATED"
    DECIDED_CLEAN = "DECIDED_CLEAN"
    DECIDED_VIOLATING = "DECIDED_VIOLATING"
    CLOSED = "CLOSED"


class Outcome(StrEnum):
    """What a reviewer may decide."""

    CLEAN = "clean"
    VIOLATING = "violating"
    ESCALATE = "escalate"


OPEN_STATES = frozenset({CaseState.QUEUED, CaseState.CLAIMED, CaseState.ESCALATED})


@dataclass(frozen=True, slots=True)
class Claim:
    """A reviewer's hold on a case. `token` fences late writers; the hold ends at `until`."""

    reviewer: str
    token: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided, with a reason that is never empty."""

    outcome: Outcome
    reviewer: str
    reason: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One question for a person: a subject, what was found on it, and its state. `id` is assigned by us."""

    id: str
    subject: Subject
    sha256: str
    clause: str
    rule: str
    severity: Severity
    confidence: Confidence
    state: CaseState
    source: str  # scan | usage | report | order
    opened_at: datetime
    due_at: datetime
    evidence: str = ""
    summary: str = ""
    revision: int = 1
    claim: Claim | None = None
    decision: Decision | None = None
    tokens: int = 0

    @property
    def is_open(self) -> bool:
        """Whether a person still owes a decision."""
        return self.state in OPEN_STATES


def claim(case: Case, reviewer: str, now: datetime, hold: timedelta) -> Case:
    """The case held by `reviewer`; ConflictError while another's hold lasts, TransitionError once decided."""
    if not case.is_open:
        raise TransitionError(CASE_IS(state=case.state), where=case.id, mend=REOPEN_FIRST())
    held = case.claim
    if held is not None and held.reviewer != reviewer and held.until > now:
        why = CLAIMED_BY(name=held.reviewer, until=f"{held.until:%H:%M:%S}")
        raise ConflictError(why, where=case.id, mend=ANOTHER_OR_WAIT())
    token = case.tokens + 1
    return replace(
        case,
        state=CaseState.CLAIMED,
        claim=Claim(reviewer, token, now + hold),
        tokens=token,
        revision=case.revision + 1,
    )


def release(case: Case, reviewer: str, token: int) -> Case:
    """The case back in the queue; ConflictError if the claim is no longer that reviewer's."""
    _hold(case, reviewer, token)
    return replace(case, state=CaseState.QUEUED, claim=None, revision=case.revision + 1)


def decide(case: Case, token: int, decision: Decision) -> Case:
    """The decided case. The current claim's token is needed: a late writer gets ConflictError."""
    if not decision.reason.strip():
        raise TransitionError(NEEDS_REASON(), where=case.id, mend=NAME_CODE())
    _hold(case, decision.reviewer, token)
    if case.claim is not None and case.claim.until <= decision.at:
        raise ConflictError(CLAIM_RAN_OUT(), where=case.id, mend=CLAIM_AGAIN())
    state = {
        Outcome.CLEAN: CaseState.DECIDED_CLEAN,
        Outcome.VIOLATING: CaseState.DECIDED_VIOLATING,
        Outcome.ESCALATE: CaseState.ESCALATED,
    }[decision.outcome]
    return replace(case, state=state, claim=None, decision=decision, revision=case.revision + 1)


def close(case: Case) -> Case:
    """The case closed after its decision's actions are done."""
    if case.state not in (CaseState.DECIDED_CLEAN, CaseState.DECIDED_VIOLATING):
        raise TransitionError(CASE_IS(state=case.state), where=case.id, mend=DECIDE_FIRST())
    return replace(case, state=CaseState.CLOSED, revision=case.revision + 1)


def reopen(case: Case) -> Case:
    """A decided or closed case back in the queue, for an appeal or a new finding."""
    if case.is_open:
        raise TransitionError(CASE_OPEN(), where=case.id, mend=DECIDE_IT())
    return replace(case, state=CaseState.QUEUED, claim=None, revision=case.revision + 1)


def _hold(case: Case, reviewer: str, token: int) -> None:
    if case.claim is None or case.claim.token != token or case.claim.reviewer != reviewer:
        holder = case.claim.reviewer if case.claim else NO_HOLDER()
        raise ConflictError(CLAIM_NOT_YOURS(name=holder), where=case.id, mend=CLAIM_AGAIN())

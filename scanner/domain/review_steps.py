"""Steps of a reviewer beyond claim, release and decide: keep a claim alive, take a decision back."""

from dataclasses import replace
from datetime import datetime, timedelta

from scanner.domain.cases import Case, CaseState, Claim
from scanner.domain.messages import (
    ASK_OR_ESCALATE,
    CASE_IS,
    CLAIM_AGAIN,
    CLAIM_ENDED,
    CLAIM_IT_AGAIN,
    CLAIM_LOST,
    CLAIMED_ANEW,
    DECIDED_BY,
    ESCALATE_IT,
    IT_IS,
    NOTHING_TO_UNDO,
    UNDO_ENDED,
    WAS_DECIDED_BY,
)
from scanner.domain.said import Said
from scanner.errors import ConflictError, TransitionError

UNDO_WITHIN = timedelta(minutes=2)
GRACE = timedelta(seconds=6)  # a claim lasts so long after its page was left: a page that is only loaded again keeps it
DECIDED = frozenset({CaseState.DECIDED_CLEAN, CaseState.DECIDED_VIOLATING, CaseState.ESCALATED})


def renew(case: Case, reviewer: str, token: int, now: datetime, hold: timedelta) -> Case:
    """The case held for longer; ConflictError says who has it, if it is not that reviewer under that token."""
    held = case.claim
    if held is None or (held.reviewer, held.token) != (reviewer, token):
        raise ConflictError(CLAIM_LOST(why=lost_to(case)), where=case.id, mend=CLAIM_AGAIN())
    if held.until <= now:
        raise ConflictError(CLAIM_ENDED(at=f"{held.until:%H:%M:%S}"), where=case.id, mend=CLAIM_IT_AGAIN())
    return replace(case, claim=Claim(reviewer, token, now + hold), revision=case.revision + 1)


def leave(case: Case, reviewer: str, token: int, now: datetime) -> Case:
    """The case held for GRACE only, since its page was left; it is given back then unless the claim is renewed.

    ConflictError if the claim is not that reviewer's under that token, or ran out.
    """
    kept = renew(case, reviewer, token, now, GRACE)
    return kept if case.claim is None or case.claim.until > now + GRACE else case


def lost_to(case: Case) -> Said:
    """Why a claim is not current any more, for people."""
    if case.claim is not None:
        return CLAIMED_ANEW(name=case.claim.reviewer)
    if case.decision is not None and case.state in DECIDED:
        made = case.decision
        return DECIDED_BY(name=made.reviewer, outcome=made.outcome, at=f"{made.at:%H:%M:%S}")
    return IT_IS(state=case.state)


def take_back(case: Case, reviewer: str, now: datetime, hold: timedelta, within: timedelta = UNDO_WITHIN) -> Case:
    """The case as before its decision, held by whoever decided it; TransitionError once it is too late."""
    made = case.decision
    if made is None or case.state not in DECIDED:
        raise TransitionError(CASE_IS(state=case.state), where=case.id, mend=NOTHING_TO_UNDO())
    if made.reviewer != reviewer:
        raise TransitionError(WAS_DECIDED_BY(name=made.reviewer), where=case.id, mend=ASK_OR_ESCALATE())
    if now > made.at + within:
        ended = UNDO_ENDED(at=f"{made.at + within:%H:%M:%S}")
        raise TransitionError(ended, where=case.id, mend=ESCALATE_IT())
    token = case.tokens + 1
    held = Claim(reviewer, token, now + hold)
    return replace(case, state=CaseState.CLAIMED, claim=held, decision=None, tokens=token, revision=case.revision + 1)

"""Steps of a reviewer beyond claim, release and decide: keep a claim alive, take a decision back."""

from dataclasses import replace
from datetime import datetime, timedelta

from scanner.domain.cases import Case, CaseState, Claim
from scanner.errors import ConflictError, TransitionError

UNDO_WITHIN = timedelta(minutes=2)
DECIDED = frozenset({CaseState.DECIDED_CLEAN, CaseState.DECIDED_VIOLATING, CaseState.ESCALATED})


def renew(case: Case, reviewer: str, token: int, now: datetime, hold: timedelta) -> Case:
    """The case held for longer; ConflictError says who has it, if it is not that reviewer under that token."""
    held = case.claim
    if held is None or (held.reviewer, held.token) != (reviewer, token):
        raise ConflictError(f"the claim is lost: {lost_to(case)}", where=case.id, mend="claim the case again")
    if held.until <= now:
        raise ConflictError(f"the claim ran out at {held.until:%H:%M:%S} UTC", where=case.id, mend="claim it again")
    return replace(case, claim=Claim(reviewer, token, now + hold), revision=case.revision + 1)


def lost_to(case: Case) -> str:
    """Why a claim is not current any more, for people."""
    if case.claim is not None:
        return f"{case.claim.reviewer} claimed it anew"
    if case.decision is not None and case.state in DECIDED:
        return f"{case.decision.reviewer} decided it {case.decision.outcome} at {case.decision.at:%H:%M:%S} UTC"
    return f"it is {case.state}"


def take_back(case: Case, reviewer: str, now: datetime, hold: timedelta, within: timedelta = UNDO_WITHIN) -> Case:
    """The case as before its decision, held by whoever decided it; TransitionError once it is too late."""
    made = case.decision
    if made is None or case.state not in DECIDED:
        raise TransitionError(f"case is {case.state}", where=case.id, mend="there is nothing to undo")
    if made.reviewer != reviewer:
        raise TransitionError(f"was decided by {made.reviewer}", where=case.id, mend="ask them, or escalate")
    if now > made.at + within:
        ended = f"the time to undo ended at {made.at + within:%H:%M:%S} UTC"
        raise TransitionError(ended, where=case.id, mend="escalate it to a lead")
    token = case.tokens + 1
    held = Claim(reviewer, token, now + hold)
    return replace(case, state=CaseState.CLAIMED, claim=held, decision=None, tokens=token, revision=case.revision + 1)

"""Cases: claims, fencing, decisions."""

from datetime import timedelta

import pytest

from scanner.domain.cases import Case, CaseState, Decision, Outcome, claim, close, decide, release, reopen
from scanner.errors import ConflictError, TransitionError
from tests.contract.stores import NOW, case

HOLD = timedelta(minutes=15)


def claimed(reviewer: str = "li") -> Case:
    return claim(case(), reviewer, NOW, HOLD)


def decision(
    outcome: Outcome = Outcome.CLEAN, reviewer: str = "li", reason: str = "checked", minutes: int = 1
) -> Decision:
    return Decision(outcome, reviewer, reason, "", NOW + timedelta(minutes=minutes))


def test_a_claim_holds_the_case_for_one_reviewer() -> None:
    held = claimed()
    assert held.claim is not None
    assert (held.state, held.claim.token, held.revision) == (CaseState.CLAIMED, 1, 2)
    with pytest.raises(ConflictError, match="claimed by li"):
        claim(held, "wang", NOW, HOLD)


def test_a_claim_that_ran_out_goes_to_the_next_with_a_higher_token() -> None:
    taken = claim(claimed(), "wang", NOW + HOLD, HOLD)
    assert taken.claim is not None
    assert (taken.claim.reviewer, taken.claim.token) == ("wang", 2)


def test_the_same_reviewer_may_claim_again() -> None:
    assert claim(claimed(), "li", NOW, HOLD).tokens == 2


def test_a_released_case_is_back_in_the_queue() -> None:
    assert release(claimed(), "li", 1).state is CaseState.QUEUED
    with pytest.raises(ConflictError):
        release(claimed(), "wang", 1)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.CLEAN, CaseState.DECIDED_CLEAN),
        (Outcome.VIOLATING, CaseState.DECIDED_VIOLATING),
        (Outcome.ESCALATE, CaseState.ESCALATED),
    ],
)
def test_a_decision_under_the_current_claim_is_recorded(outcome: Outcome, state: CaseState) -> None:
    decided = decide(claimed(), 1, decision(outcome))
    assert (decided.state, decided.claim) == (state, None)


def test_a_late_writer_is_told_who_holds_the_case() -> None:
    taken = claim(claimed(), "wang", NOW + HOLD, HOLD)
    with pytest.raises(ConflictError, match="held by wang"):
        decide(taken, 1, decision(minutes=16))
    with pytest.raises(ConflictError, match="held by nobody"):
        decide(release(claimed(), "li", 1), 1, decision())


def test_a_decision_after_the_claim_ran_out_is_refused() -> None:
    with pytest.raises(ConflictError, match="run out"):
        decide(claimed(), 1, decision(minutes=15))


def test_a_decision_without_a_reason_is_refused() -> None:
    with pytest.raises(TransitionError, match="needs a reason"):
        decide(claimed(), 1, decision(reason="  "))


def test_only_a_decided_case_is_closed_and_only_a_done_one_reopened() -> None:
    decided = decide(claimed(), 1, decision())
    closed = close(decided)
    assert closed.state is CaseState.CLOSED
    assert reopen(closed).state is CaseState.QUEUED
    with pytest.raises(TransitionError, match="decide it first"):
        close(case())
    with pytest.raises(TransitionError, match="is open"):
        reopen(case())
    with pytest.raises(TransitionError, match="reopen it"):
        claim(closed, "li", NOW, HOLD)

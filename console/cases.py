"""The JSON API of the review queue."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from scanner.bootstrap import House
from scanner.domain.cases import OPEN_STATES, CaseState, Outcome
from scanner.errors import HookError
from scanner.wire.records import to_plain


def house_of(request: Request) -> House:
    """The house, for callers that show the API token (401 otherwise)."""
    house: House = request.app.state.house
    wanted, given = f"Bearer {house.settings.api_token}", request.headers.get("authorization", "")
    if not house.settings.api_token or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise HookError(401, "the token is wrong or missing", where="Authorization", mend="send Bearer api_token")
    return house


Authorised = Annotated[House, Depends(house_of)]
router = APIRouter(prefix="/api/v1")


class ClaimBody(BaseModel):
    """Who claims."""

    reviewer: str = Field(min_length=1, max_length=100)


class ReleaseBody(ClaimBody):
    """Who gives back, under which claim."""

    token: int


class DecisionBody(ReleaseBody):
    """What is decided, and why."""

    outcome: Outcome
    reason: str = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=10_000)


@router.get("/cases")
def list_cases(
    house: Authorised,
    state: Annotated[list[CaseState] | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> dict[str, object]:
    """Cases, the gravest and soonest due first; open ones unless states are named."""
    states = [str(word) for word in (state or sorted(OPEN_STATES))]
    rows = house.casebook.cases(states, limit, str(after))
    following = after + len(rows) if len(rows) == limit else None
    return {"cases": [to_plain(case) for case in rows], "next": following}


@router.get("/cases/{case_id}")
def show_case(case_id: str, house: Authorised) -> dict[str, object]:
    """One case with its verdict, actions and evidence."""
    case = house.casebook.case(case_id)
    judged = house.register.latest(case.subject)
    custody = house.casebook.custody(case.evidence) if case.evidence else None
    return {
        "case": to_plain(case),
        "clause": to_plain(house.clause(case.clause)),
        "verdict": to_plain(judged.verdict) if judged else None,
        "actions": [to_plain(action) for action in house.outbox.actions_of(case_id)],
        "evidence": to_plain(custody) if custody else None,
    }


@router.post("/cases/{case_id}/claim")
def claim_case(case_id: str, body: ClaimBody, house: Authorised) -> object:
    """Hold a case; 409 while another reviewer does."""
    return to_plain(house.reviewing.claim(case_id, body.reviewer))


@router.post("/cases/{case_id}/release")
def release_case(case_id: str, body: ReleaseBody, house: Authorised) -> object:
    """Give a case back."""
    return to_plain(house.reviewing.release(case_id, body.reviewer, body.token))


@router.post("/cases/{case_id}/decide")
def decide_case(case_id: str, body: DecisionBody, house: Authorised) -> object:
    """Decide; 409 for a claim that is not current."""
    decided = house.reviewing.decide(case_id, body.reviewer, body.token, body.outcome, body.reason, body.note)
    return to_plain(decided)

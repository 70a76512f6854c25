"""Decisions: one by one and on to the next, many alike at once, taken back, and proposals to delete."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import StringConstraints

from console.pages.codes import ALL_REASONS, OUTCOMES, REASONS, first_reason
from console.pages.frame import PageRoute, desk_of, page, see
from console.pages.queue import Asked, Decider, Filters, Reader, asked_of
from console.signin import rights_of, with_right
from scanner.domain.access import Person, Right, Role
from scanner.domain.cases import Outcome
from scanner.domain.messages import (
    CHOOSE_CODE,
    NO_CODE,
    OTHER_REASON,
)
from scanner.errors import UsageError

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Proposer = Annotated[Person, Depends(with_right(Right.DELETIONS_PROPOSE))]
Approver = Annotated[Person, Depends(with_right(Right.DELETIONS_APPROVE))]
Code = Annotated[str, Form(max_length=40)]
Text = Annotated[str, Form(max_length=2_000)]
Key = Annotated[str, Form(pattern="^[ase]$")]
CaseId = Annotated[str, StringConstraints(pattern="^[^\\x00]{1,24}$")]
Cluster = Annotated[str, Query(pattern="^(content|account|words|similar)$")]
SHOWN = 200


@router.post("/desk/cases/{case_id}/decide")
def decide(
    request: Request,
    case_id: str,
    person: Decider,
    wanted: Filters,
    key: Key,
    token: Annotated[int, Form()],
    reason: Code = "",
    note: Text = "",
) -> RedirectResponse:
    """Decide by a key, and on to the next case."""
    desk, outcome = desk_of(request).desk, OUTCOMES[key]
    case = desk.reviewing.casebook.case(case_id)
    code = _code(reason, outcome, case.clause, case.rule)
    desk.decide(case_id, person.name, token, outcome, code, note)
    following = desk.next_case(person.name, wanted, leads=person.has(Role.LEAD))
    asked = {**asked_of(wanted), "done": case_id}
    return see(f"/desk/cases/{following.id}", **asked) if following else see("/desk", **asked, none="1")


@router.post("/desk/cases/{case_id}/undo")
def undo(request: Request, case_id: str, person: Decider, wanted: Filters) -> RedirectResponse:
    """Take an own decision back."""
    desk_of(request).desk.undo(case_id, person.name)
    return see(f"/desk/cases/{quote(case_id)}", **asked_of(wanted))


@router.get("/desk/cases/{case_id}/alike")
def preview(
    request: Request,
    case_id: str,
    person: Decider,
    by: Annotated[str, Query(pattern="^(content|account|words|similar)$")],
) -> HTMLResponse:
    """What a bulk decision would cover, before anything is done."""
    desk = desk_of(request)
    rows = desk.desk.alike(case_id, by, person.name)
    is_whole = by == "similar" or len(rows) == 1 or not rows[-1].case.is_open  # the open ones stand first
    all_of_them = len(rows) if is_whole else 1 + desk.kept.count(rows[0].case, by)
    told: dict[str, Any] = {
        "case": rows[0].case,
        "left": all_of_them - len(rows),
        "by": by,
        "rows": rows,
        "reasons": {o.value: REASONS[o] for o in Outcome},
    }
    return page(request, person, "alike.html", **told)


@router.post("/desk/cases/{case_id}/alike")
def decide_alike(
    request: Request,
    case_id: str,
    person: Decider,
    key: Key,
    cases: Annotated[list[CaseId] | None, Form()] = None,
    reason: Code = "",
    note: Text = "",
) -> HTMLResponse:
    """One decision over the chosen cases; a row tells of each."""
    desk, outcome = desk_of(request).desk, OUTCOMES[key]
    case = desk.reviewing.casebook.case(case_id)
    code = _code(reason, outcome, case.clause, case.rule)
    rows = desk.decide_all(cases or [], person.name, outcome, code, note)
    return page(request, person, "alike_done.html", case=case, rows=rows, outcome=outcome.value, reason=code)


@router.get("/desk/deletions")
def deletions(request: Request, person: Reader, after: Asked = "") -> HTMLResponse:
    """What is proposed to be destroyed, for a second person; `after` is the course that the page before ended with."""
    found = rights_of(request).deleting.proposals(SHOWN + 1, after)
    rows, following = found[:SHOWN], found[SHOWN - 1].course.id if len(found) > SHOWN else ""
    return page(request, person, "deletions.html", rows=rows, following=following)


@router.post("/desk/cases/{case_id}/propose")
def propose(request: Request, case_id: str, person: Proposer, reason: Text) -> RedirectResponse:
    """Propose to delete the case's version."""
    rights_of(request).deleting.propose(case_id, person.name, reason)
    return see("/desk/deletions")


@router.post("/desk/cases/{case_id}/approve")
def approve(request: Request, case_id: str, person: Approver, reason: Text) -> RedirectResponse:
    """Approve a deletion as the second person."""
    rights_of(request).deleting.approve(case_id, person.name, reason)
    return see("/desk/deletions")


@router.post("/desk/cases/{case_id}/withdraw")
def withdraw(request: Request, case_id: str, person: Proposer, reason: Text) -> RedirectResponse:
    """Take a proposal back."""
    rights_of(request).deleting.withdraw(case_id, person.name, reason)
    return see("/desk/deletions")


def _code(reason: str, outcome: Outcome, clause: str, rule: str) -> str:
    """The reason code: the chosen one, else the first of outcome and clause; UsageError for one of another outcome."""
    if reason and reason not in ALL_REASONS:
        raise UsageError(NO_CODE(code=repr(reason)), where="reason", mend=CHOOSE_CODE())
    if reason and reason not in REASONS[outcome]:
        raise UsageError(OTHER_REASON(code=reason, outcome=outcome), where="reason", mend=CHOOSE_CODE())
    return reason or first_reason(outcome, clause, rule)

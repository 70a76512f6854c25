"""Cases over the API: the queue, one case with its hits by the page, claims and decisions, evidence."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from console.api.asked import Because, Body, Id, Line, Reason, Text
from console.api.callers import Caller, needs, route, unknown
from console.api.cursors import After, Limit, cursor, number_after, place, word_after
from console.api.models import (
    ActionOut,
    CaseOut,
    CasesOut,
    CaseWholeOut,
    ClauseOut,
    CustodyOut,
    FindingOut,
    HitsOut,
    VerdictOut,
    sendable,
    shown,
)
from console.api.routing import KeepingRoute
from console.pages.frame import desk_of
from console.signin import access_of, house_of
from scanner.bootstrap import House
from scanner.bootstrap_access import AccessHouse
from scanner.bootstrap_desk import DeskHouse
from scanner.domain.access import Right
from scanner.domain.cases import Case, CaseState, Outcome
from scanner.domain.review_queue import Place, ReviewLane, Wanted
from scanner.errors import UnknownError, UsageError

router = APIRouter(prefix="/api/v1/cases", tags=["cases"], route_class=KeepingRoute)
Reads = Annotated[Caller, Depends(needs(Right.CASES_READ))]
Decides = Annotated[Caller, Depends(needs(Right.CASES_DECIDE))]
Views = Annotated[Caller, Depends(needs(Right.EVIDENCE_VIEW, keeps=False))]
Exports = Annotated[Caller, Depends(needs(Right.EVIDENCE_EXPORT, keeps=False))]
HouseOf = Annotated[House, Depends(house_of)]
Access = Annotated[AccessHouse, Depends(access_of)]
DeskOf = Annotated[DeskHouse, Depends(desk_of)]
FIRST = 100  # findings that come with a case
_BYTES = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
BINARY: dict[int | str, dict[str, object]] = {200: {"content": _BYTES}}
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


class ClaimBody(Body):
    """Who claims; a person claims for itself."""

    reviewer: Line = ""


class HoldBody(ClaimBody):
    """Which claim."""

    token: Annotated[int, Field(ge=0, lt=2**31)]


class DecisionBody(HoldBody):
    """What is decided, and why."""

    outcome: Outcome
    reason: Reason
    note: Text = ""


@router.get("", **route(Right.CASES_READ))
def list_cases(
    caller: Reads,
    access: Access,
    state: Annotated[list[CaseState] | None, Query(max_length=10)] = None,
    clause: Word = "",
    account: Word = "",
    source: Word = "",
    rule: Word = "",
    lane: ReviewLane | None = None,
    limit: Limit = 50,
    after: After = "",
) -> CasesOut:
    """Open cases in the queue's order; with `state`, cases in these states by id."""
    if state:
        if clause or source or rule or lane:
            raise UsageError("filters of the queue do not go with state", where="state", mend="leave one of them out")
        rows = access.lists.cases([str(word) for word in state], caller.tenant or account, word_after(after), limit)
        following = cursor(rows[-1].id) if len(rows) == limit else None
        return CasesOut(cases=[case_for(caller, case) for case in rows], next=following)
    if caller.tenant and account not in ("", caller.tenant):
        return CasesOut(cases=[], next=None)
    wanted = Wanted(clause, caller.tenant or account, source, rule, lane=str(lane or ""))
    behind = place(after, float, str)
    begin = Place(float(behind[0]), str(behind[1])) if behind else None
    queued = access.queue.page(wanted, access.keeping.clock.now(), limit, begin)
    end = queued[-1].place if len(queued) == limit else None
    return CasesOut(
        cases=[case_for(caller, one.case) for one in queued], next=cursor(end.turn, end.case) if end else None
    )


@router.get("/{case_id}", **route(Right.CASES_READ))
def show_case(case_id: Id, caller: Reads, house: HouseOf, access: Access) -> CaseWholeOut:
    """One case with its verdict's first hits, its actions and its evidence's custody."""
    case = own_case(caller, house, case_id)
    clause = house.clause(case.clause)
    custody = house.casebook.custody(case.evidence) if case.evidence else None
    return CaseWholeOut(
        case=case_for(caller, case),
        clause=shown(ClauseOut, clause) if clause else None,
        verdict=_verdict(access, case),
        actions=[shown(ActionOut, action) for action in house.outbox.actions_of(case_id)],
        evidence=shown(CustodyOut, custody) if custody else None,
    )


@router.get("/{case_id}/hits", **route(Right.CASES_READ))
def list_hits(
    case_id: Id, caller: Reads, house: HouseOf, access: Access, limit: Limit = 100, after: After = ""
) -> HitsOut:
    """A page of the findings behind a case."""
    case, start = own_case(caller, house, case_id), number_after(after)
    found = access.hits.page(case.subject, start, limit)
    if found is None:
        return HitsOut(findings=[], total=0, next=None)
    end = start + len(found.findings)
    rows = [FindingOut.model_validate(sendable(finding)) for finding in found.findings]
    return HitsOut(findings=rows, total=found.total, next=cursor(end) if rows and end < found.total else None)


@router.post("/{case_id}/claim", **route(Right.CASES_DECIDE))
def claim_case(case_id: Id, body: ClaimBody, caller: Decides, house: HouseOf) -> CaseOut:
    """Hold a case, or hold it longer; 409 while another reviewer does."""
    return shown(CaseOut, house.reviewing.claim(case_id, caller.acting(body.reviewer)))


@router.post("/{case_id}/keep", **route(Right.CASES_DECIDE))
def keep_case(case_id: Id, body: HoldBody, caller: Decides, desk: DeskOf) -> CaseOut:
    """A heartbeat: the claim lasts longer; 409 says who has the case now."""
    return shown(CaseOut, desk.desk.keep(case_id, caller.acting(body.reviewer), body.token))


@router.post("/{case_id}/undo", **route(Right.CASES_DECIDE))
def undo_decision(case_id: Id, body: ClaimBody, caller: Decides, desk: DeskOf) -> CaseOut:
    """Take an own decision back within the window; 409 afterwards."""
    return shown(CaseOut, desk.desk.undo(case_id, caller.acting(body.reviewer)))


@router.post("/{case_id}/release", **route(Right.CASES_DECIDE))
def release_case(case_id: Id, body: HoldBody, caller: Decides, house: HouseOf) -> CaseOut:
    """Give a case back; 409 for a claim that is not current."""
    return shown(CaseOut, house.reviewing.release(case_id, caller.acting(body.reviewer), body.token))


@router.post("/{case_id}/decide", **route(Right.CASES_DECIDE))
def decide_case(case_id: Id, body: DecisionBody, caller: Decides, desk: DeskOf) -> CaseOut:
    """Decide; 409 for a claim that is not current, told why."""
    reviewer = caller.acting(body.reviewer)
    decided = desk.desk.decide(case_id, reviewer, body.token, body.outcome, body.reason, body.note)
    return shown(CaseOut, decided)


@router.post("/{case_id}/evidence/view", response_class=Response, **route(Right.EVIDENCE_VIEW, BINARY))
def view_evidence(case_id: Id, body: Because, caller: Views, house: HouseOf) -> Response:
    """The kept content of a case, for a reason that stands in the audit log before the first byte leaves."""
    content = house.custodian.view(case_id, caller.name, body.reason)
    return _bytes(content, f"{case_id}.bin")


@router.post("/{case_id}/evidence/export", response_class=Response, **route(Right.EVIDENCE_EXPORT, BINARY))
def export_evidence(case_id: Id, body: Because, caller: Exports, house: HouseOf) -> Response:
    """The sealed bundle of a case; likewise."""
    custody, bundle = house.custodian.export(case_id, caller.name, body.reason)
    return _bytes(bundle, f"{custody.id}.aupe")


def own_case(caller: Caller, house: House, case_id: str) -> Case:
    """The case; the same UnknownError for one that is not there and one of another tenant."""
    try:
        case = house.casebook.case(case_id)
    except UnknownError:
        raise unknown("case", case_id) from None
    caller.sees(case.subject.account, "case", case_id)
    return case


def case_for(caller: Caller, case: Case) -> CaseOut:
    """The case as this caller may see it: who reviews it is no business of a tenant."""
    out = shown(CaseOut, case)
    if not caller.tenant:
        return out
    decision = out.decision.model_copy(update={"reviewer": "", "note": ""}) if out.decision else None
    return out.model_copy(update={"claim": None, "decision": decision})


def _verdict(access: AccessHouse, case: Case) -> VerdictOut | None:
    found = access.hits.page(case.subject, 0, FIRST)
    if found is None:
        return None
    counted = {"finding_count": found.total, "more": cursor(FIRST) if found.total > FIRST else None}
    return VerdictOut.model_validate(sendable({**found.verdict, "findings": found.findings, **counted}))


def _bytes(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)

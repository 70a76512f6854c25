"""People's rights over the API: notices, appeals, deletions by two people, orders of authorities."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from console.api.asked import Because, Body, Id, Line, Reason, Text
from console.api.callers import Caller, needs, route, unknown
from console.api.cursors import After, Limit, cursor, word_after
from console.api.models import ActionOut, Answer, shown
from console.api.routing import KeepingRoute
from console.signin import access_of, rights_of
from scanner.bootstrap_access import AccessHouse
from scanner.bootstrap_rights import RightsHouse
from scanner.domain.access import Right
from scanner.domain.actions import Action
from scanner.domain.enforcement.appeals import Appeal, AppealState, Ground
from scanner.domain.enforcement.notices import Delivery, Notice
from scanner.domain.enforcement.stages import Stage
from scanner.errors import ConflictError, UnknownError

router = APIRouter(prefix="/api/v1", tags=["rights"], route_class=KeepingRoute)
Rights = Annotated[RightsHouse, Depends(rights_of)]
Access = Annotated[AccessHouse, Depends(access_of)]


class NoticeOut(Answer):
    """A statement of reasons."""

    id: str
    case: str
    account: str
    measure: str
    clause: str
    clause_zh: str
    clause_en: str
    facts_zh: str
    facts_en: str
    scope: str
    territory: list[str]
    applied_at: datetime | None
    ends_at: datetime | None
    detected_by_machine: bool
    automation: str
    source: str
    appeal_link: str
    state: Delivery


class NoticesOut(Answer):
    """A page of notices."""

    notices: list[NoticeOut]
    next: str | None


class AppealOut(Answer):
    """An owner's word against a measure."""

    id: str
    case: str
    account: str
    ground: Ground
    text: str
    proofs: list[str]
    filed_at: datetime
    due_at: datetime
    state: AppealState
    judge: str
    reason: str
    judged_at: datetime | None


class AppealsOut(Answer):
    """A page of appeals."""

    appeals: list[AppealOut]
    next: str | None


class AppealBody(Body):
    """An appeal against the restriction that a notice told of."""

    notice: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    ground: Ground
    text: Annotated[Text, Field(min_length=1)]
    proofs: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class JudgementBody(Body):
    """Granted or denied, and why."""

    granted: bool
    reason: Reason


class CourseOut(Answer):
    """Where a version under enforcement stands."""

    id: str
    stage: Stage
    sha256: str
    grounds: list[str]
    changed_at: datetime | None
    ends_at: datetime | None


@router.get("/notices", **route(Right.NOTICES_READ))
def list_notices(
    caller: Annotated[Caller, Depends(needs(Right.NOTICES_READ))],
    access: Access,
    state: Delivery | None = None,
    limit: Limit = 50,
    after: After = "",
) -> NoticesOut:
    """Notices by id."""
    rows = access.lists.rights(Notice, str(state or ""), caller.tenant, word_after(after), limit)
    following = cursor(rows[-1].id) if len(rows) == limit else None
    return NoticesOut(notices=[shown(NoticeOut, row) for row in rows], next=following)


@router.get("/notices/{notice_id}", **route(Right.NOTICES_READ))
def show_notice(
    notice_id: Id, caller: Annotated[Caller, Depends(needs(Right.NOTICES_READ))], rights: Rights
) -> NoticeOut:
    """One notice."""
    return shown(NoticeOut, own_notice(caller, rights, notice_id))


@router.get("/appeals", **route(Right.APPEALS_READ))
def list_appeals(
    caller: Annotated[Caller, Depends(needs(Right.APPEALS_READ))],
    access: Access,
    state: AppealState | None = None,
    limit: Limit = 50,
    after: After = "",
) -> AppealsOut:
    """Appeals by id."""
    rows = access.lists.rights(Appeal, str(state or ""), caller.tenant, word_after(after), limit)
    following = cursor(rows[-1].id) if len(rows) == limit else None
    return AppealsOut(appeals=[_appeal(caller, row) for row in rows], next=following)


@router.get("/appeals/{appeal_id}", **route(Right.APPEALS_READ))
def show_appeal(
    appeal_id: Id, caller: Annotated[Caller, Depends(needs(Right.APPEALS_READ))], rights: Rights
) -> AppealOut:
    """One appeal."""
    try:
        appeal = rights.kept.appeal(appeal_id)
    except UnknownError:
        raise unknown("appeal", appeal_id) from None
    caller.sees(appeal.account, "appeal", appeal_id)
    return _appeal(caller, appeal)


@router.post("/appeals", status_code=201, **route(Right.APPEALS_FILE))
def file_appeal(
    body: AppealBody, caller: Annotated[Caller, Depends(needs(Right.APPEALS_FILE))], rights: Rights
) -> AppealOut:
    """Take an owner's appeal; 409 where none can be taken (too late, a deletion under way)."""
    own_notice(caller, rights, body.notice)
    return _appeal(caller, rights.appealing.file(body.notice, body.ground, body.text, body.proofs))


@router.post("/appeals/{appeal_id}/judge", **route(Right.APPEALS_JUDGE))
def judge_appeal(
    appeal_id: Id,
    body: JudgementBody,
    caller: Annotated[Caller, Depends(needs(Right.APPEALS_JUDGE))],
    rights: Rights,
) -> AppealOut:
    """Judge an appeal; 409 for a judge who had a part in the decision, or an appeal that was judged before."""
    judged = rights.appealing.judge(appeal_id, caller.name, granted=body.granted, reason=body.reason)
    return shown(AppealOut, judged)


@router.post("/cases/{case_id}/deletion/propose", **route(Right.DELETIONS_PROPOSE))
def propose_deletion(
    case_id: Id, body: Because, caller: Annotated[Caller, Depends(needs(Right.DELETIONS_PROPOSE))], rights: Rights
) -> CourseOut:
    """Propose to delete the judged version; 409 names the guard that holds it back."""
    return shown(CourseOut, rights.deleting.propose(case_id, caller.name, body.reason))


@router.post("/cases/{case_id}/deletion/approve", **route(Right.DELETIONS_APPROVE))
def approve_deletion(
    case_id: Id,
    body: Because,
    caller: Annotated[Caller, Depends(needs(Right.DELETIONS_APPROVE))],
    rights: Rights,
) -> ActionOut:
    """Approve as the second person. Of two at once one takes effect; the other is told who was faster."""
    return shown(ActionOut, _approved(rights, case_id, caller.name, body.reason))


@router.post("/cases/{case_id}/deletion/withdraw", **route(Right.DELETIONS_PROPOSE))
def withdraw_deletion(
    case_id: Id, body: Because, caller: Annotated[Caller, Depends(needs(Right.DELETIONS_PROPOSE))], rights: Rights
) -> CourseOut:
    """Take a proposal back, or stop a deletion that has not succeeded."""
    return shown(CourseOut, rights.deleting.withdraw(case_id, caller.name, body.reason))


def own_notice(caller: Caller, rights: RightsHouse, notice_id: str) -> Notice:
    """The notice; the same UnknownError for one that is not there and one of another tenant."""
    try:
        notice = rights.kept.notice(notice_id)
    except UnknownError:
        raise unknown("notice", notice_id) from None
    caller.sees(notice.account, "notice", notice_id)
    return notice


def _appeal(caller: Caller, appeal: Appeal) -> AppealOut:
    out = shown(AppealOut, appeal)
    return out.model_copy(update={"judge": ""}) if caller.tenant else out


def _approved(rights: RightsHouse, case_id: str, person: str, reason: str) -> Action:
    """A course that moved on under our hands is asked once more, so that the guards say what holds now."""
    try:
        return rights.deleting.approve(case_id, person, reason)
    except ConflictError:
        return rights.deleting.approve(case_id, person, reason)

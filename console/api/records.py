"""Records over the API: verdicts, actions, the audit log; and whoever calls, as the API sees them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from console.api.asked import Id
from console.api.callers import Caller, caller_of, needs, route, unknown
from console.api.cursors import After, Limit, cursor, number_after, word_after
from console.api.models import ActionOut, ActionsOut, Answer, VerdictLineOut, VerdictsOut, sendable, shown
from console.api.routing import KeepingRoute
from console.problems import answers
from console.signin import access_of, house_of
from scanner.bootstrap import House
from scanner.bootstrap_access import AccessHouse
from scanner.domain.access import Right
from scanner.domain.actions import ActionState
from scanner.domain.canonical import parse_canonical
from scanner.errors import UnknownError

router = APIRouter(prefix="/api/v1", tags=["records"], route_class=KeepingRoute)
Access = Annotated[AccessHouse, Depends(access_of)]
HouseOf = Annotated[House, Depends(house_of)]
Word = Annotated[str, Query(max_length=1_024, pattern=r"^[^\x00]*$")]


class MeOut(Answer):
    """Whoever calls."""

    name: str
    is_person: bool
    tenant: str
    rights: list[str]


class EntryOut(Answer):
    """One entry of the audit log; `digest` chains it to the one before."""

    number: int
    at: str
    actor: str
    verb: str
    thing: str
    reason: str
    facts: dict[str, Any]
    previous: str
    digest: str


class AuditOut(Answer):
    """A page of the audit log."""

    entries: list[EntryOut]
    next: str | None


@router.get("/me", responses=answers(401, 403, 429), openapi_extra={"x-aup-right": "", "x-aup-person": False})
def show_me(caller: Annotated[Caller, Depends(caller_of)]) -> MeOut:
    """Who you are here, and what you may do."""
    rights = sorted(right.value for right in caller.rights)
    return MeOut(name=caller.name, is_person=caller.is_person, tenant=caller.tenant, rights=rights)


@router.get("/verdicts", **route(Right.VERDICTS_READ))
def list_verdicts(
    caller: Annotated[Caller, Depends(needs(Right.VERDICTS_READ))],
    access: Access,
    bucket: Word = "",
    prefix: Word = "",
    limit: Limit = 50,
    after: After = "",
) -> VerdictsOut:
    """Verdicts in the order they were recorded."""
    rows = access.lists.verdicts(bucket, prefix, caller.tenant, number_after(after), limit)
    following = cursor(rows[-1].number) if len(rows) == limit else None
    return VerdictsOut(verdicts=[shown(VerdictLineOut, row) for row in rows], next=following)


@router.get("/actions", **route(Right.ACTIONS_READ))
def list_actions(
    caller: Annotated[Caller, Depends(needs(Right.ACTIONS_READ))],
    access: Access,
    state: ActionState | None = None,
    limit: Limit = 50,
    after: After = "",
) -> ActionsOut:
    """Actions by id."""
    rows = access.lists.actions(str(state or ""), caller.tenant, word_after(after), limit)
    following = cursor(rows[-1].id) if len(rows) == limit else None
    return ActionsOut(actions=[shown(ActionOut, row) for row in rows], next=following)


@router.get("/actions/{action_id}", **route(Right.ACTIONS_READ))
def show_action(
    action_id: Id, caller: Annotated[Caller, Depends(needs(Right.ACTIONS_READ))], house: HouseOf
) -> ActionOut:
    """One action."""
    try:
        action = house.outbox.action(action_id)
    except UnknownError:
        raise unknown("action", action_id) from None
    caller.sees(action.subject.account, "action", action_id)
    return shown(ActionOut, action)


@router.post("/actions/{action_id}/replay", **route(Right.ACTIONS_REPLAY))
def replay_action(
    action_id: Id, caller: Annotated[Caller, Depends(needs(Right.ACTIONS_REPLAY))], house: HouseOf
) -> ActionOut:
    """Bring a dead action back; 409 unless it is dead."""
    return shown(ActionOut, house.enforcing.replay(action_id, caller.name))


@router.get("/audit", **route(Right.AUDIT_READ))
def list_audit(
    _caller: Annotated[Caller, Depends(needs(Right.AUDIT_READ))],
    house: HouseOf,
    limit: Limit = 100,
    after: After = "",
) -> AuditOut:
    """The audit log in its order."""
    rows = house.register.chain(number_after(after), limit)
    entries = [
        EntryOut(
            number=row.number,
            previous=row.previous,
            digest=row.digest,
            **sendable(parse_canonical(row.body, "audit log")),
        )
        for row in rows
    ]
    return AuditOut(entries=entries, next=cursor(rows[-1].number) if len(rows) == limit else None)

"""People and tokens over the API: listed by auditors and admins, changed by admins. Passwords never pass here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from console.api.asked import Body, Id, Line
from console.api.callers import Caller, needs, route, unknown
from console.api.models import Answer, shown
from console.api.routing import KeepingRoute
from console.signin import access_of
from scanner.bootstrap_access import AccessHouse
from scanner.domain.access import Right, Role
from scanner.errors import UnknownError, UsageError

router = APIRouter(prefix="/api/v1", tags=["people"], route_class=KeepingRoute)
Access = Annotated[AccessHouse, Depends(access_of)]
Reads = Annotated[Caller, Depends(needs(Right.PEOPLE_READ))]
Writes = Annotated[Caller, Depends(needs(Right.PEOPLE_WRITE))]
Issues = Annotated[Caller, Depends(needs(Right.PEOPLE_WRITE, keeps=False))]


class PersonOut(Answer):
    """A person's account."""

    name: str
    display: str
    roles: list[Role]
    is_disabled: bool
    created_at: datetime


class PeopleOut(Answer):
    """All accounts."""

    people: list[PersonOut]


class RolesBody(Body):
    """Roles instead of the ones that were."""

    roles: Annotated[list[Role], Field(min_length=1, max_length=5)]


class StandingBody(Body):
    """Whether the account is shut."""

    is_disabled: bool


class TokenBody(Body):
    """A token for a system."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*$")]
    scopes: Annotated[list[Right], Field(min_length=1, max_length=40)]
    tenant: Line = ""
    days: Annotated[float, Field(ge=0, le=3_650)] = 0.0


class TokenOut(Answer):
    """A token without its secret."""

    id: str
    name: str
    scopes: list[Right]
    tenant: str
    created_at: datetime
    created_by: str
    ends_at: datetime | None
    revoked_at: datetime | None


class TokenNewOut(TokenOut):
    """A token just issued; its secret is shown this once."""

    secret: str


class TokensOut(Answer):
    """All tokens."""

    tokens: list[TokenOut]


@router.get("/people", **route(Right.PEOPLE_READ))
def list_people(_caller: Reads, access: Access) -> PeopleOut:
    """All accounts by name."""
    return PeopleOut(people=[shown(PersonOut, account) for account in access.kept.accounts()])


@router.post("/people/{name}/roles", **route(Right.PEOPLE_WRITE))
def set_roles(name: Id, body: RolesBody, caller: Writes, access: Access) -> PersonOut:
    """Other roles; the account's sessions end."""
    _not_oneself(name, caller)
    return shown(PersonOut, access.keeping.set_roles(name, body.roles, caller.name))


@router.post("/people/{name}/standing", **route(Right.PEOPLE_WRITE))
def set_standing(name: Id, body: StandingBody, caller: Writes, access: Access) -> PersonOut:
    """Shut an account, or open it again; its sessions end."""
    _not_oneself(name, caller)
    return shown(PersonOut, access.keeping.disable(name, caller.name, again=not body.is_disabled))


@router.get("/tokens", **route(Right.PEOPLE_READ))
def list_tokens(_caller: Reads, access: Access) -> TokensOut:
    """All tokens, revoked ones too."""
    return TokensOut(tokens=[shown(TokenOut, token) for token in access.kept.tokens()])


@router.post("/tokens", status_code=201, **route(Right.PEOPLE_WRITE))
def issue_token(body: TokenBody, caller: Issues, access: Access) -> TokenNewOut:
    """Issue a token; its secret is shown this once. 422 for a scope that no token may hold."""
    secret, token = access.issuing.issue(body.name, body.scopes, caller.name, tenant=body.tenant, days=body.days)
    return TokenNewOut(**shown(TokenOut, token).model_dump(), secret=secret)


@router.post("/tokens/{token_id}/revoke", **route(Right.PEOPLE_WRITE))
def revoke_token(token_id: Id, caller: Writes, access: Access) -> TokenOut:
    """Make a token good for nothing."""
    try:
        return shown(TokenOut, access.issuing.revoke(token_id, caller.name))
    except UnknownError:
        raise unknown("token", token_id) from None


def _not_oneself(name: str, caller: Caller) -> None:
    if name == caller.name:
        raise UsageError("nobody changes the own account here", where=name, mend="ask another admin")

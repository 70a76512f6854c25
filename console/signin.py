"""Who is signed in: the dependencies that pages and the API ask. This docstring is their contract.

    Signed                     Annotated[Person, Depends(signed_in)]: the signed-in person, else 401 (a browser that
                               asks for a page is sent to /signin?next=...). For POST, PUT, PATCH, DELETE also the CSRF
                               token is asked for, as form field `csrf` or header X-CSRF-Token (403 without).
    with_role(Role.LEAD, ...)  dependency: as above, and the person has one of the roles (403 otherwise).
    with_right(Right.X)        dependency: as above, and one of the person's roles gives the right (403 otherwise).
    Person                     scanner.domain.access: .name .display .roles .csrf .has(*roles) .may(right)
                               Put <input type="hidden" name="csrf" value="{{ person.csrf }}"> into every form.
    house_of(request)          the House; access_of(request) the AccessHouse; rights_of(request) the RightsHouse
    console.walls.content_policy(frames=, images=)   a page's own Content-Security-Policy, if it needs frames
    console.problems           raise any AupError (HookError(403, ...)): it is answered as problem+json
    Pages here                 GET /signin (form: name, password, code, next), POST /signin, POST /signout,
                               GET /signin/oidc, GET /signin/oidc/back
    In tests                   tests/integration/people.py: sign_in(client, house, "li", "reviewer") -> csrf token

The actor of whatever a person does is `person.name`, from the session, never from the request.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from scanner.bootstrap import House
from scanner.bootstrap_access import AccessHouse, open_access
from scanner.bootstrap_reports import ReportsHouse, open_reports
from scanner.bootstrap_rights import RightsHouse, open_rights
from scanner.domain.access import Person, Right, Role
from scanner.domain.messages import (
    ASK_A_ROLE,
    ASK_ROLE,
    FOR_ROLES,
    NO_RIGHT,
    NOBODY,
    OLD_CSRF,
    OTHER_SITE,
    OWN_PAGES,
    RELOAD,
    SIGN_IN_AT,
)
from scanner.errors import HookError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BY_ITSELF = frozenset({"/desk/live", "/desk/cases/{case_id}/keep", "/desk/cases/{case_id}/leave"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def house_of(request: Request) -> House:
    """The house that this application serves."""
    house: House = request.app.state.house
    return house


def access_of(request: Request) -> AccessHouse:
    """Accounts, sessions and tokens, opened once."""
    held: AccessHouse | None = getattr(request.app.state, "access", None)
    if held is None:
        held = request.app.state.access = open_access(house_of(request))
    return held


def rights_of(request: Request) -> RightsHouse:
    """Notices, appeals and deletion, opened once."""
    held: RightsHouse | None = getattr(request.app.state, "rights", None)
    if held is None:
        held = request.app.state.rights = open_rights(house_of(request))
    return held


def reports_of(request: Request) -> ReportsHouse:
    """Reports and webhooks, opened once."""
    held: ReportsHouse | None = getattr(request.app.state, "reports", None)
    if held is None:
        held = request.app.state.reports = open_reports(house_of(request))
    return held


async def signed_in(request: Request) -> Person:
    """The signed-in person; HookError 401 if nobody is, 403 for a change without the CSRF token."""
    cookie = request.cookies.get(cookie_name(request), "")
    is_use = await _is_use(request)
    person = await run_in_threadpool(access_of(request).signing_in.person, cookie, is_use=is_use)
    request.state.person = person
    if person is None:
        raise HookError(401, NOBODY(), where=request.url.path, mend=SIGN_IN_AT())
    if request.method not in SAFE:
        check_site(request)
        given = await _given_csrf(request)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), person.csrf.encode()):
            raise HookError(403, OLD_CSRF(), where="csrf", mend=RELOAD())
    return person


Signed = Annotated[Person, Depends(signed_in)]


def with_role(*roles: Role) -> Callable[[Person], Awaitable[Person]]:
    """A dependency: the signed-in person, who has one of the roles (403 otherwise)."""

    async def one_of(person: Signed) -> Person:
        if not person.has(*roles):
            raise HookError(403, FOR_ROLES(roles=roles), where=person.name, mend=ASK_ROLE())
        return person

    return one_of


def with_right(right: Right) -> Callable[[Person], Awaitable[Person]]:
    """A dependency: the signed-in person, one of whose roles gives the right (403 otherwise)."""

    async def allowed(person: Signed) -> Person:
        if not person.may(right):
            raise HookError(403, NO_RIGHT(right=right), where=person.name, mend=ASK_A_ROLE())
        return person

    return allowed


def check_site(request: Request) -> None:
    """HookError 403 if another site's page sent this request, by what the browser says of it."""
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    foreign = site not in ("", "same-origin", "none")
    if not site and origin:
        foreign = urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise HookError(403, OTHER_SITE(), where="Origin", mend=OWN_PAGES())


def is_secure(request: Request) -> bool:
    """Whether browsers reach the console by https."""
    return house_of(request).settings.console_url.startswith("https://")


def cookie_name(request: Request) -> str:
    """The session cookie's name; over https one that no neighbour domain can set."""
    return "__Host-aup" if is_secure(request) else "aup"


def give_cookie(request: Request, answer: Response, cookie: str) -> None:
    """Hand the browser its session."""
    seconds = int(house_of(request).settings.session_seconds)
    answer.set_cookie(
        cookie_name(request),
        cookie,
        max_age=seconds,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="lax",
    )


def address_of(request: Request) -> str:
    """The caller's address as the connection shows it: no header that anybody can write is believed."""
    return request.client.host if request.client else ""


async def _is_use(request: Request) -> bool:
    """Whether a person's doing is behind the request: what a page sends by itself says so in the field `active`."""
    if getattr(request.scope.get("route"), "path", "") not in BY_ITSELF:
        return True
    if not request.headers.get("content-type", "").startswith(FORMS):
        return False
    form = await request.form()
    return bool(form.get("active"))


async def _given_csrf(request: Request) -> str:
    header = request.headers.get("x-csrf-token", "")
    if header or not request.headers.get("content-type", "").startswith(FORMS):
        return header
    form = await request.form()
    return str(form.get("csrf", ""))

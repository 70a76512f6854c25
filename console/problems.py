"""Every error as problem+json (RFC 9457); a browser that is not signed in is sent to the sign-in page instead."""

import logging
import re
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from scanner.domain.messages import CHANGED_MEANWHILE, DATABASE_AWAY, RELOAD, TELL_OPERATOR
from scanner.errors import (
    AupError,
    ConflictError,
    HookError,
    StoreError,
    TransitionError,
    UnknownError,
    UsageError,
    VaultError,
)

log = logging.getLogger("aup.console")
MEDIA_TYPE = "application/problem+json"
STATUS: tuple[tuple[type[AupError], int], ...] = (
    (UnknownError, 404),
    (ConflictError, 409),
    (TransitionError, 409),
    (UsageError, 422),
    (StoreError, 503),
    (VaultError, 503),
)
DATABASE = re.compile(r"(sqlite|postgresql)[+\w]*:")  # an error about the database begins with its address
MENDS = {404: "see /api/v1/openapi.json", 405: "use a method that the path knows", 413: "send less"}


class Problem(BaseModel):
    """What went wrong, where, and how to mend it (RFC 9457 with `where` and `mend`)."""

    type: str
    title: str
    status: int
    detail: str
    where: str = ""
    mend: str = ""


def answers(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The error answers of a call, as OpenAPI wants them."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


TITLES = {
    400: "not readable",
    401: "not signed in",
    403: "not allowed",
    404: "not there, or not yours",
    405: "no such method",
    409: "somebody else was faster, or a guard refuses",
    413: "too large",
    415: "wrong kind of body",
    422: "something in the request is wrong",
    429: "too many calls",
    503: "a part that is needed does not answer",
}


def problem(status: int, kind: str, title: str, detail: str = "", where: str = "", mend: str = "") -> JSONResponse:
    """A problem as an answer; text that is no valid Unicode is escaped."""
    body = Problem(
        type=f"urn:aup:{kind}",
        title=_plain(title),
        status=status,
        detail=_plain(detail or title),
        where=_plain(where),
        mend=_plain(mend),
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of the application this way."""
    app.add_exception_handler(AupError, ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(Exception, unexpected)


def status_of(error: AupError) -> int:
    """The HTTP status that an error of ours is answered with."""
    if isinstance(error, HookError):
        return error.status
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def outward(error: AupError) -> AupError:
    """The error as it may be told outside: where the database stands, and its own words, are for the log alone."""
    if not DATABASE.match(error.where):
        return error
    log.error("%s", error)
    if isinstance(error, ConflictError):
        return ConflictError(CHANGED_MEANWHILE(), where="database", mend=RELOAD())
    return StoreError(DATABASE_AWAY(), where="database", mend=TELL_OPERATOR())


async def ours(request: Request, error: Exception) -> Response:
    """An error of ours as a problem; a browser that is not signed in is sent to sign in."""
    known = outward(error) if isinstance(error, AupError) else AupError("failed")
    status = status_of(known)
    if status == 401 and wants_page(request):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/signin?next={quote(asked, safe='')}", status_code=303)
    if status == 401 and sends_page(request):
        left = request.url.path == "/signout"
        told = "" if left else f"?ended=1&next={quote(shown_before(request), safe='')}"
        return RedirectResponse(f"/signin{told}", status_code=303)
    answer = problem(status, type(error).__name__, known.what, str(known), known.where, known.mend)
    if status == 429:
        answer.headers["Retry-After"] = "".join(letter for letter in known.mend if letter.isdigit()) or "60"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _invalid(_request: Request, error: Exception) -> Response:
    """What the request lacks; its own words are not echoed."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    where = ", ".join(".".join(str(part) for part in entry["loc"]) for entry in found[:10])
    told = "; ".join(str(entry["msg"]) for entry in found[:10])
    return problem(422, "InvalidRequest", "the request is not as described", told, where, "see /api/v1/openapi.json")


async def refused(_request: Request, error: Exception) -> Response:
    """What the framework refuses (no such path, no such method) as a problem."""
    known = error if isinstance(error, HTTPException) else HTTPException(500)
    answer = problem(
        known.status_code, "Refused", str(known.detail), mend=MENDS.get(known.status_code, "change the request")
    )
    _keep(answer, known.headers or {})
    return answer


async def unexpected(request: Request, error: Exception) -> Response:
    """A mistake of ours: into the log, and told without what it was."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(500, "Failed", "the console failed", "it is in the log", mend="tell the operator when it happened")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks for a page."""
    path = request.url.path
    reads = request.method in ("GET", "HEAD") and not path.startswith(("/api/", "/hooks/", "/metrics"))
    return reads and "text/html" in request.headers.get("accept", "")


def sends_page(request: Request) -> bool:
    """Whether a person's browser sent a form of one of our pages."""
    ours = request.url.path.startswith("/desk") or request.url.path == "/signout"
    return request.method == "POST" and ours and "text/html" in request.headers.get("accept", "")


def shown_before(request: Request) -> str:
    """The page that a form stood on, by where it was sent: `/desk/cases/C1/decide?lane=harm` on that of C1."""
    parts = request.url.path.split("/")
    if parts[1:3] not in (["desk", "cases"], ["desk", "appeals"]) or len(parts) < 4:
        return "/desk"
    return "/".join(parts[:4]) + (f"?{request.url.query}" if request.url.query else "")


def _keep(answer: Response, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        answer.headers[name] = value


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()

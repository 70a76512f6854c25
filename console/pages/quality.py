"""Second opinions and figures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from console.pages.codes import OUTCOMES
from console.pages.frame import PageRoute, desk_of, page, see
from console.pages.queue import Asked, Decider
from console.signin import with_right, with_role
from scanner.domain.access import Person, Right, Role
from scanner.domain.messages import (
    REOPEN_REASON,
    SAY_WHY,
)
from scanner.domain.review_redaction import mark
from scanner.errors import TransitionError

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Lead = Annotated[Person, Depends(with_role(Role.LEAD))]
Auditor = Annotated[Person, Depends(with_right(Right.QUALITY_READ))]
Word = Annotated[str, Form(max_length=200)]
Key = Annotated[str, Form(pattern="^[as]$")]


@router.get("/desk/quality")
def quality(request: Request, person: Auditor) -> HTMLResponse:
    """Measured mistakes."""
    desk = desk_of(request)
    stands, demoted = desk.demoting.standings(), desk.demoting.demoted()
    return page(request, person, "quality.html", figures=desk.quality.figures(), stands=stands, demoted=demoted)


@router.get("/desk/second")
def second(request: Request, person: Decider, kept: Asked = "") -> HTMLResponse:
    """A case for a blind second opinion: without the first decision, who made it, and what followed from it."""
    desk = desk_of(request)
    case = desk.quality.next_second(person.name)
    file = desk.filing.file(case.id, person.name) if case else None
    hits = [(finding, mark(finding.excerpt, finding.matched)) for finding in file.hits.shown] if file else []
    return page(request, person, "second.html", case=case, file=file, hits=hits, kept=bool(kept))


@router.post("/desk/second/{case_id}")
def give_second(request: Request, case_id: str, person: Decider, key: Key) -> RedirectResponse:
    """Keep the opinion and show the next."""
    desk_of(request).quality.give_second(case_id, person.name, OUTCOMES[key])
    return see("/desk/second", kept="1")


@router.post("/desk/cases/{case_id}/truth")
def set_truth(request: Request, case_id: str, person: Lead, key: Key) -> RedirectResponse:
    """A lead says what is right: a golden item."""
    desk_of(request).quality.set_truth(case_id, person.name, OUTCOMES[key])
    return see(f"/desk/cases/{case_id}")


@router.post("/desk/cases/{case_id}/reopen")
def reopen(request: Request, case_id: str, person: Lead, reason: Word) -> RedirectResponse:
    """A lead puts a decided case back into the queue."""
    if not reason.strip():
        raise TransitionError(REOPEN_REASON(), where=case_id, mend=SAY_WHY())
    desk_of(request).quality.reopen(case_id, person.name, reason)
    return see(f"/desk/cases/{case_id}")

"""The appeals desk: an owner's word, judged by somebody who had no part in the decision, with the bytes before them."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from console.pages.case import opened
from console.pages.frame import PageRoute, desk_of, page, see
from console.signin import house_of, rights_of, with_right
from scanner.domain.access import Person, Right
from scanner.domain.enforcement.appeals import Appeal, AppealState
from scanner.domain.enforcement.course import Course
from scanner.domain.review_redaction import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Reader = Annotated[Person, Depends(with_right(Right.APPEALS_READ))]
Judge = Annotated[Person, Depends(with_right(Right.APPEALS_JUDGE))]
SHOWN = 200
MOST_SHEETS = 1_000


@router.get("/desk/appeals")
def appeals(
    request: Request,
    person: Reader,
    state: Annotated[AppealState, Query()] = AppealState.OPEN,
    sheet: Annotated[int, Query(ge=0, le=MOST_SHEETS)] = 0,
) -> HTMLResponse:
    """A sheet of the appeals in a state, the soonest due first."""
    found = rights_of(request).kept.appeals(state.value, (sheet + 1) * SHOWN + 1)[sheet * SHOWN :]
    rows = [(appeal, part_in(request, appeal, person.name)) for appeal in found[:SHOWN]]
    following = sheet + 1 if len(found) > SHOWN else 0
    return page(request, person, "appeals.html", rows=rows, state=state.value, following=following)


@router.get("/desk/appeals/{appeal_id}")
def appeal(
    request: Request, appeal_id: str, person: Reader, grant: Annotated[str, Query(max_length=1_000)] = ""
) -> HTMLResponse:
    """One appeal beside what was decided."""
    found = rights_of(request).kept.appeal(appeal_id)
    file = desk_of(request).filing.file(found.case, person.name)
    told: dict[str, Any] = {
        "appeal": found,
        "file": file,
        "case": file.case,
        "part": part_in(request, found, person.name),
        "hits": [(finding, mark(finding.excerpt, finding.matched)) for finding in file.hits.shown[:10]],
        **opened(request, file, person, grant),
    }
    return page(request, person, "appeal.html", previews=True, **told)


@router.post("/desk/appeals/{appeal_id}/judge")
def judge(
    request: Request,
    appeal_id: str,
    person: Judge,
    verdict: Annotated[str, Form(pattern="^(granted|denied)$")],
    reason: Annotated[str, Form(max_length=2_000)],
) -> RedirectResponse:
    """Judge it; the guard of the independent reviewer is asked again here, whatever the page showed."""
    rights_of(request).appealing.judge(appeal_id, person.name, granted=verdict == "granted", reason=reason)
    return see(f"/desk/appeals/{quote(appeal_id)}")


def part_in(request: Request, found: Appeal, name: str) -> str:
    """What the person had to do with the decision; "" for somebody independent."""
    case = house_of(request).casebook.case(found.case)
    course: Course | None = rights_of(request).kept.course(found.course)
    if case.decision is not None and case.decision.reviewer == name:
        return "decided"
    if course is None:
        return ""
    trail = course.trail
    parts = {"filed": trail.filed_by, "decided": trail.decided_by, "proposed": trail.proposer}
    return next((word for word, who in parts.items() if who == name), "")

"""A reviewer's own page: language, muted clauses, what they saw today, and breaks."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from console.pages.frame import PageRoute, desk_of, page, see
from console.pages.queue import Asked, Reader
from console.signin import house_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/mine")
def mine(request: Request, person: Reader, kept: Asked = "") -> HTMLResponse:
    """Settings and exposure."""
    agreement = house_of(request).rules.current().agreement
    preferences = desk_of(request).kept.preferences(person.name)
    told: dict[str, Any] = {
        "preferences": preferences,
        "clauses": sorted(agreement.clauses.items()),
        "kept": bool(kept),
    }
    return page(request, person, "mine.html", **told)


@router.post("/desk/mine")
def keep(
    request: Request,
    person: Reader,
    language: Annotated[str, Form(pattern="^(|en|zh)$")] = "",
    muted: Annotated[list[str] | None, Form()] = None,
) -> RedirectResponse:
    """Keep the settings."""
    kept, known = desk_of(request).kept, house_of(request).rules.current().agreement.clauses
    before = kept.preferences(person.name)
    chosen = tuple(sorted(clause for clause in set(muted or ()) if clause in known))
    kept.save(replace(before, language=language, muted=chosen, revision=before.revision + 1))
    return see("/desk/mine", kept="1")


@router.post("/desk/mine/break")
def rest(request: Request, person: Reader) -> RedirectResponse:
    """Begin to count anew after a break."""
    desk_of(request).desk.rest(person.name)
    return see("/desk/mine")

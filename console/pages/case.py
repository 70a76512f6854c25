"""A case on one screen, its evidence behind a reason, and the claim's life."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from console.pages.codes import REASONS, first_reason
from console.pages.frame import PageRoute, desk_of, page, preview_origin, see
from console.pages.queue import Asked, Decider, Filters, Reader, carried, undoable
from console.preview_shapes import image_type
from console.preview_tokens import PREVIEW, admit, issue, load_key
from console.signin import house_of, with_right
from scanner.domain.access import Person, Right, Role
from scanner.domain.cases import Outcome
from scanner.domain.findings import Finding
from scanner.domain.messages import (
    OPEN_HERE,
    OTHER_PASS,
)
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import Place, held_by, lane_of, rank, turn
from scanner.domain.review_redaction import mark
from scanner.domain.review_steps import GRACE
from scanner.errors import ConflictError, HookError, UnknownError, VaultError
from scanner.services.desk import Desk
from scanner.services.desk_file import File

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Viewer = Annotated[Person, Depends(with_right(Right.EVIDENCE_VIEW))]
Word = Annotated[str, Form(max_length=200)]


@router.get("/desk/cases/{case_id}")
def case_page(
    request: Request,
    case_id: str,
    person: Reader,
    wanted: Filters,
    hits: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    grant: Annotated[str, Query(max_length=1_000)] = "",
    done: Asked = "",
) -> HTMLResponse:
    """The case. `grant` is the pass that opening the evidence gave; `done` the case decided just before."""
    file = desk_of(request).filing.file(case_id, person.name, hits)
    told = _shown(request, file, person, grant)
    mine = undoable(request, person, done, case_id)
    return page(request, person, "case.html", previews=True, **told, asked=carried(wanted, done), undoable=mine)


@router.post("/desk/cases/{case_id}/claim")
def claim(request: Request, case_id: str, person: Decider, wanted: Filters, done: Asked = "") -> RedirectResponse:
    """Hold the case."""
    desk_of(request).desk.reviewing.claim(case_id, person.name)
    return see(f"/desk/cases/{quote(case_id)}", **carried(wanted, done))


@router.post("/desk/cases/{case_id}/keep")
def keep(request: Request, case_id: str, person: Decider, token: Annotated[int, Form()]) -> JSONResponse:
    """A heartbeat; 409 says who has the case now."""
    kept = desk_of(request).desk.keep(case_id, person.name, token)
    return JSONResponse({"until": kept.claim.until.isoformat() if kept.claim else ""})


@router.post("/desk/cases/{case_id}/release")
def release(request: Request, case_id: str, person: Decider, token: Annotated[int, Form()]) -> RedirectResponse:
    """Give the case back now."""
    desk_of(request).desk.reviewing.release(case_id, person.name, token)
    return see("/desk")


@router.post("/desk/cases/{case_id}/leave")
async def leave(request: Request, case_id: str, person: Decider, token: Annotated[int, Form()]) -> Response:
    """Sent by the browser when the page is left: the case is given back, unless the page is there again in a moment."""
    desk = desk_of(request).desk
    await run_in_threadpool(desk.leave, case_id, person.name, token)
    waiting: set[asyncio.Task[None]] = getattr(request.app.state, "leaving", set())
    request.app.state.leaving = waiting
    task = asyncio.get_running_loop().create_task(_end_left(desk, case_id, person.name, token))
    waiting.add(task)  # the loop itself holds tasks weakly
    task.add_done_callback(waiting.discard)
    return Response(status_code=204)


@router.post("/desk/cases/{case_id}/skip")
def skip(
    request: Request,
    case_id: str,
    person: Decider,
    wanted: Filters,
    done: Asked = "",
    token: Annotated[int, Form()] = 0,
) -> RedirectResponse:
    """Give the case back and take the one behind it."""
    desk, asked = desk_of(request), carried(wanted, done)
    case = desk.desk.reviewing.casebook.case(case_id)
    if token:
        desk.desk.reviewing.release(case_id, person.name, token)
    copies = 1 + desk.kept.count(case, "content")
    other = desk.desk.next_case(person.name, wanted, Place(turn(case, copies), case.id), leads=person.has(Role.LEAD))
    return see(f"/desk/cases/{other.id}", **asked) if other else see("/desk", **asked, none="1")


@router.post("/desk/cases/{case_id}/open")
def open_evidence(
    request: Request,
    case_id: str,
    person: Viewer,
    wanted: Filters,
    reason: Word,
    back: Annotated[str, Form(max_length=300)] = "",
    done: Asked = "",
) -> RedirectResponse:
    """Open the full content for a reason that is kept in the audit log; the pass lasts some minutes."""
    desk, house = desk_of(request), house_of(request)
    house.custodian.view(case_id, person.name, reason)
    case = house.casebook.case(case_id)
    desk.desk.saw(case, person.name, Deed.VIEWED)
    grant = issue(_key(request), case.id, case.evidence, person.name, desk.desk.reviewing.clock.now())
    if back.startswith("/desk/") and "//" not in back:
        return see(back, grant=grant)
    return see(f"/desk/cases/{quote(case_id)}", **carried(wanted, done), grant=grant)


@router.post("/desk/cases/{case_id}/reveal")
def reveal(request: Request, case_id: str, person: Viewer) -> Response:
    """Remember that a picture was unblurred."""
    desk = desk_of(request)
    case = house_of(request).casebook.case(case_id)
    desk.desk.saw(case, person.name, Deed.REVEALED)
    return Response(status_code=204)


async def _end_left(desk: Desk, case_id: str, person: str, token: int) -> None:
    """After the grace. Should this process end before, the claim runs out at the same time all the same."""
    await asyncio.sleep(GRACE.total_seconds() + 0.2)
    with suppress(ConflictError, UnknownError):  # somebody has it by now
        await run_in_threadpool(desk.end_left, case_id, person, token)


def _shown(request: Request, file: File, person: Person, grant: str) -> dict[str, Any]:
    """What the page prints beyond the file itself."""
    now, case = desk_of(request).desk.reviewing.clock.now(), file.case
    holder = held_by(case, now)
    mine = holder == person.name and case.claim is not None
    return {
        "file": file,
        "case": case,
        "lane": lane_of(case),
        "rank": rank(case, 1 + file.copies, now),
        "holder": holder,
        "token": case.claim.token if mine and case.claim else 0,
        "hits": [(finding, mark(finding.excerpt, finding.matched)) for finding in file.hits.shown],
        "summary": mark(case.summary, ""),
        **opened(request, file, person, grant),
        "golden": _golden(request, case.id) if person.has(Role.LEAD) else None,
        "reasons": {outcome.value: REASONS[outcome] for outcome in Outcome},
        "first": {o.value: first_reason(o, case.clause, case.rule) for o in Outcome},
    }


def _golden(request: Request, case_id: str) -> Note | None:
    """What a lead said last is right; None while nobody did."""
    said = [note for note in desk_of(request).kept.notes_of(case_id) if note.deed is Deed.TRUTH]
    return said[-1] if said else None


def opened(request: Request, file: File, person: Person, grant: str) -> dict[str, Any]:
    """The previews that a pass opens, or why it opens none (it ran out, the sealed file is away): the rest is shown."""
    shut: dict[str, Any] = {"preview": None, "grant": "", "shut": None}
    if not grant:
        return shut
    try:
        return {"preview": previews_of(request, file, person, grant), "grant": grant, "shut": None}
    except HookError as error:
        if error.where != PREVIEW:
            raise  # somebody else's pass
        return {**shut, "shut": error}
    except VaultError as error:
        return {**shut, "shut": error}


def previews_of(request: Request, file: File, person: Person, grant: str) -> dict[str, str]:
    """Addresses of the previews that a pass opens; HookError 403 for somebody else's pass."""
    house, now = house_of(request), desk_of(request).desk.reviewing.clock.now()
    found = admit(_key(request), grant, now)
    if (found.person, found.case) != (person.name, file.case.id) or file.custody is None:
        raise HookError(403, OTHER_PASS(), where="grant", mend=OPEN_HERE())
    _, content = house.keys.open(house.vault.get(file.custody.ref))
    base, hit = f"{preview_origin(request)}/p/{grant}", _first_place(file.hits.shown)
    at = f"at={hit.offset}&length={hit.length}" if hit and hit.offset is not None else ""
    kinds = {"text": f"{base}/text?{at}#hit", "page": f"{base}/page", "hex": f"{base}/hex?{at}"}
    if image_type(content):
        kinds = {"image": f"{base}/image", "hex": kinds["hex"], "text": kinds["text"]}
    elif b"\x00" in content[:4096]:
        kinds = {"hex": kinds["hex"], "text": kinds["text"]}
    return {**kinds, "download": f"{base}/download"}


def _first_place(findings: tuple[Finding, ...]) -> Finding | None:
    return next((one for one in findings if not one.path and one.offset is not None), None)


def _key(request: Request) -> bytes:
    key: bytes | None = getattr(request.app.state, "preview_key", None)
    if key is None:
        key = request.app.state.preview_key = load_key(house_of(request).settings.state / "keys")
    return key

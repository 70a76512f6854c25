"""Server-sent events: how many cases wait, and the moment when a claim is lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from console.pages.frame import desk_of, spoken
from console.pages.lanes import lanes_of
from console.pages.queue import Reader
from console.pages.told import said
from scanner.domain.access import Person
from scanner.domain.cases import Case
from scanner.domain.messages import (
    RAN_OUT,
)
from scanner.domain.review_queue import held_by
from scanner.domain.review_steps import GRACE, lost_to
from scanner.errors import AupError

router = APIRouter(include_in_schema=False)
EVERY = 2.0
LEFT = "left"  # another window of the person's was left: this one, which is open, keeps the claim
LASTS = 300  # looks; the browser then connects anew, and is asked again who it is


@router.get("/desk/live")
async def live(
    request: Request, person: Reader, case: Annotated[str, Query(max_length=24)] = "", token: int = 0
) -> StreamingResponse:
    """A stream of `lanes` events, one `lost` event when the named claim is not this person's any more.

    `left` events ask the page to say that it is still there.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(request, person, case, token), media_type="text/event-stream", headers=headers)


async def _events(request: Request, person: Person, case: str, token: int) -> AsyncIterator[str]:
    before, lost = "", not case
    for _ in range(LASTS):
        if await request.is_disconnected():
            return
        try:
            counts = await run_in_threadpool(_counts, request)
            why = "" if lost else await run_in_threadpool(_why_lost, request, person, case, token)
        except AupError as error:
            yield f"event: trouble\ndata: {json.dumps(said(spoken(request), error.what))}\n\n"
            return
        if counts != before:
            before = counts
            yield f"event: lanes\ndata: {counts}\n\n"
        if why == LEFT:
            yield "event: left\ndata: {}\n\n"
        elif why:
            lost = True
            yield f"event: lost\ndata: {json.dumps(why)}\n\n"
        await asyncio.sleep(EVERY)


def _counts(request: Request) -> str:
    lanes = lanes_of(request)
    return json.dumps({"all": sum(lane.count for lane in lanes), **{lane.lane.value: lane.count for lane in lanes}})


def _why_lost(request: Request, person: Person, case_id: str, token: int) -> str:
    reviewing = desk_of(request).desk.reviewing
    case: Case = reviewing.casebook.case(case_id)
    mine = held_by(case, reviewing.clock.now()) == person.name
    if mine and case.claim is not None and case.claim.token == token:
        return LEFT if case.claim.until - reviewing.clock.now() <= GRACE else ""
    ran_out = case.claim is not None and case.claim.token == token
    return said(spoken(request), RAN_OUT() if ran_out else lost_to(case))

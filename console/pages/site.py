"""The reviewers' pages as a whole."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from console import problems
from console.pages import appeals, case, deciding, live, mine, planning, plots, quality, queue
from console.pages.frame import trouble
from scanner.domain.messages import CONSOLE_FAILED, CORRECT_IT, INVALID, NO_SUCH_PAGE, TELL_OPERATOR

STATIC = Path(__file__).parents[1] / "static"


def install(app: FastAPI) -> None:
    """Add the pages, their stylesheet and their script to an application whose problems are installed."""
    for part in (queue, case, plots, deciding, planning, appeals, quality, mine, live):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)


async def _refused(request: Request, error: Exception) -> Response:
    """An address that is none of ours: a page for a person's browser, a problem for all else."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if not problems.wants_page(request):
        return await problems.refused(request, error)
    return trouble(
        request,
        NO_SUCH_PAGE() if status in (404, 405) else INVALID(),
        status,
        mend="" if status in (404, 405) else CORRECT_IT(),
    )


async def _failed(request: Request, error: Exception) -> Response:
    """A mistake of ours, told without what it was."""
    answer = await problems.unexpected(request, error)
    asks = problems.wants_page(request) or problems.sends_page(request)
    return trouble(request, CONSOLE_FAILED(), 500, mend=TELL_OPERATOR()) if asks else answer

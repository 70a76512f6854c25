"""The reviewers' pages as a whole."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from console.pages import appeals, case, deciding, live, mine, planning, plots, quality, queue

STATIC = Path(__file__).parents[1] / "static"


def install(app: FastAPI) -> None:
    """Add the pages, their stylesheet and their script to an application."""
    for part in (queue, case, plots, deciding, planning, appeals, quality, mine, live):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

"""The HTTP edge: upload hooks and the JSON API. It decodes, calls one service, and answers."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from console import health, hooks, oidc, problems, signin_pages, usage
from console.api import cases, document, people, records, reports, rights, webhooks
from console.health import Counting
from console.pages import site
from console.walls import Bounds, Walls
from scanner.bootstrap import House, open_house
from scanner.settings import read_settings


def create_app(house: House) -> FastAPI:
    """The application over one house."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        house.close()

    app = FastAPI(
        title="aup-scanner",
        version="1",
        description="Cases, evidence, people's rights and records of the acceptable-use scanner.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=document.PATH,
    )
    app.openapi = lambda: document.document(app)  # type: ignore[method-assign]
    app.state.house = house
    for part in (hooks, cases, rights, records, reports, webhooks, people, usage, health, signin_pages, oidc):
        app.include_router(part.router)
    problems.install(app)
    site.install(app)
    app.add_middleware(Bounds, limit=house.settings.hook_max_bytes)
    app.add_middleware(Walls, secure=house.settings.console_url.startswith("https://"))
    app.state.registry = CollectorRegistry()
    app.add_middleware(Counting, registry=app.state.registry)
    return app


def from_environment() -> FastAPI:
    """The application as `uvicorn --factory console.app:from_environment` starts it."""
    return create_app(open_house(read_settings(os.environ), role="console"))

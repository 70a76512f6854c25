"""The HTTP edge: upload hooks and the JSON API. It decodes, calls one service, and answers."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from console import cases, hooks, usage
from scanner.bootstrap import House, open_house
from scanner.errors import (
    AupError,
    ConflictError,
    HookError,
    StoreError,
    TransitionError,
    UnknownError,
    UsageError,
)
from scanner.settings import read_settings

STATUS: tuple[tuple[type[AupError], int], ...] = (
    (UnknownError, 404),
    (ConflictError, 409),
    (TransitionError, 422),
    (UsageError, 422),
    (StoreError, 503),
)


def create_app(house: House) -> FastAPI:
    """The application over one house."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        house.close()

    app = FastAPI(title="aup-scanner", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.house = house
    app.include_router(hooks.router)
    app.include_router(cases.router)
    app.include_router(usage.router)
    app.add_exception_handler(AupError, _answer)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        """Whether the process answers."""
        return {"status": "ok"}

    return app


async def _answer(_request: Request, error: Exception) -> JSONResponse:
    """An error of ours as problem+json (RFC 9457)."""
    status = error.status if isinstance(error, HookError) else _status(error)
    known = error if isinstance(error, AupError) else AupError("failed")
    body = {
        "type": f"urn:aup:{type(error).__name__}",
        "title": known.what,
        "status": status,
        "detail": str(error),
        "where": known.where,
        "mend": known.mend,
    }
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def _status(error: Exception) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def from_environment() -> FastAPI:
    """The application as `uvicorn --factory console.app:from_environment` starts it."""
    return create_app(open_house(read_settings(os.environ), role="console"))

"""For machines that watch machines: /healthz, /readyz, /metrics."""

import hmac
import time
from collections.abc import MutableMapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from pydantic import BaseModel

from console.problems import answers
from console.signin import house_of
from console.walls import Asgi, Receive, Scope, Send
from scanner.bootstrap_observing import render_metrics
from scanner.bootstrap_ready import GOOD, readiness
from scanner.errors import HookError

router = APIRouter(tags=["watching"])
LOOPBACK = ("127.0.0.1", "::1", "testclient")
TEXT: dict[int | str, dict[str, object]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class AliveOut(BaseModel):
    """The process answers."""

    status: str


class ReadyOut(BaseModel):
    """Whether each part that is needed works, or what is wrong with it."""

    ready: bool
    parts: dict[str, str]


class Counting:
    """Counts calls and their seconds by route and status; of paths that no route knows only that there were some."""

    def __init__(self, app: Asgi, registry: CollectorRegistry) -> None:
        self.app = app
        names = ["method", "route"]
        self.calls = Counter("aup_http_calls", "Calls answered.", [*names, "status"], registry=registry)
        self.seconds = Histogram("aup_http_seconds", "Time to answer.", names, registry=registry, buckets=SECONDS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on and note what became of it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), "500"

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            method = (
                scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
            )
            self.calls.labels(method, route, status).inc()
            self.seconds.labels(method, route).observe(time.perf_counter() - begun)


@router.get("/healthz")
def healthz() -> AliveOut:
    """Whether the process answers."""
    return AliveOut(status=GOOD)


@router.get("/readyz", responses={503: {"model": ReadyOut}})
def readyz(request: Request) -> JSONResponse:
    """Whether database, Redis and rulebook work; 503 names what does not."""
    parts = dict(readiness(house_of(request)))
    ready = all(word.startswith(GOOD) for word in parts.values())
    return JSONResponse(ReadyOut(ready=ready, parts=parts).model_dump(), status_code=200 if ready else 503)


@router.get("/metrics", response_class=Response, responses={**TEXT, **answers(401, 503)})
def metrics(request: Request) -> Response:
    """Prometheus text: the scanner's figures from the database, then this process's own."""
    wanted = house_of(request).settings.metrics_token
    given = request.headers.get("authorization", "").encode("utf-8", "replace")
    near = request.client is not None and request.client.host in LOOPBACK
    if not (hmac.compare_digest(given, f"Bearer {wanted}".encode()) if wanted else near):
        raise HookError(401, "not for you", where="Authorization", mend="send Bearer metrics_token")
    registry: CollectorRegistry = request.app.state.registry
    body = render_metrics(house_of(request)) + generate_latest(registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)

"""What every answer carries (the content policy and its kin), and how much any call may send."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request

from console.problems import problem

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
HOST_NAME = re.compile(r"[A-Za-z0-9.:-]{1,253}")
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def content_policy(frames: str = "'none'", images: str = "'self'") -> str:
    """The Content-Security-Policy: our own files only, nothing inline, framed by nobody.

    `frames` are the origins that the page may show in frames (the preview's), `images` those of its pictures.
    """
    own = "script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'"
    return f"default-src 'none'; {own}; img-src {images}; frame-src {frames}; base-uri 'none'; frame-ancestors 'none'"


def origin_of(request: Request, host: str, port: int) -> str:
    """An origin of ours on that host as this browser reaches it: one that listens everywhere goes by the name asked."""
    asked = request.url.hostname or ""
    named = asked if host in EVERYWHERE and HOST_NAME.fullmatch(asked) else host
    return f"http://[{named}]:{port}" if ":" in named else f"http://{named}:{port}"


HEADERS = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class Walls:
    """Sets the headers on every answer; with `secure`, also that the site is to be reached by https only."""

    def __init__(self, app: Asgi, *, secure: bool) -> None:
        self.app = app
        hsts = {"Strict-Transport-Security": "max-age=31536000"} if secure else {}
        self.headers = {**HEADERS, **hsts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on, and set what its answer lacks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def sending(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)


class Bounds:
    """Refuses bodies over `limit` bytes: by their declared length unread, else when they pass it."""

    def __init__(self, app: Asgi, *, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on while its body stays within bounds."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared, title = Headers(scope=scope).get("content-length", ""), f"the body is over {self.limit} bytes"
        if declared.isdigit() and int(declared) > self.limit:
            answer = problem(413, "TooLarge", title, where="body", mend="send smaller batches")
            await answer(scope, receive, send)
            return
        held = 0

        async def receiving() -> MutableMapping[str, Any]:
            nonlocal held
            message = await receive()
            held += len(message.get("body", b""))
            if held > self.limit:
                raise HTTPException(413, title)
            return message

        await self.app(scope, receiving, send)

"""The previews' origin: evidence shown where it can do nothing. No cookies, no scripts, no console beside it."""

import html
import os
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response

from console import problems
from console.pages.told import said
from console.pages.words import chosen
from console.preview_shapes import hex_view, image_type, page_view, text_view
from console.preview_tokens import Pass, admit, load_key
from console.walls import origin_of
from scanner.bootstrap import House, open_house
from scanner.domain.messages import LOOK_AS_HEX, NO_PICTURE
from scanner.errors import AupError, HookError
from scanner.settings import read_settings

STYLE = """body{font:13px/1.5 system-ui,sans-serif;margin:8px;color:#111;background:#fff}
pre{font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
mark{background:#ffd54a;color:#000;outline:1px solid #8a6d00}code{color:#555}"""
WITHIN = "/p/{ticket}"
router = APIRouter()
Offset = Annotated[int, Query(ge=0, le=2**40)]


@router.get("/style.css")
def style() -> Response:
    """The one stylesheet."""
    return Response(STYLE, media_type="text/css")


@router.get(WITHIN + "/text")
def text(request: Request, ticket: str, at: Offset = 0, length: Offset = 0) -> Response:
    """As text, with the hit marked."""
    return _framed(request, text_view(_content(request, ticket), at, length))


@router.get(WITHIN + "/hex")
def hexes(request: Request, ticket: str, at: Offset = 0) -> Response:
    """As hex from an offset on."""
    return _framed(request, hex_view(_content(request, ticket), at))


@router.get(WITHIN + "/page")
def rendered(request: Request, ticket: str) -> Response:
    """As a page, with everything that acts taken out."""
    return _framed(request, page_view(_content(request, ticket)))


@router.get(WITHIN + "/image")
def image(request: Request, ticket: str) -> Response:
    """As a picture; 415 for what is none."""
    content = _content(request, ticket)
    kind = image_type(content)
    if not kind:
        raise HookError(415, NO_PICTURE(), where="preview", mend=LOOK_AS_HEX())
    return Response(content, media_type=kind, headers=_headers(request))


@router.get(WITHIN + "/download")
def download(request: Request, ticket: str) -> Response:
    """As bytes to be kept, never shown."""
    found = _admitted(request, ticket)
    headers = {**_headers(request), "Content-Disposition": f'attachment; filename="{found.case}.bin"'}
    return Response(_content(request, ticket), media_type="application/octet-stream", headers=headers)


def create_preview(house: House) -> FastAPI:
    """The previews' application over one house."""
    app = FastAPI(title="previews", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.house, app.state.key = house, load_key(house.settings.state / "keys")
    app.include_router(router)
    problems.install(app)
    app.add_exception_handler(AupError, _refused)
    return app


def from_environment() -> FastAPI:
    """The application as `uvicorn --factory console.preview:from_environment` starts it."""
    return create_preview(open_house(read_settings(os.environ), role="console"))


async def _refused(request: Request, error: Exception) -> Response:
    """Where a browser shows it in the page's frame: a line in the reader's language."""
    if not isinstance(error, AupError) or not problems.wants_page(request):
        return await problems.ours(request, error)
    language = chosen("", request.headers.get("accept-language", ""))
    line = f"{said(language, error.what)} — {said(language, error.mend)}"
    answer = _framed(request, f"<p>{html.escape(line)}</p>")
    answer.status_code = problems.status_of(error)
    return answer


def _admitted(request: Request, ticket: str) -> Pass:
    house: House = request.app.state.house
    return admit(request.app.state.key, ticket, house.reviewing.clock.now())


def _content(request: Request, ticket: str) -> bytes:
    """The kept content; its view was logged with its reason when the pass was issued."""
    house: House = request.app.state.house
    row = house.casebook.custody(_admitted(request, ticket).evidence)
    _, content = house.keys.open(house.vault.get(row.ref))
    return content


def _framed(request: Request, body: str) -> Response:
    page = f'<!doctype html><meta charset="utf-8"><title>-</title><link rel="stylesheet" href="/style.css">{body}'
    clean = page.encode("utf-8", "replace").decode()
    return HTMLResponse(clean, headers=_headers(request))


def _headers(request: Request) -> dict[str, str]:
    house: House = request.app.state.house
    settings = house.settings
    console = settings.console_url.rstrip("/") or origin_of(request, settings.console_host, settings.console_port)
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; sandbox; base-uri 'none'; form-action 'none'"
    return {
        "Content-Security-Policy": f"{policy}; frame-ancestors {html.escape(console)}",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": "no-store",
    }

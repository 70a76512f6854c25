"""Signing in and out: the page, and what its form does."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader

from console.pages.frame import PageRoute
from console.pages.told import said
from console.pages.words import chosen
from console.problems import outward, status_of
from console.signin import Signed, access_of, address_of, check_site, cookie_name, give_cookie, house_of
from scanner.errors import AupError, ConflictError, HookError

router = APIRouter(include_in_schema=False, route_class=PageRoute)
_pages = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
WORDS = {
    "en": {
        "title": "Sign in",
        "name": "Name",
        "password": "Password",
        "code": "One-time code",
        "go": "Sign in",
        "oidc": "Sign in with your organisation",
        "ended": "Your session is over: what you sent was not kept. Sign in, and do it again.",
    },
    "zh": {
        "title": "登录",
        "name": "用户名",
        "password": "密码",
        "code": "一次性验证码",
        "go": "登录",
        "oidc": "使用组织账号登录",
        "ended": "登录已失效，刚才提交的内容没有保存。请登录后重新操作。",
    },
}
Word = Annotated[str, Form(max_length=300)]


@router.get("/signin")
def signin(
    request: Request,
    following: Annotated[str, Query(alias="next", max_length=2_000)] = "/",
    ended: Annotated[str, Query(max_length=1)] = "",
) -> HTMLResponse:
    """The sign-in page; `ended` says that a form came after its session was over."""
    return page(
        request, following, WORDS[chosen("", request.headers.get("accept-language", ""))]["ended"] if ended else ""
    )


@router.post("/signin")
async def sign_in(
    request: Request,
    name: Word = "",
    password: Word = "",
    code: Word = "",
    following: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    """Check what the form says; the page again, with what is wrong, or on to where the person was going."""
    check_site(request)
    signing_in = access_of(request).signing_in
    try:
        cookie, _ = await run_in_threadpool(signing_in.sign_in, name, password, code, address_of(request))
    except (HookError, ConflictError) as error:
        return page(request, following, trouble_of(request, error), status_of(error))
    answer = RedirectResponse(local(following), status_code=303)
    give_cookie(request, answer, cookie)
    return answer


@router.post("/signout")
async def sign_out(request: Request, person: Signed) -> Response:
    """End the session."""
    await run_in_threadpool(access_of(request).signing_in.sign_out, person)
    answer = RedirectResponse("/signin", status_code=303)
    answer.delete_cookie(cookie_name(request), path="/")
    return answer


def trouble_of(request: Request, error: AupError) -> str:
    """What is wrong and what to do, in the browser's language."""
    language = chosen("", request.headers.get("accept-language", ""))
    told = outward(error)
    return f"{said(language, told.what)} — {said(language, told.mend)}"


def page(request: Request, following: str, trouble: str = "", status: int = 200) -> HTMLResponse:
    """The page in the browser's language."""
    language = chosen("", request.headers.get("accept-language", ""))
    html = _pages.get_template("signin.html").render(
        words=WORDS[language],
        language=language,
        following=local(following),
        trouble=trouble,
        has_oidc=bool(house_of(request).settings.oidc_issuer),
    )
    return HTMLResponse(html, status_code=status)


def local(path: str) -> str:
    """A path on this site, or its front page: nobody is sent elsewhere."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else "/"

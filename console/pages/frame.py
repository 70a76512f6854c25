"""What every page shares: the desk's services, the person's language, templates, and errors as pages."""

import time
from collections.abc import Callable, Coroutine
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from console.pages import shown
from console.pages.rule_words import described
from console.pages.told import said, told
from console.pages.words import catalogue, chosen
from console.problems import outward, problem, shown_before, status_of
from console.signin import house_of
from console.walls import content_policy, origin_of
from scanner.bootstrap_desk import DeskHouse, open_desk
from scanner.domain.access import Person, Right, Role
from scanner.domain.messages import CORRECT_IT, INVALID
from scanner.domain.review_people import Exposure, Preferences
from scanner.domain.review_redaction import redact
from scanner.errors import AupError, UsageError

COUNTED_EVERY = 5.0
TEMPLATES = Path(__file__).parents[1] / "templates"


def desk_of(request: Request) -> DeskHouse:
    """The desk, opened once."""
    held: DeskHouse | None = getattr(request.app.state, "desk", None)
    if held is None:
        held = request.app.state.desk = open_desk(house_of(request))
    return held


def preview_origin(request: Request) -> str:
    """Where previews are served from: never this origin."""
    settings = house_of(request).settings
    return settings.preview_url.rstrip("/") or origin_of(request, settings.console_host, settings.preview_port)


@cache
def environment(language: str) -> Environment:
    """The templates in one language. Whatever they print is escaped, and its invisible characters are shown."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = catalogue(language)
    made.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters["span"] = lambda length: shown.span(length, language)
    made.filters.update(when=shown.when, size=shown.size, short=shown.short, plainly=shown.plainly, named=shown.named)
    made.filters["redacted"] = redact
    made.filters["said"] = lambda text: said(language, text)
    made.filters["told"] = lambda text: told(language, text)
    made.filters["each_said"] = lambda told: {name: said(language, text) for name, text in told.items()}
    made.filters["described"] = lambda rule: described(language, rule)
    made.filters["word"] = lambda text: shown.worded(words.gettext, text)
    made.globals.update(Right=Right, Role=Role, query=lambda pairs: urlencode(pairs))
    return made


def preferences_of(request: Request, person: Person) -> Preferences:
    """The person's own settings, read once for a request."""
    held: Preferences | None = getattr(request.state, "preferences", None)
    if held is None:
        held = request.state.preferences = desk_of(request).kept.preferences(person.name)
    return held


def exposure_of(request: Request, person: Person) -> Exposure:
    """What the person saw lately, counted at most every few seconds: every page shows it."""
    held: dict[str, tuple[float, Exposure]] | None = getattr(request.app.state, "exposures", None)
    if held is None:
        held = request.app.state.exposures = {}
    now, known = time.monotonic(), held.get(person.name)
    if known is None or now - known[0] >= COUNTED_EVERY or request.url.path == "/desk/mine":
        known = held[person.name] = (now, desk_of(request).desk.exposure(person.name))
    return known[1]


def language_of(request: Request, person: Person) -> str:
    """The language that the person set, else the browser's."""
    setting = preferences_of(request, person).language
    return chosen(setting, request.headers.get("accept-language", ""))


def page(
    request: Request, person: Person, template: str, *, status: int = 200, previews: bool = False, **told: Any
) -> HTMLResponse:
    """A page. `previews`: it may show frames and pictures of the previews' origin."""
    desk = desk_of(request)
    language = language_of(request, person)
    now = desk.desk.reviewing.clock.now()
    frame = {"person": person, "language": language, "now": now, "here": request.url.path, "told": told}
    exposure = exposure_of(request, person)
    html = environment(language).get_template(f"desk/{template}").render(**frame, exposure=exposure, **told)
    answer = HTMLResponse(html, status_code=status)
    if previews:
        origin = preview_origin(request)
        answer.headers["Content-Security-Policy"] = content_policy(frames=origin, images=f"'self' {origin}")
    return answer


def see(where: str, **told: str) -> RedirectResponse:
    """Send the browser on after a form was taken."""
    return RedirectResponse(f"{where}?{urlencode(told)}" if told else where, status_code=303)


class PageRoute(APIRoute):
    """A route for people: what is refused is told on a page, with what to do about it; 401 goes to the sign-in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's own call, with errors of ours answered as a page where a browser asks."""
        inner = super().get_route_handler()

        async def call(request: Request) -> Response:
            try:
                _refuse_nul(request)
                return await inner(request)
            except AupError as raised:
                error, status = outward(raised), status_of(raised)
                if status == 401:
                    raise
                if "text/html" not in request.headers.get("accept", ""):
                    return _told(request, error, status)
                return trouble(request, error.what, status, error.where, error.mend)
            except RequestValidationError as error:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                fields = ", ".join(dict.fromkeys(str(one["loc"][-1]) for one in error.errors()))
                return trouble(request, INVALID(), 422, fields, CORRECT_IT())

        return call


def _refuse_nul(request: Request) -> None:
    """UsageError for an address with a NUL: PostgreSQL keeps none, and would be told as a database that failed."""
    told = (("address", request.scope["path"]), *request.query_params.multi_items())
    where = next((name for name, value in told if "\0" in value), "")
    if where:
        raise UsageError(INVALID(), where=where, mend=CORRECT_IT())


def spoken(request: Request) -> str:
    """The language to answer in, whether or not anybody is signed in."""
    person: Person | None = getattr(request.state, "person", None)
    try:
        setting = preferences_of(request, person).language if person else ""
    except AupError:
        setting = ""  # what is told may be that the settings cannot be read
    return chosen(setting, request.headers.get("accept-language", ""))


def trouble(request: Request, what: str, status: int, where: str = "", mend: str = "") -> HTMLResponse:
    """What went wrong as a page, for whoever asks, signed in or not."""
    language = spoken(request)
    template = environment(language).get_template("desk/trouble.html")
    back = shown_before(request) if request.method == "POST" else ""
    html = template.render(language=language, status=status, what=what, where=where, mend=mend, back=back)
    return HTMLResponse(html, status_code=status)


def _told(request: Request, error: AupError, status: int) -> Response:
    """For a page's own script: a problem in the reader's language."""
    language = spoken(request)
    what, mend = said(language, error.what), said(language, error.mend)
    return problem(status, type(error).__name__, what, what, error.where, mend)


def _visible(value: Any) -> Any:
    """Text that comes from outside cannot hide, turn round or break the page; our own markup is left as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown.plainly(value)
    return value

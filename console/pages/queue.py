"""The queue: lanes with their counts, filters, saved views, and the cases in the order of their rank."""

from dataclasses import asdict, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from console.pages.frame import PageRoute, desk_of, page, preferences_of, see
from console.pages.lanes import lanes_of
from console.signin import house_of, with_right
from scanner.domain.access import Person, Right, Role
from scanner.domain.cases import Case
from scanner.domain.messages import (
    FIRST_PAGE,
    NO_PLACE,
    NOTHING_TO_SAVE,
    SET_FILTER,
)
from scanner.domain.review_people import View, with_view, without_view
from scanner.domain.review_queue import Place, ReviewLane, Wanted, held_by, standing
from scanner.domain.review_steps import DECIDED
from scanner.errors import TransitionError, UsageError

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Reader = Annotated[Person, Depends(with_right(Right.CASES_READ))]
Decider = Annotated[Person, Depends(with_right(Right.CASES_DECIDE))]
Asked = Annotated[str, Query(max_length=300)]
ROWS = 50
STATES = ("QUEUED", "CLAIMED", "ESCALATED")
SOURCES = ("scan", "usage", "report", "order")


def wanted_of(
    clause: Asked = "",
    account: Asked = "",
    source: Asked = "",
    rule: Asked = "",
    state: Asked = "",
    assigned: Asked = "",
    lane: Asked = "",
) -> Wanted:
    """The filters of the address."""
    return Wanted(clause.strip(), account.strip(), source, rule.strip(), "", assigned.strip(), lane, stands=state)


Filters = Annotated[Wanted, Depends(wanted_of)]


@router.get("/")
def front(_person: Reader) -> RedirectResponse:
    """The front page is the queue."""
    return see("/desk")


@router.get("/desk")
def queue(
    request: Request, person: Reader, wanted: Filters, after: Asked = "", done: Asked = "", none: Asked = ""
) -> HTMLResponse:
    """A page of the queue. `done` is the case decided just before; `none` says that no case was free to be taken."""
    desk, house = desk_of(request), house_of(request)
    now, preferences = desk.desk.reviewing.clock.now(), preferences_of(request, person)
    rows = desk.kept.page(_with_muted(wanted, preferences.muted), now, ROWS + 1, place_of(after))
    shown = rows[:ROWS]
    return page(
        request,
        person,
        "queue.html",
        rows=[(row, held_by(row.case, now), standing(row.case, now)) for row in shown],
        following=place_text(shown[-1].place) if len(rows) > ROWS else "",
        lanes=lanes_of(request),
        wanted=wanted,
        asked=asked_of(wanted),
        undoable=undoable(request, person, done),
        nothing_free=bool(none),
        after=after,
        preferences=preferences,
        clauses=sorted(house.rules.current().agreement.clauses),
        choices={"state": STATES, "source": SOURCES, "lane": [lane.value for lane in ReviewLane]},
    )


@router.post("/desk/next")
def take_next(
    request: Request, person: Decider, wanted: Filters, after: Asked = "", done: Asked = ""
) -> RedirectResponse:
    """Claim the next case and go there; the queue, if there is none."""
    case = desk_of(request).desk.next_case(person.name, wanted, place_of(after), leads=person.has(Role.LEAD))
    asked = carried(wanted, done)
    return see(f"/desk/cases/{case.id}", **asked) if case else see("/desk", **asked, none="1")


@router.post("/desk/views")
def keep_view(
    request: Request, person: Reader, wanted: Filters, name: Annotated[str, Form(max_length=40)]
) -> RedirectResponse:
    """Save the filters under a name."""
    kept = desk_of(request).kept
    asked = asked_of(wanted)
    kept.save(with_view(kept.preferences(person.name), View(name.strip(), _query(asked))))
    return see("/desk", **asked)


@router.post("/desk/views/forget")
def forget_view(request: Request, person: Reader, name: Annotated[str, Form(max_length=40)]) -> RedirectResponse:
    """Forget a saved view."""
    kept = desk_of(request).kept
    kept.save(without_view(kept.preferences(person.name), name))
    return see("/desk")


def asked_of(wanted: Wanted) -> dict[str, str]:
    """The filters that are set, as an address has them."""
    told = {"state" if name == "stands" else name: value for name, value in asdict(wanted).items() if name != "muted"}
    return {name: value for name, value in told.items() if value}


def carried(wanted: Wanted, done: str) -> dict[str, str]:
    """What an address takes along from page to page: the filters, and the case decided just before."""
    return {**asked_of(wanted), **({"done": done} if done else {})}


def undoable(request: Request, person: Person, *named: str) -> Case | None:
    """The first of the cases named that the person decided so lately that it can be taken back."""
    desk = desk_of(request).desk
    now = desk.reviewing.clock.now()
    known = desk.reviewing.casebook.known([name for name in named if name])
    for name in (one for one in named if one in known):
        case = desk.reviewing.casebook.case(name)
        made = case.decision
        if case.state in DECIDED and made is not None and made.reviewer == person.name and now <= made.at + desk.within:
            return case
    return None


def place_text(place: Place) -> str:
    """A place as an address has it."""
    return f"{place.turn!r},{place.case}"


def place_of(text: str) -> Place | None:
    """The place that an address names; UsageError for what is none."""
    if not text:
        return None
    turn, _, case = text.partition(",")
    try:
        return Place(float(turn), case)
    except ValueError as error:
        raise UsageError(NO_PLACE(), where="after", mend=FIRST_PAGE()) from error


def _with_muted(wanted: Wanted, muted: tuple[str, ...]) -> Wanted:
    """Muted clauses are left out unless one is asked for by name."""
    return wanted if wanted.clause or not muted else replace(wanted, muted=muted)


def _query(asked: dict[str, str]) -> str:
    if not asked:
        raise TransitionError(NOTHING_TO_SAVE(), where="filters", mend=SET_FILTER())
    return urlencode(asked)

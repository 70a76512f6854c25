"""A dry run against the store: what a suspension would add, touch and keep. It reads the world and changes nothing."""

import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console.pages.frame import PageRoute, page
from console.pages.queue import Decider
from console.signin import house_of
from scanner.bootstrap_desk import addresses_of
from scanner.domain.content import Subject
from scanner.domain.enforcement.statements import TAG, hold_statements, key_statements
from scanner.errors import AupError

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/cases/{case_id}/plan")
def plan(request: Request, case_id: str, person: Decider) -> HTMLResponse:
    """The plan that the surface would record before it acts, as a difference."""
    house = house_of(request)
    case = house.casebook.case(case_id)
    told: dict[str, Any] = {"case": case, "addresses": addresses_of(house, case.subject), "trouble": ""}
    try:
        stated = json.loads(house.enforcing.surface.plan(case.subject))
    except AupError as error:
        told |= {"trouble": error.what}
        return page(request, person, "plan.html", **told)
    way = {"way": "–", "seen": "–", **stated}
    told |= {"plan": way, "touched": case.subject.url, "added": _added(case.subject, way), "inverse": _pretty(stated)}
    return page(request, person, "plan.html", **told)


def _added(subject: Subject, stated: dict[str, Any]) -> str:
    """What would be written, in the store's own words."""
    token = str(stated.get("token", ""))
    if stated["way"] == "tag":
        statements = hold_statements(subject.bucket, spare_owner=False)
        return f"+ tag {TAG} = {token}\n+ once per bucket:\n{_pretty(list(statements))}"
    if stated["way"] == "key":
        return _pretty(list(key_statements(subject.bucket, subject.key, subject.version_id, token)))
    return f"+ {stated['way']}"


def _pretty(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True)

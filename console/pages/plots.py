"""The plot of a usage case: what was used against what was bought."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from console.pages.frame import PageRoute, desk_of
from console.pages.queue import Reader
from console.usage import CSP, metering_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/desk/cases/{case_id}/usage.svg")
def plot(request: Request, case_id: str, person: Reader) -> Response:
    """The plot of the incident that the case is about; 404 for a case about anything else."""
    subject = desk_of(request).desk.reviewing.casebook.case(case_id).subject
    usage = metering_of(request)
    incident = usage.record.incident(subject.version_id)
    headers = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff"}
    return Response(usage.plotting.incident(incident), media_type="image/svg+xml", headers=headers)

"""Reports and orders over the API: XARF v4 in and out, orders of authorities with their document."""

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from console.api.asked import Body, Id, Line, Reason
from console.api.callers import Caller, needs, route, unknown
from console.api.cases import own_case
from console.api.cursors import After, Limit, cursor, word_after
from console.api.models import Answer, shown
from console.api.routing import KeepingRoute
from console.signin import access_of, house_of, reports_of
from scanner.bootstrap import House
from scanner.bootstrap_access import AccessHouse
from scanner.bootstrap_reports import ReportsHouse
from scanner.domain.access import Right
from scanner.domain.enforcement.orders import Order
from scanner.domain.reports import Contact, Received
from scanner.errors import UsageError
from scanner.wire.xarf import parse_xarf, read_xarf, xarf_of

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=KeepingRoute)
ReportsOf = Annotated[ReportsHouse, Depends(reports_of)]
HouseOf = Annotated[House, Depends(house_of)]
Access = Annotated[AccessHouse, Depends(access_of)]
Files = Annotated[Caller, Depends(needs(Right.REPORTS_FILE))]
Reads = Annotated[Caller, Depends(needs(Right.REPORTS_READ))]


def _within_reason(moment: datetime) -> datetime:
    """Times that every database can hold."""
    if not 1970 < moment.year < 3000:
        raise ValueError("is no time from 1971 to 2999")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_within_reason)]


class ContactBody(BaseModel):
    """An organisation."""

    model_config = ConfigDict(extra="allow")
    org: Annotated[str, Field(min_length=1, max_length=255)]
    contact: Annotated[str, Field(min_length=1, max_length=255)]
    domain: Annotated[str, Field(min_length=1, max_length=255)]


class XarfBody(BaseModel):
    """An XARF v4 report: the core fields; those of its type are kept with it."""

    model_config = ConfigDict(extra="allow")
    xarf_version: Annotated[str, Field(pattern=r"^4\.[0-9]{1,3}\.[0-9]{1,3}$")]
    report_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    timestamp: Annotated[str, Field(max_length=40, json_schema_extra={"format": "date-time"})]
    reporter: ContactBody
    sender: ContactBody
    source_identifier: Annotated[str, Field(min_length=1, max_length=255)]
    category: Literal[
        "messaging", "content", "copyright", "connection", "vulnerability", "infrastructure", "reputation"
    ]
    type: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    url: Annotated[str, Field(max_length=2_000)] = ""
    description: Annotated[str, Field(max_length=1_000)] = ""
    confidence: Annotated[float | None, Field(ge=0, le=1)] = None


class FiledOut(Answer):
    """What became of a report or an order; `is_new` is false for one that was filed before."""

    id: str
    cases: list[str]
    is_new: bool


class ReportOut(Answer):
    """A report as kept."""

    id: str
    token: str
    category: str
    type: str
    reporter: str
    sender: str
    source: str
    url: str
    description: str
    confidence: float | None
    occurred_at: datetime
    received_at: datetime
    document_sha256: str
    case: str
    account: str


class ReportsOut(Answer):
    """A page of reports."""

    reports: list[ReportOut]
    next: str | None


class OrderBody(Body):
    """An authority's order. `document_sha256` is of the document as received; `scope` names bucket/key or prefixes."""

    authority: Annotated[Line, Field(min_length=1)]
    reference: Annotated[Line, Field(min_length=1)]
    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    legal_basis: Reason
    scope: Annotated[tuple[Annotated[Line, Field(min_length=1)], ...], Field(min_length=1, max_length=100)]
    wants: Literal["suspend", "restore", "hold", "evidence"] = "suspend"
    clause: Annotated[str, Field(pattern=r"^3\.1\.3(\.[0-9]{1,2}){1,3}$")] = "3.1.3.9"
    ends_at: Moment | None = None
    confidential_until: Moment | None = None


class OrderOut(Answer):
    """An order as kept."""

    id: str
    authority: str
    reference: str
    document_sha256: str
    legal_basis: str
    scope: list[str]
    received_at: datetime
    ends_at: datetime | None
    wants: str


class OrdersOut(Answer):
    """A page of orders."""

    orders: list[OrderOut]
    next: str | None


class XarfOut(BaseModel):
    """An XARF v4 report of ours."""

    model_config = ConfigDict(extra="allow")
    xarf_version: str
    report_id: str
    timestamp: str
    category: str
    type: str


@router.post("/reports", status_code=201, **route(Right.REPORTS_FILE, {200: {"model": FiledOut}}))
async def file_report(
    request: Request, answer: Response, _body: XarfBody, caller: Files, reports: ReportsOf
) -> FiledOut:
    """Take an XARF v4 report: a case, or 200 with the same case for a report (by sender and id) that is known."""
    document = parse_xarf(await request.body())
    filed = await run_in_threadpool(reports.reporting.take, read_xarf(document), document, caller.name)
    if not filed.is_new:
        answer.status_code = 200
    return shown(FiledOut, filed)


@router.get("/reports", **route(Right.REPORTS_READ))
def list_reports(_caller: Reads, reports: ReportsOf, limit: Limit = 50, after: After = "") -> ReportsOut:
    """Reports by id."""
    rows = reports.reports.listed(word_after(after), limit)
    following = cursor(rows[-1].report.id) if len(rows) == limit else None
    return ReportsOut(reports=[_report(row) for row in rows], next=following)


@router.get("/reports/{report_id}", **route(Right.REPORTS_READ))
def show_report(report_id: Id, _caller: Reads, reports: ReportsOf) -> ReportOut:
    """One report."""
    found = reports.reports.received(report_id)
    if found is None:
        raise unknown("report", report_id)
    return _report(found)


@router.get("/cases/{case_id}/xarf", **route(Right.CASES_READ))
def state_case(case_id: Id, caller: Annotated[Caller, Depends(needs(Right.CASES_READ))], house: HouseOf) -> XarfOut:
    """The case as an XARF v4 report to others: place, kind and digest, never the content."""
    case, settings = own_case(caller, house, case_id), house.settings
    contact = Contact(settings.reporter_org, settings.reporter_contact, settings.reporter_domain)
    if not (contact.org and contact.contact and contact.domain):
        mend = "set reporter_org, reporter_contact and reporter_domain"
        raise UsageError("nobody is named who reports", where="settings", mend=mend)
    base = settings.public_base_url.rstrip("/")
    url = f"{base}/{case.subject.bucket}/{case.subject.key}" if base and ":" not in case.subject.bucket else ""
    return shown(XarfOut, xarf_of(case, url or case.subject.url, contact, house.reviewing.clock.now()))


@router.post("/orders", status_code=201, **route(Right.ORDERS_FILE))
def file_order(
    body: OrderBody,
    caller: Annotated[Caller, Depends(needs(Right.ORDERS_FILE))],
    reports: ReportsOf,
    house: HouseOf,
) -> FiledOut:
    """Take an authority's order: a case for each place it names; 409 if it was filed before."""
    word = hashlib.sha256(f"{body.authority}\x1f{body.reference}".encode("utf-8", "replace")).hexdigest()[:15]
    order = Order(
        f"O{word}",
        body.authority,
        body.reference,
        body.document_sha256,
        body.legal_basis,
        body.scope,
        house.reviewing.clock.now(),
        body.ends_at,
        body.wants,
        body.confidential_until,
    )
    return shown(FiledOut, reports.reporting.order(order, body.clause, caller.name))


@router.get("/orders", **route(Right.ORDERS_READ))
def list_orders(
    _caller: Annotated[Caller, Depends(needs(Right.ORDERS_READ))], access: Access, limit: Limit = 50, after: After = ""
) -> OrdersOut:
    """Orders by id."""
    rows = access.lists.rights(Order, "", "", word_after(after), limit)
    following = cursor(rows[-1].id) if len(rows) == limit else None
    return OrdersOut(orders=[shown(OrderOut, row) for row in rows], next=following)


def _report(row: Received) -> ReportOut:
    told: dict[str, Any] = {name: getattr(row.report, name) for name in row.report.__dataclass_fields__}
    told |= {"type": row.report.kind, "reporter": row.report.reporter.org, "sender": row.report.sender.org}
    return shown(ReportOut, {**told, "received_at": row.received_at, "case": row.case, "account": row.account})

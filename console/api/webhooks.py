"""Webhooks over the API: receivers, their delivery log, and replay."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from console.api.asked import Body, Id, Line
from console.api.callers import Caller, needs, route, unknown
from console.api.cursors import After, Limit, cursor, number_after
from console.api.models import Answer, shown
from console.api.routing import KeepingRoute
from console.signin import reports_of
from scanner.bootstrap_reports import ReportsHouse
from scanner.domain.access import Right
from scanner.domain.webhooks import Event, Told

router = APIRouter(prefix="/api/v1", tags=["webhooks"], route_class=KeepingRoute)
Reports = Annotated[ReportsHouse, Depends(reports_of)]
Reads = Annotated[Caller, Depends(needs(Right.WEBHOOKS_READ))]
Writes = Annotated[Caller, Depends(needs(Right.WEBHOOKS_WRITE))]
Adds = Annotated[Caller, Depends(needs(Right.WEBHOOKS_WRITE, keeps=False))]


class WebhookBody(Body):
    """A receiver and what it is told of."""

    url: Annotated[Line, Field(min_length=1)]
    events: Annotated[list[Event], Field(min_length=1, max_length=50)]


class SwitchBody(Body):
    """Whether it is told anything."""

    is_on: bool


class WebhookOut(Answer):
    """A receiver. What is told is read from the audit log up to entry `cursor`."""

    id: str
    url: str
    events: list[str]
    is_on: bool
    created_at: datetime
    created_by: str
    cursor: int


class WebhookNewOut(WebhookOut):
    """A receiver just added, with the secret that signs its messages: it is shown this once."""

    secret: str


class WebhooksOut(Answer):
    """All receivers."""

    webhooks: list[WebhookOut]


class DeliveryOut(Answer):
    """One message to one receiver, and what became of it."""

    id: str
    webhook: str
    number: int
    event: str
    thing: str
    made_at: datetime
    due_at: datetime
    state: Told
    attempts: int
    outcome: str


class DeliveriesOut(Answer):
    """A page of a receiver's delivery log."""

    deliveries: list[DeliveryOut]
    next: str | None


@router.get("/webhooks", **route(Right.WEBHOOKS_READ))
def list_webhooks(_caller: Reads, reports: Reports) -> WebhooksOut:
    """All receivers."""
    return WebhooksOut(webhooks=[shown(WebhookOut, hook) for hook in reports.hooks.webhooks()])


@router.post("/webhooks", status_code=201, **route(Right.WEBHOOKS_WRITE))
def add_webhook(body: WebhookBody, caller: Adds, reports: Reports) -> WebhookNewOut:
    """Add a receiver; it is told of what happens from now on."""
    hook = reports.telling.add(body.url, body.events, caller.name)
    return WebhookNewOut(**shown(WebhookOut, hook).model_dump(), secret=reports.secret_of(hook))


@router.post("/webhooks/{webhook_id}/switch", **route(Right.WEBHOOKS_WRITE))
def switch_webhook(webhook_id: Id, body: SwitchBody, caller: Writes, reports: Reports) -> WebhookOut:
    """Stop telling a receiver, or go on from where it was stopped."""
    return shown(WebhookOut, reports.telling.switch(webhook_id, caller.name, is_on=body.is_on))


@router.get("/webhooks/{webhook_id}/deliveries", **route(Right.WEBHOOKS_READ))
def list_deliveries(
    webhook_id: Id, _caller: Reads, reports: Reports, limit: Limit = 50, after: After = ""
) -> DeliveriesOut:
    """A receiver's delivery log."""
    if reports.hooks.webhook(webhook_id) is None:
        raise unknown("webhook", webhook_id)
    rows = reports.hooks.deliveries(webhook_id, number_after(after), limit)
    following = cursor(rows[-1].number) if len(rows) == limit else None
    return DeliveriesOut(deliveries=[shown(DeliveryOut, row) for row in rows], next=following)


@router.post("/deliveries/{delivery_id}/replay", **route(Right.WEBHOOKS_WRITE))
def replay_delivery(delivery_id: Id, caller: Writes, reports: Reports) -> DeliveryOut:
    """Deliver once more; 409 for one that was not tried yet."""
    return shown(DeliveryOut, reports.telling.replay(delivery_id, caller.name))

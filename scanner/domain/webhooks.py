"""Outgoing webhooks: who is told of what, and where each delivery stands. What is told is read from the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from scanner.errors import TransitionError, UsageError

FIRST_RETRY, LAST_RETRY, MAX_ATTEMPTS = timedelta(seconds=10), timedelta(hours=24), 20
LEASE = timedelta(seconds=60)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Event(StrEnum):
    """What receivers may be told of: the audit log's own words."""

    CASE_OPENED = "case-opened"
    CASE_CLEAN = "case-clean"
    CASE_VIOLATING = "case-violating"
    CASE_ESCALATE = "case-escalate"
    CASE_REOPENED = "case-reopened"
    SUSPEND_VERIFIED = "suspend-verified"
    RESTORE_VERIFIED = "restore-verified"
    DELETE_VERIFIED = "delete-verified"
    THROTTLE_VERIFIED = "throttle-verified"
    UNTHROTTLE_VERIFIED = "unthrottle-verified"
    NOTICE_SENT = "notice-sent"
    APPEAL_FILED = "appeal-filed"
    APPEAL_GRANTED = "appeal-granted"
    APPEAL_DENIED = "appeal-denied"
    REPORT_FILED = "report-filed"
    ORDER_FILED = "order-filed"


EVENTS = tuple(event.value for event in Event)


class Told(StrEnum):
    """Where a delivery stands. DEAD ones are replayed by hand."""

    PENDING = "PENDING"
    TAKEN = "TAKEN"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A receiver. `cursor` is the audit entry up to which its deliveries are written, `generation` of its secret."""

    id: str
    url: str
    events: tuple[str, ...]
    created_at: datetime
    created_by: str
    cursor: int
    is_on: bool = True
    generation: int = 1
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one receiver about one audit entry."""

    id: str
    webhook: str
    number: int
    event: str
    thing: str
    made_at: datetime
    due_at: datetime
    state: Told = Told.PENDING
    attempts: int = 0
    outcome: str = ""
    revision: int = 1


def checked_url(url: str) -> str:
    """The receiver's address; UsageError unless it is https, or http on this machine, and names a host."""
    mend = "give an https URL (http is for receivers on this machine)"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError as error:
        raise UsageError(f"is no URL: {error}", where="url", mend=mend) from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= 2_000
    near = parts.scheme == "http" and host in LOOPBACK
    if not plain or not host or parts.username is not None or not (parts.scheme == "https" or near):
        raise UsageError("is no address that we may send to", where="url", mend=mend)
    return url


def checked_events(events: Iterable[str]) -> tuple[str, ...]:
    """The events; UsageError for none or an unknown one."""
    asked = set(events)
    if not asked or not asked <= set(EVENTS):
        wrong = ", ".join(sorted(asked - set(EVENTS))) or "none"
        raise UsageError(f"no such event: {wrong}", where="events", mend=f"use {', '.join(EVENTS)}")
    return tuple(event for event in EVENTS if event in asked)


def tried(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery under way: the attempt is burned before it is made."""
    return replace(delivery, attempts=delivery.attempts + 1, due_at=now + LEASE, revision=delivery.revision + 1)


def taken(delivery: Delivery, outcome: str) -> Delivery:
    """The receiver took it."""
    return replace(delivery, state=Told.TAKEN, outcome=outcome[:300], revision=delivery.revision + 1)


def refused(delivery: Delivery, outcome: str, now: datetime) -> Delivery:
    """It was not taken: again later, or dead after too many attempts."""
    wait = min(FIRST_RETRY * 2 ** min(delivery.attempts - 1, 20), LAST_RETRY)
    state = Told.DEAD if delivery.attempts >= MAX_ATTEMPTS else Told.PENDING
    return replace(delivery, state=state, due_at=now + wait, outcome=outcome[:300], revision=delivery.revision + 1)


def replayed(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery once more; TransitionError while it is under way by itself."""
    if delivery.state is Told.PENDING and delivery.attempts == 0:
        raise TransitionError("it was not tried yet", where=delivery.id, mend="wait for it")
    return replace(delivery, state=Told.PENDING, due_at=now, attempts=0, revision=delivery.revision + 1)

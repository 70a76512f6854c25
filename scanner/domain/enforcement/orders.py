"""Orders of authorities: a source of cases of its own, with a document, a scope and an end."""

from dataclasses import dataclass
from datetime import datetime

from scanner.domain.clauses import Agreement
from scanner.domain.content import Subject
from scanner.errors import TransitionError

SCOPE_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `document_sha256` is of the order as received; `scope` names buckets or `bucket/prefix`es."""

    id: str
    authority: str
    reference: str
    document_sha256: str
    legal_basis: str
    scope: tuple[str, ...]
    received_at: datetime
    ends_at: datetime | None
    wants: str = "suspend"  # suspend | restore | hold | evidence
    confidential_until: datetime | None = None  # until then its owner is not told, for which two people stand
    clause: str = "3.1.3.5.8"
    filed_by: str = ""
    second: str = ""


WANTS = ("suspend", "restore", "hold", "evidence")


def check_order(order: Order) -> Order:
    """The order, if it can be carried out; TransitionError names what it lacks."""
    lacks = [
        name
        for name in ("authority", "reference", "document_sha256", "legal_basis")
        if not str(getattr(order, name)).strip()
    ]
    lacks += [] if order.scope and all(part.strip() for part in order.scope) else ["scope"]
    lacks += [] if order.wants in WANTS else ["wants"]
    if lacks:
        raise TransitionError(f"the order lacks {', '.join(lacks)}", where=order.id, mend="ask the authority")
    if len(order.scope) > SCOPE_LIMIT or any(part.rstrip("/") in ("*", "") for part in order.scope):
        raise TransitionError("its scope is too wide", where=order.id, mend="name buckets and prefixes")
    if order.ends_at is not None and order.ends_at <= order.received_at:
        raise TransitionError("it ended before it came", where=order.id, mend="ask the authority")
    return order


def check_clause(order: Order, agreement: Agreement) -> Order:
    """The order, if its clause can be told to owners; TransitionError for one that the agreement does not have."""
    if order.clause not in agreement.clauses:
        mend = f"use one of {', '.join(agreement.clauses)}"
        raise TransitionError(f"the agreement has no clause {order.clause!r}", where=order.id, mend=mend)
    return order


def stands(order: Order, now: datetime) -> bool:
    """Whether the order is in force."""
    return order.received_at <= now and (order.ends_at is None or now < order.ends_at)


def covers(order: Order, subject: Subject, now: datetime) -> bool:
    """Whether the order is in force and names the subject; a prefix ends at a slash or is the whole key."""
    place = f"{subject.bucket}/{subject.key}"
    return stands(order, now) and any(place == part or place.startswith(part.rstrip("/") + "/") for part in order.scope)

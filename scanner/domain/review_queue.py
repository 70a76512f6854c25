"""The review queue's order: severity × confidence × reach × age against the SLA, so written that no case starves.

The rank of a case is its weight doubled for every `DOUBLING` that it is past its due time. The logarithm of that is a
straight line in time with the same slope for every case, so the order never changes while time passes: it is the order
of one number per case, its `turn`, which an index can hold.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import floor, log2

from scanner.domain.cases import Case, CaseState
from scanner.domain.enforcement.strikes import WEIGHTS
from scanner.domain.findings import Confidence, Severity

DOUBLING = timedelta(hours=6)
MOST_COPIES = 2**20  # reach stops growing there, so that the lead of a grave case over an old one is bounded
MOST_LEAD = DOUBLING * log2(max(WEIGHTS.values()) * max(Confidence) * (1 + floor(log2(MOST_COPIES))))
HARM = ("3.1.3.7", "3.1.3.8")
_DIGITS, _SPACES = re.compile(r"\d+"), re.compile(r"\s+")


class ReviewLane(StrEnum):
    """Where a case waits. The more pressing lanes come first."""

    ORDERS = "orders"  # of an authority
    ESCALATED = "escalated"  # by a reviewer, to a lead
    REPORTS = "reports"  # of third parties
    HARM = "harm"  # clauses under which harm goes on while nobody looks
    CONTENT = "content"
    USAGE = "usage"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the queue is asked for; empty fields ask nothing.

    `assigned` is a reviewer's name, or "-" for nobody. `muted` clauses are left out. `state` is the state as it is
    recorded, `stands` as it is now (see `standing`).
    """

    clause: str = ""
    account: str = ""
    source: str = ""
    rule: str = ""
    state: str = ""
    assigned: str = ""
    lane: str = ""
    muted: tuple[str, ...] = ()
    stands: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ends: the next one begins behind it."""

    turn: float
    case: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A case as it stands in the queue. `copies` counts cases over the same bytes."""

    case: Case
    place: Place
    copies: int


@dataclass(frozen=True, slots=True)
class LaneCount:
    """How many cases of a lane wait, how many of them are late, and since when the oldest does."""

    lane: ReviewLane
    count: int
    late: int
    oldest: datetime | None


def reach(copies: int) -> int:
    """How far a content has spread, from the number of its copies: 1, 2, 2, 3, ... it grows with their logarithm."""
    return 1 + floor(log2(min(max(copies, 1), MOST_COPIES)))


def weight(severity: Severity, confidence: Confidence, copies: int) -> int:
    """What a case weighs at its due time."""
    return WEIGHTS[severity] * int(confidence) * reach(copies)


def rank(case: Case, copies: int, now: datetime) -> float:
    """The case's weight, doubled for every DOUBLING past its due time and halved for every one before it."""
    return float(weight(case.severity, case.confidence, copies) * 2 ** ((now - case.due_at) / DOUBLING))


def turn(case: Case, copies: int) -> float:
    """Seconds since 1970: of two cases the one with the smaller turn has the higher rank, now and at any time."""
    lead = DOUBLING.total_seconds() * log2(weight(case.severity, case.confidence, copies))
    return case.due_at.timestamp() - lead


def lane_of(case: Case) -> ReviewLane:
    """The lane in which the case waits."""
    if case.source == "order":
        return ReviewLane.ORDERS
    if case.state is CaseState.ESCALATED or (case.decision is not None and case.decision.outcome == "escalate"):
        return ReviewLane.ESCALATED
    if case.source == "report":
        return ReviewLane.REPORTS
    if case.source == "usage":
        return ReviewLane.USAGE
    return ReviewLane.HARM if case.clause in HARM else ReviewLane.CONTENT


def standing(case: Case, now: datetime) -> CaseState:
    """How an open case stands for people: a claim that ran out holds nothing, and what was escalated stays so."""
    if not case.is_open:
        return case.state
    if held_by(case, now):
        return CaseState.CLAIMED
    is_escalated = case.decision is not None and case.decision.outcome == "escalate"
    return CaseState.ESCALATED if is_escalated else CaseState.QUEUED


def likeness(case: Case) -> str:
    """The same for cases of one rule whose excerpts differ in numbers and spaces only; 16 hex digits."""
    words = _SPACES.sub(" ", _DIGITS.sub("0", case.summary.casefold())).strip()
    text = f"{case.rule}\x1f{words}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


def held_by(case: Case, now: datetime) -> str:
    """Who holds the case now; "" once the claim has run out."""
    return case.claim.reviewer if case.claim is not None and case.claim.until > now else ""

"""Words of the domain that pages print as they are: every one of them has its translation (a test holds that)."""

from collections.abc import Iterator

from console.pages.codes import REASONS
from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.coverage import Reach, Reason
from scanner.domain.enforcement.appeals import AppealState, Ground
from scanner.domain.enforcement.notices import Delivery
from scanner.domain.enforcement.stages import Stage
from scanner.domain.enforcement.strikes import Rung
from scanner.domain.evidence import EvidenceState
from scanner.domain.findings import Confidence, Layer, Severity
from scanner.domain.review_queue import ReviewLane
from scanner.domain.rules import RuleStatus
from scanner.services.desk_file import EFFECTS

ENUMS = (
    CaseState, Outcome, ActionState, Measure, Reach, Reason, AppealState, Ground, Delivery, Stage, Rung, EvidenceState,
    Layer, ReviewLane, RuleStatus,
)  # fmt: skip
SOURCES = ("scan", "usage", "report", "order")
PARTS = ("filed", "decided", "proposed")
SHAPES = ("text", "page", "hex")


def words() -> Iterator[str]:
    """All of them."""
    for kind in ENUMS:
        yield from (str(member.value) for member in kind)
    for ranked in (Severity, Confidence):
        yield from (member.name for member in ranked)
    for codes in REASONS.values():
        yield from codes
    yield from (*SOURCES, *PARTS, *SHAPES, *EFFECTS)

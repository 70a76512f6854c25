"""Words of the domain that pages print as they are: every one of them has its translation (a test holds that)."""

from collections.abc import Iterator

from console.pages.codes import REASONS
from console.pages.told import MESSAGES
from scanner.domain.access import Role
from scanner.domain.actions import ActionState, Measure
from scanner.domain.cases import CaseState, Outcome
from scanner.domain.coverage import Reach, Reason
from scanner.domain.enforcement.appeals import AppealState, Ground
from scanner.domain.enforcement.facts import Binding
from scanner.domain.enforcement.notices import NEEDED, Delivery
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.enforcement.strikes import Rung
from scanner.domain.enforcement.trail import Appealed
from scanner.domain.evidence import EvidenceState
from scanner.domain.findings import Confidence, Layer, Severity
from scanner.domain.review_queue import ReviewLane
from scanner.domain.rules import RuleStatus
from scanner.services.desk_file import EFFECTS

ENUMS = (
    CaseState, Outcome, ActionState, Measure, Reach, Reason, AppealState, Ground, Delivery, Stage, Rung, EvidenceState,
    Layer, ReviewLane, RuleStatus, Step, Binding, Appealed, Role,
)  # fmt: skip
MACHINE = "machine"  # who acts where no person does
SOURCES = ("scan", "usage", "report", "order")
PARTS = ("filed", "decided", "proposed")
SHAPES = ("text", "page", "hex")
LACKS = ("everything", "a notice", "delivery", *NEEDED, "applied_at", "ends_at", "territory")
SEEN = ("served", "served-by-link", "unclear", "refused", "gone")  # from outside
UNJUDGED = ("pixels", "sound", "moving pictures", "text in pictures")
INSIDE = (
    *("(plain script)", "(decoded script)", "(scripts)", "(macros)", "(actions)", "(links)", "(text)", "(body)"),
    *("(payload)", "(streams)", "(lines)", "(attachment)", "(nameless)", "(code)", "(words)", "(picture)"),
)  # what detection calls parts of a content that have no name of their own
THINGS = ("case", "action", "evidence", "notice", "appeal", "course", "order")


def words() -> Iterator[str]:
    """All of them."""
    for kind in ENUMS:
        yield from (str(member.value) for member in kind)
    for ranked in (Severity, Confidence):
        yield from (member.name for member in ranked)
    for codes in REASONS.values():
        yield from codes
    yield from (MACHINE, *SOURCES, *PARTS, *SHAPES, *EFFECTS, *LACKS, *SEEN, *THINGS, *UNJUDGED, *INSIDE)
    yield from (message.english for message in MESSAGES.values())

"""A change: everything that one step writes, to be committed in one transaction or not at all."""

from dataclasses import dataclass, field

from scanner.domain.actions import Action
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case
from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.brakes import Begun
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.notices import Notice
from scanner.domain.enforcement.orders import Order
from scanner.domain.enforcement.strikes import Strike
from scanner.domain.known import Known, Settled
from scanner.domain.similarity import Sketch
from scanner.domain.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict over one subject, the request it answers (0: none) and that request's fencing token."""

    subject: Subject
    verdict: Verdict
    request: int = 0
    token: int = 0
    rescan: str = ""


@dataclass(frozen=True, slots=True)
class Custody:
    """One sealed bundle: where it lies, and the digest of its bytes as read back. `state` as in domain.md §4.

    `sketch` says what the content is like; it is written with a new row and not read back with it.
    """

    id: str
    case: str
    ref: str
    sha256: str
    content_sha256: str
    state: str = "VERIFIED"
    retain_until: str = ""
    sketch: Sketch | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Rows to write together. A row with revision 1 is new; else its stored revision must be one less.

    A `Judged` whose request is no longer held under its token is left out by the register and named in its answer:
    somebody else has it now.
    """

    verdicts: tuple[Judged, ...] = ()
    cases: tuple[Case, ...] = ()
    actions: tuple[Action, ...] = ()
    custody: tuple[Custody, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    finished: tuple[tuple[int, int, str], ...] = field(default=())  # (request, token, outcome) without a verdict
    courses: tuple[Course, ...] = ()
    notices: tuple[Notice, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    strikes: tuple[Strike, ...] = ()
    orders: tuple[Order, ...] = ()
    moved_custody: tuple[Custody, ...] = ()  # rows that exist: their state and date are written anew
    known: tuple[Known, ...] = ()  # detections that hold for other keys with the same content
    settled: tuple[tuple[int, Settled], ...] = ()  # (request, object as it was read); left out with a lost request
    counts: tuple[tuple[int, str, str], ...] = ()  # (request, scope, name): one more; left out with a lost request
    begun: tuple[Begun, ...] = ()  # attempts at deletions; ConflictError where others began since they were counted
    sketches: tuple[tuple[str, Sketch], ...] = ()  # (sha256, what that content is like), beside those of `custody`

    @property
    def all_sketches(self) -> dict[str, Sketch]:
        """By sha256, those of sealed bundles as well."""
        sealed = {row.content_sha256: row.sketch for row in self.custody if row.sketch is not None}
        return {**sealed, **dict(self.sketches)}

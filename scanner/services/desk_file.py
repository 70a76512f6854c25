"""A case's file: everything that a reviewer needs on one screen, read in one go and changing nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanner.domain.actions import GIVEN_UP, Action, Measure
from scanner.domain.cases import Case
from scanner.domain.changes import Custody, Judged
from scanner.domain.clauses import Clause
from scanner.domain.content import Subject
from scanner.domain.enforcement.appeals import Appeal
from scanner.domain.enforcement.course import Course, told_of
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.notices import Notice
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.enforcement.strikes import WEIGHTS, Ladder, Rung, Strike, rung, weight
from scanner.domain.findings import Finding
from scanner.domain.messages import (
    PROPOSED_BY,
    TELL_FIRST,
    VERSION,
)
from scanner.domain.rules import Rule
from scanner.domain.said import Said
from scanner.errors import UnknownError
from scanner.ports import Outbox
from scanner.ports_enforcement import Rights
from scanner.ports_review import Hits, Queue
from scanner.services.desk_similar import Kin, Kinship
from scanner.services.guarding import Guarding

HITS_A_PAGE = 50
SIMILAR_SHOWN = 8
EARLIER_SHOWN = 5
LADDER = Ladder()
UNDOES = "undo %(action)s on %(subject)s by its stored inverse"
KEEPS = "nothing is filed: %(subject)s stays as it is"
SUSPENDS = "suspend %(subject)s; a strike of weight %(weight)s; a notice to the owner"
STANDS = "%(action)s on %(subject)s stands; a strike of weight %(weight)s"
PROPOSES = "propose to delete %(subject)s: a second person approves, then the cool-off"
ESCALATES = "back into the queue, for a lead"
EFFECTS = (UNDOES, KEEPS, SUSPENDS, STANDS, PROPOSES, ESCALATES)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one key would do, as a sentence with its values, and what holds it back ("" if nothing does)."""

    key: str
    what: str
    told: Mapping[str, str]
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class Tenant:
    """An account's record: its strikes, their weight now, how wide a measure may reach, its earlier cases."""

    strikes: tuple[Strike, ...]
    weight: int
    rung: Rung
    earlier: tuple[Case, ...]
    appeals: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a verdict's findings. `kept` were kept with the verdict, page counts from 0."""

    shown: tuple[Finding, ...]
    kept: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.kept // HITS_A_PAGE))


@dataclass(frozen=True, slots=True)
class File:
    """The whole file of a case."""

    case: Case
    clause: Clause | None
    rule: Rule | None
    judged: Judged | None
    hits: Shown
    custody: Custody | None
    actions: tuple[Action, ...]
    course: Course
    notices: tuple[Notice, ...]
    appeals: tuple[Appeal, ...]
    tenant: Tenant
    copies: int  # other cases over the same bytes
    alike: int  # other cases of the account and rule
    similar: tuple[Kin, ...]
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """Reads files of cases."""

    guarding: Guarding
    outbox: Outbox
    hits: Hits
    rights: Rights
    queue: Queue
    kinship: Kinship

    def file(self, case_id: str, person: str, page: int = 0) -> File:
        """The case's file with one page of its hits; UnknownError if there is no such case."""
        casebook, book = self.guarding.casebook, self.guarding.rules.current()
        case, now = casebook.case(case_id), self.guarding.clock.now()
        judged, kept, page = self.hits.latest(case.subject, page, HITS_A_PAGE)
        course = self.guarding.course(case.subject, case.sha256)
        actions = tuple(self.outbox.actions_of(case_id))
        return File(
            case=case,
            clause=book.agreement.clauses.get(case.clause),
            rule=book.rule(case.rule),
            judged=judged,
            hits=Shown(judged.verdict.findings if judged else (), kept, page),
            custody=self._custody(case),
            actions=actions,
            course=course,
            notices=tuple(self.rights.notices_of(course.id)),
            appeals=tuple(self.rights.appeals_of(course.id)),
            tenant=self._tenant(case, now),
            copies=self.queue.count(case, "content"),
            alike=self.queue.count(case, "account"),
            similar=tuple(self.kinship.of(case, SIMILAR_SHOWN)),
            effects=self._effects(case, course, actions, person, now),
        )

    def _custody(self, case: Case) -> Custody | None:
        try:
            return self.guarding.casebook.custody(case.evidence) if case.evidence else None
        except UnknownError:
            return None  # the page says that the evidence is missing

    def _tenant(self, case: Case, now: datetime) -> Tenant:
        account, place = case.subject.account, case.subject.bucket
        if not account:
            return Tenant((), 0, Rung.RESOURCE, (), 0)
        strikes = tuple(self.rights.strikes(account))
        earlier = tuple(one for one in self.queue.of_account(account, EARLIER_SHOWN + 1) if one.id != case.id)
        voided = sum("appeal" in one.voided_why for one in strikes)
        return Tenant(strikes, weight(strikes, now), rung(strikes, place, now, LADDER), earlier[:EARLIER_SHOWN], voided)

    def _effects(
        self, case: Case, course: Course, actions: Sequence[Action], person: str, now: datetime
    ) -> tuple[Effect, ...]:
        """Computed from the records by the code that would carry it out; nothing is filed."""
        live, named = _live(actions), version_of(case.subject)
        told = {"subject": named, "weight": str(WEIGHTS[case.severity]), "action": ", ".join(one.id for one in live)}
        held = self._deletion_held(case, course, person, now)
        return (
            Effect("a", UNDOES if live else KEEPS, told),
            Effect("s", STANDS if live else SUSPENDS, told),
            Effect("d", PROPOSES, told, held),
            Effect("e", ESCALATES, told),
        )

    def _deletion_held(self, case: Case, course: Course, person: str, now: datetime) -> str:
        """What keeps the person from proposing a deletion now; "" if nothing does."""
        if course.stage not in (Stage.NOTICED, Stage.NOTICED_FINAL):
            proposed = course.stage is Stage.DELETE_PROPOSED
            return PROPOSED_BY(name=course.trail.proposer) if proposed else TELL_FIRST(stage=course.stage)
        facts = Facts(now, person, True, "dry run", f"{case.id}:dry", ground=case.id)
        facts = self.guarding.with_rights(self.guarding.with_evidence(facts, case.evidence), course)
        return told_of(self.guarding.held_back(course, Step.PROPOSE, facts))


def version_of(subject: Subject) -> Said:
    """The judged version in a few letters; the whole of it stands with the object."""
    mark = subject.version_id or subject.etag
    return VERSION(mark=f"{mark[:10]}…" if len(mark) > 10 else mark)


def _live(actions: Sequence[Action]) -> list[Action]:
    undone = {one.undoes for one in actions if one.state not in GIVEN_UP}
    return [a for a in actions if a.measure is Measure.SUSPEND and a.state not in GIVEN_UP and a.id not in undone]

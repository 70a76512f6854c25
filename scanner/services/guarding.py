"""Guarding: gathers the facts that the guards ask for, and moves courses under them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.domain.actions import Action
from scanner.domain.audit import AuditEntry
from scanner.domain.canonical import parse_canonical
from scanner.domain.cases import Case
from scanner.domain.changes import Custody
from scanner.domain.clauses import Ceiling
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.domain.enforcement.brakes import Breaker, Pace, Wait, drawn, trips
from scanner.domain.enforcement.course import Course, Hurdle, advance, course_id, hurdles
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.guards import Guard
from scanner.domain.enforcement.notices import Delivery, missing
from scanner.domain.enforcement.orders import covers
from scanner.domain.enforcement.stages import Step
from scanner.domain.evidence import EvidenceState
from scanner.domain.policy import EvidenceKeeping
from scanner.domain.rules import RuleStatus
from scanner.errors import EnforcementError, UnknownError, VaultAwayError, VaultError
from scanner.ports import Casebook, Clock, Contents, Fetched, Rules, Sealer, Unread, Vault
from scanner.ports_enforcement import Courses, Remover, Rights, Trails
from scanner.services.pacing import Pacing
from scanner.services.ruling import fallen
from scanner.services.whereabouts import Whereabouts

MACHINE = "machine"
WORKER = "enforcer"
AT_HOME = Whereabouts()
BREAKER = Breaker()
PACE = Pace()
ASKED_BEFORE = frozenset(Guard) - {Guard.G14}
KEEPS = (EvidenceKeeping.HASH, EvidenceKeeping.EXCERPT, EvidenceKeeping.BYTES)  # the least first
SEEN = ("evidence-viewed", "evidence-exported")
NOT_THERE = (Reason.GONE, Reason.CHANGED)
OTHER = "other"  # no ETag that a store gives


def nothing_decided(_rule: str) -> tuple[int, int]:
    """A rule's confirmed and overturned hits, where nobody counts them."""
    return 0, 0


def surely(_now: datetime) -> Wait | None:
    """The clock is believed, where nobody looks at it."""
    return None


@dataclass(frozen=True, slots=True)
class Guarding:
    """What the guards need of the world and of our records. `limit` bounds a re-read of an object.

    `rollouts`: for a rule (`*`: for every other) the share of subjects on which it may act by itself yet, 0 to 1.
    `unsure` says why nothing may be destroyed by the clock now.
    """

    courses: Courses
    rights: Rights
    trails: Trails
    casebook: Casebook
    vault: Vault
    sealer: Sealer
    contents: Contents
    rules: Rules
    remover: Remover
    clock: Clock
    limit: int
    breaker: Breaker = BREAKER
    protected: frozenset[str] = frozenset()
    rollouts: Mapping[str, float] = field(default_factory=dict)
    decided: Callable[[str], tuple[int, int]] = nothing_decided
    pace: Pace = PACE
    unsure: Callable[[datetime], Wait | None] = surely
    whereabouts: Whereabouts = AT_HOME

    @property
    def pacing(self) -> Pacing:
        """Which deletions begin now."""
        return Pacing(self.courses, self.pace, self.unsure)

    def course(self, subject: Subject, sha256: str) -> Course:
        """The version's course as it stands, or a fresh one (revision 0: not yet written)."""
        found = self.courses.course(course_id(subject, sha256))
        return found or Course(course_id(subject, sha256), subject, sha256, revision=0)

    def take(self, course: Course, step: Step, facts: Facts) -> tuple[Course, AuditEntry]:
        """The course after a step; TransitionError names the guard that holds it back."""
        return advance(course, step, facts)

    def record(self, course: Course, step: Step, facts: Facts) -> tuple[Course, AuditEntry]:
        """The course after a step that is done: its guards were asked before the world was changed.

        What is done is recorded whatever the clock says meanwhile; its time is not before the course's last step.
        """
        return advance(course, step, in_order(facts, course), without=ASKED_BEFORE)

    def held_back(self, course: Course, step: Step, facts: Facts) -> tuple[Hurdle, ...]:
        """The guards that hold a step back."""
        return hurdles(course, step, facts)

    def asked(self, action: Action, case: Case, step: Step) -> Facts:
        """The facts of a worker that carries out an action: who wanted it counts as who filed it."""
        wanting = step in (Step.FILE, Step.JOIN)
        human = action.proposer != MACHINE and (wanting or step is Step.APPLY)
        facts = Facts(
            now=self.clock.now(),
            actor=action.proposer if wanting else WORKER,
            human=human,
            reason=action.outcome or f"§{action.clause or '-'} {case.rule}".strip(),
            key=f"{action.id}:{step}:{action.revision}" if step in REPEATED else f"{action.id}:{step}",
            ground=case.id,
            rule=case.rule,
        )
        return self.with_brakes(facts, case)

    def with_brakes(self, facts: Facts, case: Case) -> Facts:
        """Precision gate, flood breaker, protected accounts."""
        book, subject = self.rules.current(), case.subject
        rule = book.rule(case.rule)
        policy = book.policy.of(case.clause)
        ceiling = policy.ceiling if case.source == "usage" else Ceiling.RECORD
        if rule is not None and rule.status is RuleStatus.AUTO:
            ceiling = min(rule.ceiling, policy.ceiling)
        share = self.rollouts.get(case.rule, self.rollouts.get("*", 1.0))
        gate = ceiling >= Ceiling.THROTTLE and drawn(subject.account, subject.bucket, subject.key, share)
        gate = gate and not (rule is not None and fallen(rule, book, self.decided(rule.id)))
        since = facts.now - self.breaker.within
        tripped = trips(
            self.breaker,
            accounts_hit=self.courses.customers(case.rule, since),
            held=self.courses.held(subject.bucket) + 1,
            stored=self.courses.stored(subject.bucket),
        )
        protected = subject.account in (self.protected | book.policy.protected)
        return replace(facts, gate_open=gate, breaker_open=bool(tripped), protected=protected)

    def with_evidence(self, facts: Facts, evidence_id: str) -> Facts:
        """The sealed copy, read back and hashed now; its entry in the chain; who opened it.

        VaultAwayError where the vault cannot be asked: nothing is known of the evidence then.
        """
        try:
            row = self.casebook.custody(evidence_id)
            bundle = self.vault.get(row.ref)
        except VaultAwayError:
            raise
        except (UnknownError, VaultError):
            return replace(facts, evidence=EvidenceState.TAINTED)
        intact = hashlib.sha256(bundle).hexdigest() == row.sha256
        state = EvidenceState(row.state) if intact else EvidenceState.TAINTED
        return replace(
            facts,
            evidence=state,
            evidence_sha256=row.content_sha256,
            chained=bool(self.trails.actors(row.id, ("evidence-sealed",))),
            kept_as_policy=intact and self._keeps_enough(bundle, row),
            opened_by=self.trails.actors(row.id, SEEN),
            visible=intact and row.state != EvidenceState.EXPIRED,
        )

    def _keeps_enough(self, bundle: bytes, row: Custody) -> bool:
        """Whether the opened bundle holds at least what its clause's policy wants kept: the very bytes, where it does.

        A bundle whose key is gone, or that does not open, keeps nothing any more.
        """
        try:
            manifest, payload = self.sealer.open(bundle)
            stated = parse_canonical(manifest, row.id)
            kept = EvidenceKeeping(stated["kept"])
        except VaultAwayError:
            raise
        except (VaultError, KeyError, TypeError, ValueError):
            return False
        wanted = self.rules.current().policy.of(self.casebook.case(row.case).clause).keep
        if stated.get("sha256") != row.content_sha256 or KEEPS.index(kept) < KEEPS.index(wanted):
            return False
        return kept is not EvidenceKeeping.BYTES or hashlib.sha256(payload).hexdigest() == row.content_sha256

    def with_world(self, facts: Facts, course: Course, *, reread: bool) -> Facts:
        """The object as the store shows it now; re-read and hashed where asked, or where no version pins the bytes.

        EnforcementError where it cannot be read for another cause than that it is gone or is another one.
        """
        subject = course.subject
        binding = Binding.VERSION if subject.version_id else Binding.ETAG
        found = self._read(course) if reread else None
        seen, digest = subject, course.sha256
        if isinstance(found, Fetched):
            seen, digest = found.subject, hashlib.sha256(found.data).hexdigest()
        elif found is not None and not self._pinned(found, subject):
            seen, digest = _not_there(found, subject), ""
        return replace(
            facts,
            store_proven=True,
            binding=binding,
            seen_version=seen.version_id,
            seen_etag=seen.etag,
            seen_sha256=digest,
            newer=not subject.version_id and seen.etag != subject.etag,
            exact=True,
        )

    def _read(self, course: Course) -> Fetched | Unread:
        """The judged bytes at their own place; where they do not lie there, where a measure moved them."""
        subject = course.subject
        found = next(iter(self.contents.read([subject], self.limit)))
        if isinstance(found, Fetched) or found.gap.reason not in NOT_THERE:
            return found
        for copy in self.whereabouts.copies(course):
            moved = next(iter(self.contents.read([copy], self.limit)))
            if isinstance(moved, Fetched):
                return replace(moved, subject=subject)
            if moved.gap.reason not in NOT_THERE:
                return moved
        return found

    def places(self, course: Course) -> list[Subject]:
        """Everywhere that the judged bytes lie now: their own place first, then what measures moved away."""
        own = [course.subject] if self.remover.there(course.subject) else []
        return [*own, *self.whereabouts.copies(course)]

    def _pinned(self, found: Unread, subject: Subject) -> bool:
        """Whether our own hold refuses even us to read: a version that is still there is the one that was judged."""
        refused = found.gap.reason is Reason.ACCESS_DENIED and bool(subject.version_id)
        return refused and self.remover.there(subject)

    def with_rights(self, facts: Facts, course: Course) -> Facts:
        """The notice, exceptions from it, and holds by orders."""
        notices = self.rights.notices_of(course.id)
        notice = notices[0] if notices else None
        lacks = missing(notice) if notice else ("a notice",)
        if notice is not None and notice.state is Delivery.PENDING:
            lacks = (*lacks, "delivery")
        withheld = notice is not None and notice.withheld is not None and notice.withheld.stands(facts.now)
        return replace(facts, missing=lacks, exempt=withheld, hold=self.on_hold(course.subject, facts.now))

    def for_destruction(self, facts: Facts, course: Course, evidence_id: str) -> Facts:
        """Everything that the irreversible asks for."""
        facts = self.with_world(self.with_evidence(facts, evidence_id), course, reread=True)
        asked = self.whereabouts.copies(course) or [course.subject]
        proven = all(self.remover.proves(place) for place in asked)
        return replace(self.with_rights(facts, course), store_proven=proven)

    def ordered_until(self, case: Case, now: datetime) -> datetime | None:
        """When the order ends that a case is of; None for other cases, and for orders without an end."""
        if case.source != "order":
            return None
        wanting = [one for one in self.rights.orders(now) if one.wants == "suspend" and covers(one, case.subject, now)]
        ends = [one.ends_at for one in wanting if one.ends_at is not None]
        return max(ends) if ends and len(ends) == len(wanting) else None

    def on_hold(self, subject: Subject, now: datetime) -> bool:
        """Whether an order in force holds the subject."""
        return any(order.wants == "hold" and covers(order, subject, now) for order in self.rights.orders(now))


def in_order(facts: Facts, course: Course) -> Facts:
    """The facts at a time that is not before the course's last step, whatever the clock says by now.

    For what can be undone: it does not wait for a clock that ran ahead once. Deletions do.
    """
    return replace(facts, now=max(facts.now, course.changed_at)) if course.changed_at else facts


def _not_there(found: Unread, subject: Subject) -> Subject:
    """What is seen of a version that is gone, or over which other bytes lie."""
    reason = found.gap.reason
    if reason not in NOT_THERE:
        what = f"could not be read: {reason.value} {found.gap.detail}".strip()
        raise EnforcementError(what, where=subject.url, mend="it is tried again")
    return replace(subject, version_id="", etag="" if reason is Reason.GONE else OTHER)


# Steps that an action takes anew with another attempt, or when it is replayed: a request is one writing of its row.
REPEATED: Iterable[Step] = frozenset(
    {Step.FILE, Step.JOIN, Step.DROP, Step.LIFT, Step.CALL_OFF, Step.CHANGE, Step.WITHDRAW}
    | {Step.APPLY, Step.VERIFY, Step.LEAK, Step.RESUME, Step.BEGIN}
)

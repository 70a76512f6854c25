"""Casework: violating or doubtful content becomes a case with sealed evidence and, where the rules allow, an action."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState, Outcome
from scanner.domain.changes import Custody, Judged
from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course, course_id
from scanner.domain.enforcement.stages import END_STAGES
from scanner.domain.evidence import Manifest
from scanner.domain.findings import Confidence, Finding, Severity
from scanner.domain.policy import ClausePolicy, EvidenceKeeping
from scanner.domain.similarity import Kind, Sketch
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import TaintedError, VaultError
from scanner.ports import Casebook, Clock, Rules, Sealer, Vault

MACHINE = "machine"
RETURNED = "returned\x1f"  # marks the ids of suspensions of what lies there again


@dataclass(frozen=True, slots=True)
class Opening:
    """All rows that opening one case writes. `custody` is None where the vault refused: no action can happen yet."""

    case: Case
    actions: tuple[Action, ...]
    custody: Custody | None
    audit: tuple[AuditEntry, ...]


def no_sketch(_payload: bytes) -> Sketch | None:
    """For a house that finds no similar contents."""
    return None


def nobody_watched(_account: str) -> frozenset[Kind]:
    """For a house that looks for nobody's content to come back."""
    return frozenset()


def no_course(_course_id: str) -> Course | None:
    """For a house that enforces nothing."""
    return None


def no_actions(_case_id: str) -> Sequence[Action]:
    """For a house that enforces nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Casework:
    """Opens cases. Evidence is sealed, read back and hashed before the case's rows are written.

    `sketch` says what a content is like, for bytes that nobody has vetted; None where nothing can be said.
    """

    rules: Rules
    casebook: Casebook
    vault: Vault
    sealer: Sealer
    clock: Clock
    protected: frozenset[str] = frozenset()
    canaries: str = ""  # the bucket of our own canaries: they are found, and that is all
    sketch: Callable[[bytes], Sketch | None] = no_sketch
    watched: Callable[[str], frozenset[Kind]] = nobody_watched
    course_of: Callable[[str], Course | None] = no_course
    actions_of: Callable[[str], Sequence[Action]] = no_actions

    def likeness(self, account: str, media_type: str, payload: bytes) -> Sketch | None:
        """What a new content is like, where its account has condemned contents of that kind; else None."""
        kinds = self.watched(account)
        wanted = Kind.IMAGE in kinds if media_type.startswith("image/") else bool(kinds - {Kind.IMAGE})
        return self.sketch(payload) if wanted else None

    def spares(self, subject: Subject) -> bool:
        """Whether this is a canary of our own: its verdict is recorded, nobody is bothered with a case."""
        ours = bool(self.canaries) and subject.bucket == self.canaries and subject.key.startswith("aup-canary/")
        return ours and subject.size <= 128

    def wants(self, verdict: Verdict) -> bool:
        """Whether the verdict needs a case: a finding that judges, or a gap that the policy sends to review."""
        return verdict.standing is not Standing.CLEAN or bool(self._review_reasons(verdict))

    def unopened(self, openings: Sequence[Opening]) -> list[Opening]:
        """Those whose case does not exist yet, one per case: the same version is one question, asked once."""
        known = self.casebook.known([opening.case.id for opening in openings])
        first = {opening.case.id: opening for opening in reversed(openings)}
        return [opening for case_id, opening in first.items() if case_id not in known]

    def returned(self, openings: Iterable[Opening]) -> list[Action]:
        """Suspensions of what a known case was about, that went away or was deleted, and lies there again.

        Nobody asks a person twice, and a case that was decided clean stays so.
        """
        wanted = {opening.case.id for opening in openings if opening.actions}
        known = self.casebook.known(sorted(wanted)) if wanted else ()
        return [action for case_id in sorted(known) for action in self._again(self.casebook.case(case_id))]

    def _again(self, case: Case) -> list[Action]:
        course = self.course_of(course_id(case.subject, case.sha256))
        if course is None or course.stage not in END_STAGES:
            return []
        if case.decision is not None and case.decision.outcome is Outcome.CLEAN:
            return []
        filed = self.actions_of(case.id)
        if any(not action.is_final for action in filed):
            return []
        fresh = new_action(case, Measure.SUSPEND, MACHINE, self.clock.now(), undoes=f"{RETURNED}{len(filed)}")
        before = [action.id for action in filed if action.measure is Measure.SUSPEND and action.subject == case.subject]
        return [replace(fresh, undoes=before[-1] if before else "")]  # it stands in the place of the last one

    def opening(self, judged: Judged, payload: bytes) -> Opening:
        """The rows of a new case over `judged`; its evidence is in the vault when this returns, or named as missing."""
        now, policy = self.clock.now(), self.rules.current().policy.of(judged.verdict.clause)
        case = self._case(judged, now, policy)
        try:
            custody: Custody | None = self.capture(case, judged.verdict, payload, policy, now)
            trouble = ""
        except VaultError as error:
            custody, trouble = None, str(error)
        case = replace(case, evidence=custody.id if custody else "")
        actions = self._actions(case, judged, now, policy)
        return Opening(case, actions, custody, _entries(case, actions, custody, trouble, now))

    def capture(
        self, case: Case, verdict: Verdict, payload: bytes, policy: ClausePolicy, now: datetime, *, ours: bool = False
    ) -> Custody:
        """Seal the judged bytes into the vault and read them back; VaultError if it cannot be done.

        `ours`: the bytes are a record that we wrote. Those are all alike, which says nothing of what they are about.
        """
        if hashlib.sha256(payload).hexdigest() != case.sha256:
            raise TaintedError("the bytes are not the judged ones", where=case.id, mend="scan the object again")
        kept = _kept(payload, verdict.findings, policy.keep)
        manifest = Manifest.of(case, verdict, kept=policy.keep.value, at=now, actor=MACHINE)
        bundle = self.sealer.seal(manifest.to_bytes(), kept)
        digest = hashlib.sha256(bundle).hexdigest()
        evidence_id = f"E{case.id[1:]}"
        ref = self.vault.put(f"{evidence_id}-{digest[:12]}.aupe", bundle)
        if hashlib.sha256(self.vault.get(ref)).hexdigest() != digest:
            raise TaintedError("the vault gave back other bytes", where=ref, mend="check the vault's disk")
        until = now + timedelta(days=policy.retention_days)
        sketch, kept_until = None if ours else self.sketch(payload), until.date().isoformat()
        return Custody(evidence_id, case.id, ref, digest, case.sha256, "VERIFIED", kept_until, sketch)

    def _review_reasons(self, verdict: Verdict) -> list[str]:
        if not verdict.coverage.gaps:
            return []
        wanted = self.rules.current().policy.partial_to_review
        return [reason.value for reason in verdict.coverage.reasons if reason.value in wanted]

    def _case(self, judged: Judged, now: datetime, policy: ClausePolicy) -> Case:
        verdict, subject = judged.verdict, judged.subject
        lead = next((f for f in verdict.findings if f.rule == verdict.rule), None)
        reasons = ", ".join(self._review_reasons(verdict))
        return Case(
            id=case_id(judged),
            subject=subject,
            sha256=verdict.content.sha256,
            clause=verdict.clause,
            rule=verdict.rule,
            severity=lead.severity if lead else Severity.LOW,
            confidence=lead.confidence if lead else Confidence.LOW,
            state=CaseState.QUEUED,
            source="scan",
            opened_at=now,
            due_at=now + timedelta(hours=policy.sla_hours),
            summary=lead.excerpt if lead else f"not read: {reasons}",
        )

    def _actions(self, case: Case, judged: Judged, now: datetime, policy: ClausePolicy) -> tuple[Action, ...]:
        """An immediate reversible suspension, where the verdict is a violation and the account is not protected."""
        protected = self.protected | self.rules.current().policy.protected
        if judged.verdict.standing is not Standing.VIOLATION or case.subject.account in protected:
            return ()
        return (new_action(case, Measure.SUSPEND, MACHINE, now),)


def case_id(judged: Judged) -> str:
    """One id per question: this version, these bytes, this clause and rule. Asking twice is the same question."""
    subject, verdict = judged.subject, judged.verdict
    version = subject.version_id or subject.etag
    text = "\x1f".join((subject.bucket, subject.key, version, verdict.content.sha256, verdict.clause, verdict.rule))
    return "C" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:15]


def new_action(
    case: Case, measure: Measure, proposer: str, now: datetime, *, undoes: str = "", inverse: str = ""
) -> Action:
    """A pending action of the case; its id is derived from what it does, so filing it twice is one action."""
    text = "\x1f".join((case.id, measure, undoes, str(case.tokens)))
    return Action(
        id="A" + hashlib.sha256(text.encode()).hexdigest()[:15],
        case=case.id,
        subject=case.subject,
        sha256=case.sha256,
        measure=measure,
        clause=case.clause,
        proposer=proposer,
        state=ActionState.PENDING,
        created_at=now,
        due_at=now,
        evidence=case.evidence,
        undoes=undoes,
        inverse=inverse,
    )


def undoing(case: Case, held: Action, by: str, now: datetime) -> Action:
    """The action that undoes one in force, where it was done, by its stored inverse."""
    measure = Measure.UNTHROTTLE if held.measure is Measure.THROTTLE else Measure.RESTORE
    return replace(new_action(case, measure, by, now, undoes=held.id, inverse=held.inverse), subject=held.subject)


def _kept(payload: bytes, findings: Iterable[Finding], keep: EvidenceKeeping) -> bytes:
    if keep is EvidenceKeeping.BYTES:
        return payload
    if keep is EvidenceKeeping.HASH:
        return b""
    return "\n".join(f"{f.rule} {f.path}@{f.offset}: {f.excerpt}" for f in findings).encode("utf-8", "replace")


def _entries(
    case: Case, actions: Sequence[Action], custody: Custody | None, trouble: str, now: datetime
) -> tuple[AuditEntry, ...]:
    facts = {"clause": case.clause, "rule": case.rule, "sha256": case.sha256, "subject": case.subject.url}
    if custody:
        sealed = AuditEntry(now, MACHINE, "evidence-sealed", custody.id, "a finding", {"bundle": custody.sha256})
    else:
        sealed = AuditEntry(now, MACHINE, "evidence-missing", case.id, trouble or "vault refused")
    opened = AuditEntry(now, MACHINE, "case-opened", case.id, "a finding", facts)
    filed = tuple(
        AuditEntry(now, MACHINE, f"{a.measure}-filed", a.id, "rule and clause allow it", facts) for a in actions
    )
    return (sealed, opened, *filed)

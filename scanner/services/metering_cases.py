"""What incidents lead to: a case with sealed evidence, reversible throttles, their lifting, or a word to sales."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import Action, ActionState, Measure, called_off
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState, Outcome, reopen
from scanner.domain.changes import Change, Custody, Judged
from scanner.domain.content import Content, Subject
from scanner.domain.coverage import Coverage, ViewRead
from scanner.domain.findings import Confidence, Finding, Layer, Severity
from scanner.domain.requests import Lane
from scanner.domain.usage.entitlements import OWNER
from scanner.domain.usage.incidents import Incident, legs
from scanner.domain.usage.notices import figures, notice_en, notice_zh, summary
from scanner.domain.usage.thresholds import Kind, Ruling
from scanner.domain.verdicts import Standing, Verdict
from scanner.errors import UnknownError
from scanner.ports import Casebook, Clock, Doorbell, Outbox, Register
from scanner.ports_usage import UsageRules
from scanner.services.casework import MACHINE, Casework
from scanner.services.metering_plots import Plotting

ATTACK_SLA = timedelta(hours=1)
MAX_MEMBERS = 50  # of one owner; more are left to the person who gets the case
SURFACE = "account:"
_GRAVE = {Ruling.THROTTLE: Severity.MEDIUM, Ruling.PROPOSE: Severity.HIGH, Ruling.ATTACK: Severity.CRITICAL}


@dataclass(frozen=True, slots=True)
class UsageCasework:
    """Files what incidents owe, through the same cases, evidence, actions and audit as content."""

    casework: Casework
    casebook: Casebook
    outbox: Outbox
    register: Register
    doorbell: Doorbell
    rules: UsageRules
    plotting: Plotting
    clock: Clock

    def carry(self, incident: Incident) -> Incident:
        """One case for the incident, opened or made graver, with the throttles that are new; done twice it is once."""
        now, before = self.clock.now(), self._known(case_id(incident))
        payload = self.payload(incident)
        case = self._case(incident, hashlib.sha256(payload).hexdigest(), before, now)
        policy = self.casework.rules.current().policy.of(case.clause)
        verdict = verdict_of(incident, payload, self.rules.usage().digest)
        custody = self.casework.capture(case, verdict, payload, policy, now, ours=True)
        custody = custody if before is None else replace(custody, id=f"{custody.id}.{case.revision}")
        case = replace(case, evidence=custody.id)
        throttles = [t for t in self._throttles(incident, case, now) if t.id not in incident.throttles]
        audit = self._entries(incident, case, custody, throttles)
        judged = Judged(case.subject, verdict)
        self.register.commit(Change((judged,), (case,), tuple(throttles), (custody,), audit))
        if throttles:
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        ids = (*incident.throttles, *(throttle.id for throttle in throttles))
        return replace(incident, carried=incident.ruling, case=case.id, throttles=ids, lifted=False, cleared=False)

    def lift(self, incident: Incident) -> Incident:
        """Undo the throttles: what was not yet done is called off, what was done is undone by its stored inverse."""
        now, undoing = self.clock.now(), list[Action]()
        undone = {action.undoes for action in self.outbox.actions_of(incident.case)}
        for action_id in set(incident.throttles) - undone:
            undoing += self._undo(self.outbox.action(action_id), _why(incident), now)
        entries = [
            AuditEntry(now, MACHINE, f"{a.measure}-filed", a.id, _why(incident), _facts(incident)) for a in undoing
        ]
        if undoing:
            self.register.commit(Change(actions=tuple(undoing), audit=tuple(entries)))
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        return replace(incident, lifted=True)

    def refer(self, incident: Incident) -> Incident:
        """A viral customer: a word to sales in the audit log and on the incident, no case and no measure."""
        now = self.clock.now()
        entry = AuditEntry(now, MACHINE, "usage-referred-to-sales", incident.id, summary(incident), _facts(incident))
        self.register.commit(Change(audit=(entry,)))
        return replace(incident, carried=Ruling.SALES)

    def cleared(self, incident: Incident) -> bool:
        """Whether a person decided that the incident's case is no violation."""
        case = self._known(incident.case)
        decision = None if case is None or case.is_open else case.decision
        return decision is not None and decision.outcome is Outcome.CLEAN

    def payload(self, incident: Incident) -> bytes:
        """What is sealed: the incident, the samples behind it, both notices and the plot."""
        document = {
            "incident": asdict(incident),
            "samples": self.plotting.figures(incident),
            "notice": {"zh": notice_zh(incident), "en": notice_en(incident)},
            "plot": self.plotting.incident(incident),
        }
        return json.dumps(document, ensure_ascii=False, sort_keys=True, default=str).encode()

    def _entries(
        self, incident: Incident, case: Case, custody: Custody, throttles: Sequence[Action]
    ) -> tuple[AuditEntry, ...]:
        now, facts = self.clock.now(), _facts(incident)
        sealed = AuditEntry(now, MACHINE, "evidence-sealed", custody.id, "an incident", {"bundle": custody.sha256})
        ruled = AuditEntry(now, MACHINE, f"usage-{incident.ruling.name.lower()}", case.id, summary(incident), facts)
        filed = (AuditEntry(now, MACHINE, "throttle-filed", t.id, "the legs allow it", facts) for t in throttles)
        return (sealed, ruled, *filed)

    def _known(self, case: str) -> Case | None:
        try:
            return self.casebook.case(case)
        except UnknownError:
            return None

    def _case(self, incident: Incident, sha256: str, before: Case | None, now: datetime) -> Case:
        policy = self.casework.rules.current().policy.of(incident.clause)
        sla = ATTACK_SLA if incident.ruling is Ruling.ATTACK else timedelta(hours=policy.sla_hours)
        fresh = Case(
            id=case_id(incident),
            subject=subject_of(incident),
            sha256=sha256,
            clause=incident.clause,
            rule=_lead(incident),
            severity=_GRAVE[incident.ruling],
            confidence=Confidence.HIGH if incident.is_confirmed or incident.causes else Confidence.MEDIUM,
            state=CaseState.QUEUED,
            source="usage",
            opened_at=now,
            due_at=now + sla,
            summary=summary(incident),
        )
        if before is None:
            return fresh
        open_ = before if before.is_open else reopen(before)
        graver = {"sha256": sha256, "severity": fresh.severity, "summary": fresh.summary, "clause": fresh.clause}
        return replace(open_, due_at=min(open_.due_at, fresh.due_at), revision=before.revision + 1, **graver)  # type: ignore[arg-type]

    def _throttles(self, incident: Incident, case: Case, now: datetime) -> list[Action]:
        """One reversible throttle for each account concerned; protected accounts go to a person."""
        protected = self.casework.protected | self.casework.rules.current().policy.protected
        accounts: tuple[str, ...] = (incident.account,)
        if incident.account.startswith(OWNER):
            accounts = self.rules.usage().entitlements.accounts_of(incident.account, now.date())[:MAX_MEMBERS]
        return [throttle(incident, case, account, now) for account in accounts if account not in protected]

    def _undo(self, action: Action, why: str, now: datetime) -> tuple[Action, ...]:
        """Without an inverse nothing was done yet; with one it may have taken hold, though it was given up later."""
        if not action.inverse and action.is_final:
            return ()
        if not action.inverse:
            return (called_off(action, f"called off: {why}"),)
        return (_action(action.case, action, Measure.UNTHROTTLE, now, undoes=action.id, inverse=action.inverse),)


def case_id(incident: Incident) -> str:
    """The case of an incident: one for each, however often it is asked for."""
    return "C" + hashlib.sha256(f"usage\x1f{incident.id}".encode()).hexdigest()[:15]


def subject_of(incident: Incident) -> Subject:
    """The incident as the subject of a case: the account, and the resources in question."""
    account = incident.account
    return Subject(SURFACE + account, resources_of(incident), version_id=incident.id, account=account)


def resources_of(incident: Incident) -> str:
    """The resources to be throttled, by comma: those used heavily, and what goes out in an attack."""
    if incident.ruling is Ruling.ATTACK:
        return "bandwidth-out"
    own = sorted({fact.resource for fact in incident.facts if fact.leg == "heavy" and not fact.shadow})
    return ",".join(own) or "cpu"


def throttle(incident: Incident, case: Case, account: str, now: datetime) -> Action:
    """A pending throttle of one account; its id is derived from what it does."""
    subject = Subject(SURFACE + account, resources_of(incident), version_id=incident.id, account=account)
    model = Action(
        "", case.id, subject, case.sha256, Measure.THROTTLE, case.clause, MACHINE, ActionState.PENDING, now, now
    )
    again = str(len(incident.throttles)) if incident.lifted else ""  # an earlier one was lifted: this is another
    return _action(case.id, replace(model, evidence=case.evidence), Measure.THROTTLE, now, again=again)


def verdict_of(incident: Incident, payload: bytes, digest: str) -> Verdict:
    """The incident as a verdict: one finding for each fact and cause, so that reviewers see the figures."""
    content = Content(hashlib.sha256(payload).hexdigest(), len(payload), "application/json", "usage")
    grave = _GRAVE.get(incident.ruling, Severity.LOW)
    facts = [fact for fact in incident.facts if not fact.shadow]
    rules = [fact.threshold for fact in facts] + [f"usage.cause.{cause.kind}" for cause in incident.causes]
    findings = tuple(
        Finding(rule, digest[:16], incident.clause, grave, Confidence.MEDIUM, "", Layer.TEXT, excerpt=line)
        for rule, line in zip(rules, figures(incident), strict=True)
    )
    view = ViewRead("", "usage", "usage", len(payload), "metering")
    coverage = Coverage((view,), view_count=1, bytes_read=len(payload), rules_run=len(rules), rulebook_digest=digest)
    return Verdict(content, Standing.SUSPECT, findings, coverage, incident.clause, _lead(incident))


def _action(
    case: str, model: Action, measure: Measure, now: datetime, *, undoes: str = "", inverse: str = "", again: str = ""
) -> Action:
    text = "\x1f".join((case, measure, model.subject.bucket, model.subject.key, undoes, again))
    return replace(
        model,
        id="A" + hashlib.sha256(text.encode()).hexdigest()[:15],
        measure=measure,
        state=ActionState.PENDING,
        created_at=now,
        due_at=now,
        undoes=undoes,
        inverse=inverse,
        attempts=0,
        outcome="",
        revision=1,
    )


def _why(incident: Incident) -> str:
    return "a person found no violation" if incident.is_open else "usage is normal again"


def _lead(incident: Incident) -> str:
    raising = [fact for fact in incident.facts if fact.kind is not Kind.BURN and not fact.shadow]
    return max(raising, key=lambda fact: fact.peak).threshold if raising else "usage.cause"


def _facts(incident: Incident) -> dict[str, str]:
    """Figures for the audit log: no customer content, no command lines."""
    there = ",".join(leg for leg, standing in legs(incident).items() if standing)
    peaks = "; ".join(f"{f.account} {f.resource} {f.peak:.2f}" for f in incident.facts[:5])
    return {
        "incident": incident.id,
        "account": incident.account,
        "clause": incident.clause,
        "legs": there,
        "peaks": peaks,
    }

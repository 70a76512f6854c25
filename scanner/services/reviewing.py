"""Reviewing: claim, decide, escalate. A decision, its actions and its audit entry are one transaction."""

from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain import cases
from scanner.domain.actions import GIVEN_UP, Action, Measure, called_off, not_undone, standing
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.changes import Change
from scanner.domain.enforcement.strikes import Ladder, Strike, strike
from scanner.domain.messages import (
    CALLED_OFF_BY,
)
from scanner.domain.requests import Lane
from scanner.ports import Casebook, Clock, Doorbell, Outbox, Register
from scanner.ports_enforcement import Rights
from scanner.services.casework import MACHINE, new_action, undoing

LADDER = Ladder()


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What reviewers do with cases. `hold` is how long a claim lasts."""

    casebook: Casebook
    outbox: Outbox
    register: Register
    doorbell: Doorbell
    clock: Clock
    hold: timedelta = timedelta(minutes=15)
    rights: Rights | None = None  # without it every confirmed case strikes as if for the first time

    def claim(self, case_id: str, reviewer: str) -> Case:
        """Hold a case; ConflictError while another reviewer does."""
        held = cases.claim(self.casebook.case(case_id), reviewer, self.clock.now(), self.hold)
        self._write(held, reviewer, "case-claimed", "to be reviewed")
        return held

    def release(self, case_id: str, reviewer: str, token: int) -> Case:
        """Give a held case back to the queue."""
        freed = cases.release(self.casebook.case(case_id), reviewer, token)
        self._write(freed, reviewer, "case-released", "left undecided")
        return freed

    def decide(self, case_id: str, reviewer: str, token: int, outcome: Outcome, reason: str, note: str = "") -> Case:
        """Record a decision with what follows from it; ConflictError for a late writer."""
        now = self.clock.now()
        decision = Decision(outcome, reviewer, reason, note, now)
        decided = cases.decide(self.casebook.case(case_id), token, decision)
        actions = self._actions(decided, decision)
        self._write(decided, reviewer, f"case-{outcome}", reason, actions, self._strikes(decided))
        if actions:
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        return decided

    def _actions(self, case: Case, decision: Decision) -> tuple[Action, ...]:
        filed = self.outbox.actions_of(case.id)
        held = [a for a in not_undone(filed) if a.measure is Measure.SUSPEND]
        if decision.outcome is Outcome.VIOLATING:
            live = [a for a in held if a.state not in GIVEN_UP and a.subject.bucket == case.subject.bucket]
            if not live:
                return (new_action(case, Measure.SUSPEND, decision.reviewer, decision.at),)
            return tuple(_stood_for(a, decision.reviewer) for a in live if a.proposer == MACHINE and not a.is_final)
        if decision.outcome is Outcome.CLEAN:
            held = [a for a in standing(filed) if a.measure is Measure.SUSPEND]
            return tuple(self._undo(case, suspension, decision) for suspension in held)
        return ()

    def _undo(self, case: Case, suspension: Action, decision: Decision) -> Action:
        """What was not yet done is called off; what may have been done is undone by its stored inverse."""
        if not suspension.inverse:
            return called_off(suspension, CALLED_OFF_BY(name=decision.reviewer))
        return undoing(case, suspension, decision.reviewer, decision.at)

    def _strikes(self, case: Case) -> tuple[Strike, ...]:
        """A confirmed violation weighs on the account's record, once per case, until it ends or is voided."""
        if case.state is not CaseState.DECIDED_VIOLATING or not case.subject.account:
            return ()
        filed = [s for s in self.rights.strikes(case.subject.account) if s.case == case.id] if self.rights else []
        if any(not one.voided_by for one in filed):
            return ()
        where = (case.subject.account, case.subject.bucket, case.clause)
        fresh = strike(case.id, *where, case.severity, self.clock.now(), LADDER)
        return (replace(fresh, id=f"{fresh.id}.{len(filed)}") if filed else fresh,)

    def _write(
        self,
        case: Case,
        actor: str,
        verb: str,
        reason: str,
        actions: tuple[Action, ...] = (),
        strikes: tuple[Strike, ...] = (),
    ) -> None:
        now = self.clock.now()
        facts = {"state": case.state, "subject": case.subject.url}
        entries = [AuditEntry(now, actor, verb, case.id, reason, facts)]
        entries += [AuditEntry(now, actor, f"{a.measure}-filed", a.id, reason, facts) for a in actions]
        entries += [AuditEntry(now, actor, "strike-filed", s.id, reason, {"weight": str(s.weight)}) for s in strikes]
        self.register.commit(Change(cases=(case,), actions=actions, strikes=strikes, audit=tuple(entries)))


def _stood_for(action: Action, reviewer: str) -> Action:
    """A machine's intent for which a person stands now: what holds a machine back does not hold it any more."""
    return replace(action, proposer=reviewer, revision=action.revision + 1)

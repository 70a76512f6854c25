"""Enforcing: drain the outbox. Guard, record the inverse, apply, look from outside, record."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.actions import (
    Action,
    ActionState,
    Measure,
    ambiguous,
    applied,
    begin,
    confirmed,
    failed,
    refused,
    replayed,
)
from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change, Custody
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.errors import AmbiguousError, AupError, ConflictError, GoneError, UnknownError
from scanner.ports import Casebook, Clock, Contents, Fetched, Outbox, Register, Rules, Surface, Vault
from scanner.services.casework import Casework

MACHINE = "enforcer"


@dataclass(frozen=True, slots=True)
class Enforcing:
    """Carries out due actions, each under a lease and at most once. `limit` bounds a re-read of an object."""

    outbox: Outbox
    register: Register
    casebook: Casebook
    surface: Surface
    vault: Vault
    contents: Contents
    casework: Casework
    rules: Rules
    clock: Clock
    limit: int
    lease: timedelta = timedelta(seconds=60)

    def carry_out(self, limit: int = 100) -> list[Action]:
        """Take up to `limit` due actions one step further; returns them as they stand now."""
        done: list[Action] = []
        for action in self.outbox.due_actions(self.clock.now(), limit):
            try:
                held = self._write(begin(action, self.clock.now() + self.lease), "taken")
            except ConflictError:
                continue  # another worker took it between the look and the lease
            done.append(self._carry(held, resumed=action.state))
        return done

    def replay(self, action_id: str, actor: str) -> Action:
        """Bring a dead action back; TransitionError unless it is dead."""
        action = replayed(self.outbox.action(action_id), self.clock.now())
        facts = {"state": action.state, "subject": action.subject.url}
        entry = AuditEntry(self.clock.now(), actor, f"{action.measure}-replayed", action.id, "by hand", facts)
        self.register.commit(Change(actions=(action,), audit=(entry,)))
        return action

    def _carry(self, action: Action, resumed: ActionState) -> Action:
        try:
            if resumed is not ActionState.UNVERIFIED:
                action = self._apply(action)
                if action.is_final:
                    return action
            return self._look(action)
        except AmbiguousError as error:
            return self._write(ambiguous(action, str(error), self.clock.now()), "unknown")
        except ConflictError as error:
            return self._write(refused(action, f"G13 {error}"), "refused")
        except AupError as error:
            return self._write(failed(action, str(error), self.clock.now()), "failed")

    def _apply(self, action: Action) -> Action:
        """The inverse is recorded before the world is changed, so that no crash can lose it."""
        action = self._with_evidence(action)
        hurdle = self._hurdle(action)
        if hurdle:
            return self._write(refused(action, hurdle), "refused")
        if action.measure is Measure.RESTORE:
            self.surface.restore(action.subject, action.inverse)
            return self._write(applied(action, action.inverse, "restored at the origin"), "applied")
        if not action.inverse:
            try:
                plan = self.surface.plan(action.subject)
            except GoneError:
                return self._write(refused(action, "G1 the judged version is gone"), "refused")
            action = self._write(replace(action, inverse=plan, revision=action.revision + 1), "planned")
        self.surface.suspend(action.subject, action.inverse)
        return self._write(applied(action, action.inverse, "suspended at the origin"), "applied")

    def _hurdle(self, action: Action) -> str:
        """The first guard that holds the action back for good, or nothing (domain.md §3)."""
        if action.measure not in (Measure.SUSPEND, Measure.RESTORE):
            return f"G5 {action.measure} is never carried out without two people"
        if action.measure is Measure.SUSPEND and not self._evidence_stands(action):
            return "G2 the sealed evidence does not verify"
        protected = self.casework.protected | self.rules.current().policy.protected
        if action.proposer == "machine" and action.subject.account in protected:
            return "G9 the account is protected: a person decides"
        return ""

    def _evidence_stands(self, action: Action) -> bool:
        custody = self.casebook.custody(action.evidence)
        same = custody.content_sha256 == action.sha256
        return same and hashlib.sha256(self.vault.get(custody.ref)).hexdigest() == custody.sha256

    def _with_evidence(self, action: Action) -> Action:
        """Capture what the vault refused when the case was opened; without evidence nothing is done (I3)."""
        if action.evidence or action.measure is not Measure.SUSPEND:
            return action
        case, judged = self.casebook.case(action.case), self.register.latest(action.subject)
        if judged is None or judged.verdict.content.sha256 != action.sha256:
            raise UnknownError("no verdict over these bytes", where=action.subject.url, mend="scan the object again")
        payload = self._judged_bytes(action.subject)
        policy = self.rules.current().policy.of(case.clause)
        custody = self.casework.capture(case, judged.verdict, payload, policy, self.clock.now())
        armed = replace(action, evidence=custody.id, revision=action.revision + 1)
        return self._write(armed, "evidence-sealed", custody=(custody,))

    def _judged_bytes(self, subject: Subject) -> bytes:
        read = next(iter(self.contents.read([subject], self.limit)))
        if isinstance(read, Fetched):
            return read.data
        if read.gap.reason in (Reason.GONE, Reason.CHANGED):
            raise GoneError(f"the judged version is {read.gap.reason.value}", where=subject.url, mend="scan it again")
        raise UnknownError(f"not read: {read.gap.reason.value}", where=subject.url, mend="it is tried again")

    def _look(self, action: Action) -> Action:
        """The state is read back from the world, not from the call that changed it."""
        seen = self.surface.observe(action.subject)
        suspended = action.measure is Measure.SUSPEND
        wanted = ("refused", "gone") if suspended else (self.surface.before(action.inverse),)
        if seen in wanted:
            return self._write(confirmed(action, f"{seen} to an anonymous GET"), "verified")
        return self._write(failed(action, f"still {seen} from outside", self.clock.now()), "not-yet-verified")

    def _write(self, action: Action, verb: str, custody: Sequence[Custody] = ()) -> Action:
        facts = {"state": action.state, "subject": action.subject.url, "outcome": action.outcome}
        entry = AuditEntry(
            self.clock.now(), MACHINE, f"{action.measure}-{verb}", action.id, action.outcome or verb, facts
        )
        self.register.commit(Change(actions=(action,), custody=tuple(custody), audit=(entry,)))
        return action

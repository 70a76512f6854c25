"""Enforcing: drain the outbox. Each action is taken under a lease, carried out, looked at from outside, recorded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.actions import (
    HOLDING,
    UNDOING,
    Action,
    ActionState,
    Measure,
    ambiguous,
    begin,
    confirmed,
    failed,
    put_off,
    refused,
    replayed,
)
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case
from scanner.domain.changes import Change, Custody
from scanner.domain.content import Subject
from scanner.domain.coverage import Reason
from scanner.domain.enforcement.brakes import Begun
from scanner.domain.enforcement.course import Course
from scanner.errors import (
    AmbiguousError,
    AupError,
    ConflictError,
    EnforcementError,
    GoneError,
    TransitionError,
    UnknownError,
)
from scanner.ports import Casebook, Clock, Contents, Fetched, Outbox, Register, Rules, Surface, Vault
from scanner.services.carrying import Carried, Carrying
from scanner.services.casework import MACHINE as PROPOSER
from scanner.services.casework import Casework

MACHINE = "enforcer"


@dataclass(frozen=True, slots=True)
class Enforcing:
    """Carries out due actions, each under a lease and at most once. `limit` bounds a re-read of an object.

    With `dry_run` nothing is taken, planned or sent: `carry_out` answers what would be done.
    """

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
    carrying: Carrying
    lease: timedelta = timedelta(seconds=60)
    dry_run: bool = False

    def carry_out(self, limit: int = 100) -> list[Action]:
        """Take up to `limit` due actions one step further; returns them as they stand now."""
        due = self.outbox.due_actions(self.clock.now(), limit)
        if self.dry_run:
            return due
        done: list[Action] = []
        for action in due:
            try:
                waiting = self._put_off(action)
                if waiting is not None:
                    done.append(waiting)
                    continue
                held = self._write(begin(action, self.clock.now() + self.lease), "taken")
                done.append(self._carry(held, resumed=action.state))
            except ConflictError:
                continue  # another worker took it, before the lease or after it ran out
        return done

    def replay(self, action_id: str, actor: str) -> Action:
        """Bring a dead action back; TransitionError unless it is dead."""
        action = replayed(self.outbox.action(action_id), self.clock.now())
        facts = {"state": action.state, "subject": action.subject.url}
        entry = AuditEntry(self.clock.now(), actor, f"{action.measure}-replayed", action.id, "by hand", facts)
        self.register.commit(Change(actions=(action,), audit=(entry,)))
        return action

    def _put_off(self, action: Action) -> Action | None:
        """The deletion put off where no more may begin now; None where it may, or is to be read back first.

        It is told once, and as an alarm where it is the first that waits.
        """
        if action.measure is not Measure.DELETE or action.state not in (ActionState.PENDING, ActionState.PUT_OFF):
            return None
        now = self.clock.now()
        wait = self.carrying.guarding.pacing.wait(action, now)
        if wait is None:
            return None
        later, audit = put_off(action, wait.why, wait.until), list[AuditEntry]()
        if action.state is not ActionState.PUT_OFF:
            audit.append(AuditEntry(now, MACHINE, "delete-put-off", action.id, wait.why))
            if not self.outbox.actions_in(ActionState.PUT_OFF, 1):
                audit.append(AuditEntry(now, MACHINE, "alarm", action.id, wait.why))
        self.register.commit(Change(actions=(later,), audit=tuple(audit)))
        return later

    def _carry(self, action: Action, resumed: ActionState) -> Action:
        """One attempt. What the store or the world refuses is recorded; a lost answer is UNKNOWN until read back."""
        try:
            self._in_turn(action)
            if resumed is ActionState.UNVERIFIED:
                seen = self._seen(action)
                if self.carrying.shows(action, seen):
                    return self._confirmed(action, seen)
            action = self._with_evidence(action)
            action = self._planned(action)
            action = self._applied(action) if action.state is ActionState.APPLYING else action
            return action if action.is_final else self._look(action)
        except AmbiguousError as error:
            return self._write(ambiguous(self._newest(action), str(error), self.clock.now()), "unknown")
        except TransitionError as error:
            given_up = self.carrying.give_up(action)
            return self._record(refused(self._newest(action), error.what), given_up, "refused")
        except ConflictError:
            raise
        except GoneError as error:  # before its evidence could be sealed: there is nothing left to be done
            return self._record(
                refused(self._newest(action), f"G1 {error.what}"), self.carrying.changed(action), "refused"
            )
        except AupError as error:
            return self._write(failed(self._newest(action), str(error), self.clock.now()), "failed")

    def _in_turn(self, action: Action) -> None:
        """A hold that is to be undone goes no further; its undoing waits while a worker may still be applying it.

        TransitionError for the one, EnforcementError for the other; and for a hold that comes after an undoing.
        """
        others = self.outbox.actions_of(action.case)
        if action.measure in HOLDING and not action.inverse:
            early = [one for one in others if one.measure in UNDOING and one.subject == action.subject]
            owed = next((one.id for one in early if not one.is_final), "")
            if owed:
                raise EnforcementError(f"{owed} comes first", where=action.id, mend="it is tried again")
        undoing = next((one.id for one in others if one.undoes == action.id), "")
        if undoing and action.measure in HOLDING:
            raise TransitionError(f"{undoing} undoes it", where=action.id, mend="nothing to do")
        if action.proposer == PROPOSER and action.measure is Measure.SUSPEND and not action.inverse:
            self._still_judged(action)
        held = next((one for one in others if one.id == action.undoes), None)
        if held is not None and held.state is ActionState.APPLYING and held.due_at > self.clock.now():
            raise EnforcementError(f"{held.id} is being carried out", where=action.id, mend="it is tried again")

    def _still_judged(self, action: Action) -> None:
        """A machine acts on its newest word alone: what a mended rule finds clean by now is left to people."""
        newest = self.register.latest(action.subject)
        if newest is not None and newest.verdict.word == "CLEAN" and newest.verdict.content.sha256 == action.sha256:
            raise TransitionError("the newest verdict over it is CLEAN", where=action.id, mend="review the case")

    def _planned(self, action: Action) -> Action:
        """The guards asked, and the inverse recorded before the world is changed, so that no crash can lose it."""
        opened = self.carrying.open(action)
        if opened.action.state is not ActionState.APPLYING:
            return self._record(opened.action, opened, "refused" if opened.action.is_final else "found-done")
        if opened.courses:
            action = self._record(replace(action, revision=action.revision + 1), opened, "filed")
        if action.measure not in HOLDING or action.inverse:
            return action
        try:
            plan = self.surface.plan(action.subject)
        except GoneError:
            plan = self.carrying.plan_elsewhere(action)
            if not plan:
                changed = self.carrying.changed(action)
                return self._record(refused(action, "G1 the judged version is gone"), changed, "refused")
        return self._write(replace(action, inverse=plan, revision=action.revision + 1), "planned")

    def _applied(self, action: Action) -> Action:
        """The world changed, and the change recorded."""
        done = self.carrying.apply(action)
        return self._record(done.action, done, "applied" if done.action.state is ActionState.UNVERIFIED else "refused")

    def _seen(self, action: Action) -> str:
        """What the world shows; a deletion was read back at the origin already."""
        return "gone" if action.measure is Measure.DELETE else self.surface.observe(action.subject)

    def _look(self, action: Action) -> Action:
        """The state is read back from the world, not from the call that changed it."""
        seen = self._seen(action)
        if self.carrying.shows(action, seen):
            return self._confirmed(action, seen)
        return self._write(failed(action, f"still {seen} from outside", self.clock.now()), "not-yet-verified")

    def _confirmed(self, action: Action, seen: str) -> Action:
        done = self.carrying.confirm(action)
        word = "read back as gone" if action.measure is Measure.DELETE else f"{seen} to an anonymous GET"
        return self._record(confirmed(action, word), done, "verified")

    def _with_evidence(self, action: Action) -> Action:
        """Capture what the vault refused when the case was opened; without evidence nothing is done (I3).

        The case names it from then on: people look at it, judge appeals by it and delete under it.
        """
        if action.evidence or action.measure is not Measure.SUSPEND:
            return action
        case, judged = self.casebook.case(action.case), self.register.latest(action.subject)
        if case.evidence:
            return self._write(replace(action, evidence=case.evidence, revision=action.revision + 1), "evidence-known")
        if judged is None or judged.verdict.content.sha256 != action.sha256:
            raise UnknownError("no verdict over these bytes", where=action.subject.url, mend="scan the object again")
        payload = self._judged_bytes(action.subject)
        policy = self.rules.current().policy.of(case.clause)
        custody = self.casework.capture(case, judged.verdict, payload, policy, self.clock.now())
        sealed = AuditEntry(
            self.clock.now(), MACHINE, "evidence-sealed", custody.id, "a finding", {"bundle": custody.sha256}
        )
        armed = replace(action, evidence=custody.id, revision=action.revision + 1)
        known = replace(case, evidence=custody.id, revision=case.revision + 1)
        return self._write(armed, "evidence-sealed", custody=(custody,), audit=(sealed,), cases=(known,))

    def _judged_bytes(self, subject: Subject) -> bytes:
        read = next(iter(self.contents.read([subject], self.limit)))
        if isinstance(read, Fetched):
            return read.data
        if read.gap.reason in (Reason.GONE, Reason.CHANGED):
            raise GoneError(f"the judged version is {read.gap.reason.value}", where=subject.url, mend="scan it again")
        raise UnknownError(f"not read: {read.gap.reason.value}", where=subject.url, mend="it is tried again")

    def _newest(self, action: Action) -> Action:
        """The action as last written by this attempt; ConflictError if another worker has it now."""
        stored = self.outbox.action(action.id)
        if stored.attempts != action.attempts:
            raise ConflictError("another worker took it", where=action.id, mend="it goes on there")
        return stored

    def _record(self, action: Action, carried: Carried, verb: str) -> Action:
        return self._write(action, verb, courses=carried.courses, audit=carried.audit, begun=carried.begun)

    def _write(
        self,
        action: Action,
        verb: str,
        custody: Sequence[Custody] = (),
        courses: Sequence[Course] = (),
        audit: Sequence[AuditEntry] = (),
        cases: Sequence[Case] = (),
        begun: Sequence[Begun] = (),
    ) -> Action:
        facts = {"state": action.state, "subject": action.subject.url, "outcome": action.outcome}
        entry = AuditEntry(
            self.clock.now(), MACHINE, f"{action.measure}-{verb}", action.id, action.outcome or verb, facts
        )
        rows = Change(cases=tuple(cases), actions=(action,), custody=tuple(custody), courses=tuple(courses))
        self.register.commit(replace(rows, begun=tuple(begun), audit=(*audit, entry)))
        return action

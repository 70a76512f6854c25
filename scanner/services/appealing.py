"""Appealing: an owner's word stops the clock; a person who had no part in it judges; granted means undone."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import Action, ActionState, Measure, called_off, standing
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, CaseState, Decision, Outcome
from scanner.domain.changes import Change
from scanner.domain.enforcement.appeals import Appeal, Ground, check_appeal, judged
from scanner.domain.enforcement.course import Course, told_of
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.enforcement.strikes import Strike, void
from scanner.domain.messages import APPEALED, SEE_GUARDS
from scanner.domain.requests import Lane
from scanner.errors import TransitionError, UnknownError
from scanner.ports import Casebook, Clock, Doorbell, Outbox, Register
from scanner.ports_enforcement import Rights
from scanner.services.casework import undoing
from scanner.services.guarding import Guarding, in_order

NOT_IN_HAND = (ActionState.PENDING, ActionState.PUT_OFF)
FOUND = (f"case-{Outcome.VIOLATING}",)  # how the audit log tells such a decision


@dataclass(frozen=True, slots=True)
class Appealing:
    """Takes and judges appeals. `within` is how soon one is to be judged."""

    guarding: Guarding
    rights: Rights
    casebook: Casebook
    outbox: Outbox
    register: Register
    doorbell: Doorbell
    clock: Clock
    within: timedelta = timedelta(days=14)

    def file(self, notice_id: str, ground: Ground, text: str, proofs: tuple[str, ...] = ()) -> Appeal:
        """Take an owner's appeal against the restriction that a notice told of.

        TransitionError for one that is empty, too late, or meets a deletion already under way.
        """
        notice, now = self.rights.notice(notice_id), self.clock.now()
        course = self._course(notice.course)
        appeal = check_appeal(
            Appeal(
                appeal_id(notice_id, text, now),
                course.id,
                notice.case,
                notice.account,
                ground,
                text,
                proofs,
                now,
                now + self.within,
            ),
            max(filter(None, (course.trail.noticed_at, notice.due_at)), default=None),  # a renewal is told anew
        )
        facts = Facts(now, notice.account or "owner", True, f"appeal: {ground}", appeal.id, ground=notice.case)
        moved, entry = self.guarding.take(course, Step.APPEAL, in_order(facts, course))
        filed = AuditEntry(now, facts.actor, "appeal-filed", appeal.id, ground.value, {"notice": notice_id})
        off = self._void(course)
        called = (AuditEntry(now, facts.actor, "delete-called-off", one.id, one.outcome) for one in off)
        self.register.commit(Change(appeals=(appeal,), courses=(moved,), actions=off, audit=(entry, filed, *called)))
        return appeal

    def _void(self, course: Course) -> tuple[Action, ...]:
        """Deletions that the appeal makes void, called off; one in a worker's hands finds it out by itself."""
        filed = [one for ground in course.grounds for one in self.outbox.actions_of(ground)]
        idle = [one for one in filed if one.measure is Measure.DELETE and one.state in NOT_IN_HAND]
        return tuple(called_off(one, APPEALED()) for one in idle)

    def judge(self, appeal_id: str, judge: str, *, granted: bool, reason: str) -> Appeal:
        """Judge an appeal (G11); granted: reinstated, strikes voided, a wrong rule charged, all in one transaction.

        A restriction that ended meanwhile has nothing left to be lifted; the owner's appeal is answered all the same.
        """
        appeal, now = self.rights.appeal(appeal_id), self.clock.now()
        course, case = self._course(appeal.course), self.casebook.case(appeal.case)
        done = judged(appeal, judge, granted=granted, reason=reason, now=now, rule=case.rule)
        facts = Facts(now, judge, True, reason, f"{appeal.id}:judged", ground=case.id)
        facts = self.guarding.with_evidence(in_order(facts, course), case.evidence)
        course = replace(course, trail=replace(course.trail, decided_by=self._decider(case, course, judge)))
        word = AuditEntry(now, judge, f"appeal-{done.state.lower()}", appeal.id, reason, {"charged": done.charged})
        step = Step.GRANT if granted else Step.DENY
        change = self._moved(Change(appeals=(done,), audit=(word,)), course, step, facts)
        self.register.commit(self._granted(change, course, case, done, now) if granted else change)
        if granted:
            self.doorbell.ring(Lane.ENFORCEMENT, [])
        return done

    def _decider(self, case: Case, course: Course, judge: str) -> str:
        """Whoever decided the case; the judge, where it was they who ever found one of the course's cases violating."""
        grounds = {case.id, *course.grounds}
        if any(judge in self.guarding.trails.actors(ground, FOUND) for ground in grounds):
            return judge
        return case.decision.reviewer if case.decision else ""

    def _moved(self, change: Change, course: Course, step: Step, facts: Facts) -> Change:
        """The change with its course moved on; a course that the appeal does not hold up any more stays where it is."""
        if course.stage is Stage.APPEALED:
            moved, entry = self.guarding.take(course, step, facts)
            return replace(change, courses=(moved,), audit=(entry, *change.audit))
        held = self.guarding.held_back(course, step, facts)
        if held:
            raise TransitionError(told_of(held), where=course.id, mend=SEE_GUARDS())
        return change

    def _granted(self, change: Change, course: Course, case: Case, appeal: Appeal, now: datetime) -> Change:
        """What a granted appeal undoes: every suspension of the course, its strikes, and the wrong decision."""
        actions = tuple(
            self._undo(held, appeal, now)
            for ground in course.grounds
            for held in self._holding(ground, course, everywhere=bool(appeal.charged))
        )
        strikes = tuple(
            void(one, appeal.judge, f"appeal {appeal.id} granted") for one in self._strikes(course, appeal.account)
        )
        cases = (_overturned(case, appeal, now),) if appeal.charged else ()
        filed = tuple(
            AuditEntry(
                now, appeal.judge, "suspend-called-off" if one.is_final else "restore-filed", one.id, appeal.reason
            )
            for one in actions
        )
        voided = tuple(AuditEntry(now, appeal.judge, "strike-voided", one.id, one.voided_why) for one in strikes)
        audit = (*change.audit, *filed, *voided)
        return replace(change, actions=actions, strikes=strikes, cases=cases, audit=audit)

    def _holding(self, case_id: str, course: Course, *, everywhere: bool) -> list[Action]:
        """What holds the course's place for a case, or will; all that the case led to where it was no violation."""
        live = standing(self.outbox.actions_of(case_id))
        place = (course.subject.bucket, course.subject.key)
        return [a for a in live if everywhere or (a.subject.bucket, a.subject.key) == place]

    def _undo(self, held: Action, appeal: Appeal, now: datetime) -> Action:
        """Undone by its stored inverse; what has none was not done yet, and is called off."""
        if held.inverse:
            return undoing(self.casebook.case(held.case), held, appeal.judge, now)
        return called_off(held, f"appeal {appeal.id} was granted")

    def _strikes(self, course: Course, account: str) -> list[Strike]:
        return [one for one in self.rights.strikes(account) if one.case in course.grounds and not one.voided_by]

    def _course(self, course_id: str) -> Course:
        found = self.guarding.courses.course(course_id)
        if found is None:
            raise UnknownError("no such course", where=course_id, mend="run `aup fsck`")
        return found


def appeal_id(notice_id: str, text: str, now: datetime) -> str:
    """The same words within the same minute are one appeal."""
    stamp = now.isoformat(timespec="minutes")
    return "P" + hashlib.sha256(f"{notice_id}\x1f{text}\x1f{stamp}".encode("utf-8", "surrogatepass")).hexdigest()[:15]


def _overturned(case: Case, appeal: Appeal, now: datetime) -> Case:
    """The case decided clean by the judge: the rule's record counts a wrong hit."""
    decision = Decision(Outcome.CLEAN, appeal.judge, "appeal-granted", appeal.reason, now)
    return replace(case, state=CaseState.DECIDED_CLEAN, claim=None, decision=decision, revision=case.revision + 1)

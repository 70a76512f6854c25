"""Deleting: proposed by one person, approved by another, both having seen the evidence; done after the cool-off."""

from dataclasses import dataclass, replace

from scanner.domain.actions import Action, ActionState, Measure, called_off
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case
from scanner.domain.changes import Change
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.stages import Stage, Step
from scanner.domain.messages import (
    APPROVED_BEFORE,
    NOTHING_DONE,
    SUSPEND_FIRST,
    WITHDRAW_FIRST,
    WITHDRAWN_BY,
)
from scanner.errors import ConflictError, UnknownError
from scanner.ports import Casebook, Clock, Outbox, Register
from scanner.services.casework import new_action
from scanner.services.guarding import SEEN, Guarding


@dataclass(frozen=True, slots=True)
class Proposal:
    """A deletion that was proposed, as people see it. `seen` opened the evidence; `action` is filed by the approval."""

    course: Course
    case: Case
    reason: str
    seen: frozenset[str]
    action: Action | None


@dataclass(frozen=True, slots=True)
class Deleting:
    """What people do towards a deletion. A machine has no method here."""

    guarding: Guarding
    casebook: Casebook
    outbox: Outbox
    register: Register
    clock: Clock

    def proposals(self, limit: int, after: str = "") -> list[Proposal]:
        """What is proposed or under way, by course; from the course `after` on."""
        found = self.guarding.courses.in_stages((Stage.DELETE_PROPOSED, Stage.DELETING), limit, after)
        return [self._proposal(course) for course in found]

    def propose(self, case_id: str, person: str, reason: str) -> Course:
        """Propose to delete a case's version; TransitionError names the guard that holds it back."""
        case, course = self._both(case_id)
        moved, audit = course, list[AuditEntry]()
        if course.stage is Stage.NOTICED:  # who proposes does not wait for an appeal; it may still come
            moved, entry = self.guarding.take(course, Step.FINISH, self._facts(course, case, person, reason, "finish"))
            audit.append(entry)
        moved, entry = self.guarding.take(moved, Step.PROPOSE, self._facts(moved, case, person, reason, "propose"))
        moved = replace(moved, revision=course.revision + 1)
        self.register.commit(Change(courses=(moved,), audit=(*audit, entry)))
        return moved

    def approve(self, case_id: str, person: str, reason: str) -> Action:
        """Approve as the second person: the deletion is filed, due after the cool-off. ConflictError if one did."""
        case, course = self._both(case_id)
        if course.trail.approver:
            why = APPROVED_BEFORE(name=course.trail.approver)
            raise ConflictError(why, where=case_id, mend=WITHDRAW_FIRST())
        moved, entry = self.guarding.take(course, Step.APPROVE, self._facts(course, case, person, reason, "approve"))
        now = self.clock.now()
        action = new_action(case, Measure.DELETE, course.trail.proposer, now, undoes=str(moved.revision))
        action = _due(action, moved, person)
        filed = AuditEntry(now, person, "delete-filed", action.id, reason, {"subject": case.subject.url})
        self.register.commit(Change(courses=(moved,), actions=(action,), audit=(entry, filed)))
        return action

    def withdraw(self, case_id: str, person: str, reason: str) -> Course:
        """Take a proposal back, or stop a deletion that has not succeeded; its action is called off.

        ConflictError while a worker has it in hand, or where it took hold already though nobody could read it back yet:
        what was done must be recorded.
        """
        case, course = self._both(case_id)
        filed = self._deletions(course)
        busy = [one for one in filed if self._in_hand(one)]
        if busy:
            until = f"{busy[0].due_at:%H:%M:%S}"
            raise ConflictError(f"is being carried out until {until}", where=busy[0].id, mend="look again after that")
        if course.stage is Stage.DELETING and not self.guarding.places(course):
            raise ConflictError("is gone already", where=case_id, mend="the next round of `aup enforce` records it")
        facts = self._facts(course, case, person, reason, "withdraw")
        moved, entry = self.guarding.take(course, Step.WITHDRAW, facts)
        off = tuple(called_off(one, WITHDRAWN_BY(name=person)) for one in filed if not one.is_final)
        self.register.commit(Change(courses=(moved,), actions=off, audit=(entry,)))
        return moved

    def _proposal(self, course: Course) -> Proposal:
        mine = [one for one in self._deletions(course) if one.approver == course.trail.approver]
        filed = [one for one in mine if one.state is ActionState.DEAD or not one.is_final]
        case = self.casebook.case(filed[-1].case if filed else course.grounds[0])
        trails = self.guarding.trails
        reason, seen = trails.reason(course.id, f"course-{Step.PROPOSE}"), trails.actors(case.evidence, SEEN)
        return Proposal(course, case, reason, seen, filed[-1] if filed else None)

    def _deletions(self, course: Course) -> list[Action]:
        """All that were filed over the version, by whichever of its cases, the oldest first."""
        filed = [one for ground in course.grounds for one in self.outbox.actions_of(ground)]
        return sorted((one for one in filed if one.measure is Measure.DELETE), key=lambda one: one.created_at)

    def _in_hand(self, action: Action) -> bool:
        """Whether a worker carries the deletion out under a lease that lasts."""
        return action.state is ActionState.APPLYING and action.due_at > self.clock.now()

    def _facts(self, course: Course, case: Case, person: str, reason: str, word: str) -> Facts:
        key = f"{case.id}:{word}:{person}:{course.revision}"
        facts = Facts(self.clock.now(), person, True, reason, key, ground=case.id)
        return self.guarding.with_rights(self.guarding.with_evidence(facts, case.evidence), course)

    def _both(self, case_id: str) -> tuple[Case, Course]:
        case = self.casebook.case(case_id)
        course = self.guarding.course(case.subject, case.sha256)
        if course.revision == 0:
            raise UnknownError(NOTHING_DONE(), where=case_id, mend=SUSPEND_FIRST())
        return case, course


def _due(action: Action, course: Course, approver: str) -> Action:
    return replace(action, approver=approver, due_at=course.trail.cool_until or action.due_at)

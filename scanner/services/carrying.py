"""Carrying: what one action does to its course and to the world, step by step, each under its guards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from scanner.domain.actions import HOLDING, UNDOING, Action, Measure, applied, refused, standing
from scanner.domain.audit import AuditEntry
from scanner.domain.cases import Case, Outcome
from scanner.domain.changes import Judged
from scanner.domain.content import Subject
from scanner.domain.enforcement.brakes import Begun
from scanner.domain.enforcement.course import Course, told_of
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.guards import Guard
from scanner.domain.enforcement.places import is_object
from scanner.domain.enforcement.stages import END_STAGES, SUSPENDED_STAGES, Stage, Step
from scanner.errors import ChangedError, ConflictError, EnforcementError, GoneError, TransitionError
from scanner.ports import Casebook, Surface
from scanner.ports_enforcement import Remover
from scanner.services.guarding import Guarding, in_order

OPENNESS = ("served", "served-by-link", "refused", "gone")  # what may be seen, the most open first
FREE_STAGES = frozenset({Stage.ACTIVE, *END_STAGES})
DELETE_STAGES = frozenset({Stage.DELETE_PROPOSED, Stage.DELETING})
LEAVING = frozenset({Stage.REINSTATING, Stage.DELETING})
UNDER_WAY = frozenset({Stage.SUSPEND_PENDING, Stage.SUSPENDED_UNVERIFIED})
ACQUITTED = ("CLEAN", "PARTIAL")  # words of a verdict that found nothing: such bytes are never deleted


def nothing_judged(_subject: Subject) -> Judged | None:
    """No verdict, where nobody keeps them."""
    return None


@dataclass(frozen=True, slots=True)
class Carried:
    """The action and what is to be written with it."""

    action: Action
    courses: tuple[Course, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    begun: tuple[Begun, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrying:
    """The steps of one action. `lasts`: how long a restriction stands unless a person renews it.

    `newest` gives the newest verdict over a version.
    """

    guarding: Guarding
    surface: Surface
    remover: Remover
    casebook: Casebook
    lasts: timedelta = timedelta(days=90)
    actions_of: Callable[[str], Sequence[Action]] | None = None  # a case's; without it every ground counts
    newest: Callable[[Subject], Judged | None] = nothing_judged

    def open(self, action: Action) -> Carried:
        """What our records say before the world is touched; TransitionError names the guard that holds it back.

        EnforcementError where nothing can be said yet: the store or the vault cannot be asked. A clock that was set
        back keeps nobody from what can be undone; a deletion waits until it has caught up.
        The action comes back UNVERIFIED where its effect is there already, REFUSED where other bytes lie there.
        """
        case, course = self._both(action)
        if action.measure in HOLDING:
            return self._open_hold(action, case, course)
        if action.measure is Measure.DELETE:
            return self._open_delete(action, case, course)
        if course.stage is Stage.DELETING:
            raise EnforcementError(
                "its deletion is under way", where=course.id, mend="withdraw it, or wait for its end"
            )
        if course.stage in SUSPENDED_STAGES or course.stage is Stage.SUSPEND_PENDING:
            return self._open_undoing(action, case, course)
        return Carried(action)

    def apply(self, action: Action) -> Carried:
        """The request to the world, and what it did; a refusal by the world itself ends the action."""
        case, course = self._both(action)
        try:
            if action.measure in HOLDING:
                return self._hold(action, case, course)
            if action.measure is Measure.DELETE:
                return self._remove(action, course)
            if self.guarding.whereabouts.shares(course, action):
                return Carried(applied(action, action.inverse, "held by the same plan for another case"))
            self.surface.restore(action.subject, action.inverse)
            return Carried(applied(action, action.inverse, "restored at the origin"))
        except (ChangedError, GoneError) as error:
            changed = self.changed(action)
            return replace(changed, action=refused(action, f"G1 {error.what}"))
        except ConflictError as error:
            left = refused(action, f"G13 {error.what}: a person decides")
            if is_object(action.subject) and not self._left(action):
                return replace(self.changed(action), action=left)  # nothing of what was held is left to be given back
            return Carried(left)

    def shows(self, action: Action, seen: str) -> bool:
        """Whether the world shows what the measure wants."""
        _, course = self._both(action)
        if action.measure in HOLDING and course.stage is Stage.SUSPEND_PENDING:
            return False  # planned, and never applied: whatever keeps it from being served, it is not us
        if action.measure in UNDOING and course.is_suspended and action.case in course.grounds:
            return False  # not even begun: what is seen refused is what is to be undone
        if action.measure in UNDOING and course.stage in END_STAGES:
            return True  # what was held is gone; whatever lies there now is not held by us
        if action.measure is Measure.DELETE or action.measure in HOLDING or course.grounds:
            return seen in ("refused", "gone")
        return _is_as_open(seen, course.shown or self.surface.before(action.inverse))

    def confirm(self, action: Action) -> Carried:
        """The course after the world was seen to show the measure."""
        case, course = self._both(action)
        step = {
            Stage.SUSPENDED_UNVERIFIED: Step.VERIFY,
            Stage.REINSTATING: Step.RESTORE,
            Stage.DELETING: Step.CONFIRM,
        }.get(course.stage)
        if step is None:
            return Carried(action)
        moved, entry = self.guarding.record(course, step, self.guarding.asked(action, case, step))
        return Carried(action, (moved,), (entry,))

    def changed(self, action: Action) -> Carried:
        """Other bytes lie there: verdict, evidence link and approvals are void."""
        case, course = self._both(action)
        if course.stage in END_STAGES:
            return Carried(action)
        return self._recorded(action, case, course, Step.CHANGE)

    def give_up(self, action: Action) -> Carried:
        """What a refused action leaves: an intent filed before is called off, a proposal to delete is void."""
        case, course = self._both(action)
        if action.measure is Measure.DELETE and course.stage in DELETE_STAGES:
            stale = self._is_stale(action, course)
            return Carried(action) if stale else self._recorded(action, case, course, Step.WITHDRAW)
        if course.stage is not Stage.SUSPEND_PENDING or case.id not in course.grounds:
            return Carried(action)
        step = Step.CALL_OFF if len(course.grounds) == 1 else Step.DROP
        return self._recorded(action, case, course, step)

    def _open_undoing(self, action: Action, case: Case, course: Course) -> Carried:
        """The case wants it held no more; it is lifted with the last that does. Who files it asks no guard but G14."""
        moved, entries = course, list[AuditEntry]()
        for ground in (one for one in course.grounds if one != case.id and not self._wants(one)):
            facts = self.guarding.asked(action, case, Step.DROP)
            facts = replace(facts, ground=ground, key=f"{facts.key}:{ground}", reason="no action of it is left")
            moved, entry = self.guarding.record(moved, Step.DROP, facts)
            entries.append(entry)
        step = Step.DROP if len(moved.grounds) > 1 else Step.LIFT
        if case.id in moved.grounds and (moved.stage, step) != (Stage.SUSPEND_PENDING, Step.LIFT):
            moved, entry = self.guarding.record(moved, step, self.guarding.asked(action, case, step))
            entries.append(entry)
        if not entries:
            return Carried(action)
        return Carried(action, (replace(moved, revision=course.revision + 1),), tuple(entries))

    def _wants(self, case_id: str) -> bool:
        """Whether a case has a measure that holds its place, or still may; one called off before its plan does not."""
        return self.actions_of is None or bool(standing(self.actions_of(case_id)))

    def _open_delete(self, action: Action, case: Case, course: Course) -> Carried:
        """The fence before a deletion. What an earlier attempt destroyed is found gone, and is only confirmed."""
        if course.changed_at and self.guarding.clock.now() < course.changed_at:
            what = f"the clock is behind the course's last step ({course.changed_at.isoformat()})"
            raise EnforcementError(what, where=course.id, mend="it is tried again")
        if self._is_stale(action, course):
            raise TransitionError("it was approved before the proposal that stands", where=course.id)
        step = Step.BEGIN if course.stage is Stage.DELETE_PROPOSED else Step.RESUME
        facts = self.guarding.for_destruction(self.guarding.asked(action, case, step), course, action.evidence)
        if _is_gone(facts) and course.stage is Stage.DELETING:
            return Carried(applied(action, action.inverse, "gone before it was asked for again"))
        if _is_other(facts, course):
            begun = course.stage is Stage.DELETING
            what = "; the judged ones are gone, by us or by their owner" if begun else ""
            return replace(self.changed(action), action=refused(action, f"G1 other bytes lie there now{what}"))
        if case.decision is not None and case.decision.outcome is Outcome.CLEAN:
            mend = "propose it on a case that was found violating"
            raise TransitionError(f"{case.decision.reviewer} decided the case clean", where=case.id, mend=mend)
        if word := self._acquitted(action, case):
            mend = "look at the case again: what rules no longer find is not deleted on their word"
            raise TransitionError(f"the newest verdict over these bytes is {word}", where=case.id, mend=mend)
        return self._begin(action, course, step, facts)

    def _acquitted(self, action: Action, case: Case) -> str:
        """The word of the newest verdict over these very bytes where a scan began the case and finds nothing now (I6).

        What somebody reported or an authority ordered hangs on no verdict of ours.
        """
        newest = self.newest(action.subject) if case.source == "scan" else None
        if newest is None or newest.verdict.content.sha256 != action.sha256:
            return ""
        return newest.verdict.word if newest.verdict.word in ACQUITTED else ""

    def _begin(self, action: Action, course: Course, step: Step, facts: Facts) -> Carried:
        """The fence passed, and counted; where others took the last room within the hour, it is tried again."""
        pacing, wait = self.guarding.pacing, self.guarding.pacing.wait(action, facts.now)
        facts = replace(facts, room=wait is None)
        held = self.guarding.held_back(course, step, facts)
        if wait is not None and [one.guard for one in held] == [Guard.G15]:
            raise EnforcementError(wait.why, where=course.id, mend="it is tried again")
        return replace(self._stepped(action, course, step, facts), begun=(pacing.begun(action, facts.now),))

    def _is_stale(self, action: Action, course: Course) -> bool:
        """Whether it was approved for an earlier proposal: it neither begins nor withdraws what stands by now."""
        if course.stage is not Stage.DELETE_PROPOSED:
            return False
        filed = [one for ground in course.grounds for one in self.actions_of(ground)] if self.actions_of else []
        later = (one.measure is Measure.DELETE and one.created_at > action.created_at for one in filed)
        return course.trail.approver != action.approver or any(later)

    def _open_hold(self, action: Action, case: Case, course: Course) -> Carried:
        opened = Carried(action)
        if course.stage in LEAVING:
            what = f"the version is {course.stage}"
            raise EnforcementError(what, where=course.id, mend="it is tried again when that has ended")
        if course.is_suspended and action.inverse and case.id in course.grounds:
            return opened  # its guards were asked before it took hold; until it is undone it goes on
        if course.stage in FREE_STAGES or case.id not in course.grounds:
            step = Step.FILE if course.stage in FREE_STAGES else Step.JOIN
            opened = self._stepped(action, course, step, in_order(self.guarding.asked(action, case, step), course))
            course = opened.courses[0]
        facts = in_order(self.guarding.asked(action, case, Step.APPLY), course)
        facts = self.guarding.with_evidence(facts, action.evidence)
        reread = action.measure is Measure.SUSPEND and not action.subject.version_id and is_object(action.subject)
        facts = self.guarding.with_world(facts, course, reread=reread)
        if _is_gone(facts) or _is_other(facts, course):
            what = "G1 the judged version is gone" if _is_gone(facts) else "G1 other bytes lie there now"
            return replace(self.changed(action), action=refused(action, what))
        held = self.guarding.held_back(course, Step.APPLY, facts)
        if held:
            raise TransitionError(told_of(held), where=course.id, mend="see docs/enforcement.md")
        return opened

    def _hold(self, action: Action, case: Case, course: Course) -> Carried:
        self.surface.suspend(action.subject, action.inverse)
        done = applied(action, action.inverse, "suspended at the origin")
        facts = self.guarding.asked(action, case, Step.APPLY)
        ordered = self.guarding.ordered_until(case, facts.now)
        if course.stage not in UNDER_WAY:
            return self._prolonged(done, course, ordered, facts)  # held for another case already
        if course.stage is Stage.SUSPEND_PENDING:
            ends = ordered or facts.now + self.lasts
            course = replace(course, shown=self.surface.before(action.inverse), ends_at=ends)
        elif ordered is not None and course.ends_at is not None:
            course = replace(course, ends_at=max(course.ends_at, ordered))
        moved, entry = self.guarding.record(course, Step.APPLY, facts)
        return Carried(done, (moved,), (entry,))

    def _prolonged(self, done: Action, course: Course, ordered: datetime | None, facts: Facts) -> Carried:
        """What stands already lasts as long as an order that joins it; an order shortens nothing."""
        if ordered is None or course.ends_at is None or ordered <= course.ends_at:
            return Carried(done)
        longer = replace(course, ends_at=ordered, revision=course.revision + 1)
        stated = {"ends": ordered.isoformat(), "case": facts.ground}
        entry = AuditEntry(facts.now, facts.actor, "course-prolonged", course.id, "an order lasts longer", stated)
        return Carried(done, (longer,), (entry,))

    def _remove(self, action: Action, course: Course) -> Carried:
        """The judged bytes destroyed wherever they lie, each under its own condition; copies in quarantine last."""
        copies = self.guarding.whereabouts.copies(course)
        if not copies or self.remover.there(action.subject):
            self.remover.remove(action.subject)
        for copy in copies:
            self.remover.remove(copy)
        left = self.guarding.places(course)
        if left:
            raise EnforcementError("is still there", where=left[0].url, mend="it is tried again")
        return Carried(applied(action, action.inverse, "deleted, and read back as gone"))

    def plan_elsewhere(self, action: Action) -> str:
        """The plan by which the bytes lie in quarantine for another case: it holds them for this one, too."""
        return self.guarding.whereabouts.plan(self._both(action)[1])

    def _left(self, action: Action) -> bool:
        """Whether anything of what was held is left to be given back."""
        return self.remover.there(action.subject) or self.guarding.whereabouts.copy(action) is not None

    def _both(self, action: Action) -> tuple[Case, Course]:
        return self.casebook.case(action.case), self.guarding.course(action.subject, action.sha256)

    def _recorded(self, action: Action, case: Case, course: Course, step: Step) -> Carried:
        moved, entry = self.guarding.record(course, step, self.guarding.asked(action, case, step))
        return Carried(action, (moved,), (entry,))

    def _stepped(self, action: Action, course: Course, step: Step, facts: Facts) -> Carried:
        moved, entry = self.guarding.take(course, step, facts)
        return Carried(action, (moved,), (entry,))


def _is_as_open(seen: str, shown: str) -> bool:
    """Whether the world gets at least what it got before: what its owner opened further is no hold of ours."""
    return seen == shown or (seen in OPENNESS and shown in OPENNESS and OPENNESS.index(seen) < OPENNESS.index(shown))


def _is_gone(facts: Facts) -> bool:
    """Whether nothing lies there any more."""
    return (facts.seen_version, facts.seen_etag, facts.seen_sha256) == ("", "", "")


def _is_other(facts: Facts, course: Course) -> bool:
    """Whether other bytes than the judged ones lie there."""
    judged = (course.subject.version_id, course.subject.etag, course.sha256)
    return not _is_gone(facts) and (facts.seen_version, facts.seen_etag, facts.seen_sha256) != judged

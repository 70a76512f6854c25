"""Watching: suspended versions are looked at again, drift is mended or raised, and restrictions end by themselves."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.actions import HOLDING, Action, ActionState, not_undone, standing
from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.facts import Facts
from scanner.domain.enforcement.stages import Stage, Step
from scanner.errors import AupError, ConflictError
from scanner.ports import Casebook, Clock, Outbox, Register, Surface
from scanner.services.casework import undoing
from scanner.services.guarding import Guarding

WATCHER = "watcher"
SOONER = 11 / 12  # of the time between two looks: what could not be seen is looked at again after the rest
TOOK_HOLD = (ActionState.DONE, ActionState.UNVERIFIED)


@dataclass(frozen=True, slots=True)
class Watching:
    """The beat's work on courses. `every`: how often a suspended version is looked at from outside."""

    guarding: Guarding
    surface: Surface
    casebook: Casebook
    outbox: Outbox
    register: Register
    clock: Clock
    every: timedelta = timedelta(hours=1)

    def look_again(self, limit: int = 200) -> Counter[str]:
        """Look at what was not seen for long; what leaks is suspended again, or raised. Counts by what was found."""
        found: Counter[str] = Counter()
        for course in self.guarding.courses.unseen(self.clock.now() - self.every, limit):
            try:
                found[self._look(course)] += 1
            except ConflictError:
                found["busy"] += 1
            except AupError as error:
                self._alarm(course, str(error))
                found["failed"] += 1
        return found

    def lapse(self, limit: int = 200) -> list[Action]:
        """File the end of every restriction whose time is over."""
        filed: list[Action] = []
        for course in self.guarding.courses.ending(self.clock.now(), limit):
            actions = [self._ending(held) for held in self._holding(course)]
            if not actions:
                continue  # filed before
            entries = [
                AuditEntry(self.clock.now(), WATCHER, "restore-filed", one.id, "the restriction's time is over")
                for one in actions
            ]
            try:
                self.register.commit(Change(actions=tuple(actions), audit=tuple(entries)))
            except ConflictError:
                continue  # filed before
            filed += actions
        return filed

    def clear(self, limit: int = 200) -> int:
        """Call off intents whose actions ended without effect; returns how many."""
        cleared = 0
        for course in self.guarding.courses.in_stages((Stage.SUSPEND_PENDING,), limit, ""):
            moved, entries = course, list[AuditEntry]()
            for ground in (one for one in course.grounds if self._is_over(one)):
                step = Step.CALL_OFF if moved.grounds == (ground,) else Step.DROP
                moved, entry = self.guarding.record(moved, step, self._facts(moved, "no action is left", ground))
                entries.append(entry)
            if entries:
                self.register.commit(
                    Change(courses=(replace(moved, revision=course.revision + 1),), audit=tuple(entries))
                )
                cleared += 1
        return cleared

    def _is_over(self, case_id: str) -> bool:
        """Whether no measure of the case took hold or still may."""
        live = not_undone(self.outbox.actions_of(case_id))
        return all(one.is_final and one.state not in TOOK_HOLD for one in live)

    def _look(self, course: Course) -> str:
        if course.stage is Stage.SUSPENDED_UNVERIFIED and self._in_hand(course):
            self._put_off(course)
            return "in-hand"
        seen = self.surface.observe(course.subject)
        if seen in ("refused", "gone"):
            self._seen_refused(course)
            return "holds"
        if seen == "unclear":
            self._alarm(course, "could not be seen from outside")
            return "unclear"
        return self._mend(course, seen)

    def _mend(self, course: Course, seen: str) -> str:
        """Drift: recorded, then the stored plans are applied once more, and looked at. Broken off, it is done anew."""
        if course.stage is not Stage.SUSPENDED_UNVERIFIED:
            reason = f"seen {seen} though suspended"
            moved, entry = self.guarding.record(course, Step.LEAK, self._facts(course, reason))
            self.register.commit(Change(courses=(moved,), audit=(entry,)))
            course = moved
        for held in self._holding(course):
            self.surface.suspend(held.subject, held.inverse)
        again = self.surface.observe(course.subject)
        if again not in ("refused", "gone"):
            self._alarm(course, f"still {again} after it was suspended again")
            return "leaks"
        mended = AuditEntry(self.clock.now(), WATCHER, "drift-mended", course.id, f"was {seen}, is {again}")
        self._seen_refused(course, mended)
        return "mended"

    def _seen_refused(self, course: Course, *told: AuditEntry) -> None:
        """It holds: also where a mending before was broken off, and nobody said so yet."""
        audit, moved = list(told), course
        if course.stage is Stage.SUSPENDED_UNVERIFIED:
            moved, entry = self.guarding.record(course, Step.VERIFY, self._facts(course, "seen refused"))
            audit.insert(0, entry)
        moved = replace(moved, checked_at=self.clock.now(), revision=course.revision + 1)
        self.register.commit(Change(courses=(moved,), audit=tuple(audit)))

    def _in_hand(self, course: Course) -> bool:
        """Whether an action still applies it."""
        filed = [one for ground in course.grounds for one in self.outbox.actions_of(ground)]
        return any(one.measure in HOLDING and not one.is_final for one in filed)

    def _put_off(self, course: Course, *told: AuditEntry) -> None:
        """Looked at again sooner than others, but behind those whose turn it is by now."""
        sooner = self.clock.now() - self.every * SOONER
        later = replace(course, checked_at=sooner, revision=course.revision + 1)
        self.register.commit(Change(courses=(later,), audit=told))

    def _alarm(self, course: Course, what: str) -> None:
        facts = {"subject": course.subject.url, "stage": course.stage}
        entry = AuditEntry(self.clock.now(), WATCHER, "alarm", course.id, what, facts)
        try:
            self._put_off(self.guarding.courses.course(course.id) or course, entry)
        except ConflictError:  # somebody else has just moved it on: told all the same
            self.register.commit(Change(audit=(entry,)))

    def _holding(self, course: Course) -> list[Action]:
        """The measures that hold the version, or may do so though they were given up, and are not undone."""
        filed = [one for ground in course.grounds for one in self.outbox.actions_of(ground)]
        place = (course.subject.bucket, course.subject.key)
        return [a for a in standing(filed) if a.inverse and (a.subject.bucket, a.subject.key) == place]

    def _ending(self, held: Action) -> Action:
        return undoing(self.casebook.case(held.case), held, WATCHER, self.clock.now())

    def _facts(self, course: Course, reason: str, ground: str = "") -> Facts:
        key = f"{WATCHER}:{course.id}:{course.revision}:{len(course.keys)}"
        return Facts(self.clock.now(), WATCHER, False, reason, key, ground=ground)

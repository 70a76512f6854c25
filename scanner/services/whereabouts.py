"""Whereabouts: where the judged bytes lie when a measure moved them away from their own place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scanner.domain.actions import HOLDING, Action, standing
from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course


def not_moved(_subject: Subject, _plan: str) -> Subject | None:
    """For a house whose measures move nothing."""
    return None


def no_actions(_case_id: str) -> Sequence[Action]:
    """For a house whose measures move nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`moved` is asked of the store: where a plan moved the bytes, if they lie there now; None where they do not."""

    moved: Callable[[Subject, str], Subject | None] = not_moved
    actions_of: Callable[[str], Sequence[Action]] = no_actions

    def copies(self, course: Course) -> list[Subject]:
        """What lies elsewhere by measures of the course's cases, also by those that were undone since."""
        if course.subject.version_id:
            return []  # what has a version id is never moved: it could not come back under it
        filed = [one for ground in course.grounds for one in self.actions_of(ground)]
        mine = [one for one in filed if one.measure in HOLDING and one.subject == course.subject]
        found = [self.copy(one) for one in mine]
        return [place for place in found if place is not None]

    def plan(self, course: Course) -> str:
        """The plan by which the version lies elsewhere for a case of its course; "" where none stands."""
        filed = [one for ground in course.grounds for one in standing(self.actions_of(ground))]
        held = (one for one in filed if one.subject == course.subject and self.copy(one) is not None)
        return next((one.inverse for one in held), "")

    def shares(self, course: Course, action: Action) -> bool:
        """Whether another measure that stands holds the version by the very plan that the action is to undo."""
        filed = [one for ground in course.grounds for one in standing(self.actions_of(ground))]
        return any(one.inverse == action.inverse and one.id not in (action.id, action.undoes) for one in filed)

    def copy(self, action: Action) -> Subject | None:
        """Where an action, or the one whose inverse it applies, moved the bytes, if they lie there now."""
        return self.moved(action.subject, action.inverse) if action.inverse else None

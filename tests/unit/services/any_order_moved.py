"""The same town on a store where objects can only be moved away: nothing may be lost in quarantine."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from scanner.adapters.memory import MemoryContents
from scanner.domain.actions import UNDOING, ActionState, Measure
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.stages import Stage
from scanner.domain.rules import Rulebook
from scanner.errors import AmbiguousError
from scanner.services.whereabouts import Whereabouts
from tests.unit.services.any_order import Life, Troubled
from tests.unit.services.test_quarantine import AWAY, Moving

Place = tuple[str, str]


class MovingAll(Moving):
    """`Moving`, with the marks that the town takes off what is new: there are none."""

    def __init__(self, contents: MemoryContents) -> None:
        super().__init__(contents)
        self.marks: dict[Place, set[str]] = {}


class MovedLife(Life):
    """One seeded run. `taken` is what customers overwrote or removed themselves: it need not come back."""

    def __init__(self, book: Rulebook, seed: int) -> None:
        super().__init__(book, seed)
        house, self.taken = self.town.house, set[tuple[Place, bytes]]()
        self.marks = moving = MovingAll(house.contents)  # type: ignore[assignment]
        names = ("plan", "suspend", "restore", "observe", "moved")
        surface = Troubled(moving, names, self, lambda: AmbiguousError("lost"))
        calm = Whereabouts(moving.moved, house.store.actions_of)
        self.guarding = replace(self.guarding, whereabouts=replace(calm, moved=surface.moved))
        carrying = self.calm.carrying
        carrying = replace(carrying, guarding=replace(carrying.guarding, whereabouts=calm), surface=moving)
        self.calm = replace(self.calm, surface=moving, carrying=carrying)
        carrying = replace(self.enforcing.carrying, guarding=self.guarding, surface=surface)
        self.enforcing = replace(self.enforcing, surface=surface, carrying=carrying)
        self.watching = replace(self.watching, guarding=self.guarding, surface=surface)
        self.deleting = replace(self.deleting, guarding=self.guarding)
        self.appealing = replace(self.appealing, guarding=self.guarding)

    def note_customers(self, before: dict[Place, bytes]) -> None:
        """What a customer's own deed overwrote or removed."""
        now = self.town.house.contents.objects
        self.taken |= {(place, data) for place, data in before.items() if now.get(place) != data}

    def left(self) -> Iterator[str]:
        house = self.town.house
        refused = {
            (one.subject, one.sha256)
            for one in house.store.action_rows.values()
            if one.measure in UNDOING and one.state is ActionState.REFUSED
        }
        courses = [one for _, one in house.kept.kept.values() if isinstance(one, Course)]
        for one in courses:
            if (one.subject, one.sha256) not in refused:  # over the owner's new object, a person decides
                yield from self._left_of(one)
                yield from self._lost(one)

    def _lost(self, course: Course) -> Iterator[str]:
        """What nothing holds any more, and lies in quarantine alone though its owner did not take it away."""
        objects, place = self.town.house.contents.objects, (course.subject.bucket, course.subject.key)
        copies = {data for (bucket, _), data in objects.items() if bucket == AWAY}
        mine = {data for data in copies if hashlib.sha256(data).hexdigest() == course.sha256}
        free = not course.is_suspended and course.stage is not Stage.DELETED
        if free and place not in objects and any((place, data) not in self.taken for data in mine):
            yield f"{course.stage}, and left in quarantine: {course.subject.key}"

    def _look_at_deletions(self, lay: dict[Place, bytes]) -> None:
        there, actions = set(self.town.house.contents.objects.values()), self.town.house.store.action_rows.values()
        for place, data in lay.items():
            digest = hashlib.sha256(data).hexdigest()
            asked = [one for one in actions if one.measure is Measure.DELETE and one.sha256 == digest]
            asked = [one for one in asked if one.state is not ActionState.REFUSED]
            allowed = (one.approver not in ("", one.proposer) and not self._is_clean(one) for one in asked)
            if data not in there and not any(allowed):
                self.broken.append(f"{place} with {data!r} was deleted though nobody may have it deleted")

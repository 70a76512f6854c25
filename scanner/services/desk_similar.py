"""Cases over contents that are nearly the same as a case's own."""

from dataclasses import dataclass

from scanner.domain.cases import Case
from scanner.ports_review import Likenesses, Queue

LOOKED_AT = 200  # contents that are near


@dataclass(frozen=True, slots=True)
class Kin:
    """A case over similar content; `distance` is what differs, in percent."""

    case: Case
    distance: int


@dataclass(frozen=True, slots=True)
class Kinship:
    """Finds them."""

    queue: Queue
    likenesses: Likenesses

    def of(self, case: Case, limit: int) -> list[Kin]:
        """The nearest first, of equally near ones those that are open; copies of the same bytes are not among them."""
        sketch = self.likenesses.sketch(case.sha256) if case.sha256 else None
        if sketch is None:
            return []
        near = {one.sha256: one.distance for one in self.likenesses.like(sketch, LOOKED_AT)}
        near.pop(case.sha256, None)
        found = self.queue.over(sorted(near), limit + LOOKED_AT) if near else []
        kin = [Kin(other, near[other.sha256]) for other in found if other.id != case.id]
        return sorted(kin, key=lambda one: (one.distance, not one.case.is_open))[:limit]

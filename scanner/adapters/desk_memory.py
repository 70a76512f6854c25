"""The twin of the review queue and the diary in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scanner.adapters.memory import MemoryStore
from scanner.domain.cases import Case, Outcome
from scanner.domain.messages import LOAD_AGAIN, OTHER_WINDOW
from scanner.domain.review_people import Preferences
from scanner.domain.review_quality import Deed, Note
from scanner.domain.review_queue import (
    LaneCount,
    Place,
    Queued,
    ReviewLane,
    Wanted,
    held_by,
    lane_of,
    likeness,
    reach,
    standing,
    turn,
)
from scanner.domain.similarity import Similar, Sketch, nearest
from scanner.errors import ConflictError


@dataclass(slots=True)
class MemoryDesk:
    """It is Queue, Likenesses and Diary over the store beside it."""

    store: MemoryStore
    kept: list[Note] = field(default_factory=list)
    people: dict[str, Preferences] = field(default_factory=dict)

    # Queue
    def page(self, wanted: Wanted, now: datetime, limit: int, after: Place | None = None) -> list[Queued]:
        """Open cases behind the place."""
        placed = [self._queued(case) for case in self.store.case_rows.values() if case.is_open]
        asked = [one for one in placed if _is_asked(one.case, wanted, now)]
        asked.sort(key=_order)
        behind = [one for one in asked if after is None or _order(one) > (after.turn, after.case)]
        return behind[:limit]

    def lanes(self, now: datetime) -> list[LaneCount]:
        """Every lane."""
        cases = [case for case in self.store.case_rows.values() if case.is_open]
        return [_lane([case for case in cases if lane_of(case) is lane], lane, now) for lane in ReviewLane]

    def alike(self, case: Case, by: str, limit: int) -> list[Case]:
        """Other cases like it."""
        ways: Mapping[str, Callable[[Case], bool]] = {
            "content": lambda other: other.sha256 == case.sha256 != "",
            "account": lambda other: (other.subject.account, other.rule) == (case.subject.account, case.rule),
            "words": lambda other: likeness(other) == likeness(case),
        }
        alike = ways[by]
        found = [other for other in self.store.case_rows.values() if other.id != case.id and alike(other)]
        return sorted(found, key=lambda other: (not other.is_open, _order(self._queued(other))))[:limit]

    def count(self, case: Case, by: str) -> int:
        """How many of them."""
        return len(self.alike(case, by, len(self.store.case_rows)))

    def over(self, contents: Sequence[str], limit: int) -> list[Case]:
        """Cases over any of the contents."""
        found = [case for case in self.store.case_rows.values() if case.sha256 and case.sha256 in contents]
        return sorted(found, key=lambda case: (not case.is_open, _order(self._queued(case))))[:limit]

    def of_account(self, account: str, limit: int) -> list[Case]:
        """An account's newest cases."""
        found = [case for case in self.store.case_rows.values() if case.subject.account == account]
        return sorted(found, key=lambda case: case.opened_at, reverse=True)[:limit]

    def outcomes(self) -> Mapping[str, Mapping[str, int]]:
        """Decided cases by rule and outcome."""
        found: dict[str, dict[str, int]] = {}
        for case in self.store.case_rows.values():
            if case.decision is not None:
                counts = found.setdefault(case.rule, {})
                counts[case.decision.outcome.value] = counts.get(case.decision.outcome.value, 0) + 1
        return found

    def decided(self, since: datetime, limit: int) -> list[Case]:
        """Cases decided since."""
        found = [
            (case.decision.at, case)
            for case in self.store.case_rows.values()
            if case.decision is not None and case.decision.outcome != "escalate" and case.decision.at >= since
        ]
        return [case for _, case in sorted(found, key=lambda pair: pair[0], reverse=True)][:limit]

    def history(self, rule: str, limit: int) -> list[tuple[datetime, Outcome]]:
        """A rule's decisions, the newest first."""
        made = [(c.decision, c.is_open) for c in self.store.case_rows.values() if c.decision and c.rule == rule]
        found = [(one.at, Outcome(one.outcome)) for one, is_open in made if not is_open]
        return sorted(found, key=lambda pair: pair[0], reverse=True)[:limit]

    # Likenesses
    def sketch(self, sha256: str) -> Sketch | None:
        """The content's own."""
        return self.store.sketches.get(sha256)

    def like(self, sketch: Sketch, limit: int) -> list[Similar]:
        """All that are near."""
        return nearest(sketch, self.store.sketches.items(), limit)

    # Diary
    def write(self, note: Note) -> None:
        """Keep a deed."""
        self.kept.append(note)

    def notes(self, deeds: Sequence[Deed], since: datetime, limit: int, person: str = "") -> list[Note]:
        """Deeds since then, the newest first."""
        found = [n for n in self.kept if n.deed in deeds and n.at >= since and person in ("", n.person)]
        return sorted(found, key=lambda note: note.at, reverse=True)[:limit]

    def notes_of(self, case: str) -> list[Note]:
        """Deeds about a case."""
        return [note for note in self.kept if note.case == case]

    def preferences(self, person: str) -> Preferences:
        """A reviewer's settings."""
        return self.people.get(person, Preferences(person))

    def save(self, kept: Preferences) -> None:
        """Keep them."""
        if self.preferences(kept.person).revision != kept.revision - 1:
            raise ConflictError(OTHER_WINDOW(), where=kept.person, mend=LOAD_AGAIN())
        self.people[kept.person] = kept

    def _queued(self, case: Case) -> Queued:
        """Its turn counts the copies that there were when its reach last grew."""
        order = [other.id for other in self.store.case_rows.values() if other.sha256 == case.sha256]
        copies = max(_grown(len(order)), order.index(case.id) + 1) if case.sha256 else 1
        return Queued(case, Place(turn(case, copies), case.id), max(1, len(order)) if case.sha256 else 1)


def _grown(copies: int) -> int:
    return 1 << (reach(copies) - 1)


def _order(queued: Queued) -> tuple[float, str]:
    return queued.place.turn, queued.place.case


def _is_asked(case: Case, wanted: Wanted, now: datetime) -> bool:
    told = {
        "clause": case.clause,
        "account": case.subject.account,
        "source": case.source,
        "rule": case.rule,
        "state": case.state.value,
        "stands": standing(case, now).value,
        "lane": lane_of(case).value,
        "assigned": held_by(case, now) or "-",
    }
    return case.clause not in wanted.muted and all(getattr(wanted, key) in ("", word) for key, word in told.items())


def _lane(cases: Sequence[Case], lane: ReviewLane, now: datetime) -> LaneCount:
    late = sum(case.due_at < now for case in cases)
    return LaneCount(lane, len(cases), late, min((case.opened_at for case in cases), default=None))

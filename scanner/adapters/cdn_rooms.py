"""Measures on live rooms over the control plane: the stream is cut, pushing forbidden until a time; exactly undone.

Snapshots of one room may be judged one after the other, each with a measure of its own. The room stays cut until the
last of them is lifted, and is then given back as it was before the first.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from scanner.adapters.cdn_domains import SqlStops
from scanner.adapters.sql import Database
from scanner.adapters.sql_casebook import SqlOutbox
from scanner.domain.actions import GIVEN_UP, Action, Measure
from scanner.domain.canonical import canonical
from scanner.domain.cdn.places import ROOM
from scanner.domain.cdn.rooms import room_of
from scanner.domain.content import Subject
from scanner.ports import Clock, Surface

HELD = ("refused", "gone")


class Holds(Protocol):
    """What else holds a room: the plans of other snapshots' measures in force, the oldest first; and whether a
    snapshot's own is being lifted."""

    def others(self, subject: Subject) -> Sequence[str]: ...

    def lifting(self, subject: Subject) -> bool: ...


@dataclass(frozen=True, slots=True)
class NoHolds:
    """For rooms whose snapshots are judged once."""

    def others(self, subject: Subject) -> Sequence[str]:
        """None."""
        return ()

    def lifting(self, subject: Subject) -> bool:
        """Nothing is."""
        return False


@dataclass(frozen=True, slots=True)
class SqlHolds:
    """Holds by the actions of a room's cases."""

    database: Database

    def others(self, subject: Subject) -> Sequence[str]:
        """Plans of suspensions that were carried out, and that nobody wants lifted."""
        actions = self._actions(subject)
        undone = {one.undoes for one in actions if one.undoes}
        held = [
            one
            for one in actions
            if one.measure is Measure.SUSPEND
            and one.inverse
            and one.id not in undone
            and one.state not in GIVEN_UP
            and one.subject.key != subject.key
        ]
        return [one.inverse for one in sorted(held, key=lambda one: (one.created_at, one.id))]

    def lifting(self, subject: Subject) -> bool:
        """Whether a restoring action of this snapshot is under way."""
        return any(
            one.measure is Measure.RESTORE and one.subject.key == subject.key and not one.is_final
            for one in self._actions(subject)
        )

    def _actions(self, subject: Subject) -> list[Action]:
        """Every action on the room, whichever snapshot it is for."""
        outbox = SqlOutbox(self.database)
        cases = SqlStops(self.database).cases(subject.bucket, whole=True)
        found = [one for case_id in cases for one in outbox.actions_of(case_id)]
        return [one for one in found if one.subject.bucket == subject.bucket]


@dataclass(frozen=True, slots=True)
class RoomedPlane:
    """The control plane, told of rooms what is to be done with them. `forbids`: for how long nobody may push."""

    plane: Surface
    clock: Clock
    forbids: timedelta = timedelta(days=1)
    holds: Holds = NoHolds()

    def plan(self, subject: Subject) -> str:
        """What was in force before us, with the cut and the time until which pushing is forbidden."""
        if not subject.bucket.startswith(ROOM):
            return self.plane.plan(subject)
        stated = json.loads(self.plane.plan(room_of(subject)))
        first = next(iter(self.holds.others(subject)), "")
        if first:
            held = json.loads(first)
            stated |= {name: held[name] for name in ("before", "seen") if name in held}
        until = (self.clock.now() + self.forbids).isoformat(timespec="seconds")
        return canonical({**stated, "cut": True, "forbid_until": until, "snapshot": subject.key}).decode()

    def suspend(self, subject: Subject, plan: str) -> None:
        """Cut the stream and forbid pushing; a room that is cut already stays so, until the later time."""
        self.plane.suspend(self._place(subject), plan)

    def restore(self, subject: Subject, plan: str) -> None:
        """Put back what was in force before; a room that another snapshot holds stays cut."""
        if not (subject.bucket.startswith(ROOM) and self.holds.others(subject)):
            self.plane.restore(self._place(subject), plan)

    def observe(self, subject: Subject) -> str:
        """Whether the room is to be pulled. One that only another snapshot still holds counts as given back."""
        seen = self.plane.observe(self._place(subject))
        if seen in HELD and subject.bucket.startswith(ROOM) and self.holds.lifting(subject):
            others = self.holds.others(subject)
            return self.plane.before(others[0]) if others else seen
        return seen

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        return self.plane.before(plan)

    def _place(self, subject: Subject) -> Subject:
        return room_of(subject) if subject.bucket.startswith(ROOM) else subject

"""Measures on live rooms over the control plane: the stream is cut, pushing forbidden until a time; exactly undone."""

import json
from dataclasses import dataclass
from datetime import timedelta

from scanner.domain.canonical import canonical
from scanner.domain.cdn.places import ROOM
from scanner.domain.cdn.rooms import room_of
from scanner.domain.content import Subject
from scanner.ports import Clock, Surface


@dataclass(frozen=True, slots=True)
class RoomedPlane:
    """The control plane, told of rooms what is to be done with them. `forbids`: for how long nobody may push."""

    plane: Surface
    clock: Clock
    forbids: timedelta = timedelta(days=1)

    def plan(self, subject: Subject) -> str:
        """What is in force now, with the cut and the time until which pushing is forbidden."""
        if not subject.bucket.startswith(ROOM):
            return self.plane.plan(subject)
        stated = json.loads(self.plane.plan(room_of(subject)))
        until = (self.clock.now() + self.forbids).isoformat(timespec="seconds")
        return canonical({**stated, "cut": True, "forbid_until": until, "snapshot": subject.key}).decode()

    def suspend(self, subject: Subject, plan: str) -> None:
        """Cut the stream and forbid pushing; a room that is cut already stays so, until the later time."""
        self.plane.suspend(self._place(subject), plan)

    def restore(self, subject: Subject, plan: str) -> None:
        """Put back what was in force before."""
        self.plane.restore(self._place(subject), plan)

    def observe(self, subject: Subject) -> str:
        """Whether the room is to be pulled."""
        return self.plane.observe(self._place(subject))

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        return self.plane.before(plan)

    def _place(self, subject: Subject) -> Subject:
        return room_of(subject) if subject.bucket.startswith(ROOM) else subject

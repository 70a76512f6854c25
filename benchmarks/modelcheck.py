"""Model check of enforcement: every reachable state of the modelled world, with all guards and with each one dropped.

`python -m benchmarks.modelcheck` prints the states searched and, for each dropped guard, the shortest way
to a violation.
"""

import sys
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from benchmarks.enforcement_model import HAZARDS, START, TICK, Worker, World, moves, start
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.guards import Guard
from scanner.domain.enforcement.stages import END_STAGES, Stage
from scanner.domain.enforcement.trail import Trail

LIMIT = 2_000_000
STALE = -1
HAZARD_OF = {
    Guard.G1: "unbound",
    Guard.G2: "tainted",
    Guard.G3: "wide",
    Guard.G4: "gate",
    Guard.G5: "machine",
    Guard.G8: "breaker",
    Guard.G9: "protected",
    Guard.G10: "notice",
    Guard.G12: "hold",
    Guard.G13: "reacl",
    Guard.G15: "crowd",
}
PAST = frozenset({Stage.REINSTATING, *END_STAGES})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search found. `trace` leads to the violation, or (without one) to a deletion, if one is reachable."""

    states: int
    violation: str
    trace: tuple[str, ...]
    deleted: bool
    whole: bool


def search(starts: Iterable[World], without: frozenset[Guard], *, limit: int = LIMIT) -> Outcome:
    """Breadth first through all reachable states; stops at the first violation."""
    came: dict[World, tuple[World | None, str]] = {}
    queue: deque[World] = deque()
    for world in starts:
        came[world] = (None, "")
        queue.append(world)
    deleted: World | None = None
    while queue:
        world = queue.popleft()
        if len(came) > limit:
            return Outcome(len(came), "", (), deleted is not None, False)
        for what, after, wrong in moves(world, without):
            if wrong:
                return Outcome(len(came), wrong, (*_trace(came, world), what), deleted is not None, True)
            after = _plain(after)
            if after not in came:
                came[after] = (world, what)
                queue.append(after)
                if deleted is None and after.course.stage is Stage.DELETED:
                    deleted = after
    return Outcome(len(came), "", _trace(came, deleted) if deleted else (), deleted is not None, True)


def starts(budget: int, hazards: frozenset[str] = frozenset()) -> list[World]:
    """The worlds to begin in: with and without kept versions."""
    return [start(versioned=kept, hazards=hazards, budget=budget) for kept in (True, False)]


def search_each_hazard(without: frozenset[Guard]) -> Outcome:
    """Search without a hazard, then under each one from the beginning, until a violation is found.

    A guard's own hazard is tried first: that shortens the search and changes nothing in what is found.
    """
    states, outcome = 0, Outcome(0, "", (), False, True)
    first = [HAZARD_OF[guard] for guard in without if guard in HAZARD_OF]
    for hazard in (*first, "", *HAZARDS):
        found = search(starts(0, frozenset({hazard} - {""})), without)
        states, outcome = states + found.states, found if found.deleted or found.violation else outcome
        if found.violation or not found.whole:
            break
    return replace(outcome, states=states)


def _plain(world: World) -> World:
    """One state for all that can only go on in the same way: what no guard asks for any more is left out."""
    course, past = world.course, world.course.stage in PAST
    first, second = (_current(worker, course.revision) for worker in world.workers)
    return World(
        _bare(course) if past else _plain_course(course, world.tick),
        world.versioned,
        world.objects,
        world.marked,
        world.neighbour,
        world.owners_edit,
        0 if past else world.tick,
        frozenset() if past else world.opened,
        _ordered(first, second),
        world.hazards,
        world.budget,
        world.overwrites,
        world.over,
    )


@cache
def _bare(course: Course) -> Course:
    return replace(course, keys=(), changed_at=None, filed_at=None, checked_at=None, trail=Trail(), revision=0)


@cache
def _plain_course(course: Course, tick: int) -> Course:
    trail = replace(course.trail, noticed_at=None, appealed_at=None)
    if trail.cool_until is not None and trail.cool_until <= START + TICK * tick:
        trail = replace(trail, cool_until=START)
    return replace(
        course,
        keys=tuple(sorted(course.keys)),
        changed_at=None,
        filed_at=None,
        checked_at=None,
        trail=trail,
        revision=0,
    )


@cache
def _ordered(first: Worker, second: Worker) -> tuple[Worker, Worker]:
    return (second, first) if repr(second) < repr(first) else (first, second)


@cache
def _current(worker: Worker, revision: int) -> Worker:
    """Of the revision that a worker saw, only whether it still stands matters."""
    if worker.step is None or (worker.sent and worker.revision != revision):
        return Worker()
    return replace(worker, revision=0 if worker.revision == revision else STALE)


def _trace(came: dict[World, tuple[World | None, str]], world: World | None) -> tuple[str, ...]:
    found: list[str] = []
    while world is not None:
        world, what = came[world]
        found += [what] if what else []
    return tuple(reversed(found))


def main() -> int:
    """Print the table; 1 if any claim does not hold."""
    began = time.monotonic()
    whole = search(starts(1), frozenset())
    print(f"all guards: {whole.states:,} states ({len(HAZARDS)} hazards, one at any time), ", end="")
    print(f"violations: {whole.violation or 'none'}, deletion reachable: {'yes' if whole.deleted else 'NO'}")
    print("  shortest way to a deletion: " + " → ".join(whole.trace))
    good = whole.whole and not whole.violation and whole.deleted
    for guard in Guard:
        found = search_each_hazard(frozenset({guard}))
        good = good and bool(found.violation)
        print(f"without {guard}: {found.violation or 'NO VIOLATION FOUND'} ({found.states:,} states)")
        print("  " + " → ".join(found.trace))
    print(f"{time.monotonic() - began:.1f} s: {'holds' if good else 'DOES NOT HOLD'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

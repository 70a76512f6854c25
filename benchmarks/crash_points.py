"""Crash points of enforcement: a worker dies before or after every write to the database and every call to the store.

A point is the n-th such moment of one action's way. Each single point and each pair is tried, with and without a
customer who overwrites at that moment; then another worker takes over, and the invariants I3–I6 are looked at.
`python -m benchmarks.crash_points` prints the table.
"""

import contextlib
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations_with_replacement

from scanner.adapters.enforcement_memory import MemoryEnforcement
from scanner.adapters.memory import MemorySurface
from scanner.domain.actions import ActionState, Measure
from scanner.domain.changes import Change
from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.domain.content import Subject
from scanner.domain.findings import Confidence, Severity
from scanner.domain.policy import ClausePolicy, Policy
from scanner.domain.rules import Rule, Rulebook, RuleKind, RuleStatus
from scanner.services.custody import Custodian
from scanner.services.deleting import Deleting
from tests.unit.services.house import MemoryHouse, PlainSealer

BAD, NEW = b"EVIL", b"mended"
ROUNDS = 12


class Killed(BaseException):
    """The worker is gone; nothing catches this."""


@dataclass
class Script:
    """At which moments the worker dies, and what else happens there. `met` names every moment passed."""

    deaths: list[int] = field(default_factory=list)
    overwrite: Callable[[], None] | None = None
    met: list[str] = field(default_factory=list)

    def pass_by(self, moment: str) -> None:
        self.met.append(moment)
        if self.deaths and len(self.met) - 1 == self.deaths[0]:
            del self.deaths[0]
            if self.overwrite:
                self.overwrite()
            raise Killed


@dataclass
class Register:
    """The register with a crash point before and after each commit."""

    inner: MemoryEnforcement
    script: Script

    def commit(self, change: Change) -> frozenset[int]:
        self.script.pass_by("before commit")
        lost = self.inner.commit(change)
        self.script.pass_by("after commit")
        return lost

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)


@dataclass
class World:
    """The surface and the remover with crash points round each call, and a record of what was really touched."""

    surface: MemorySurface
    house: MemoryHouse
    script: Script
    touched: list[tuple[str, bytes, bool]] = field(default_factory=list)

    def plan(self, subject: Subject) -> str:
        return self.surface.plan(subject)

    def before(self, plan: str) -> str:
        return self.surface.before(plan)

    def observe(self, subject: Subject) -> str:
        return self.surface.observe(subject)

    def suspend(self, subject: Subject, plan: str) -> None:
        self._call("suspend", subject, lambda: self.surface.suspend(subject, plan))

    def restore(self, subject: Subject, plan: str) -> None:
        self._call("restore", subject, lambda: self.surface.restore(subject, plan))

    def proves(self, subject: Subject) -> bool:
        return True

    def there(self, subject: Subject) -> bool:
        return self.house.remover.there(subject)

    def remove(self, subject: Subject) -> None:
        self._call("remove", subject, lambda: self.house.remover.remove(subject))

    def _call(self, verb: str, subject: Subject, act: Callable[[], None]) -> None:
        self.script.pass_by(f"before {verb}")
        found = self.house.contents.objects.get((subject.bucket, subject.key), b"")
        act()
        gone = verb == "remove" and bool(found) and (subject.bucket, subject.key) not in self.house.contents.objects
        if found and (gone or verb != "remove"):
            self.touched.append((verb, found, self._evidence()))
        self.script.pass_by(f"after {verb}")

    def _evidence(self) -> bool:
        """Whether sealed evidence over the judged bytes lies in the vault at this moment."""
        wanted = hashlib.sha256(BAD).hexdigest()
        rows = [row for row in self.house.store.custody_rows.values() if row.content_sha256 == wanted]
        return any(row.ref in self.house.vault.bundles for row in rows)


def trial(
    kind: str,
    deaths: tuple[int, ...],
    *,
    overwrite: bool,
    spoil: Callable[[MemoryHouse], None] = lambda _house: None,
) -> tuple[list[str], list[str]]:
    """One trial; the violations found, and the moments passed. `spoil` breaks a promise, to see that it is noticed."""
    house = MemoryHouse(_book())
    spoil(house)
    house.upload("a", BAD)
    ring = house.doorbell.rings[-1]
    house.scanning.scan_batch(ring[1], "w")
    if kind == "delete":
        _lead_to_deletion(house)
    script = Script(list(deaths))
    if overwrite:
        script.overwrite = lambda: _overwrite(house)
    world = World(house.surface, house, script)
    register = Register(house.kept, script)
    carrying = replace(house.enforcing.carrying, surface=world, remover=world)
    enforcing = replace(house.enforcing, surface=world, register=register, carrying=carrying)
    for _ in range(ROUNDS):
        with contextlib.suppress(Killed):
            enforcing.carry_out()
        house.clock.advance(timedelta(hours=25).total_seconds())
    return list(_violations(house, world, kind)), script.met


def _violations(house: MemoryHouse, world: World, kind: str) -> Iterator[str]:
    measure = Measure.DELETE if kind == "delete" else Measure.SUSPEND
    action = next(a for a in house.store.action_rows.values() if a.measure is measure)
    for verb, found, evidence in world.touched:
        if found != BAD and verb == "remove":
            yield "I4 other bytes were deleted"
        if not evidence:
            yield "I3 acted without durable evidence"
    if sum(verb == "remove" for verb, _, _ in world.touched) > 1:
        yield "I5 deleted twice"
    if not action.is_final:
        yield f"I15 the action never ended: {action.state}"
    there = house.contents.objects.get(("tenant", "a"))
    removed = any(verb == "remove" for verb, _, _ in world.touched)
    if removed and action.state is not ActionState.DONE and there != NEW:  # over new bytes nobody can tell any more
        yield "I5 deleted, and never recorded"
    if action.state is ActionState.DONE and there == BAD and kind == "delete":
        yield "I5 recorded as deleted, and still there"
    served = there == BAD and house.surface.observe(action.subject) == "served"
    if action.state is ActionState.DONE and kind == "suspend" and served:
        yield "I5 recorded as suspended, and served"
    confirmed = [
        e for e in house.store.log if b'"verb":"course-confirm"' in e.body or b'"verb":"course-apply"' in e.body
    ]
    if kind == "delete" and sum(b"course-confirm" in e.body for e in confirmed) > 1:
        yield "I5 recorded twice"


def _lead_to_deletion(house: MemoryHouse) -> None:
    """Suspended, noticed, seen and approved by two people, the cool-off over."""
    from benchmarks.crash_notices import notice_all

    house.enforcing.carry_out()
    notice_all(house)
    case = next(iter(house.store.case_rows))
    custodian = Custodian(house.store, house.kept, house.vault, house.clock, PlainSealer())
    deleting = Deleting(house.guarding, house.store, house.store, house.kept, house.clock)
    for person in ("li", "wang"):
        custodian.view(case, person, "to decide")
    deleting.propose(case, "li", "malware")
    deleting.approve(case, "wang", "seen it too")
    house.clock.advance(timedelta(days=8).total_seconds())


def _overwrite(house: MemoryHouse) -> None:
    """The customer puts other bytes there; what lay on the old object does not lie on the new one."""
    house.contents.put("tenant", "a", NEW)
    house.surface.suspended.pop(("tenant", "a"), None)


def _book() -> Rulebook:
    clause = Clause("3.1.3.7", "不进行任何危害网络安全的行为", "no harm to network security", Ceiling.SUSPEND)
    rule = Rule(
        "malware.test",
        RuleKind.YARA,
        "3.1.3.7",
        Severity.HIGH,
        Confidence.HIGH,
        Ceiling.SUSPEND,
        RuleStatus.AUTO,
        "a test rule",
    )
    policy = Policy({"3.1.3.7": ClausePolicy("3.1.3.7", ceiling=Ceiling.SUSPEND)})
    return Rulebook(Agreement("test", {"3.1.3.7": clause}), policy, {"malware.test": rule}, digest="d" * 64)


def table(kind: str) -> tuple[int, int, Counter[str], list[str]]:
    """All singles and pairs of one kind: trials, points, violations, and the points' names."""
    _, names = trial(kind, (), overwrite=False)
    points, found, trials = len(names), Counter[str](), 0
    singles = [(n,) for n in range(points)]
    pairs = list(combinations_with_replacement(range(points), 2))
    for deaths in [*singles, *((a, a + 1 + b) for a, b in pairs)]:
        for overwrite in (False, True):
            trials += 1
            found.update(trial(kind, deaths, overwrite=overwrite)[0])
    return trials, points, found, names


def main() -> int:
    """Print the table; 1 if anything was violated."""
    began, bad = time.monotonic(), 0
    for kind in ("suspend", "delete"):
        trials, points, found, names = table(kind)
        bad += sum(found.values())
        print(f"{kind}: {points} crash points, {trials} trials, {sum(found.values())} violations")
        print("  points: " + ", ".join(names))
        for what, count in found.most_common():
            print(f"  {count:5} {what}")
    print(f"{time.monotonic() - began:.1f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

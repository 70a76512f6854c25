"""A town in which anything happens in any order: customers, people, faults, deaths of workers, clocks; seeded."""

import contextlib
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scanner.adapters.memory import MemoryContents
from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Outcome, reopen
from scanner.domain.changes import Change
from scanner.domain.content import Subject
from scanner.domain.coverage import Gap, Reason
from scanner.domain.enforcement.appeals import Ground
from scanner.domain.enforcement.brakes import Breaker
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.stages import Stage
from scanner.domain.findings import Severity
from scanner.domain.rules import Rulebook, RuleStatus
from scanner.errors import (
    AmbiguousError,
    AupError,
    ChangedError,
    ConflictError,
    EnforcementError,
    GoneError,
    VaultAwayError,
)
from tests.unit.services.house import WORDS
from tests.unit.services.test_courses import Town

BAD, GOOD = (b"EVIL", b"EVIL and WORSE", b"WORSE"), (b"mended", b"fine")
PEOPLE = ("li", "wang", "zhao", "chen")
RULES = ("malware.test", "new.test")
DAY = 86_400.0


class Killed(BaseException):
    """The worker is gone."""


class Marks:
    """A surface on which each measure has a mark of its own, as the tags of a store are."""

    def __init__(self, contents: MemoryContents) -> None:
        self.contents, self.marks, self.made = contents, dict[tuple[str, str], set[str]](), 0

    def _lies(self, subject: Subject) -> bool:
        data = self.contents.objects.get((subject.bucket, subject.key))
        return data is not None and hashlib.md5(data).hexdigest() == subject.etag

    def plan(self, subject: Subject) -> str:
        if not self._lies(subject):
            raise GoneError("is not there", where=subject.url)
        self.made += 1
        return json.dumps({"mark": self.made, "seen": self.observe(subject)})

    def suspend(self, subject: Subject, plan: str) -> None:
        if not self._lies(subject):
            raise ChangedError("is another one", where=subject.url)
        self.marks.setdefault((subject.bucket, subject.key), set()).add(plan)

    def restore(self, subject: Subject, plan: str) -> None:
        if not self._lies(subject):
            raise ConflictError("other bytes lie there", where=subject.url)
        self.marks.get((subject.bucket, subject.key), set()).discard(plan)

    def before(self, plan: str) -> str:
        return str(json.loads(plan)["seen"])

    def observe(self, subject: Subject) -> str:
        if not self._lies(subject):
            return "gone"
        return "refused" if self.marks.get((subject.bucket, subject.key)) else "served"


class Troubled:
    """A port whose calls fail, die before or after, are overtaken by another worker, or lose their answer."""

    def __init__(self, inner: Any, names: tuple[str, ...], life: "Life", lost: Callable[[], AupError]) -> None:
        self._inner, self._names, self._life, self._lost = inner, names, life, lost

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._inner, name)
        return self._life.troubled(real, self._lost) if name in self._names else real


class Life:
    """One seeded run. `broken` is what must never be, seen while it ran; `left` what must not be left at its end."""

    def __init__(self, book: Rulebook, seed: int) -> None:
        self.dice, self.town, self.told = random.Random(seed), Town(book), 0
        self.fails = self.dies = self.overtaken = 0.0
        self.broken: list[str] = []
        house = self.town.house
        house.detector.words = {b"EVIL": WORDS[b"EVIL"], b"WORSE": ("new.test", "3.1.3.7", Severity.CRITICAL)}
        self._status(RuleStatus.AUTO)
        self.marks = Marks(house.contents)
        guarding = replace(house.guarding, breaker=Breaker(share=1.0, least=10**9))
        carrying = replace(house.enforcing.carrying, guarding=guarding, surface=self.marks)
        self.calm = replace(house.enforcing, surface=self.marks, carrying=carrying)
        surface = Troubled(self.marks, ("plan", "suspend", "restore", "observe"), self, lambda: AmbiguousError("lost"))
        remover = Troubled(house.remover, ("remove", "there"), self, lambda: AmbiguousError("lost"))
        vault = Troubled(house.vault, ("get",), self, lambda: VaultAwayError("away"))
        self.guarding = replace(guarding, vault=vault, remover=remover)
        carrying = replace(carrying, guarding=self.guarding, surface=surface, remover=remover)
        self.enforcing = replace(self.calm, surface=surface, vault=vault, carrying=carrying)
        self.watching = replace(self.town.watching, guarding=self.guarding, surface=surface)
        self.deleting = replace(self.town.deleting, guarding=self.guarding)
        self.appealing = replace(self.town.appealing, guarding=self.guarding)

    def troubled(self, real: Callable[..., Any], lost: Callable[[], AupError]) -> Callable[..., Any]:
        """The call under the dice of this moment."""

        def call(*given: Any) -> Any:
            self._maybe(self.fails, lost() if self.dice.random() < 0.5 else EnforcementError("answered 503"))
            if self.dice.random() < self.overtaken:
                self.overtaken, before = 0.0, self.overtaken
                self.town.house.clock.advance(61)
                self.calm.carry_out()
                self.overtaken = before
            self._maybe(self.dies, Killed())
            answer = real(*given)
            self._maybe(self.dies, Killed())
            self._maybe(self.fails / 2, lost())
            return answer

        return call

    def run(self, steps: int) -> "Life":
        """So many moments, then quiet until nothing is owed."""
        for _ in range(steps):
            self.fails, self.dies = self.dice.choice([0, 0, 0.3]), self.dice.choice([0, 0, 0, 0.1])
            self.overtaken = self.dice.choice([0, 0, 0, 0.15])
            lay = dict(self.town.house.contents.objects)
            deed = self.dice.choice(DEEDS)
            with contextlib.suppress(AupError, Killed):
                deed(self)
            if deed is Life.work:
                self._look_at_deletions(lay)
            if deed in (Life.upload, Life.remove):
                self.note_customers(lay)
        self.fails = self.dies = self.overtaken = 0.0
        self.town.house.contents.troubles.clear()
        self._status(RuleStatus.AUTO)
        for _ in range(60):
            self.town.house.clock.advance(DAY * 1.05)
            self.work()
            self.watching.clear()
            self.watching.look_again()
        return self

    def note_customers(self, before: dict[tuple[str, str], bytes]) -> None:
        """What lay there before a customer's own deed; nothing is remembered of it here."""

    def left(self) -> Iterator[str]:
        """What must not be left: nothing undone or dead, no course between two stages, records as the world is."""
        house = self.town.house
        for action in house.store.action_rows.values():
            waits = action.measure is Measure.DELETE and action.due_at > house.clock.now()
            if action.state is ActionState.DEAD or not (action.is_final or waits):
                yield f"{action.measure} {action.state}: {action.outcome}"
        for _, course in house.kept.kept.values():
            if isinstance(course, Course):
                yield from self._left_of(course)

    def _left_of(self, course: Course) -> Iterator[str]:
        between = (Stage.SUSPEND_PENDING, Stage.SUSPENDED_UNVERIFIED, Stage.REINSTATING, Stage.DELETING)
        seen = self.marks.observe(course.subject)
        if course.stage in between:
            yield f"stuck {course.stage}"
        if course.is_suspended and (seen == "served" or not course.grounds):
            yield f"{course.stage}, {seen}, for {len(course.grounds)} cases"
        if not course.is_suspended and seen == "refused":
            yield f"{course.stage} and refused"

    def _look_at_deletions(self, lay: dict[tuple[str, str], bytes]) -> None:
        house = self.town.house
        for (_, key), data in lay.items():
            if ("tenant", key) in house.contents.objects:
                continue
            done = [a for a in house.store.action_rows.values() if a.measure is Measure.DELETE and a.subject.key == key]
            done = [
                a for a in done if a.state is not ActionState.REFUSED and a.sha256 == hashlib.sha256(data).hexdigest()
            ]
            if not any(a.approver and a.approver != a.proposer and not self._is_clean(a) for a in done):
                self.broken.append(f"{key} with {data!r} was deleted though nobody may have it deleted")

    def _is_clean(self, action: Action) -> bool:
        decision = self.town.house.store.case(action.case).decision
        return decision is not None and decision.outcome is Outcome.CLEAN

    def _maybe(self, share: float, error: BaseException) -> None:
        if self.dice.random() < share:
            raise error

    def _status(self, status: RuleStatus) -> None:
        book = self.town.house.rules.book
        changed = {rule: replace(book.rules[rule], status=status) for rule in RULES}
        self.town.house.rules.book = replace(book, rules={**book.rules, **changed})

    def _case(self) -> str:
        return self.dice.choice(sorted(self.town.house.store.case_rows) or ["none"])

    def upload(self) -> None:
        """A customer puts something somewhere: our marks do not lie on what is new."""
        key, data = self.dice.choice("ab"), self.dice.choice(BAD + GOOD)
        self.marks.marks.pop(("tenant", key), None)
        self.told += 1
        self.town.house.upload(key, data, f"{self.told:06}")

    def remove(self) -> None:
        key = ("tenant", self.dice.choice("ab"))
        self.town.house.contents.objects.pop(key, None)
        self.marks.marks.pop(key, None)

    def work(self) -> None:
        house = self.town.house
        rings, house.doorbell.rings = house.doorbell.rings, []
        for _, ids in rings:
            if ids:
                house.scanning.scan_batch(ids, "w")
        self.enforcing.carry_out()

    def wait(self) -> None:
        self.town.house.clock.advance(self.dice.choice([1, 60, 3_600, DAY, 8 * DAY, 95 * DAY]))

    def set_back(self) -> None:
        self.town.house.clock.advance(-self.dice.choice([1, 60, 3_600, DAY]))

    def hide(self) -> None:
        house, gap = self.town.house, Gap(self.dice.choice([Reason.DAMAGED, Reason.ACCESS_DENIED]))
        house.contents.troubles = self.dice.choice([{}, {("tenant", "a"): gap}])

    def decide(self) -> None:
        person, case = self.dice.choice(PEOPLE), self._case()
        held = self.town.house.reviewing.claim(case, person)
        outcome = self.dice.choice([Outcome.CLEAN, Outcome.VIOLATING])
        self.town.house.reviewing.decide(case, person, held.tokens, outcome, "looked at it")

    def reopen(self) -> None:
        self.town.house.kept.commit(Change(cases=(reopen(self.town.house.store.case(self._case())),)))

    def notify(self) -> None:
        self.town.noticing.write()
        self.town.noticing.send()

    def appeal(self) -> None:
        notices = [row.id for row, _ in self.town.house.kept.kept.values() if row.kind == "notice"]
        self.told += 1
        ground = self.dice.choice([Ground.MISCLASSIFIED, Ground.OTHER])
        self.appealing.file(self.dice.choice(notices or ["none"]), ground, f"no {self.told}")

    def judge(self) -> None:
        for appeal in self.town.house.kept.appeals("OPEN", 1):
            self.appealing.judge(appeal.id, self.dice.choice(PEOPLE), granted=self.dice.random() < 0.5, reason="x")

    def view(self) -> None:
        for person in ("li", "wang"):
            self.town.custodian.view(self._case(), person, "to decide")

    def propose(self) -> None:
        self.deleting.propose(self._case(), "li", "malware")

    def approve(self) -> None:
        self.deleting.approve(self._case(), "wang", "seen it too")

    def lead_to_deletion(self) -> None:
        """Two people have a case's version deleted: the cool-off is over, and a worker in trouble is at it."""
        case = self._case()
        for person in ("li", "wang"):
            self.town.custodian.view(case, person, "to decide")
        self.notify()
        self.deleting.propose(case, "li", "malware")
        self.deleting.approve(case, "wang", "seen it too")
        self.town.house.clock.advance(8 * DAY)

    def withdraw(self) -> None:
        self.deleting.withdraw(self._case(), "li", "not sure")

    def watch(self) -> None:
        self.watching.look_again()
        self.watching.lapse()
        self.watching.clear()

    def renew(self) -> None:
        for course in self.town.house.kept.in_stages(list(Stage), 1, ""):
            self.town.noticing.renew(course.id, "li", "still harmful", int(timedelta(days=30).days))

    def regrade(self) -> None:
        self._status(self.dice.choice([RuleStatus.AUTO, RuleStatus.NURSERY]))


DEEDS: tuple[Callable[[Life], None], ...] = (
    *(Life.upload, Life.upload, Life.remove, Life.work, Life.work, Life.work, Life.wait, Life.set_back, Life.hide),
    *(Life.decide, Life.decide, Life.reopen, Life.notify, Life.appeal, Life.judge, Life.view, Life.propose),
    *(Life.lead_to_deletion, Life.lead_to_deletion, Life.approve, Life.withdraw, Life.watch, Life.renew, Life.regrade),
)

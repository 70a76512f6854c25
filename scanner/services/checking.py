"""Checking: the invariants that must hold whatever happened, looked for in what is recorded. It changes nothing."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scanner.domain.actions import Action, ActionState, Measure
from scanner.domain.cases import Case
from scanner.domain.chain import broken_links
from scanner.domain.changes import Judged
from scanner.domain.content import Subject
from scanner.domain.known import second_of
from scanner.errors import AupError
from scanner.ports import Casebook, Clock, Contents, Outbox, Register, Vault
from scanner.services.carrying import ACQUITTED
from scanner.services.guarding import MACHINE

PAGE = 1_000
TAKES_OVER = (Measure.RESTORE, Measure.SUSPEND)  # one given back, or in whose place another stands
TOOK_HOLD = frozenset({ActionState.UNVERIFIED, ActionState.DONE})


class Ledger(Protocol):
    """The books over requests, as numbers of those that should not be so."""

    def unrecorded(self) -> Iterable[int]: ...

    def twice(self) -> Iterable[int]: ...

    def overdue(self, now: datetime, bound: timedelta) -> Iterable[int]: ...

    def held(self, now: datetime) -> Iterable[int]: ...


@dataclass(frozen=True, slots=True)
class Breach:
    """One invariant that does not hold. `invariant` is its short name, `thing` the row or object."""

    invariant: str
    thing: str
    what: str


def _is_over(read: Subject, listed: Subject) -> bool:
    """Whether what was read is what is listed now. A copy under another type has its ETag and size, at another time."""
    times = second_of(read.modified), second_of(listed.modified)
    same = (read.etag, read.size) == (listed.etag, listed.size)
    return same and ("" in times or times[0] == times[1])


@dataclass(frozen=True, slots=True)
class Checking:
    """Reads verdicts, actions, evidence and the audit chain, and names what should not be so."""

    register: Register
    casebook: Casebook
    outbox: Outbox
    vault: Vault
    contents: Contents
    ledger: Ledger | None = None
    clock: Clock | None = None
    bound: timedelta = timedelta(minutes=15)  # within which an upload has its verdict

    def breaches(self) -> Iterator[Breach]:
        """Every breach of the invariants; none is the only good answer."""
        yield from self._silent_clean()
        yield from self._books()
        yield from self._actions()
        yield from self._chain()

    def uncovered(self, bucket: str, prefix: str = "") -> Iterator[tuple[Subject, Judged | None]]:
        """Every object of a bucket with the verdict over exactly what lies there now, or None."""
        for subject in self.contents.listing(bucket, prefix, ""):
            judged = self.register.latest(subject)
            yield subject, judged if judged is not None and _is_over(judged.subject, subject) else None

    def _silent_clean(self) -> Iterator[Breach]:
        """I1: CLEAN only with the bytes' hash, a rulebook, and no gap."""
        after = 0
        while rows := self.register.verdicts("", "", after, PAGE):
            for number, judged in rows:
                verdict = judged.verdict
                if verdict.word != "CLEAN":
                    continue
                if not verdict.content.sha256 or not verdict.coverage.rulebook_digest:
                    yield Breach("I1", f"verdict {number} {judged.subject.url}", "CLEAN without hash or rulebook")
                if verdict.content.size != judged.subject.size:
                    what = f"CLEAN over {verdict.content.size} of {judged.subject.size} bytes"
                    yield Breach("I1", f"verdict {number} {judged.subject.url}", what)
            after = rows[-1][0]

    def _books(self) -> Iterator[Breach]:
        """I2, I5, I15: every finished request has one verdict, no open one is forgotten."""
        if self.ledger is None or self.clock is None:
            return
        now = self.clock.now()
        told = (
            ("I2", self.ledger.unrecorded(), "is done and has no verdict"),
            ("I5", self.ledger.twice(), "has more than one verdict"),
            ("I2", self.ledger.overdue(now, self.bound), f"is an upload without a verdict for over {self.bound}"),
            ("I15", self.ledger.held(now), "is held under a lease that ran out long ago"),
        )
        for invariant, numbers, what in told:
            for number in numbers:
                yield Breach(invariant, f"request {number}", what)

    def _actions(self) -> Iterator[Breach]:
        """I3, I5 and I6: what took hold has evidence that verifies, is recorded once, and was destroyed by two."""
        for case in self.casebook.cases((), 1_000_000, "0"):
            actions = self.outbox.actions_of(case.id)
            for action in actions:
                if action.measure in (Measure.SUSPEND, Measure.DELETE) and action.state in TOOK_HOLD:
                    yield from self._evidence(action)
                if action.measure is Measure.DELETE and action.state in TOOK_HOLD:
                    yield from self._destroyed(action, case)
            held = [a for a in actions if a.measure is Measure.SUSPEND and a.state in TOOK_HOLD]
            undone = {a.undoes for a in actions if a.measure in TAKES_OVER and a.state in TOOK_HOLD}
            live = [action for action in held if action.id not in undone]
            for place in {action.subject for action in live}:
                twice = [action.id for action in live if action.subject == place]
                if len(twice) > 1:
                    yield Breach("I5", case.id, f"suspended more than once: {', '.join(twice)}")

    def _destroyed(self, action: Action, case: Case) -> Iterator[Breach]:
        """I6: two people wanted it, and no verdict had nothing against these bytes in the end."""
        people = {action.proposer, action.approver} - {"", MACHINE}
        if len(people) < 2:
            who = " and ".join(sorted(people)) or "nobody"
            yield Breach("I6", action.id, f"deleted on the word of {who} alone")
        newest = self.register.latest(action.subject) if case.source == "scan" else None
        if newest is not None and newest.verdict.content.sha256 == action.sha256 and newest.verdict.word in ACQUITTED:
            yield Breach(
                "I6", action.id, f"the newest verdict over the bytes that were deleted is {newest.verdict.word}"
            )

    def _evidence(self, action: Action) -> Iterator[Breach]:
        try:
            custody = self.casebook.custody(action.evidence)
            bundle = self.vault.get(custody.ref)
        except AupError as error:
            yield Breach("I3", action.id, f"acted without durable evidence: {error}")
            return
        if hashlib.sha256(bundle).hexdigest() != custody.sha256 or custody.content_sha256 != action.sha256:
            yield Breach("I3", action.id, f"the evidence {custody.id} is not what was sealed over the judged bytes")

    def _chain(self) -> Iterator[Breach]:
        """I7: the audit log is one unbroken chain from its first entry."""
        after, previous = 0, ""
        while rows := self.register.chain(after, PAGE):
            for problem in broken_links(rows, previous=previous, number=after):
                yield Breach("I7", "audit log", problem)
            after, previous = rows[-1].number, rows[-1].digest

"""Many contents given to a killable scanner at once: one message names them, their bytes lie in shared memory.

The scanner says in the same memory which content it is at, so that its hanging or dying is blamed on exactly that one;
whatever was not answered by then is asked of the next scanner.
"""

import select
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.detection import frames
from scanner.detection.arena import IDLE, ROOM
from scanner.detection.child import Child
from scanner.detection.rows import detection_of
from scanner.domain.content import Sample
from scanner.domain.verdicts import Detection

LOOK = 0.05  # seconds between two looks at the clock
MOST = 256  # contents of one batch
MISSES = 2  # scanners that may be lost at no content of a batch before the batch is parted


@dataclass(frozen=True, slots=True)
class Loss:
    """A scanner that was lost: at which content (IDLE: at none that can be named), begun when, and why."""

    number: int
    since: float
    why: str


def portions(samples: Sequence[Sample]) -> Iterator[dict[int, Sample]]:
    """The samples by number, in batches that fit the shared memory; one that does not is alone."""
    part, held = dict[int, Sample](), 0
    for number, sample in enumerate(samples):
        if part and (len(part) >= MOST or held + len(sample.data) > ROOM):
            yield part
            part, held = {}, 0
        part[number] = sample
        held += len(sample.data)
    if part:
        yield part


def asked(child: Child, samples: Mapping[int, Sample], seconds: float, found: dict[int, Detection]) -> Loss | None:
    """Let the child take the samples, each within `seconds`; what it answers goes to `found`. None when all is there.

    A child that is lost is dead when this returns.
    """
    child.clock.reset()
    given = time.monotonic()
    try:
        if not child.give(["batch", 0, child.arena.lay(samples)], b"", given + seconds):
            return _lost(child, "the scanner took nothing in")
    except frames.ClosedError:
        return _lost(child, "the scanner died")
    owed = set(samples)
    while owed:
        ready, _, _ = select.select([child.inbox.pipe], [], [], LOOK)
        try:
            rows = [row for answer in child.inbox.take() for row in answer] if ready else []
            fresh = {int(number): detection_of(row) for number, row in rows}
        except (frames.ClosedError, ValueError, TypeError, KeyError):
            return _lost(child, "the scanner died")
        found.update(fresh)
        owed -= fresh.keys()
        why = hung(child, given, seconds) if owed and not ready else ""
        if why:
            seen = child.arena.at()[0]
            loss = _lost(child, why)
            return loss if loss.number == seen else Loss(IDLE, loss.since, why)  # it had gone on meanwhile
    return None


def sieved(child: Child, bodies: Mapping[int, bytes], seconds: float) -> frozenset[int] | None:
    """The numbers of the contents that the child's rules may match, by their literals; None where it was lost.

    All of them are done within `seconds` or none is: a pass over literals takes a thousandth of that.
    """
    until = time.monotonic() + seconds
    child.clock.reset()
    try:
        if not child.give(["sieve", 0, child.arena.lay_bytes(bodies)], b"", until):
            return None
        while time.monotonic() < until:
            if not select.select([child.inbox.pipe], [], [], LOOK)[0]:
                continue
            for numbers in child.inbox.take():
                return frozenset(map(int, numbers))
    except (frames.ClosedError, ValueError, TypeError):
        return None
    return None


def hung(child: Child, given: float, seconds: float) -> str:
    """Why the child counts as hung, or "": it was given work at `given` and has `seconds` for each content."""
    if child.clock.overrun(child.pid):
        return "a step of the scan did not end"
    return "the scan did not end" if time.monotonic() > max(given, child.arena.at()[1]) + seconds else ""


def _lost(child: Child, why: str) -> Loss:
    """End it first: what it says it is at is sure only then."""
    child.kill()
    number, since = child.arena.at()
    child.end()
    return Loss(number, since, why)

"""Killable scanners at work on groups of files. A file that kills or hangs its scanner costs that scanner and itself.

The scanner says in shared memory which file it is at and what it has done; whatever it was not done with when it was
lost, but for that one file, is owed again.
"""

import json
import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from scanner.detection import frames
from scanner.detection.batching import LOOK, MISSES, hung
from scanner.detection.child import Child
from scanner.detection.detector import Detector
from scanner.detection.killable import LAST, RECYCLE_AFTER, careful_head, lost
from scanner.detection.reading import Read, read_file
from scanner.detection.rows import detection_of
from scanner.detection.telling import Telling
from scanner.detection.walking import Scanned
from scanner.domain.content import Sample

FIRST, MOST = 4, 128  # files of a group: of the first, and of the largest
QUICK, SLOW = 0.1, 0.25  # seconds: groups that end sooner grow, those that end later shrink
GIVE_SECONDS = 5.0  # in so long an idle scanner has taken a group in

T = TypeVar("T")
_WRONG = (frames.ClosedError, ValueError, TypeError, LookupError)


@dataclass(slots=True)
class Pace:
    """How many files make a group: few at first, then as many as take some tenths of a second, few at the end."""

    size: int = FIRST

    def ended(self, count: int, seconds: float) -> None:
        """A group of so many took so long."""
        if seconds > SLOW:
            self.size = max(1, self.size // 2)
        elif count >= self.size and seconds < QUICK:
            self.size = min(MOST, 2 * self.size)

    def count(self, owed: int, jobs: int, *, more: bool) -> int:
        """Files for the next group; at the end so few that all scanners end together."""
        return self.size if more else max(1, min(self.size, owed // (2 * jobs)))


@dataclass(frozen=True, slots=True)
class _Careful:
    """One file that is taken step by step until `until`, because of `why`: what was read of it, and who tells of it."""

    read: Read
    tell: Callable[[Scanned], Any]
    until: float
    why: str


@dataclass(slots=True)
class _Job:
    """Files that one scanner has, numbered from `first` on; of the first `done` there is an answer."""

    first: int
    paths: list[str]
    given: float
    heard: float
    done: int = 0
    careful: _Careful | None = None

    @property
    def next(self) -> int:
        """The number of the first file that there is no answer of."""
        return self.first + self.done

    @property
    def left(self) -> list[tuple[int, str]]:
        """The files that there is no answer of."""
        return list(enumerate(self.paths[self.done :], self.next))


@dataclass(slots=True)
class Crew(Generic[T]):
    """At most `jobs` scanners. `owed` files go in, by number; `ready` is what came out."""

    detector: Detector
    telling: Telling[T]
    jobs: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    children: list[Child] = field(default_factory=list)
    work: dict[int, _Job] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)
    ready: list[tuple[int, T]] = field(default_factory=list)
    owed: deque[tuple[int, str]] = field(default_factory=deque)
    pace: Pace = field(default_factory=Pace)
    misses: int = 0

    def outcome(self, number: int, scanned: Scanned, tell: Callable[[Scanned], Any] | None = None) -> None:
        """What became of an entry that no scanner tells of."""
        row = (tell or self.telling.begun(scanned.path))(scanned)
        self.ready.append((number, self.telling.taken(scanned.path, row)))

    def taken(self) -> list[tuple[int, T]]:
        """What is ready, which is then forgotten."""
        ready, self.ready = self.ready, []
        return ready

    def hand_out(self, *, more: bool) -> None:
        """Give every idle scanner a group. `more`: there are more files than those owed now."""
        while self.owed and len(self.work) < self.jobs:
            child, count = self._idle(), self.pace.count(len(self.owed), self.jobs, more=more)
            first, paths = self.owed[0][0], list[str]()
            while self.owed and len(paths) < count and self.owed[0][0] == first + len(paths):
                paths.append(self.owed.popleft()[1])
            now = time.monotonic()
            self.work[child.pid] = _Job(first, paths, now, now)
            self.given[child.pid] = self.given.get(child.pid, 0) + len(paths)
            child.clock.reset()
            self._give(child, ["files", first, paths], b"", GIVE_SECONDS)

    def listen(self) -> None:
        """Wait a moment for answers; look at the clock of those who do not answer."""
        busy = {child.inbox.pipe: child for child in self.children if child.pid in self.work}
        ready, _, _ = select.select(list(busy), [], [], LOOK)
        for pipe in ready:
            self._hear(busy[pipe])
        for pipe, child in busy.items():
            if child.pid in self.work and pipe not in ready:
                self._look(child)

    def end(self) -> None:
        """Kill all scanners."""
        for child in self.children:
            child.end()

    def _idle(self) -> Child:
        """A scanner without work, a fresh one where there is none or it is worn."""
        for child in self.children:
            if child.pid not in self.work:
                if self.given.get(child.pid, 0) < RECYCLE_AFTER:
                    return child
                self.children.remove(child)
                child.end()
                break
        self.children.append(Child.start(self.detector, self.telling))
        return self.children[-1]

    def _hear(self, child: Child) -> None:
        job = self.work[child.pid]
        try:
            for answer in child.inbox.take():
                self._take(job, answer)
        except _WRONG:
            self._lose(child, "the scanner died")
            return
        if job.done == len(job.paths):
            del self.work[child.pid]
            if job.careful is None:
                self.pace.ended(job.done, time.monotonic() - job.given)

    def _take(self, job: _Job, answer: Sequence[Any]) -> None:
        """Answers of a group; those that were seen in shared memory come a second time."""
        job.heard = time.monotonic()
        if job.careful is not None:
            detection = job.careful.read.judged(detection_of(answer[1]))
            self.outcome(job.first, Scanned(job.paths[0], detection), job.careful.tell)
            job.done = 1
            return
        for number, row in answer:
            if number == job.next and job.done < len(job.paths):
                self.ready.append((number, self.telling.taken(job.paths[job.done], row)))
                job.done += 1
                self.misses = 0

    def _look(self, child: Child) -> None:
        job = self.work[child.pid]
        if job.careful is not None:
            if time.monotonic() > job.careful.until + LAST:
                self._lose(child, "the scan did not end")
            return
        self._peek(child, job)
        at = child.arena.at()[0]
        why = hung(child, job.heard, self.detector.limits.wall_seconds)
        if why:
            self._lose(child, why, at)

    def _peek(self, child: Child, job: _Job) -> None:
        """Take what is done and not sent yet, so that nobody waits for it because of the file that is in work."""
        try:
            rows = json.loads(child.arena.kept())
            fresh = [row for row in rows if row[0] >= job.next]
            if fresh:
                self._take(job, fresh)
        except _WRONG:
            return  # seen while it was written: it comes over the pipe, or with the next look

    def _lose(self, child: Child, why: str, seen: int | None = None) -> None:
        """Kill the scanner; the file it was at goes the careful way, the rest of its files are owed again.

        `seen` is the file that it was found to hang over; where it had gone on meanwhile, no file is to blame.
        """
        job = self.work.pop(child.pid)
        self.children.remove(child)
        child.kill()
        at, since = child.arena.at()
        if job.careful is None:
            self._last_words(child, job)
        child.end()
        if job.careful is not None:
            self._give_up(job, job.careful)
            return
        blamed = self._blamed(job, at if seen in (None, at) else None)
        self.owed.extendleft(reversed([each for each in job.left if each[0] != blamed]))
        if blamed is not None:
            path = job.paths[blamed - job.first]
            self._go_carefully(blamed, path, since + self.detector.limits.wall_seconds, why)

    def _last_words(self, child: Child, job: _Job) -> None:
        """What a dead scanner had sent or was about to send."""
        try:
            while select.select([child.inbox.pipe], [], [], 0)[0]:
                for answer in child.inbox.take():
                    self._take(job, answer)
        except _WRONG:
            pass  # its end, or half of an answer: all of that is still kept
        self._peek(child, job)

    def _blamed(self, job: _Job, at: int | None) -> int | None:
        """The file that a lost scanner was at. Scanners that are lost at none do not go on for ever: one is blamed."""
        left = job.left
        if at is not None and any(number == at for number, _ in left):
            return at
        self.misses += 1
        return left[0][0] if left and self.misses > MISSES else None

    def _give_up(self, job: _Job, careful: _Careful) -> None:
        """Nothing came to an end on the file."""
        path, data = job.paths[0], careful.read.data or b""
        detection = careful.read.judged(lost(self.detector, Sample(path, data), careful.why))
        self.outcome(job.first, Scanned(path, detection), careful.tell)

    def _go_carefully(self, number: int, path: str, until: float, why: str) -> None:
        tell = self.telling.begun(path)
        read = read_file(path, self.detector.limits.content_bytes)
        if read.data is None:
            self.outcome(number, Scanned(path, read.nothing()), tell)
            return
        child, now = Child.start(self.detector, self.telling), time.monotonic()
        self.children.append(child)
        left = max(1.0, until - now)
        self.work[child.pid] = _Job(number, [path], now, now, careful=_Careful(read, tell, now + left, why))
        self.given[child.pid] = RECYCLE_AFTER  # a scanner of hostile content is not used again
        self._give(child, careful_head(number, left, why, Sample(path, read.data)), read.data, left)

    def _give(self, child: Child, head: list[Any], data: bytes, seconds: float) -> None:
        """Hand a task over; a scanner that does not take it is lost."""
        try:
            if not child.give(head, data, time.monotonic() + seconds):
                self._lose(child, "the scanner took nothing in")
        except frames.ClosedError:
            self._lose(child, "the scanner died")

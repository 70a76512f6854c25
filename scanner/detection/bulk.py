"""Many files at once: killable scanners over all cores, every entry of a tree with a clear outcome.

A file that kills or hangs its scanner costs that scanner and itself, no other file.
"""

import os
import select
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.detection import frames
from scanner.detection.batching import LOOK
from scanner.detection.child import Child
from scanner.detection.detector import Detector
from scanner.detection.killable import LAST, RECYCLE_AFTER, careful_head, lost
from scanner.detection.reading import Read, read_file
from scanner.detection.rows import detection_of
from scanner.detection.walking import Scanned
from scanner.domain.content import Sample

BATCH = 16  # files handed to a scanner at once
AHEAD = 4_096  # results kept back at most where they are wanted in order


def scan_paths(
    paths: Iterable[str | Scanned], detector: Detector, *, jobs: int = 0, in_order: bool = True
) -> Iterator[Scanned]:
    """Scan the paths with `jobs` killable scanners (0: one a core); outcomes pass through.

    Results come in the order of the paths, or as they end. The detector's rules are shared with the scanners.
    """
    crew = _Crew(detector, jobs or len(os.sched_getaffinity(0)))
    try:
        yield from crew.in_order(paths) if in_order else crew.as_they_end(paths)
    finally:
        crew.end()


@dataclass(slots=True)
class _Job:
    """Files that one scanner has, the first that is not done in work. A careful job has one, and what it read."""

    first: int
    paths: list[str]
    until: float
    done: int = 0
    read: Read | None = None
    why: str = ""


@dataclass(slots=True)
class _Crew:
    detector: Detector
    jobs: int
    children: list[Child] = field(default_factory=list)
    work: dict[int, _Job] = field(default_factory=dict)
    given: dict[int, int] = field(default_factory=dict)
    ready: list[tuple[int, Scanned]] = field(default_factory=list)
    number: int = 0
    owed: deque[tuple[int, str]] = field(default_factory=deque)

    def in_order(self, paths: Iterable[str | Scanned]) -> Iterator[Scanned]:
        held: dict[int, Scanned] = {}
        following = 0
        for number, scanned in self._run(paths, lambda: len(held)):
            held[number] = scanned
            while following in held:
                yield held.pop(following)
                following += 1

    def as_they_end(self, paths: Iterable[str | Scanned]) -> Iterator[Scanned]:
        for _, scanned in self._run(paths, lambda: 0):
            yield scanned

    def end(self) -> None:
        for child in self.children:
            child.end()

    def _run(self, paths: Iterable[str | Scanned], waiting: Callable[[], int]) -> Iterator[tuple[int, Scanned]]:
        source, more = iter(paths), True
        while more or self.owed or self.work or self.ready:
            yield from self._taken()
            if more and len(self.owed) < BATCH * self.jobs and waiting() < AHEAD:
                more = self._fill(source)
            self._hand_out(more=more)
            if self.work:
                self._listen()
        yield from self._taken()

    def _taken(self) -> Iterator[tuple[int, Scanned]]:
        ready, self.ready = self.ready, []
        yield from ready

    def _fill(self, source: Iterator[str | Scanned]) -> bool:
        """Take some paths; False at their end."""
        for _ in range(2 * BATCH * self.jobs):
            path = next(source, None)
            if path is None:
                return False
            if isinstance(path, Scanned):
                self.ready.append((self.number, path))
            else:
                self.owed.append((self.number, path))
            self.number += 1
        return True

    def _hand_out(self, *, more: bool) -> None:
        while self.owed and len(self.work) < self.jobs:
            child = self._idle()
            count = BATCH if more else max(1, min(BATCH, len(self.owed) // (2 * self.jobs)))
            first, paths = self.owed[0][0], list[str]()
            while self.owed and len(paths) < count and self.owed[0][0] == first + len(paths):
                paths.append(self.owed.popleft()[1])
            self.work[child.pid] = _Job(first, paths, self._until())
            self.given[child.pid] = self.given.get(child.pid, 0) + len(paths)
            child.clock.reset()
            self._give(child, ["files", first, paths], b"", 5.0)

    def _idle(self) -> Child:
        """A scanner without work, a fresh one where there is none or it is worn."""
        for child in self.children:
            if child.pid not in self.work:
                if self.given.get(child.pid, 0) < RECYCLE_AFTER:
                    return child
                self.children.remove(child)
                child.end()
                break
        self.children.append(Child.start(self.detector))
        return self.children[-1]

    def _listen(self) -> None:
        busy = {child.inbox.pipe: child for child in self.children if child.pid in self.work}
        ready, _, _ = select.select(list(busy), [], [], LOOK)
        for pipe in ready:
            self._hear(busy[pipe])
        for child in busy.values():
            if child.pid in self.work and child.inbox.pipe not in ready:
                self._look(child)

    def _hear(self, child: Child) -> None:
        job = self.work[child.pid]
        try:
            rows = [(int(number), detection_of(row)) for number, row in child.inbox.take()]
        except (frames.ClosedError, ValueError, TypeError, KeyError):
            self._lose(child, "the scanner died")
            return
        for number, detection in rows:
            whole = job.read.judged(detection) if job.read is not None else detection
            self.ready.append((number, Scanned(job.paths[number - job.first], whole)))
            job.done, job.until = number - job.first + 1, self._until()
        if job.done == len(job.paths):
            del self.work[child.pid]

    def _look(self, child: Child) -> None:
        job = self.work[child.pid]
        if job.read is None and child.clock.overrun(child.pid):
            self._lose(child, "a step of the scan did not end")
        elif time.monotonic() > job.until + (LAST if job.read is not None else 0):
            self._lose(child, "the scan did not end")

    def _lose(self, child: Child, why: str) -> None:
        """Kill the scanner; the file it was at goes the careful way, the rest of its files are owed again."""
        job = self.work.pop(child.pid)
        self.children.remove(child)
        child.end()
        path, number = job.paths[job.done], job.first + job.done
        left = [(number + 1 + place, each) for place, each in enumerate(job.paths[job.done + 1 :])]
        self.owed.extendleft(reversed(left))
        if job.read is None:
            self._go_carefully(number, path, job.until, why)
        elif job.read.data is not None:
            given_up = lost(self.detector, Sample(path, job.read.data), job.why)
            self.ready.append((number, Scanned(path, job.read.judged(given_up))))

    def _go_carefully(self, number: int, path: str, until: float, why: str) -> None:
        read = read_file(path, self.detector.limits.content_bytes)
        if read.data is None:
            self.ready.append((number, Scanned(path, read.nothing())))
            return
        child = Child.start(self.detector)
        self.children.append(child)
        left = max(1.0, until - time.monotonic())
        self.work[child.pid] = _Job(number, [path], time.monotonic() + left, read=read, why=why)
        self.given[child.pid] = RECYCLE_AFTER  # a scanner of hostile content is not used again
        self._give(child, careful_head(number, left, why, Sample(path, read.data)), read.data, left)

    def _give(self, child: Child, head: list[Any], data: bytes, seconds: float) -> None:
        """Hand a task over; a scanner that does not take it is lost."""
        try:
            if not child.give(head, data, time.monotonic() + seconds):
                self._lose(child, "the scanner took nothing in")
        except frames.ClosedError:
            self._lose(child, "the scanner died")

    def _until(self) -> float:
        return time.monotonic() + self.detector.limits.wall_seconds

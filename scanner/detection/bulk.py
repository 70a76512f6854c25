"""Many files at once: killable scanners over all cores, every entry of a tree with a clear outcome.

A file that kills or hangs its scanner costs that scanner and itself, no other file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from scanner.detection.crew import Crew
from scanner.detection.detector import Detector
from scanner.detection.telling import Telling, Whole
from scanner.detection.walking import Scanned

AHEAD = 4_096  # results kept back at most where they are wanted in order

T = TypeVar("T")


def scan_paths(
    paths: Iterable[str | Scanned], detector: Detector, *, jobs: int = 0, in_order: bool = True
) -> Iterator[Scanned]:
    """Scan the paths with `jobs` killable scanners (0: one a core); outcomes pass through.

    Results come in the order of the paths, or as they end. The detector's rules are shared with the scanners.
    """
    for some in told_paths(paths, detector, Whole(), jobs=jobs, in_order=in_order):
        yield from some


def told_paths(
    paths: Iterable[str | Scanned], detector: Detector, telling: Telling[T], *, jobs: int = 0, in_order: bool = True
) -> Iterator[list[T]]:
    """As `scan_paths`, but what `telling` makes of each file in its scanner comes back, as many at once as are there.

    That costs this process, which all scanners wait for, the least. Outcomes that pass through are told of here.
    """
    crew = Crew(detector, telling, jobs) if jobs else Crew(detector, telling)
    queue = _Queue(crew, iter(paths))
    try:
        yield from queue.in_order() if in_order else queue.as_they_end()
    finally:
        crew.end()


@dataclass(slots=True)
class _Queue(Generic[T]):
    """Paths on their way into a crew, and results out of it."""

    crew: Crew[T]
    source: Iterator[str | Scanned]
    more: bool = True
    number: int = 0
    held: dict[int, T] = field(default_factory=dict)

    def in_order(self) -> Iterator[list[T]]:
        following = 0
        for some in self._run():
            self.held.update(some)
            ready = list[T]()
            while following in self.held:
                ready.append(self.held.pop(following))
                following += 1
            if ready:
                yield ready

    def as_they_end(self) -> Iterator[list[T]]:
        for some in self._run():
            yield [each for _, each in some]

    def _run(self) -> Iterator[list[tuple[int, T]]]:
        """Idle scanners get work before anyone looks at results, which may take a while."""
        crew = self.crew
        while self.more or crew.owed or crew.work:
            if self.more and len(crew.owed) < crew.pace.size * crew.jobs and len(self.held) < AHEAD:
                self._fill()
            crew.hand_out(more=self.more)
            if crew.ready:
                yield crew.taken()
            if crew.work:
                crew.listen()
        if crew.ready:
            yield crew.taken()

    def _fill(self) -> None:
        """Take some paths."""
        for _ in range(2 * self.crew.pace.size * self.crew.jobs):
            path = next(self.source, None)
            if path is None:
                self.more = False
                return
            if isinstance(path, Scanned):
                self.crew.outcome(self.number, path)
            else:
                self.crew.owed.append((self.number, path))
            self.number += 1

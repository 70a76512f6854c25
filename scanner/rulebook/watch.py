"""The rulebook in force in a running process: reloaded when its files change, kept when the new ones are broken."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from scanner.domain.rules import Rulebook
from scanner.errors import RuleError
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.sources import source_files

Mark = tuple[tuple[str, int, int], ...]


@dataclass(slots=True)
class LastGood:
    """Serves the port `Rules`. The first load must succeed (RulebookError); afterwards the last good book stays.

    `every`: seconds between two looks at the files.
    """

    path: Path
    overlay: Path | None = None
    every: float = 2.0
    monotonic: Callable[[], float] = time.monotonic
    load: Callable[[Path, Path | None], Rulebook] = load_rulebook
    _book: Rulebook | None = field(default=None, init=False)
    _trouble: str = field(default="", init=False)
    _mark: Mark = field(default=(), init=False)
    _looked: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def current(self) -> Rulebook:
        """The newest rulebook that loads."""
        with self._lock:
            now = self.monotonic()
            if self._book is None or now - self._looked >= self.every:
                self._looked = now
                self._look()
            assert self._book is not None
            return self._book

    @property
    def trouble(self) -> str:
        """Why newer files are not in force, or ''."""
        return self._trouble

    def _look(self) -> None:
        path, overlay = self._resolved()
        mark = _mark(path, overlay)
        if self._book is not None and mark == self._mark:
            return
        try:
            self._book = self.load(path, overlay)
            self._trouble = ""
        except (RuleError, OSError) as error:
            if self._book is None:
                raise
            self._trouble = f"the rules on disk are refused, {self._book.digest[:12]} stays in force: {error}"
        self._mark = mark

    def _resolved(self) -> tuple[Path, Path | None]:
        """Where the folders really are, both read between two switches of a published version's link."""
        while True:
            places = self.path.resolve(), self.overlay.resolve() if self.overlay else None
            if places == (self.path.resolve(), self.overlay.resolve() if self.overlay else None):
                return places


def _mark(*folders: Path | None) -> Mark:
    """Name, time and size of every file: cheap to take, and different after any edit. The day counts: lists expire."""
    marks = [(datetime.now(UTC).date().isoformat(), 0, 0)]
    for folder in folders:
        marks.append((str(folder), 0, 0))
        for file in source_files(folder) if folder else []:
            try:
                stat = file.stat()
            except FileNotFoundError:  # removed between the listing and now: the next look sees it
                marks.append((str(file), 0, 0))
            else:
                marks.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(marks)

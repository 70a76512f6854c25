"""A group of files in their scanner: many are handed over in one message, and many answers go back in one.

What is done lies in shared memory until it is sent: the keeper is woken seldom, and loses nothing with the scanner.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scanner.detection import frames
from scanner.detection.arena import IDLE, Arena
from scanner.detection.clock import StepClock
from scanner.detection.detector import Detector
from scanner.detection.reading import read_file
from scanner.detection.telling import Telling
from scanner.detection.walking import Scanned
from scanner.domain.content import Sample
from scanner.domain.verdicts import Detection

TELL_SECONDS = 0.1  # answers wait no longer for others, but for the end of the file that is in work


@dataclass(frozen=True, slots=True)
class Group:
    """The scanner's side. `answers` is the pipe to the keeper."""

    detector: Detector
    clock: StepClock
    arena: Arena
    telling: Telling[Any]
    answers: int

    def scan(self, first: int, paths: Sequence[str]) -> None:
        """Scan the files, which are numbered from `first` on, and tell of each in this order."""
        told = time.monotonic()
        for number, path in enumerate(paths, first):
            self.arena.begin(number)
            tell = self.telling.begun(path)
            self._keep(frames.text_of([number, tell(Scanned(path, self._detection(path)))]))
            if time.monotonic() - told > TELL_SECONDS:
                self._send()
                told = time.monotonic()
        self._send()

    def _keep(self, row: bytes) -> None:
        """Hold it back; what has no room goes at once."""
        if self.arena.keep(row):
            return
        self._send()
        if not self.arena.keep(row):
            frames.write_text(self.answers, b"[" + row + b"]")

    def _send(self) -> None:
        self.arena.begin(IDLE)  # a keeper that is slow to read is no fault of the file's
        frames.write_text(self.answers, self.arena.kept())
        self.arena.sent()

    def _detection(self, path: str) -> Detection:
        self.clock.begin(self.detector.limits.wall_seconds)
        read = read_file(path, self.detector.limits.content_bytes)
        self.clock.end()
        if read.data is None:
            return read.nothing()
        return read.judged(self.detector.detect(Sample(path, read.data), self.clock))

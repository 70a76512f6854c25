"""Detection that ends whatever the content does: a child scans, its keeper looks at the clock and kills it in time.

A content that killed or hung its scanner is taken the careful way by a fresh child; if that one is lost too, what is
left is PARTIAL(timeout or parser-crashed) without findings. Never clean.
"""

import os
import select
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from scanner.detection import frames
from scanner.detection.arena import ROOM
from scanner.detection.batching import LOOK, MISSES, asked, portions, sieved
from scanner.detection.child import Child
from scanner.detection.detector import Detector
from scanner.detection.judging import Stamp
from scanner.detection.reading import sha256_of
from scanner.detection.rows import detection_of
from scanner.detection.sniff import sniff
from scanner.domain.content import Content, Sample
from scanner.domain.coverage import Coverage, Gap, Reason
from scanner.domain.verdicts import Detection

LEAST, CUT = 0.6, 0.4  # seconds: the careful way has so many, however late it begins, and ends so late at the latest
LEAST_BYTES = 10_000_000  # of a content that is too large to be taken step by step when only `LEAST` is left
LAST = 0.7  # seconds beyond its deadline after which even the careful way is cut off in a scan of many
RECYCLE_AFTER = 20_000  # contents given to one child


class KillableDetector:
    """A detector whose scans run in a child. One content or one batch at a time; threads wait for each other."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._owner, self._given = 0, 0
        self.kills = 0

    @property
    def stamp(self) -> Stamp:
        """That of the detector inside."""
        return self.detector.stamp

    def detect(self, sample: Sample) -> Detection:
        """As `Detector.detect`; ends within the limits' wall time and a second, whatever the bytes are."""
        with self._lock:
            until = time.monotonic() + self.detector.limits.wall_seconds
            head = ["bytes", 0, sample.name, sample.media_type, sample.encoding]
            answer, why = self._asked(head, sample.data, until)
            return answer or careful(self.detector, sample, until, why)

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]:
        """The detection of each, in order, as `detect` gives it; the bytes go to the child many at a time."""
        found = dict[int, Detection]()
        for part in portions(samples):
            if len(part) == 1:
                found.update({number: self.detect(sample) for number, sample in part.items()})
            else:
                with self._lock:
                    found.update(self._batch(part))
        return [found[number] for number in range(len(samples))]

    def may_match(self, bodies: Sequence[bytes]) -> list[bool]:
        """Of each, whether any YARA rule may match it by its literals; True where the scanner was lost over them."""
        found = list[bool]()
        with self._lock:
            for part in portions([Sample("", body) for body in bodies]):
                held = {number: sample.data for number, sample in part.items()}
                too_large = len(held) == 1 and len(bodies[next(iter(held))]) > ROOM
                seen = None if too_large else sieved(self._ready(), held, self.detector.limits.wall_seconds)
                if seen is None and not too_large:
                    self.kills += 1
                    self._end()
                found += [seen is None or number in seen for number in held]
        return found

    def close(self) -> None:
        """End the child and the cage."""
        with self._lock:
            self._end()
        self.detector.close()

    def _asked(self, head: list[Any], data: bytes, until: float) -> tuple[Detection | None, str]:
        child = self._ready()
        self._given += 1
        answer, why = answered(child, head, data, until)
        if answer is None:
            self.kills += 1
            self._end()
        return answer, why

    def _batch(self, part: Mapping[int, Sample]) -> dict[int, Detection]:
        """A content that loses its scanner goes the careful way; those behind it go to the next scanner."""
        found, misses, seconds = dict[int, Detection](), 0, self.detector.limits.wall_seconds
        while owed := {number: sample for number, sample in part.items() if number not in found}:
            child = self._ready()
            self._given += len(owed)
            loss = asked(child, owed, seconds, found)
            if loss is None:
                break
            self.kills += 1
            self._end()
            misses += loss.number not in owed or loss.number in found
            blamed = loss.number if misses <= MISSES else next((n for n in owed if n not in found), loss.number)
            if blamed in owed and blamed not in found:
                found[blamed] = careful(self.detector, owed[blamed], loss.since + seconds, loss.why)
        return found

    def _ready(self) -> Child:
        if self._child is not None and self._owner != os.getpid():
            self._child = None  # it belongs to the process we were forked from
        if self._child is not None and self._given >= RECYCLE_AFTER:
            self._end()
        if self._child is None:
            self._child, self._owner, self._given = Child.start(self.detector), os.getpid(), 0
        return self._child

    def _end(self) -> None:
        if self._child is not None and self._owner == os.getpid():
            self._child.end()
        self._child = None


def answered(child: Child, head: list[Any], data: bytes, until: float) -> tuple[Detection | None, str]:
    """The child's answer to one task, or None and why not: it hung over a step, over all, or died."""
    child.clock.reset()
    try:
        if not child.give(head, data, until):
            return None, "the scanner took nothing in"
    except frames.ClosedError:
        return None, "the scanner died"
    while True:
        ready, _, _ = select.select([child.inbox.pipe], [], [], LOOK)
        if ready:
            try:
                rows = child.inbox.take()
            except (frames.ClosedError, ValueError):
                return None, "the scanner died"
            if rows:
                return detection_of(rows[0][1]), ""
        elif child.clock.overrun(child.pid):
            return None, "a step of the scan did not end"
        elif time.monotonic() > until:
            return None, "the scan did not end"


def careful(detector: Detector, sample: Sample, until: float, why: str) -> Detection:
    """The content taken step by step in a fresh child, until `until` (monotonic) and a little more."""
    left = max(LEAST, until - time.monotonic())
    if left == LEAST and len(sample.data) > LEAST_BYTES:
        return lost(detector, sample, why)
    cut = max(until, time.monotonic()) + CUT  # what is said of a content that was lost takes the rest of a second
    child = Child.start(detector)
    try:
        answer, _ = answered(child, careful_head(0, left, why, sample), sample.data, cut)
    finally:
        child.end()
    return answer or lost(detector, sample, why)


def careful_head(number: int, seconds: float, why: str, sample: Sample) -> list[Any]:
    """The task of taking a content step by step."""
    return ["careful", number, seconds, why, sample.name, sample.media_type, sample.encoding]


def lost(detector: Detector, sample: Sample, why: str) -> Detection:
    """What can be said of a content that nothing came to an end on."""
    sniffed = sniff(sample.data, sample.name, sample.media_type)
    content = Content(sha256_of(sample.data), len(sample.data), sniffed.media_type, sniffed.family)
    reason = Reason.PARSER_CRASHED if why.endswith("died") else Reason.TIMEOUT
    stamp = detector.stamp
    coverage = Coverage(
        gaps=(Gap(reason, "", why),),
        bytes_read=len(sample.data),
        engines=stamp.engines,
        rulebook_digest=stamp.rulebook_digest,
        limits_digest=stamp.limits_digest,
        fatal=True,
    )
    return Detection(content, (), coverage)

"""Many contents given to a scanner at once: one is blamed for what it does, its batch-mates are unharmed."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scanner.detection import arena, batching
from scanner.detection.arena import IDLE, Arena
from scanner.detection.batching import Loss, portions
from scanner.detection.child import Child
from scanner.detection.clock import Clock
from scanner.detection.detector import Detector, build_detector
from scanner.detection.killable import KillableDetector
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach, Reason
from scanner.domain.limits import Limits
from scanner.domain.verdicts import Detection
from tests.unit.detector.books import book_of, yara_file
from tests.unit.detector.test_killable import BAIT, RULES

LIMITS = replace(Limits(), wall_seconds=20.0, yara_seconds=1)
BOOK = book_of(yara_file(RULES))


class Mortal(Detector):
    """Dies of DIE, exits of EXIT, and takes its time over SLOW; the careful way, which knows no words, does not."""

    def detect(self, sample: Sample, clock: Clock | None = None) -> Detection:
        if b"DIE" in sample.data:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"EXIT" in sample.data:
            os._exit(3)
        if b"SLOW" in sample.data:
            time.sleep(0.4)
        return super().detect(sample, clock)

    def forked(self) -> "Mortal":
        return Mortal(self.book, self.limits, self.bundle)


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    built = build_detector(BOOK, LIMITS, prefilter=False)
    yield Mortal(built.book, built.limits, built.bundle)
    built.close()


@pytest.fixture
def killable(detector: Detector) -> Iterator[KillableDetector]:
    made = KillableDetector(detector)
    yield made
    made._end()


def _samples(*bodies: bytes) -> list[Sample]:
    return [Sample(f"dir/{number}.txt", body, "text/plain") for number, body in enumerate(bodies)]


def _step_by_step(found: list[Detection]) -> list[int]:
    notes = [" ".join(detection.coverage.notes) for detection in found]
    return [number for number, told in enumerate(notes) if "step by step" in told]


def test_a_batch_is_judged_as_its_contents_are_one_by_one(killable: KillableDetector, detector: Detector) -> None:
    samples = _samples(b"an EVIL-MARKER", b"", b"nothing", b"AAAAAAAA", b"\xff\xfe\x00 EVIL-MARKER")
    samples.append(Sample("\udcff.txt", b"EVIL-MARKER"))
    assert killable.detect_all(samples) == [detector.detect(sample) for sample in samples]
    assert killable.detect_all([]) == []
    assert killable.kills == 0


def test_a_digest_that_is_known_is_not_made_again(killable: KillableDetector) -> None:
    told = replace(_samples(b"nothing")[0], sha256="f" * 64)
    assert [each.content.sha256 for each in killable.detect_all([told, told])] == ["f" * 64] * 2


@pytest.mark.parametrize("word", [b"DIE", b"EXIT"])
def test_a_content_that_kills_its_scanner_costs_its_batch_mates_nothing(
    word: bytes, killable: KillableDetector
) -> None:
    bodies = [b"EVIL-MARKER %d" % number for number in range(9)]
    bodies[4] += word
    found = killable.detect_all(_samples(*bodies))
    assert [[f.rule for f in detection.findings] for detection in found] == [["test.marker"]] * 9
    assert _step_by_step(found) == [4]
    assert {detection.coverage.reach for detection in found} == {Reach.FULL}
    assert killable.kills == 1


def test_each_of_several_that_kill_is_blamed_for_itself(killable: KillableDetector) -> None:
    found = killable.detect_all(_samples(b"DIE", b"one", b"DIE", b"DIE", b"two", b"EXIT"))
    assert _step_by_step(found) == [0, 2, 3, 5]
    assert killable.kills == 4


def test_a_rule_that_hangs_on_one_content_costs_that_content_only(killable: KillableDetector) -> None:
    found = killable.detect_all(_samples(b"EVIL-MARKER", BAIT, b"nothing"))
    assert [detection.coverage.reach for detection in found] == [Reach.FULL, Reach.PARTIAL, Reach.FULL]
    assert [gap.reason for gap in found[1].coverage.gaps] == [Reason.TIMEOUT]
    assert _step_by_step(found) == [1]


def test_the_time_is_each_contents_own(detector: Detector) -> None:
    limits = replace(LIMITS, wall_seconds=1.0)
    killable = KillableDetector(Mortal(BOOK, limits, detector.bundle))
    try:
        found = killable.detect_all(_samples(*[b"SLOW"] * 5))
    finally:
        killable._end()
    assert killable.kills == 0
    assert {detection.coverage.reach for detection in found} == {Reach.FULL}


def test_a_scanner_killed_while_it_idles_is_nobodys_fault(killable: KillableDetector) -> None:
    killable.detect_all(_samples(b"warm", b"up"))
    assert killable._child is not None
    os.kill(killable._child.pid, signal.SIGKILL)
    found = killable.detect_all(_samples(b"EVIL-MARKER", b"nothing"))
    assert [len(detection.findings) for detection in found] == [1, 0]
    assert _step_by_step(found) == []


def test_scanners_that_die_at_nothing_do_not_go_on_for_ever(
    killable: KillableDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(child: Child, *_rest: object) -> Loss:
        child.kill()
        return Loss(IDLE, time.monotonic(), "the scanner died")

    monkeypatch.setattr("scanner.detection.killable.asked", lost)
    found = killable.detect_all(_samples(b"EVIL-MARKER", b"nothing"))
    assert _step_by_step(found) == [0, 1]
    assert killable.kills == batching.MISSES + 2


def test_batches_are_bounded_by_count_and_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "ROOM", 100)
    parts = list(portions(_samples(b"x" * 60, b"x" * 40, b"x", b"x" * 500, b"", b"x" * 100)))
    assert [list(part) for part in parts] == [[0, 1], [2], [3], [4, 5]]
    assert [len(part) for part in portions(_samples(*[b""] * (batching.MOST + 1)))] == [batching.MOST, 1]


def test_a_content_larger_than_the_shared_memory_goes_by_itself(
    killable: KillableDetector, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "ROOM", 64)
    samples = _samples(b"EVIL-MARKER" + b" " * 100, b"nothing", b"EVIL-MARKER")
    assert killable.detect_all(samples) == [detector.detect(sample) for sample in samples]


def test_what_is_laid_down_is_taken_up_as_it_was() -> None:
    shared, samples = Arena(), dict(enumerate(_samples(b"", b"one", b"\x00\xff" * 5_000)))
    try:
        rows = shared.lay(samples)
        assert [shared.taken(row) for row in rows] == list(samples.items())
        shared.begin(2)
        assert shared.at()[0] == 2
        assert 0 <= time.monotonic() - shared.at()[1] < 5
    finally:
        shared.close()
    assert arena.ROOM >= 8 << 20

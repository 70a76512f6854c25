"""Scanning that ends: hanging rules, dying scanners, memory that runs out."""

import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.detection.careful import Supervisor
from scanner.detection.child import Child
from scanner.detection.detector import Detector, build_detector
from scanner.detection.killable import LEAST_BYTES, KillableDetector, careful
from scanner.detection.rows import detection_of, detection_row
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach, Reason
from scanner.domain.limits import MIB, Limits
from tests.unit.detector.books import book_of, yara_file

HANGS = "/AAAA.{0,1000}A.{0,30}A.{0,30}B/s"  # over 4 KB of A it ran 23 s under a timeout of one second
BAIT = b"EVIL-MARKER " + b"A" * 4096
RULES = f"""
rule marker {{ strings: $m = "EVIL-MARKER" condition: $m }}
rule hangs {{ strings: $a = {HANGS} condition: $a }}
rule long_run {{ strings: $a = "AAAAAAAA" condition: $a }}
"""
LIMITS = replace(Limits(), wall_seconds=30.0, yara_seconds=1)


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    built = build_detector(book_of(yara_file(RULES)), LIMITS, prefilter=False)
    yield built
    built.close()


@pytest.fixture
def killable(detector: Detector) -> Iterator[KillableDetector]:
    made = KillableDetector(detector)
    yield made
    made._end()


def test_an_ordinary_content_is_judged_as_without_a_keeper(killable: KillableDetector, detector: Detector) -> None:
    sample = Sample("a.txt", b"an EVIL-MARKER here", "text/plain")
    assert killable.detect(sample) == detector.detect(sample)
    assert killable.kills == 0
    assert killable.stamp == detector.stamp


def test_a_rule_that_hangs_costs_itself_and_no_other_rule(killable: KillableDetector) -> None:
    began = time.monotonic()
    detection = killable.detect(Sample("bait.txt", BAIT))
    assert time.monotonic() - began < LIMITS.wall_seconds + 1
    assert [finding.rule for finding in detection.findings] == ["test.long_run", "test.marker"]
    assert detection.coverage.reach is Reach.PARTIAL
    assert [(gap.reason, gap.detail) for gap in detection.coverage.gaps] == [
        (Reason.TIMEOUT, "rules that did not end: test.hangs")
    ]
    assert killable.kills == 1


def test_the_next_content_finds_a_fresh_scanner(killable: KillableDetector) -> None:
    killable.detect(Sample("bait.txt", BAIT))
    assert killable.detect(Sample("b.txt", b"nothing")).coverage.reach is Reach.FULL


def test_a_scanner_that_dies_costs_nothing_but_time(killable: KillableDetector) -> None:
    killable.detect(Sample("a.txt", b"warm"))
    child = killable._child
    assert child is not None
    os.kill(child.pid, signal.SIGKILL)
    detection = killable.detect(Sample("a.txt", b"an EVIL-MARKER here"))
    assert [finding.rule for finding in detection.findings] == ["test.marker"]
    assert detection.coverage.reach is Reach.FULL
    assert detection.coverage.notes == (
        "scanned step by step: the scanner died",
        "libmagic: ASCII text, with no line terminators",
    )


def test_a_deadline_that_is_nearly_over_leaves_gaps_and_is_kept(detector: Detector) -> None:
    began = time.monotonic()
    detection = careful(detector, Sample("bait.txt", BAIT), began + 1.0, "a step of the scan did not end")
    assert time.monotonic() - began < 3.0
    assert detection.coverage.reach in (Reach.PARTIAL, Reach.UNSCANNABLE)
    assert Reason.TIMEOUT in detection.coverage.reasons


def test_a_scanner_that_wants_too_much_memory_is_no_clean_content(detector: Detector) -> None:
    small = build_detector(book_of(yara_file(RULES)), replace(LIMITS, memory_bytes=1 * MIB), prefilter=False)
    killable = KillableDetector(small)
    try:
        detection = killable.detect(Sample("a.txt", b"EVIL-MARKER " + "百家乐".encode() * 2_000_000))
    finally:
        killable.close()
    assert "test.marker" in {finding.rule for finding in detection.findings} or detection.coverage.gaps


def test_a_killed_scanner_takes_its_caged_parser_along(detector: Detector) -> None:
    child = Child.start(detector)
    head = ["bytes", 0, "a.zip", "", ""]
    assert child.give(head, b"PK\x05\x06" + b"\0" * 18, time.monotonic() + 5)
    while not child.inbox.take():
        pass
    kept = [int(pid) for pid in Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
    child.end()
    assert kept
    for pid in kept:
        for _ in range(100):
            if not os.path.exists(f"/proc/{pid}"):
                break
            time.sleep(0.02)
        stat = Path(f"/proc/{pid}/stat")
        state = stat.read_text().split(")")[1].split()[0] if stat.exists() else "gone"
        assert state in ("gone", "Z"), "a killed parser is waited for by init"


def test_a_scanner_keeps_no_file_of_its_keeper_open(detector: Detector, tmp_path: Path) -> None:
    with open(f"{tmp_path}/secret", "w") as secret:
        child = Child.start(detector)
        assert child.give(["bytes", 0, "a.txt", "", ""], b"x", time.monotonic() + 5)
        while not child.inbox.take():
            pass
        links = {os.readlink(f"/proc/{child.pid}/fd/{name}") for name in os.listdir(f"/proc/{child.pid}/fd")}
        child.end()
        assert secret.name not in links


def test_the_careful_way_finds_what_the_quick_way_finds(detector: Detector) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("in/one.txt", "an EVIL-MARKER")
        archive.writestr("two.txt", "nothing")
    sample = Sample("a.zip", body.getvalue(), "application/zip")
    quick = detector.detect(sample)
    slow = Supervisor(detector, sample, time.monotonic() + 20, "asked to").run()
    assert slow.findings == quick.findings
    assert slow.coverage.views == quick.coverage.views
    assert slow.coverage.gaps == quick.coverage.gaps


def test_what_travels_between_scanner_and_keeper_arrives_as_it_was(detector: Detector) -> None:
    detection = detector.detect(Sample("\udcff.txt", b"EVIL-MARKER"))
    assert detection_of(json.loads(json.dumps(detection_row(detection)))) == detection


def test_a_large_content_whose_time_is_over_is_not_taken_step_by_step(
    detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Child, "start", lambda _: pytest.fail("no scanner is started"))
    large = Sample("large.txt", b"EVIL-MARKER" + bytes(LEAST_BYTES))
    detection = careful(detector, large, time.monotonic(), "the scan did not end")
    assert (detection.coverage.reach, detection.coverage.reasons) == (Reach.UNSCANNABLE, (Reason.TIMEOUT,))

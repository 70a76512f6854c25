"""Whole detection: against yara-python and clamscan, in processes, and on content that means harm."""

import gc
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import detect_files
from benchmarks.detect_contenders import child_cpu, yara_python
from benchmarks.detect_rows import Row, at_most
from benchmarks.detect_scaling import scaling_rows
from scanner.detection.detector import Detector, build_detector
from scanner.detection.killable import KillableDetector
from scanner.domain.clauses import Ceiling
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach
from scanner.domain.findings import Confidence, Severity
from scanner.domain.limits import MIB, Limits
from scanner.domain.rules import Rule, Rulebook, RuleFile, RuleKind, RuleStatus

SIGNATURES = 2_000
HANGING = "rule hanging { strings: $a = /AAAA.{0,1000}A.{0,30}A.{0,30}B/s condition: $a }"
DEADLINE = 10.0
_START = """
import sys, time
from pathlib import Path
from scanner.detection.bundle import open_bundle
from scanner.rulebook.load import load_rulebook
book = load_rulebook(Path(sys.argv[1]))
began, wall = time.process_time(), time.monotonic()
bundle = open_bundle(book, 1000, Path(sys.argv[2]))
assert bundle.from_cache
print((time.process_time() - began) * 1e3, (time.monotonic() - wall) * 1e3)
"""


def whole_rows(book: Rulebook, folder: Path, cache: Path) -> Iterator[Row]:
    """Everything that detection does of a content, against engines that do less."""
    detector = build_detector(book, Limits(), cache_dir=cache)
    plain = yara_python(book)
    files = dict(detect_files.sized())["10 KB"]
    ours = statistics.median(_cpu(detector, files) for _ in range(3)) / len(files) * 1e6
    theirs = statistics.median(plain(files) for _ in range(3)) / len(files) * 1e6
    note = f"ours {ours:.0f} us (hash, sniff, views, keywords, YARA, coverage), yara-python {theirs:.0f} us"
    yield at_most("whole detection of 10 KB against yara-python, CPU", ours / theirs, "x", 0.5, note)
    mix = detect_files.mix()
    ours = statistics.median(_cpu(detector, mix) for _ in range(3)) / len(mix) * 1e6
    yield at_most("whole detection, mix of small objects", ours, "us/file", None)
    yield from _clam_rows(folder, mix, ours)
    yield _partial_row(detector)
    detector.close()


def _cpu(detector: Detector, files: Sequence[bytes]) -> float:
    start = time.process_time()
    for number, data in enumerate(files):
        detector.detect(Sample(f"{number}.html", data))
    return time.process_time() - start


def _clam_rows(folder: Path, files: Sequence[bytes], ours: float) -> Iterator[Row]:
    if shutil.which("clamscan") is None:
        print("clamscan: no such command, left out (Debian: apt-get install clamav)")
        return
    dice = random.Random(detect_files.SEED)
    place = folder / "clam"
    (place / "files").mkdir(parents=True)
    (place / "empty").mkdir()
    lines = [f"Made.Sig-{number}:0:*:{dice.randbytes(16).hex()}" for number in range(SIGNATURES)]
    (place / "made.ndb").write_text("\n".join(lines) + "\n")
    (place / "empty" / "file").write_bytes(b"x")
    for number, data in enumerate(files):
        (place / "files" / f"{number}.html").write_bytes(data)
    command = ["clamscan", "--no-summary", "-i", "-r", "-d", str(place / "made.ndb")]
    took = [child_cpu([*command, str(place / "files")]) - child_cpu([*command, str(place / "empty")]) for _ in range(2)]
    theirs = statistics.median(took) / len(files) * 1e6
    note = (
        f"ours {ours:.0f} us/file, clamscan {theirs:.0f} us/file with {SIGNATURES} literal signatures, start left out"
    )
    yield at_most("whole detection against clamscan, CPU", ours / theirs, "x", 1.0, note)


def _partial_row(detector: Detector) -> Row:
    dice = random.Random(detect_files.SEED)
    paths = detect_files.labelled("benign")
    some = dice.sample(paths, min(3_000, len(paths)))
    reasons: Counter[str] = Counter()
    partial = 0
    for path in some:
        coverage = detector.detect(Sample(path.name, path.read_bytes())).coverage
        partial += coverage.reach is not Reach.FULL
        reasons.update(reason.value for reason in coverage.reasons)
    share = 100 * partial / max(1, len(some))
    note = f"{partial} of {len(some)}: {dict(reasons)}"
    return at_most("ordinary content that is PARTIAL or UNSCANNABLE", share, "%", 0.5, note)


def process_rows(book: Rulebook, cache: Path) -> Iterator[Row]:
    """Start-up, memory and scaling."""
    detector = build_detector(book, Limits(), cache_dir=cache)
    yield _start_row(cache)
    paths = [str(path) for path in detect_files.labelled("benign")]
    if not paths:
        print("AUP_CORPUS names no corpus: memory and scaling left out")
        return
    yield from scaling_rows(detector, paths)
    yield from _memory_rows(detector, paths[:500])
    detector.close()


def _start_row(cache: Path) -> Row:
    rules = str(Path(__file__).parents[1] / "rules")
    took = [[float(word) for word in _run([sys.executable, "-c", _START, rules, str(cache)]).split()] for _ in range(3)]
    cpu, wall = (statistics.median(each) for each in zip(*took, strict=True))
    return at_most("start-up from cache, shipped rules", cpu, "ms CPU", 150, f"{wall:.0f} ms by the wall clock")


def _run(command: Sequence[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1]).stdout


def _memory_rows(detector: Detector, paths: Sequence[str]) -> Iterator[Row]:
    """Private memory of a forked scanner that has scanned some hundred files."""
    gc.collect()
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        child = detector.forked()
        for path in paths:
            child.detect(Sample(path, Path(path).read_bytes()))
        os.write(into, str(_private()).encode())
        child.close()
        os._exit(0)
    os.close(into)
    private = float(os.read(out, 100) or b"nan")
    os.close(out)
    os.waitpid(pid, 0)
    note = f"after {len(paths)} files, the bundle loaded before the fork"
    yield at_most("private memory of a forked scanner", private, "MiB", None, note)


def _private() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def hostile_rows(book: Rulebook, cache: Path) -> Iterator[Row]:
    """Content that means harm, each through a killable detector with a deadline."""
    limits = replace(Limits(), wall_seconds=DEADLINE, yara_seconds=2)
    shipped = KillableDetector(build_detector(book, limits, cache_dir=cache))
    for name, data in _hostile():
        yield _ends(shipped, name, data)
    shipped.close()
    file = RuleFile("yara/hanging.yar", "hanging", HANGING, {"hanging": "test.hanging"})
    bad = replace(book, yara=(*book.yara, file), rules={**book.rules, "test.hanging": _hanging_rule()})
    hanging = KillableDetector(build_detector(bad, limits, prefilter=False))
    yield _ends(hanging, "a rule that hangs on 4 KB, without a prefilter", b"A" * 4096)
    hanging.close()


def _hostile() -> Iterator[tuple[str, bytes]]:
    yield "100 MB of one letter", b"A" * (100 * MIB)
    yield "100 MB of opened brackets and calls", b"eval(base64_decode($_POST[" * (4 * MIB)
    yield "100 MB of hanzi", "赌博彩票代开发票".encode() * (4 * MIB)
    yield "100 MB of noise", random.Random(1).randbytes(100 * MIB)
    yield "4 KB of regex bait", (b"<?php $a = $b . chr(1) . " * 200)[:4096]


def _ends(detector: KillableDetector, name: str, data: bytes) -> Row:
    detector.detect(Sample("warm.txt", b"warm"))
    began = time.monotonic()
    coverage = detector.detect(Sample("hostile.php", data)).coverage
    took = time.monotonic() - began
    note = f"{coverage.reach.value} {[reason.value for reason in coverage.reasons]}, deadline {DEADLINE:g} s"
    return at_most(f"ends: {name}", took, "s", DEADLINE + 1, note)


def _hanging_rule() -> Rule:
    return Rule(
        "test.hanging",
        RuleKind.YARA,
        "3.1.3.7",
        Severity.LOW,
        Confidence.LOW,
        Ceiling.REVIEW,
        RuleStatus.SHADOW,
        "hangs",
    )

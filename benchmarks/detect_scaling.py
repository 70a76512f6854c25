"""How a scan of many files grows from one core to two, and what two processes that share nothing would reach."""

import gc
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.detect_rows import Row, at_least, at_most
from scanner.cli.scan_telling import Form, Teller
from scanner.detection.bulk import scan_paths, told_paths
from scanner.detection.cage.cage import Cage
from scanner.detection.detector import Detector
from scanner.detection.reading import read_file
from scanner.domain.content import Sample

ROUNDS = 2


def scaling_rows(detector: Detector, paths: Sequence[str]) -> Iterator[Row]:
    """Over the first files, as ever; and over all of them, where the scanners' starts weigh less."""
    some = paths[:3_000]
    yield _row("scaling of `scan_paths` from one scanner to two", some, lambda jobs: _scanned(detector, some, jobs))
    yield _row(f"scaling of `aup scan` over {len(paths)} files", paths, lambda jobs: _told(detector, paths, jobs))
    ways = {jobs: max(_plain(detector, paths, jobs) for _ in range(ROUNDS)) for jobs in (1, 2)}
    note = f"{ways[1]:.0f} and {ways[2]:.0f} files/s; load {os.getloadavg()[0]:.1f} while measured"
    yield at_least("scaling of plain processes that share nothing", ways[2] / ways[1], "x", None, note)
    yield _keeper_row(detector, paths)
    yield _start_row(detector)


def _row(figure: str, paths: Sequence[str], scan: Callable[[int], int]) -> Row:
    rates = {1: 0.0, 2: 0.0}
    for jobs in (1, 2) * ROUNDS:
        began = time.monotonic()
        assert scan(jobs) == len(paths)
        rates[jobs] = max(rates[jobs], len(paths) / (time.monotonic() - began))
    note = f"{rates[1]:.0f} and {rates[2]:.0f} files/s; load {os.getloadavg()[0]:.1f} while measured"
    return at_least(figure, rates[2] / rates[1], "x", 1.9, note)


def _scanned(detector: Detector, paths: Sequence[str], jobs: int) -> int:
    return sum(1 for _ in scan_paths(paths, detector, jobs=jobs))


def _told(detector: Detector, paths: Sequence[str], jobs: int) -> int:
    teller = Teller(detector.book, Form.PEOPLE)
    return sum(len(some) for some in told_paths(paths, detector, teller, jobs=jobs))


def _plain(detector: Detector, paths: Sequence[str], count: int) -> float:
    """Files a second of so many forked processes, each with its share of the files and nothing to say."""
    began = time.monotonic()
    pids = [_forked(detector, paths[first::count]) for first in range(count)]
    for pid in pids:
        os.waitpid(pid, 0)
    return len(paths) / (time.monotonic() - began)


def _forked(detector: Detector, paths: Sequence[str]) -> int:
    pid = os.fork()
    if pid == 0:
        gc.freeze()
        child = detector.forked()
        for path in paths:
            child.detect(Sample(path, read_file(path, child.limits.content_bytes).data or b""))
        child.close()
        os._exit(0)
    return pid


def _keeper_row(detector: Detector, paths: Sequence[str]) -> Row:
    """What the process that all scanners share does for a file."""
    before = time.process_time()
    _told(detector, paths, 2)
    took = (time.process_time() - before) / len(paths) * 1e6
    return at_most("the keeper's own work in `aup scan`, CPU", took, "us/file", 20, "two forks of it included")


def _start_row(detector: Detector) -> Row:
    """What each scanner costs once: with two, it is paid twice."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    cage = Cage(detector.limits, detector.cage_mode)
    missing = len(cage.missing)
    cage.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return at_most("start of a scanner's caged parser, CPU", took * 1e3, "ms", None, f"{missing} walls missing")

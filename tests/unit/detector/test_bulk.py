"""Whole trees: every entry has a clear outcome, in a stable order, whatever it is."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.detection.bulk import scan_paths
from scanner.detection.detector import Detector, build_detector
from scanner.detection.reading import read_file
from scanner.detection.walking import Scanned, tree
from scanner.domain.coverage import Reach, Reason
from scanner.domain.limits import Limits
from tests.unit.detector.books import book_of, yara_file
from tests.unit.detector.test_killable import BAIT, RULES

LIMITS = replace(Limits(), wall_seconds=30.0, yara_seconds=1, content_bytes=100_000)


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    built = build_detector(book_of(yara_file(RULES)), LIMITS, prefilter=False)
    yield built
    built.close()


def scanned(root: Path, detector: Detector, jobs: int = 2) -> dict[str, Scanned]:
    return {os.path.relpath(each.path, root): each for each in scan_paths(tree(str(root)), detector, jobs=jobs)}


def test_every_file_of_a_tree_is_scanned_in_a_stable_order(tmp_path: Path, detector: Detector) -> None:
    for number in range(60):
        folder = tmp_path / f"d{number % 7}" / "sub"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_bytes(b"EVIL-MARKER" if number % 10 == 0 else b"nothing")
    first = [each.path for each in scan_paths(tree(str(tmp_path)), detector, jobs=2)]
    alone = [each.path for each in scan_paths(tree(str(tmp_path)), detector, jobs=1)]
    assert first == alone == [path for path in tree(str(tmp_path)) if isinstance(path, str)]
    hits = [path for path, each in scanned(tmp_path, detector).items() if each.detection.findings]
    assert len(hits) == 6


def test_results_come_as_they_end_where_order_is_not_wanted(tmp_path: Path, detector: Detector) -> None:
    for number in range(40):
        (tmp_path / f"{number}.txt").write_bytes(b"x" * number)
    found = list(scan_paths(tree(str(tmp_path)), detector, jobs=2, in_order=False))
    assert sorted(each.path for each in found) == sorted(str(path) for path in tmp_path.iterdir())


def test_a_file_that_hangs_its_scanner_costs_no_other_file(tmp_path: Path, detector: Detector) -> None:
    for number in range(20):
        (tmp_path / f"{number:02}.txt").write_bytes(BAIT if number == 7 else b"an EVIL-MARKER")
    began = time.monotonic()
    found = scanned(tmp_path, detector)
    assert time.monotonic() - began < LIMITS.wall_seconds + 2
    assert len(found) == 20
    assert found["07.txt"].detection.coverage.reach is Reach.PARTIAL
    assert all("test.marker" in {f.rule for f in each.detection.findings} for each in found.values())
    assert all(each.detection.coverage.reach is Reach.FULL for name, each in found.items() if name != "07.txt")


def test_what_is_no_file_is_named_and_never_opened(tmp_path: Path, detector: Detector) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.symlink(tmp_path, tmp_path / "loop")
    os.symlink("/nowhere", tmp_path / "dangling")
    (tmp_path / "file").write_bytes(b"x")
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(tmp_path / "socket"))
        found = scanned(tmp_path, detector)
    assert {name: each.skipped for name, each in found.items()} == {
        "pipe": "a pipe",
        "loop": "a symbolic link, not followed",
        "dangling": "a symbolic link, not followed",
        "socket": "a socket",
        "file": "",
    }
    assert found["pipe"].detection.coverage.reasons == (Reason.UNSUPPORTED_FORMAT,)


@pytest.mark.parametrize("name", ["pipe", "socket", "gone", "folder", "/dev/null"])
def test_a_path_that_is_no_file_is_an_outcome_and_blocks_nothing(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    held = socket.socket(socket.AF_UNIX)
    held.bind(str(tmp_path / "socket"))
    read = read_file(name if name.startswith("/") else str(tmp_path / name), 1_000)
    held.close()
    assert read.data is None
    expected = Reason.GONE if name == "gone" else Reason.UNSUPPORTED_FORMAT
    assert [gap.reason for gap in read.gaps] == [expected]
    assert read.nothing().coverage.fatal


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_failed(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / "locked").write_bytes(b"x")
    (tmp_path / "locked").chmod(0)
    assert scanned(tmp_path, detector)["locked"].detection.coverage.reach is Reach.FAILED


def test_a_file_that_vanished_after_it_was_listed_is_failed(tmp_path: Path, detector: Detector) -> None:
    (only,) = scan_paths([str(tmp_path / "gone")], detector, jobs=1)
    assert only.detection.coverage.reach is Reach.FAILED
    assert only.detection.coverage.reasons == (Reason.GONE,)


def test_a_file_over_the_limit_is_read_to_the_limit_and_partial(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / "large").write_bytes(b"EVIL-MARKER" + b"x" * LIMITS.content_bytes)
    detection = scanned(tmp_path, detector)["large"].detection
    assert detection.coverage.reasons == (Reason.OVER_SIZE,)
    assert [finding.rule for finding in detection.findings] == ["test.marker"]


def test_a_file_that_grows_or_shrinks_while_it_is_read_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(b"x" * 5_000_000)
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"more")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        reads = [read_file(str(path), 1 << 30) for _ in range(5)]
    finally:
        stop.set()
        writer.join()
    assert any(gap.reason is Reason.CHANGED for read in reads for gap in read.gaps)


def test_a_name_in_a_broken_encoding_is_scanned_under_its_own_name(tmp_path: Path, detector: Detector) -> None:
    (tmp_path / os.fsdecode(b"bad-\xff\xfe.txt")).write_bytes(b"EVIL-MARKER")
    ((name, each),) = scanned(tmp_path, detector).items()
    assert os.fsencode(name) == b"bad-\xff\xfe.txt"
    assert [finding.rule for finding in each.detection.findings] == ["test.marker"]


def test_a_folder_that_cannot_be_listed_is_an_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    (only,) = tree(str(tmp_path))
    assert isinstance(only, Scanned)
    assert only.detection.coverage.reasons == (Reason.ACCESS_DENIED,)


def test_a_folder_met_twice_is_walked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_bytes(b"x")
    monkeypatch.setattr("scanner.detection.walking._kind", lambda entry: 1 if entry.name != "file" else 0)
    os.symlink(tmp_path, tmp_path / "a" / "circle")
    assert list(tree(str(tmp_path))) == [str(tmp_path / "a" / "file")]


def test_scanners_end_when_the_results_are_no_longer_wanted(tmp_path: Path, detector: Detector) -> None:
    for number in range(200):
        (tmp_path / f"{number}.txt").write_bytes(b"x")
    results = scan_paths(tree(str(tmp_path)), detector, jobs=2)
    next(results)
    before = len(os.listdir("/proc/self/fd"))
    results.close()
    assert len(os.listdir("/proc/self/fd")) < before

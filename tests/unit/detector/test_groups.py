"""Groups of files: one that kills or hangs its scanner costs itself; what was done before it is not lost, nor late."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from scanner.detection import arena
from scanner.detection.arena import Arena
from scanner.detection.bulk import scan_paths, told_paths
from scanner.detection.child import Child
from scanner.detection.clock import Clock
from scanner.detection.crew import FIRST, MOST, QUICK, SLOW, Crew, Pace
from scanner.detection.detector import Detector, build_detector
from scanner.detection.telling import Whole
from scanner.detection.walking import Scanned
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach, Reason
from scanner.domain.limits import Limits
from scanner.domain.verdicts import Detection
from tests.unit.detector.books import book_of, yara_file

LIMITS = replace(Limits(), wall_seconds=20.0, yara_seconds=1)
BOOK = book_of(yara_file('rule marker { strings: $m = "EVIL-MARKER" condition: $m }'))


class Mortal(Detector):
    """Dies of DIE, sleeps over SLOW and HANG, and notes in the file `log` whatever it was asked."""

    log = ""

    def detect(self, sample: Sample, clock: Clock | None = None) -> Detection:
        if self.log:
            with Path(self.log).open("a") as file:
                file.write(sample.name + "\n")
        if b"DIE" in sample.data:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"SLOW" in sample.data or b"HANG" in sample.data:
            time.sleep(0.4 if b"SLOW" in sample.data else 60)
        return super().detect(sample, clock)

    def forked(self) -> "Mortal":
        made = type(self)(self.book, self.limits, self.bundle)
        made.log = self.log
        return made


@pytest.fixture(scope="module")
def built() -> Iterator[Detector]:
    built = build_detector(BOOK, LIMITS, prefilter=False)
    yield built
    built.close()


@pytest.fixture
def mortal(built: Detector) -> Mortal:
    return Mortal(built.book, built.limits, built.bundle)


@pytest.fixture
def one_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """All files in one group, whatever the pace says."""
    monkeypatch.setattr(Pace, "count", lambda self, owed, jobs, *, more: MOST)


def laid(root: Path, *bodies: bytes) -> list[str]:
    paths = [root / f"{number:03}.txt" for number in range(len(bodies))]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    return list(map(str, paths))


def step_by_step(found: list[Scanned]) -> list[int]:
    return [number for number, each in enumerate(found) if "step by step" in " ".join(each.detection.coverage.notes)]


@pytest.mark.usefixtures("one_group")
def test_a_file_that_kills_its_scanner_in_the_middle_of_a_group_costs_itself(tmp_path: Path, mortal: Mortal) -> None:
    (tmp_path / "files").mkdir()
    bodies = [b"EVIL-MARKER %d" % number for number in range(30)]
    bodies[11] += b" DIE"
    bodies[12] += b" DIE"
    paths = laid(tmp_path / "files", *bodies)
    mortal.log = str(tmp_path / "log")
    found = list(scan_paths(paths, mortal, jobs=1))
    assert [each.path for each in found] == paths
    assert step_by_step(found) == [11, 12]
    assert {each.detection.coverage.reach for each in found} == {Reach.FULL}
    assert all(len(each.detection.findings) == 1 for each in found)
    assert Path(mortal.log).read_text().split() == paths, "nothing that was done is done again"


@pytest.mark.usefixtures("one_group")
def test_a_file_that_hangs_in_the_middle_of_a_group_delays_no_answer_before_it(tmp_path: Path, built: Detector) -> None:
    mortal = Mortal(BOOK, replace(LIMITS, wall_seconds=1.5), built.bundle)
    paths = laid(tmp_path, *[b"EVIL-MARKER"] * 8, b"HANG EVIL-MARKER", *[b"EVIL-MARKER"] * 8)
    mortal.log = ""
    began, came = time.monotonic(), dict[str, float]()
    found = list[Scanned]()
    for each in scan_paths(paths, mortal, jobs=1):
        came[each.path] = time.monotonic() - began
        found.append(each)
    assert [each.path for each in found] == paths
    assert max(came[path] for path in paths[:8]) < 0.8 < 1.4 < came[paths[8]] < 4
    assert step_by_step(found) == [8]
    assert all(len(each.detection.findings) == 1 for each in found)


@pytest.mark.usefixtures("one_group")
def test_each_file_of_a_group_has_its_own_time(tmp_path: Path, built: Detector) -> None:
    mortal = Mortal(BOOK, replace(LIMITS, wall_seconds=1.0), built.bundle)
    found = list(scan_paths(laid(tmp_path, *[b"SLOW"] * 4), mortal, jobs=1))
    assert step_by_step(found) == []
    assert {each.detection.coverage.reach for each in found} == {Reach.FULL}


def test_a_reader_who_takes_his_time_kills_nobody(tmp_path: Path, built: Detector) -> None:
    mortal = Mortal(BOOK, replace(LIMITS, wall_seconds=0.5), built.bundle)
    found = list[Scanned]()
    for each in scan_paths(laid(tmp_path, *[b"EVIL-MARKER"] * 200), mortal, jobs=2):
        if len(found) in (0, 50):
            time.sleep(1.2)
        found.append(each)
    assert step_by_step(found) == []
    assert len(found) == 200


def test_a_scanner_killed_from_outside_costs_no_file_its_quick_way(tmp_path: Path, mortal: Mortal) -> None:
    crew, paths = Crew(mortal, Whole(), 1), laid(tmp_path, *[b"EVIL-MARKER"] * 3)
    try:
        os.kill(crew._idle().pid, signal.SIGKILL)
        crew.owed.extend(enumerate(paths))
        while crew.owed or crew.work:
            crew.hand_out(more=False)
            crew.listen()
        found = [each for _, each in sorted(crew.taken(), key=lambda row: row[0])]
    finally:
        crew.end()
    assert ([each.path for each in found], step_by_step(found)) == (paths, [])


def test_scanners_that_die_at_no_file_do_not_go_on_for_ever(
    tmp_path: Path, mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Child.start

    def still_born(*arguments: Any) -> Child:
        child = start(*arguments)
        child.kill()
        return child

    monkeypatch.setattr(Child, "start", still_born)
    found = list(scan_paths(laid(tmp_path, b"EVIL-MARKER", b"", b"x"), mortal, jobs=2))
    assert [each.detection.coverage.reasons for each in found] == [(Reason.PARSER_CRASHED,)] * 3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("room", [0, 700, arena.TELLING])
def test_groups_say_what_files_one_by_one_say_in_the_same_order(
    seed: int, room: int, tmp_path: Path, mortal: Mortal, built: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arena, "TELLING", room)
    dice = Random(seed)
    kinds = [b"EVIL-MARKER", b"nothing", b"", b"EVIL-MARKER " * 300]
    bodies = [dice.choice(kinds) + b" DIE" * (dice.random() < 0.04) for _ in range(70)]
    paths = laid(tmp_path, *bodies)
    entries: list[str | Scanned] = [*paths]
    entries.insert(dice.randrange(70), Scanned("pipe", built.detect(Sample("pipe", b"")), "a pipe"))
    found = list(scan_paths(iter(entries), mortal, jobs=2))
    assert [each.path for each in found] == [each if isinstance(each, str) else each.path for each in entries]
    for each in found:
        data = b"" if each.skipped else Path(each.path).read_bytes()
        if b"DIE" not in data:
            assert each.detection == built.detect(Sample(each.path, data))
        else:
            assert each.detection.findings == built.detect(Sample(each.path, data)).findings


@dataclass(frozen=True)
class Marking:
    """Tells the process that made the row, and the file's size before it was read."""

    def begun(self, path: str) -> Callable[[Scanned], Any]:
        size = os.path.getsize(path) if os.path.exists(path) else -1
        return lambda scanned: [os.getpid(), size, len(scanned.detection.findings)]

    def taken(self, path: str, row: Any) -> tuple[str, int, int, int]:
        pid, size, count = row
        return path, int(pid), int(size), int(count)


def test_rows_are_made_where_the_file_was_scanned_and_come_many_at_once(tmp_path: Path, mortal: Mortal) -> None:
    paths = laid(tmp_path, *[b"EVIL-MARKER"] * 300, b"EVIL-MARKER DIE")
    gone = str(tmp_path / "gone")
    some = list(told_paths([*paths, gone], mortal, Marking(), jobs=2))
    rows = [row for part in some for row in part]
    assert [row[0] for row in rows] == [*paths, gone]
    assert [row[2:] for row in rows] == [(11, 1)] * 300 + [(15, 1), (-1, 0)]
    assert [row[0] for row in rows if row[1] == os.getpid()] == [paths[-1]], "only what was taken step by step"
    assert len(some) < 100


def test_what_was_kept_is_there_when_the_scanner_is_gone() -> None:
    shared = Arena()
    try:
        assert json.loads(shared.kept()) == []
        assert all(shared.keep(json.dumps([number, "x" * 100]).encode()) for number in range(1_000))
        assert [row[0] for row in json.loads(shared.kept())] == list(range(1_000))
        assert not shared.keep(b" " * arena.TELLING)
        shared.sent()
        assert json.loads(shared.kept()) == []
        assert shared.keep(b"[1]")
        assert json.loads(shared.kept()) == [[1]]
    finally:
        shared.close()


def test_what_a_scanner_claims_to_have_kept_is_bounded() -> None:
    shared = Arena()
    try:
        for size in (-1, 1 << 62):
            arena._KEPT.pack_into(shared._memory, arena._KEPT_AT, 7, size)
            assert len(shared.kept()) <= arena.TELLING + 2
    finally:
        shared.close()


@pytest.mark.parametrize("row", ["[]", '["x"]', "7", '[7,"x"]', '[0,"no detection"]', "{", "[[0,1]]", "null"])
def test_a_scanner_that_keeps_nonsense_is_not_believed(row: str, tmp_path: Path, built: Detector) -> None:
    crew = Crew(built, Whole(), 1)
    try:
        crew.owed.extend(enumerate(laid(tmp_path, b"EVIL-MARKER")))
        crew.hand_out(more=False)
        (child,) = crew.children
        child.arena.keep(row.encode())
        crew._peek(child, crew.work[child.pid])
        assert crew.ready == []
        while crew.work:
            crew.listen()
        ((_, each),) = crew.taken()
    finally:
        crew.end()
    assert len(each.detection.findings) == 1


def test_groups_grow_while_they_end_quickly_and_are_small_at_the_end() -> None:
    pace = Pace()
    assert pace.count(1_000, 2, more=True) == FIRST
    for _ in range(10):
        pace.ended(pace.size, QUICK / 2)
    assert pace.count(1_000, 2, more=True) == pace.size == MOST
    pace.ended(3, QUICK / 2)
    pace.ended(MOST, (QUICK + SLOW) / 2)
    assert pace.size == MOST
    pace.ended(MOST, 2 * SLOW)
    assert pace.size == MOST // 2
    assert [pace.count(owed, 2, more=False) for owed in (1_000, 40, 9, 3, 1)] == [64, 10, 2, 1, 1]
    for _ in range(20):
        pace.ended(1, 2 * SLOW)
    assert pace.size == 1

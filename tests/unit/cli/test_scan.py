"""`aup scan` over trees: what is said of a file is made in its scanner, and is what it would be in one process."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.cli import local_scan
from scanner.cli.exits import json_line, visible
from scanner.cli.local_scan import Scan
from scanner.cli.main import run
from scanner.cli.scan_telling import Form, Teller
from scanner.detection.clock import Clock
from scanner.detection.crew import MOST, Pace
from scanner.detection.detector import Detector, build_detector
from scanner.detection.walking import Scanned
from scanner.domain.content import Sample
from scanner.domain.verdicts import Detection, judge
from scanner.render.sarif import sarif, sarif_of
from scanner.render.verdicts import verdict_lines, verdict_record
from tests.unit.detector.test_groups import BOOK, LIMITS, Mortal

Aup = Callable[..., tuple[int, str, str]]


class Troubled(Mortal):
    """KEEPER: whoever keeps the scanner is killed. GROWS: the file is longer once it was read."""

    def detect(self, sample: Sample, clock: Clock | None = None) -> Detection:
        if b"KEEPER" in sample.data:
            os.kill(os.getppid(), signal.SIGKILL)
            signal.pause()
        if b"GROWS" in sample.data and len(sample.data) < 10:
            Path(sample.name).write_bytes(sample.data + b" EVIL-MARKER")
        return super().detect(sample, clock)


@pytest.fixture(scope="module")
def built() -> Iterator[Detector]:
    built = build_detector(BOOK, LIMITS, prefilter=False)
    yield built
    built.close()


@pytest.fixture
def aup(built: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Aup:
    """Run one command line under the test rules: exit status, output, error output."""
    mortal = Troubled(built.book, built.limits, built.bundle)
    mortal.log = str(tmp_path / "log")
    monkeypatch.setattr(Scan, "book", BOOK)
    monkeypatch.setattr(Scan, "detector", lambda order, book: mortal)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(["scan", *arguments])
        out, err = capfd.readouterr()
        return status, out, err

    return call


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of thirty files, every third with a finding."""
    root = tmp_path / "files"
    root.mkdir()
    for number in range(30):
        (root / f"{number:02}.txt").write_bytes(b"EVIL-MARKER" if number % 3 == 0 else b"nothing")
    return root


def names(out: str) -> list[str]:
    return [Path(json.loads(line)["path"]).name for line in out.splitlines()]


def asked(tmp_path: Path) -> list[str]:
    """The files that scanners looked at since this was asked."""
    log = tmp_path / "log"
    found = [Path(line).name for line in log.read_text().splitlines()] if log.exists() else []
    log.unlink(missing_ok=True)
    return found


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_results_come_in_the_order_of_the_tree_whatever_dies(jobs: str, files: Path, aup: Aup) -> None:
    for number in (3, 4, 17):
        (files / f"{number:02}.txt").write_bytes(b"EVIL-MARKER DIE")
    status, out, _ = aup(str(files), "--json", "--jobs", jobs)
    assert (status, names(out)) == (1, sorted(os.listdir(files)))
    assert sum(len(json.loads(line)["findings"]) for line in out.splitlines()) == 12
    stepped = [line for line in out.splitlines() if "step by step: the scanner died" in line]
    assert [Path(json.loads(line)["path"]).name for line in stepped] == ["03.txt", "04.txt", "17.txt"]


def test_a_run_killed_in_the_middle_of_a_group_goes_on_where_it_stopped(
    files: Path, tmp_path: Path, aup: Aup, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Pace, "count", lambda self, owed, jobs, *, more: 8)
    (files / "20.txt").write_bytes(b"KEEPER")
    state = tmp_path / "state"
    pid = os.fork()
    if pid == 0:
        run(["scan", str(files), "--json", "--jobs", "1", "--state", str(state)])
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    first, kept = names(capfd.readouterr().out), [json.loads(row)["path"] for row in state.read_text().splitlines()]
    assert first == [f"{number:02}.txt" for number in range(len(first))]
    assert len(first) <= 20, "whole groups, and of the last what was seen; how many depends on who is faster"
    assert [Path(path).name for path in kept] == first, "what was said, and nothing else, counts as done"
    asked(tmp_path)
    (files / "20.txt").write_bytes(b"EVIL-MARKER")
    status, out, err = aup(str(files), "--json", "--jobs", "1", "--state", str(state))
    assert first + names(out) == sorted(os.listdir(files))
    assert asked(tmp_path) == names(out)
    assert (status, f"{len(first)} from the state file" in err) == (1, True)
    assert aup(str(files), "--state", str(state))[1].startswith("19 CLEAN, 11 VIOLATION; 30 from the state file; 0 ")


def test_what_is_no_content_is_skipped_by_every_run(tmp_path: Path, files: Path, aup: Aup) -> None:
    for path in files.iterdir():
        path.write_bytes(b"nothing")
    os.symlink("/nowhere", files / "link")
    runs = [aup(str(files), "--state", str(tmp_path / "state")) for _ in range(2)]
    assert [status for status, _, _ in runs] == [0, 0]
    assert all(out.startswith("30 CLEAN; skipped 1 a symbolic link, not followed; ") for _, out, _ in runs)


def test_a_file_that_was_mended_no_longer_decides_the_exit_status(tmp_path: Path, files: Path, aup: Aup) -> None:
    state = str(tmp_path / "state")
    assert aup(str(files), "--state", state)[0] == 1
    for number in range(0, 30, 3):
        (files / f"{number:02}.txt").write_bytes(b"a mended file")
    status, out, _ = aup(str(files), "--state", state)
    assert (status, out.split("; ")[:2]) == (0, ["30 CLEAN", "20 from the state file"])


def test_a_file_that_changed_once_it_was_read_is_scanned_again(tmp_path: Path, aup: Aup) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "log.txt").write_bytes(b"GROWS")
    state = str(tmp_path / "state")
    assert aup(str(tmp_path / "files"), "--state", state)[0] == 0
    assert aup(str(tmp_path / "files"), "--state", state)[0] == 1
    assert aup(str(tmp_path / "files"), "--state", state)[1].startswith("1 VIOLATION; 1 from the state file; 0 files")


@pytest.mark.parametrize("other", ["passwords", "readers"])
def test_a_state_file_spares_nothing_where_more_may_be_read_of_the_same_bytes(
    other: str, files: Path, tmp_path: Path, aup: Aup, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = str(tmp_path / "state")
    assert aup(str(files), "--state", state)[0] == 1
    if other == "passwords":
        wordy = Detector(BOOK, LIMITS, Scan.detector(None, BOOK).bundle, passwords=("opens it",))  # type: ignore[arg-type]
        monkeypatch.setattr(Scan, "detector", lambda order, book: wordy)
    else:
        monkeypatch.setattr(local_scan, "own_code", lambda: "another release")
    assert "20 CLEAN, 10 VIOLATION; 30 files" in aup(str(files), "--state", state)[1]


def test_findings_of_all_scanners_are_one_sarif_document(files: Path, aup: Aup, built: Detector) -> None:
    os.symlink("/nowhere", files / "link")
    status, out, _ = aup(str(files), "--sarif", "--jobs", "2")
    (said,) = json.loads(out)["runs"]
    assert (status, len(said["results"]), len(out.splitlines())) == (1, 10, 1)
    assert [rule["id"] for rule in said["tool"]["driver"]["rules"]] == ["test.marker"]
    (note,) = said["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "not read: unsupported-format  a symbolic link, no regular file"


def samples() -> list[Sample]:
    bodies = [b"EVIL-MARKER " * 3, b"nothing", b"", b"PK\x03\x04 torn"]
    return [*(Sample(f"{n}.txt", body) for n, body in enumerate(bodies)), Sample("\udcff\x1b[31m.txt", b"EVIL-MARKER")]


@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_what_is_told_is_what_one_process_would_say(verbose: int, built: Detector) -> None:
    people, machines, boards = (Teller(BOOK, form, verbose) for form in Form)
    verdicts = [(sample.name, judge(built.detect(sample), BOOK)) for sample in samples()]
    scanned = [Scanned(sample.name, built.detect(sample)) for sample in samples()]
    told = [
        [teller.taken(each.path, json.loads(json.dumps(teller.begun(each.path)(each)))) for each in scanned]
        for teller in (people, machines, boards)
    ]
    lines = [[visible(line) for line in verdict_lines(*row, BOOK, verbose=verbose)] for row in verdicts]
    assert [each.text for each in told[0]] == ["".join(f"{line}\n" for line in some) for some in lines]
    assert [each.text for each in told[1]] == [json_line(verdict_record(*row, BOOK)) + "\n" for row in verdicts]
    whole = json.loads(json.dumps(sarif(verdicts, BOOK, "1")))
    assert json.loads(json.dumps(sarif_of([each.part for each in told[2]], BOOK, "1"))) == whole
    counted = [(each.word, each.standing, each.clause, each.size) for each in told[0]]
    assert counted == [(v.word, v.standing, v.clause, v.content.size) for _, v in verdicts]
    assert all(each.state == "" for each in told[0])


def test_a_row_that_is_none_is_refused() -> None:
    teller = Teller(BOOK, Form.PEOPLE)
    for row in (None, 7, [], [[], "", "CLEAN", "x", "", 0, "", None]):
        with pytest.raises((TypeError, ValueError)):
            teller.taken("a", row)


def test_groups_end_within_the_deadline_of_the_limits(files: Path, aup: Aup, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(LIMITS, wall_seconds=1.0)
    mortal = Troubled(BOOK, limits, Scan.detector(None, BOOK).bundle)  # type: ignore[arg-type]
    monkeypatch.setattr(Scan, "detector", lambda order, book: mortal)
    monkeypatch.setattr(Pace, "count", lambda self, owed, jobs, *, more: MOST)
    (files / "10.txt").write_bytes(b"EVIL-MARKER HANG")
    status, out, _ = aup(str(files), "--json")
    assert (status, names(out)) == (1, sorted(os.listdir(files)))
    assert [name for name, line in zip(names(out), out.splitlines(), strict=True) if "step by step" in line] == [
        "10.txt"
    ]

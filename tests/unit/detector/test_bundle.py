"""The compiled rulebook on disk: kept, found again, and never believed when it is not as it was written."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scanner.detection import bundle, bundle_store
from scanner.detection.bundle import open_bundle
from scanner.detection.bundle_store import KEPT, read_bundle, write_bundle
from scanner.detection.engine import prefilter
from scanner.domain.rules import Rulebook
from scanner.errors import RuleError
from tests.unit.detector.books import book_of, yara_file
from tests.unit.engine.asked import ALL_LANES, SECONDS, rules_of

RULES = """
rule one { strings: $a = /mark(er|ed)-[0-9]{2}/ condition: $a }
rule two { strings: $a = "other-marker" condition: $a }
rule three { condition: filesize == 3 }
"""
BOOK = book_of(yara_file(RULES))
DATA = b"marker-42 and other-marker"


def folder_of(cache: Path) -> Path:
    return next(cache.glob("rules-*"))


def test_a_bundle_is_built_once_and_found_again(tmp_path: Path) -> None:
    first, second = open_bundle(BOOK, 1_000, tmp_path), open_bundle(BOOK, 1_000, tmp_path)
    assert (first.from_cache, second.from_cache) == (False, True)
    for each in (first, second):
        assert rules_of(each.engine.scan(DATA, ALL_LANES, SECONDS)) == ["one", "two"]
        assert rules_of(each.engine.scan(b"abc", ALL_LANES, SECONDS)) == ["three"]


def test_other_rules_lanes_or_ways_are_another_bundle(tmp_path: Path) -> None:
    for book in (BOOK, book_of(yara_file(RULES), lanes={"test.one": "script"}), book_of(yara_file(RULES + "\n"))):
        assert not open_bundle(book, 1_000, tmp_path).from_cache
    assert not open_bundle(BOOK, 1_000, tmp_path, sieve=False).from_cache
    assert len(list(tmp_path.glob("rules-*"))) == KEPT


@pytest.mark.parametrize("part", ["full.yarac", "atoms.hs", "plan.json", "pieces.json", "singles.bin", "manifest.json"])
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone"])
def test_a_harmed_bundle_is_built_anew(part: str, harm: str, tmp_path: Path) -> None:
    open_bundle(BOOK, 1_000, tmp_path)
    path = folder_of(tmp_path) / part
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0x40
    path.write_bytes({"flip": bytes(body), "cut": bytes(body[: len(body) // 2]), "empty": b"", "gone": b""}[harm])
    if harm == "gone":
        path.unlink()
    again = open_bundle(BOOK, 1_000, tmp_path)
    assert not again.from_cache
    assert rules_of(again.engine.scan(DATA, ALL_LANES, SECONDS)) == ["one", "two"]
    assert open_bundle(BOOK, 1_000, tmp_path).from_cache, "the new one was kept"


def test_a_bundle_of_another_engine_is_built_anew_though_its_sums_are_right(tmp_path: Path) -> None:
    key = bundle.bundle_key(BOOK, 1_000, sieve=True)
    parts = bundle.build_parts(BOOK, 1_000, sieve=True)
    for name in ("full.yarac", "atoms.hs", "costs.json"):
        assert write_bundle(tmp_path, key, parts | {name: b"[1"})
        again = open_bundle(BOOK, 1_000, tmp_path)
        assert not again.from_cache
        assert rules_of(again.engine.scan(DATA, ALL_LANES, SECONDS)) == ["one", "two"]


def test_a_folder_that_others_may_write_is_not_believed(tmp_path: Path) -> None:
    open_bundle(BOOK, 1_000, tmp_path)
    folder_of(tmp_path).chmod(0o777)
    assert read_bundle(tmp_path, bundle.bundle_key(BOOK, 1_000, sieve=True)) is None


def test_a_manifest_that_names_files_elsewhere_reads_nothing_there(tmp_path: Path) -> None:
    open_bundle(BOOK, 1_000, tmp_path)
    manifest = folder_of(tmp_path) / "manifest.json"
    told = json.loads(manifest.read_text())
    told["parts"]["../../etc/passwd"] = told["parts"].pop("plan.json")
    manifest.write_text(json.dumps(told))
    assert read_bundle(tmp_path, told["key"]) is None


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    opened = open_bundle(BOOK, 1_000, tmp_path / "file" / "cache")
    assert rules_of(opened.engine.scan(DATA, ALL_LANES, SECONDS)) == ["one", "two"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle_store.Path, "write_bytes", full)
    assert not write_bundle(tmp_path / "cache", "k" * 64, {"a": b"x"})
    assert list((tmp_path / "cache").iterdir()) == []


def test_only_the_newest_bundles_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        assert write_bundle(tmp_path, f"{number:064x}"[::-1], {"a": bytes([number])})
        os.utime(folder := tmp_path / f"rules-{f'{number:064x}'[::-1][:32]}", (number, number))
        assert folder.is_dir()
    kept = sorted(path.name for path in tmp_path.glob("rules-*"))
    assert len(kept) == KEPT


def test_a_rule_that_does_not_compile_is_refused_by_its_file() -> None:
    broken = yara_file("rule bad { condition: $a }", "broken")
    with pytest.raises(RuleError, match=r"yara/broken\.yar"):
        open_bundle(book_of(yara_file(RULES), broken), 1_000)


def test_an_include_is_not_opened() -> None:
    with pytest.raises(RuleError, match="include"):
        open_bundle(book_of(yara_file('include "/etc/passwd"\nrule one { condition: true }')), 1_000)


def test_without_hyperscan_the_plain_way_runs_with_the_same_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    files = (DATA, b"abc", b"nothing at all")
    expected = [open_bundle(BOOK, 1_000).engine.scan(data, ALL_LANES, SECONDS) for data in files]
    monkeypatch.setattr(prefilter, "hyperscan", None)
    plain = open_bundle(BOOK, 1_000)
    assert plain.engine.sieve is None
    assert prefilter.engine_version() == ""
    assert [plain.engine.scan(data, ALL_LANES, SECONDS) for data in files] == expected


def test_a_rulebook_without_rules_scans_and_finds_nothing(tmp_path: Path) -> None:
    for sieve in (True, False):
        empty = open_bundle(book_of(), 1_000, tmp_path, sieve=sieve)
        assert empty.engine.scan(DATA, ALL_LANES, SECONDS).hits == ()
        assert empty.rules_run == 0


def test_opening_a_kept_bundle_is_quick(tmp_path: Path) -> None:
    open_bundle(BOOK, 1_000, tmp_path)
    began = time.process_time()
    assert open_bundle(BOOK, 1_000, tmp_path).from_cache
    assert time.process_time() - began < 0.15


def test_processes_that_want_the_same_bundle_build_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built, build = list[int](), bundle.build_parts

    def counted(book: Rulebook, most: int, *, sieve: bool) -> dict[str, bytes]:
        built.append(1)
        time.sleep(0.3)
        return build(book, most, sieve=sieve)

    monkeypatch.setattr(bundle, "build_parts", counted)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_bundle(BOOK, 1_000, tmp_path), range(4)))
    assert built == [1]
    assert sorted(each.from_cache for each in opened) == [False, True, True, True]


def test_a_builder_that_died_holds_up_nobody(tmp_path: Path) -> None:
    if os.fork() == 0:
        with bundle_store.building(tmp_path):
            os._exit(1)
    os.wait()
    assert not open_bundle(BOOK, 1_000, tmp_path).from_cache


def test_compiled_rules_are_read_the_same_where_there_are_no_files_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = bundle.build_parts(BOOK, 1_000, sieve=True)
    loaded = [bundle._loaded(BOOK, 1_000, parts)]
    monkeypatch.delattr("os.memfd_create", raising=False)
    loaded.append(bundle._loaded(BOOK, 1_000, parts))
    for each in loaded:
        assert each.engine.full is not None
        assert sorted(hit.rule for hit in each.engine.full.ask(DATA, SECONDS).hits) == ["test.one", "test.two"]

"""A kept rulebook is used for the same files alone, and never when it was touched."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scanner.domain.rules import Rulebook
from scanner.wire.book_cache import KEPT, BookCache


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yar").write_text("rule a {condition: true}", encoding="utf-8")
    return folder


def loader(book: Rulebook) -> tuple[Callable[[], Rulebook], list[int]]:
    calls: list[int] = []

    def load() -> Rulebook:
        calls.append(1)
        return book

    return load, calls


def test_the_same_files_are_loaded_once_and_come_back_equal(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    load, calls = loader(book)
    cache = BookCache(tmp_path / "cache", ())
    assert [cache.book((rules,), load) for _ in range(3)] == [book] * 3
    assert len(calls) == 1


def test_a_changed_file_is_loaded_again(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    load, calls = loader(book)
    cache = BookCache(tmp_path / "cache", ())
    cache.book((rules,), load)
    (rules / "a.yar").write_text("rule b {condition: true}", encoding="utf-8")
    cache.book((rules,), load)
    assert len(calls) == 2


def test_changed_code_loads_again(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    load, calls = loader(book)
    code = tmp_path / "code"
    code.mkdir()
    cache = BookCache(tmp_path / "cache", (code,))
    cache.book((rules,), load)
    (code / "lint.py").write_text("", encoding="utf-8")
    cache.book((rules,), load)
    assert len(calls) == 2


def test_a_kept_text_that_was_touched_is_not_used(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    load, calls = loader(book)
    cache = BookCache(tmp_path / "cache", ())
    cache.book((rules,), load)
    [file] = (tmp_path / "cache").iterdir()
    file.write_text(file.read_text(encoding="utf-8").replace("malware.test", "malware.tess"), encoding="utf-8")
    assert cache.book((rules,), load) == book
    assert len(calls) == 2


def test_rulebooks_of_days_gone_by_do_not_pile_up(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    load, _ = loader(book)
    for number in range(KEPT + 5):
        (rules / "a.yar").write_text(f"rule a{number} {{condition: true}}", encoding="utf-8")
        BookCache(tmp_path / "cache", ()).book((rules,), load)
    assert len(list((tmp_path / "cache").iterdir())) == KEPT


def test_a_folder_that_cannot_be_written_costs_only_time(book: Rulebook, rules: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    load, _ = loader(replace(book, digest="e" * 64))
    assert BookCache(blocked / "cache", ()).book((rules,), load).digest == "e" * 64


def test_an_error_of_the_load_comes_through(rules: Path, tmp_path: Path) -> None:
    def load() -> Rulebook:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        BookCache(tmp_path / "cache", ()).book((rules,), load)

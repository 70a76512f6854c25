"""yara-x asked beside yara-python: equal where they agree, named where not, silent for a reason."""

import sys

import pytest

from scanner.domain.content import Sample
from scanner.rulebook import second_opinion as module
from scanner.rulebook.second_opinion import second_opinion
from tests.unit.detector.books import book_of, yara_file

RULES = """
rule shape { meta: id = "test.shape" strings: $a = "MARKER" condition: $a }
rule broad { meta: id = "test.broad" strings: $a = "MARKER" wide condition: $a }
"""
CONTENTS = [Sample("raw", b"a MARKER"), Sample("wide", "a MARKER".encode("utf-16-le")), Sample("none", b"words")]


def test_both_engines_agree_on_plain_rules() -> None:
    pytest.importorskip("yara_x", reason="yara-x is not installed")
    opinion = second_opinion(book_of(yara_file(RULES)), CONTENTS)
    assert (opinion.asked, opinion.differing, opinion.refused, opinion.silent) == (3, (), (), "")
    assert opinion.engine.startswith("yara-x ")


def test_a_difference_names_the_content_the_rule_and_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    book = book_of(yara_file(RULES))
    (file,) = book.yara
    answer = {
        "version": "1",
        "refused": [],
        "matches": [[], [(file.namespace, "broad"), (file.namespace, "shape")], []],
    }
    monkeypatch.setattr(module, "_ask", lambda *_: answer)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: True)
    assert second_opinion(book, CONTENTS).differing == (
        ("raw", "test.shape", "yara-python"),
        ("wide", "test.shape", "yara-x"),
    )


def test_contents_beyond_the_bound_are_counted_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("yara_x", reason="yara-x is not installed")
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    opinion = second_opinion(book_of(yara_file(RULES)), CONTENTS)
    assert (opinion.asked, opinion.left_out) == (1, 2)


def test_an_engine_that_does_not_end_is_given_up_with_a_word() -> None:
    pytest.importorskip("yara_x", reason="yara-x is not installed")
    assert second_opinion(book_of(yara_file(RULES)), CONTENTS, seconds=0.001).silent == "yara-x did not end in 0.001 s"


def test_an_engine_that_dies_is_named_with_its_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("yara_x", reason="yara-x is not installed")
    monkeypatch.setattr(module, "_START", "import sys; sys.exit('out of memory')")
    assert second_opinion(book_of(yara_file(RULES)), CONTENTS).silent == "yara-x failed: out of memory"


def test_without_the_library_there_is_no_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yara_x", None)
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    assert "not installed" in second_opinion(book_of(yara_file(RULES)), CONTENTS).silent

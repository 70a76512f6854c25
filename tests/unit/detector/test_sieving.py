"""A look at the raw bytes stands for a scan by the changed rules only where such a scan would say the same."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detection.detector import Detector, build_detector
from scanner.detection.killable import KillableDetector
from scanner.detection.knowing import is_calm, updated
from scanner.detection.sieving import is_of_bytes, is_plain, may_match, untouched
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.known import Difference
from scanner.domain.limits import Limits
from scanner.domain.rules import RuleKind
from scanner.rulebook.narrowing import narrowed
from tests.unit.detector.books import book_of, rule_of, yara_file

RULES = """
rule old { strings: $a = "OLD-WORD" condition: $a }
rule fresh { strings: $a = "FRESH-WORD" nocase $b = /ab+c{2,4}d/ condition: any of them }
"""
BOOK = book_of(yara_file(RULES), more=[rule_of("words.test", RuleKind.KEYWORDS)])
CHANGED = Difference(frozenset({"test.fresh"}))


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    built = build_detector(BOOK, Limits())
    yield built
    built.close()


@pytest.fixture(scope="module")
def narrow() -> Iterator[Detector]:
    built = build_detector(narrowed(BOOK, {"test.fresh"}), Limits())
    yield built
    built.close()


WORDS = st.sampled_from([b"OLD-WORD", b"fresh-word", b"FRESH", b"abbccd", b"abcd", b"<html>", b"x", b" "])


@given(st.lists(WORDS, max_size=6), st.sampled_from(["text/plain", "text/html", ""]))
def test_a_look_says_what_a_scan_by_the_changed_rules_says(
    detector: Detector, narrow: Detector, words: list[bytes], kind: str
) -> None:
    sample = Sample("a.txt", b"".join(words), kind)
    known = detector.detect(sample)
    if is_plain(known, CHANGED, detector) and not may_match(narrow, sample.data):
        assert untouched(known, CHANGED, detector) == updated(known, narrow.detect(sample), CHANGED, detector)
    assert may_match(narrow, sample.data) or not narrow.detect(sample).findings


@given(st.lists(WORDS, max_size=6), st.sampled_from(["text/plain", "text/html", ""]))
def test_a_calm_content_that_changed_rules_cannot_match_is_calm_under_them(
    detector: Detector, narrow: Detector, words: list[bytes], kind: str
) -> None:
    sample = Sample("a.txt", b"".join(words), kind)
    known = detector.detect(sample)
    if is_calm(known) and is_of_bytes(CHANGED, detector) and not may_match(narrow, sample.data):
        fresh = updated(known, narrow.detect(sample), CHANGED, detector)
        assert fresh is not None
        assert is_calm(fresh)


def test_what_lists_allowed_or_a_flood_cut_is_not_calm(detector: Detector) -> None:
    known = detector.detect(Sample("a.txt", b"fine", "text/plain"))
    assert is_calm(known)
    for note in ("allowed by lists.ours: sha256 ab", "3 more findings of the same rules are not listed"):
        assert not is_calm(replace(known, coverage=replace(known.coverage, notes=(note,))))
    assert not is_calm(replace(known, finding_count=1))
    assert not is_calm(detector.detect(Sample("a.txt", b"OLD-WORD", "text/plain")))


def test_only_yara_rules_over_one_whole_view_are_looked_for_so(detector: Detector) -> None:
    known = detector.detect(Sample("a.txt", b"fine", "text/plain"))
    assert is_plain(known, CHANGED, detector)
    assert not is_plain(known, replace(CHANGED, whole=True), detector)
    assert not is_plain(known, Difference(frozenset({"words.test"})), detector)
    assert not is_plain(known, Difference(frozenset({"nobody.knows"})), detector)
    cut = replace(known, coverage=replace(known.coverage, gaps=(Gap(Reason.OVER_SIZE),)))
    assert not is_plain(cut, CHANGED, detector)


def test_what_was_opened_is_not_looked_at_so(detector: Detector) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("inside.txt", "FRESH-WORD")
    assert not is_plain(detector.detect(Sample("a.zip", packed.getvalue())), CHANGED, detector)


def test_a_rule_without_a_literal_may_match_everything() -> None:
    built = build_detector(book_of(yara_file("rule tiny { condition: filesize < 9 }")), Limits())
    assert may_match(built, b"anything")
    assert may_match(build_detector(BOOK, Limits(), prefilter=False), b"anything")


def test_many_are_looked_at_in_the_scanner(narrow: Detector) -> None:
    made = KillableDetector(narrow)
    try:
        assert made.may_match([b"fine", b"a FRESH-word", b"", b"x" * 9_000_000]) == [False, True, False, True]
        assert made.kills == 0
    finally:
        made._end()


def test_a_scanner_that_is_lost_over_it_rules_nothing_out(narrow: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    made = KillableDetector(narrow)
    monkeypatch.setattr("scanner.detection.child.may_match", lambda *_: 1 / 0)
    try:
        assert made.may_match([b"fine", b"fine too"]) == [True, True]
        assert made.kills == 1
        monkeypatch.undo()
        assert made.may_match([b"fine"]) == [False]
    finally:
        made._end()

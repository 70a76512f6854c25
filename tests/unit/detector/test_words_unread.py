"""What the keyword half could not judge to its end is a gap: such a content is never clean."""

import pytest

from scanner.detection.clock import NoClock
from scanner.detection.detector import build_detector
from scanner.detection.unpack.views import View
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reach, Reason
from scanner.domain.limits import Limits
from scanner.domain.rules import RuleFile
from scanner.keywords.matcher import Looked, Matcher
from tests.unit.detector.books import book_of

PACK = """schema: 1
pack: test
version: 2026.11.1
rules:
- id: test.words
  clause: 3.1.3.7
  severity: high
  confidence: high
  ceiling: review
  status: review
  description: words
  author: tests
  reference: own
  terms: {a: [娱乐城平台]}
  when: a
  tests: {hit: ['娱乐城平台'], miss: ['平台', '娱乐']}
"""
WORDS = RuleFile("keywords/test.yaml", "test", PACK, {})


def test_a_flood_of_words_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = build_detector(book_of(keywords=[WORDS]), Limits(), cage_mode="off")
    monkeypatch.setattr(Matcher, "look", lambda self, views: Looked((), ("rule x not judged to the end",)))
    coverage = detector.detect(Sample("a.txt", b"some words")).coverage
    assert Gap(Reason.TIMEOUT, "", "rule x not judged to the end") in coverage.gaps
    assert coverage.reach is Reach.PARTIAL


def test_a_script_put_together_is_judged_once_by_the_keywords() -> None:
    detector = build_detector(book_of(keywords=[WORDS]), Limits(), cage_mode="off")
    found = detector.detect(Sample("a.php", b"<?php $f='as'.'sert'; $f($_POST['x']);"))
    assert [view.reader for view in found.coverage.views] == ["raw", "plain-script"]
    assert found.coverage.gaps == ()


def test_a_text_whose_time_is_over_is_read_in_part_and_what_was_found_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = build_detector(book_of(keywords=[WORDS]), Limits(text_chars=200_000), cage_mode="off")
    judging = detector.judging(1_000.0, NoClock())
    pieces = iter((990.0, 991.0, 993.0, 996.5))  # the fourth would begin at 996.5 and end at 1,000
    monkeypatch.setattr("scanner.detection.judging.time.monotonic", lambda: next(pieces))
    text = "娱乐城平台 ".encode() + "普通文字 ".encode() * 60_000
    hits, _, unread = judging.words(View("", text, "text", frozenset({"text"})))
    assert [hit.rule for hit in hits] == ["test.words"]
    assert unread == ("no time for the text from byte 268,930 on",)

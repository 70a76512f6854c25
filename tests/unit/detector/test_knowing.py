"""Known detections brought up to date by the changed rules only: held against a full scan, the plain oracle."""

import datetime
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.detector import Detector, build_detector
from scanner.detection.knowing import edition_of, libraries, named, rejudged, rule_digests, updated, way_of
from scanner.domain.content import Sample
from scanner.domain.coverage import Gap, Reason
from scanner.domain.findings import Severity
from scanner.domain.known import Difference, content_ids, is_keepable, is_opened, nameless, since
from scanner.domain.limits import Limits
from scanner.domain.rules import HashEntry, Rulebook, RuleFile, RuleKind
from scanner.domain.verdicts import Detection
from scanner.rulebook.narrowing import narrowed
from tests.unit.detector.books import CLAUSE, book_of, rule_of, yara_file

TODAY = datetime.date(2026, 6, 1)
WORDS = {"0": "never", "1": "alpha-one", "2": "beta-two"}
HAN = {"1": "澳门新葡京娱乐城", "2": "金沙贵宾厅送彩金"}
SOUNDS = ("奥门新葡京娱乐城", "金沙贵冰厅送彩金", "端信代罚")  # other hanzi of the same sound
BASE = 'rule base { strings: $b = "alpha" condition: $b }'
DENIED = Sample("x", b"denied bytes")

Versions = tuple[str, str, str, str]  # of the rules one, leaning, words and list; "0" is absent


def _pack(word: str) -> str:
    return f"""
schema: 1
pack: test
version: 2026.1.1
rules:
- id: words.casino
  clause: {CLAUSE}
  severity: high
  confidence: high
  ceiling: review
  status: review
  description: A casino by name
  author: tests
  reference: none
  window: 200
  terms:
    venue: [{word}]
  when: venue
  tests: {{hit: ['{word}'], miss: ['天气', '新闻']}}
- id: words.posting
  clause: {CLAUSE}
  severity: high
  confidence: high
  ceiling: review
  status: review
  description: Bulk posting
  author: tests
  reference: none
  terms:
    what: [短信]
    offer: [代发, 真人]
  when: what and offer
  tests: {{hit: ['短信代发'], miss: ['天气', '新闻']}}
"""


def _book(versions: Versions) -> Rulebook:
    one, leaning, words, listed = versions
    rules = [f"private {BASE}"]
    if one != "0":
        rules.append(f'rule one {{ strings: $a = "{WORDS[one]}" condition: $a }}')
    if leaning != "0":
        rules.append(f'rule leaning {{ strings: $a = "{WORDS[leaning]}" condition: base and $a }}')
    rules.append('rule always { strings: $a = "gamma" condition: $a }')
    packs = [RuleFile("keywords/test.yaml", "test", _pack(HAN[words]))] if words != "0" else []
    digest = "1a" * 32 if listed == "2" else hashlib.sha256(DENIED.data).hexdigest()
    lists = [HashEntry("sha256", digest, "lists.deny")] if listed != "0" else []
    more = [rule_of(f"words.{name}", RuleKind.KEYWORDS) for name in ("casino", "posting")] if packs else []
    more += [rule_of("lists.deny", RuleKind.HASH)] if lists else []
    book = book_of(yara_file("\n".join(rules)), keywords=packs, hashes=lists, more=more)
    revisions = {"test.one": one, "test.leaning": leaning, "words.casino": words}
    graded = {
        name: replace(rule, revision=revisions.get(name, "r1"), severity=Severity.LOW if one == "2" else rule.severity)
        for name, rule in book.rules.items()
    }
    return replace(book, rules=graded, digest="".join(versions) * 16)


_built: dict[tuple[Versions, frozenset[str]], Detector] = {}


@pytest.fixture(autouse=True, scope="module")
def _closing() -> Iterator[None]:
    """Every detector's parser ends with the module."""
    yield
    for detector in _built.values():
        detector.close()
    _built.clear()


def _narrow(versions: Versions, wanted: frozenset[str]) -> Detector:
    key = versions, wanted
    if key not in _built:
        book = narrowed(_book(versions), wanted) if wanted else _book(versions)
        _built[key] = build_detector(book, Limits(), cage_mode="off")
    return _built[key]


def _detector(versions: Versions) -> Detector:
    return _narrow(versions, frozenset())


def _delta(old: Versions, new: Versions, sample: Sample) -> Detection | None:
    before, after = _detector(old), _detector(new)
    known = nameless(before.detect(sample))
    difference = since(edition_of(before, TODAY, ""), edition_of(after, TODAY, ""))
    if not difference.changed:
        found = rejudged(known, difference, after)
    else:
        found = updated(known, _narrow(new, difference.changed).detect(sample), difference, after)
    return named(after, found, sample) if found is not None else None


versions_ = st.tuples(*[st.sampled_from("012")] * 4)
texts = st.lists(st.sampled_from(["alpha-one", "beta-two", "gamma", "alpha", *HAN.values(), *SOUNDS, "\n"]), max_size=6)


def _zip(text: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("in/澳门新葡京娱乐城.txt", text)
        archive.writestr("beta-two.php", "<?php " + text)
    return body.getvalue()


@settings(max_examples=120, deadline=None)
@given(
    versions_,
    versions_,
    texts,
    st.sampled_from(["a.txt", "b/澳门新葡京娱乐城.php", "c.zip", "金沙贵宾厅送彩金"]),
    st.booleans(),
)
def test_a_delta_gives_what_a_full_scan_gives(
    old: Versions, new: Versions, words: list[str], name: str, packed: bool
) -> None:
    text = " ".join(words)
    sample = Sample(name, _zip(text) if packed else text.encode())
    found, full = _delta(old, new, sample), _detector(new).detect(sample)
    if (old[2] == "0") != (new[2] == "0"):  # an engine came or went
        assert found is None
        return
    assert found is not None
    assert found.findings == full.findings
    assert found.finding_count == full.finding_count
    assert replace(found.coverage, notes=()) == replace(full.coverage, notes=())
    assert sorted(found.coverage.notes) == sorted(full.coverage.notes)
    assert found.content == full.content


def test_a_hash_list_that_changed_is_a_changed_rule() -> None:
    assert _delta(("1", "1", "1", "2"), ("1", "1", "1", "1"), DENIED) == _detector(("1", "1", "1", "1")).detect(DENIED)


def test_an_entry_that_expired_changes_its_rule() -> None:
    entry = HashEntry("sha256", "ab" * 32, "lists.deny", expires="2026-06-01")
    book = book_of(hashes=[entry], more=[rule_of("lists.deny", RuleKind.HASH)])
    assert rule_digests(book, TODAY) != rule_digests(book, TODAY + datetime.timedelta(days=1))


def test_an_entry_that_is_switched_on_again_changes_its_rule() -> None:
    entry = HashEntry("sha256", "ab" * 32, "lists.deny", off_until=(TODAY + datetime.timedelta(days=1)).isoformat())
    book = book_of(hashes=[entry], more=[rule_of("lists.deny", RuleKind.HASH)])
    assert rule_digests(book, TODAY) != rule_digests(book, TODAY + datetime.timedelta(days=1))


def test_a_global_rule_changes_every_rule_of_its_file() -> None:
    texts = [f"global private rule g {{ condition: filesize > {n} }}\nrule r {{ condition: true }}" for n in (1, 2)]
    first, second = (rule_digests(book_of(yara_file(text)), TODAY) for text in texts)
    assert first["test.r"] != second["test.r"]


def test_another_grade_is_no_other_rule() -> None:
    book = _book(("1", "1", "1", "1"))
    graded = replace(book, rules={k: replace(r, severity=Severity.LOW) for k, r in book.rules.items()})
    assert rule_digests(book, TODAY) == rule_digests(graded, TODAY)


def test_a_gap_that_may_come_of_a_flood_of_matches_is_scanned_in_full() -> None:
    versions: Versions = ("1", "1", "1", "1")
    detector, sample = _detector(versions), Sample("a.txt", b"alpha-one")
    plain = detector.detect(sample)
    gap = Gap(Reason.OVER_SIZE, "", "more matches than are counted: test.one")
    flooded = replace(plain, coverage=replace(plain.coverage, gaps=(gap,)))
    difference = Difference(frozenset({"test.one"}))
    fresh = _narrow(versions, difference.changed).detect(sample)
    assert updated(plain, fresh, difference, detector) is not None
    assert updated(flooded, fresh, difference, detector) is None
    assert rejudged(flooded, Difference(removed=frozenset({"test.one"})), detector) is None


def test_other_bytes_than_the_known_ones_are_no_ground_for_a_delta() -> None:
    versions: Versions = ("1", "1", "1", "1")
    detector, difference = _detector(versions), Difference(frozenset({"test.one"}))
    old = nameless(detector.detect(Sample("a.txt", b"one")))
    fresh = _narrow(versions, difference.changed).detect(Sample("a.txt", b"two"))
    assert updated(old, fresh, difference, detector) is None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (Sample("a/b.123", b"x"), Sample("c/d.456", b"x"), True),
        (Sample("a.php", b"x"), Sample("a.txt", b"x"), False),
        (Sample("a", b"x", "text/html"), Sample("a", b"x", "text/plain"), False),
        (Sample("a", b"x", "text/html; charset=gbk"), Sample("a", b"x", "text/html; charset=big5"), False),
        (Sample("a", b"x", "", "gzip"), Sample("a", b"x"), False),
    ],
)
def test_a_way_is_the_extension_and_the_headers(left: Sample, right: Sample, same: bool) -> None:
    assert (way_of(left) == way_of(right)) is same


def test_a_content_that_was_opened_is_known_by_its_last_name_too() -> None:
    detection = _detector(("1", "1", "1", "1")).detect(Sample("a.zip", _zip("x")))
    assert is_opened(detection.coverage)
    assert is_keepable(detection)
    plain, tailed = content_ids("ab", "way", "x/a.zip")
    assert content_ids("ab", "way", "y/b.zip")[0] == plain
    assert content_ids("ab", "way", "y/b.zip")[1] != tailed


def test_a_password_more_makes_another_edition_of_everything() -> None:
    book = book_of(yara_file(BASE))
    plain, tried = (edition_of(build_detector(book, Limits(), passwords=words), TODAY, "") for words in ((), ("k",)))
    assert since(plain, tried).whole


def test_another_version_of_what_reads_contents_makes_another_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    before = libraries()
    assert "pypdfium2=" in before
    monkeypatch.setattr("scanner.detection.knowing.version", lambda _name: "9.9")
    assert libraries() != before


@pytest.mark.parametrize("names", [("eml", "dir/eml", "eml."), ("a.br", "b.c.br", "a.br.")])
def test_a_content_is_read_alike_under_names_that_count_as_one(names: tuple[str, ...]) -> None:
    body = b"<img src='data:text/plain,x'>\nContent-Transfer-Encoding: base64\n\nPHA+YWxwaGEtb25lPC9wPg==\n"
    detector = build_detector(_book(("1", "0", "0", "0")), Limits())
    by_way: dict[str, set[str]] = {}
    for name in names:
        sample = Sample(name, body)
        seen = detector.detect(sample)
        told = repr(
            (seen.findings, [view.reader for view in seen.coverage.views], [gap.reason for gap in seen.coverage.gaps])
        )
        by_way.setdefault(way_of(sample), set()).add(told)
    assert [len(told) for told in by_way.values()] == [1] * len(by_way)

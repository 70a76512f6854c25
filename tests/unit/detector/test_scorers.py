"""The rulebook's scorers in detection: over the texts that keyword rules see, counted and judging nothing."""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner.detection import magicword
from scanner.detection.bundle import bundle_key
from scanner.detection.detector import Detector, build_detector
from scanner.detection.judging import is_in_sample
from scanner.detection.knowing import edition_of, updated
from scanner.detection.words import MOST_SCORED, OUT_OF_SAMPLE
from scanner.domain.content import Sample
from scanner.domain.known import since
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook, RuleFile, RuleKind, RuleStatus
from scanner.domain.verdicts import Standing, judge
from scanner.keywords.scorer_panel import Bench, Reached
from scanner.rulebook.narrowing import narrowed
from tests.unit.detector.books import book_of, rule_of

SHIPPED = Path(__file__).parents[3] / "rules" / "scorers"
OVER = {
    "fraud.scorer-zh": "一部手机赚钱月入",
    "gambling.scorer-zh": "澳门平台开户注册送彩金彩票棋牌电子捕鱼提款博彩体育首存充值",
    "illicit-trade.scorer-zh": "货到付款发票代开",
    "sexual.scorer-zh": "约炮小姐",
    "spam.scorer-en": "URGENT! You have won a FREE prize worth £2,000! Txt the word CLAIM to No 81010 now, T&C apply",
}
ORDINARY = "今天我们一家人去公园散步，孩子们在湖边喂鸭子。 The meeting is moved to Thursday; please bring the minutes."
TODAY = date(2026, 6, 1)
EVERY = Limits(nursery_sample=1)  # scorers in the nursery read every content


def scoring_book(status: RuleStatus = RuleStatus.NURSERY) -> Rulebook:
    """A rulebook of the shipped scorers alone."""
    files = [
        RuleFile(f"scorers/{path.name}", path.stem, path.read_text("utf-8")) for path in sorted(SHIPPED.glob("*.yaml"))
    ]
    ids = {file.path: next(line[4:] for line in file.text.splitlines() if line.startswith("id: ")) for file in files}
    rules = [replace(rule_of(ids[file.path], RuleKind.SCORER), status=status, file=file.path) for file in files]
    return replace(book_of(more=rules), scorers=tuple(files))


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    built = build_detector(scoring_book(), EVERY, cage_mode="off")
    yield built
    built.close()


@pytest.mark.parametrize("rule", OVER)
def test_a_text_over_a_shipped_scorers_threshold_gives_its_finding(rule: str, detector: Detector) -> None:
    head, text = "。" * 3, OVER[rule]
    data = (head + text).encode()
    found = {finding.rule: finding for finding in detector.detect(Sample("a.txt", data)).findings}
    assert rule in found
    assert found[rule].offset is not None
    assert found[rule].detail.startswith("score ")
    assert set(text[:4]) & set(found[rule].excerpt)


def test_an_ordinary_text_gives_no_score_finding(detector: Detector) -> None:
    assert detector.detect(Sample("a.txt", ORDINARY.encode())).findings == ()


def test_a_page_is_scored_by_what_it_shows(detector: Detector) -> None:
    page = f"<html><body><p>{OVER['spam.scorer-en'].replace(' ', ' <i></i>')}</p></body></html>".encode()
    found = detector.detect(Sample("a.html", page)).findings
    assert [(finding.rule, str(finding.layer)) for finding in found] == [("spam.scorer-en", "text")]


def test_a_member_of_an_archive_is_scored_at_its_path(detector: Detector) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.txt", OVER["spam.scorer-en"])
    found = detector.detect(Sample("a.zip", body.getvalue())).findings
    assert [(finding.rule, finding.path) for finding in found] == [("spam.scorer-en", "a.txt")]


def test_families_without_prose_cost_no_scoring(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    scored: list[str] = []

    def windows(self: Bench, folded: str) -> Iterator[Reached]:
        scored.append(folded)
        yield from ()

    monkeypatch.setattr(Bench, "windows", windows)
    detector.detect(Sample("a.mp3", b"ID3\x03\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 200))
    detector.detect(Sample("a.php", b"<?php echo 'URGENT! You have won';"))
    assert scored == []
    detector.detect(Sample("a.txt", b"words of a text"))
    assert scored == ["wordsofatext"]


@pytest.mark.parametrize(
    ("status", "standing"), [(RuleStatus.NURSERY, Standing.CLEAN), (RuleStatus.REVIEW, Standing.SUSPECT)]
)
def test_a_scorer_in_the_nursery_is_counted_and_never_judges(
    status: RuleStatus, standing: Standing, detector: Detector
) -> None:
    detection = detector.detect(Sample("a.txt", OVER["spam.scorer-en"].encode()))
    verdict = judge(detection, scoring_book(status))
    assert (verdict.standing, len(verdict.findings)) == (standing, 1)


@pytest.mark.parametrize(("status", "asked"), [(RuleStatus.NURSERY, 0), (RuleStatus.SHADOW, 1)])
def test_libmagic_is_not_asked_for_what_is_only_counted(
    status: RuleStatus, asked: int, detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[bytes] = []

    def description(data: bytes) -> str:
        words.append(data)
        return "a word"

    monkeypatch.setattr(magicword, "description", description)
    built = Detector(scoring_book(status), EVERY, detector.bundle, "off")
    detection = built.detect(Sample("a.txt", OVER["spam.scorer-en"].encode()))
    assert len(detection.findings) == 1
    assert len(words) == asked
    assert ("libmagic: a word" in detection.coverage.notes) == bool(asked)


def test_scorers_are_part_of_the_bundle_and_of_the_engines() -> None:
    book = scoring_book()
    none = replace(book, scorers=())
    assert bundle_key(book, 10, sieve=False) != bundle_key(none, 10, sieve=False)
    built, plain = build_detector(book, EVERY, cage_mode="off"), build_detector(none, EVERY, cage_mode="off")
    assert set(built.stamp.engines) - set(plain.stamp.engines) == {"scorers/1"}
    assert edition_of(built, TODAY, "code").base != edition_of(plain, TODAY, "code").base


def test_a_changed_scorer_alone_brings_a_known_detection_up_to_date() -> None:
    """Held against a full scan: what the scorer found before goes, what it finds now comes."""
    old, sample = scoring_book(), Sample("a.txt", OVER["spam.scorer-en"].encode())
    text = next(file.text for file in old.scorers if file.path == "scorers/spam-en.yaml")
    strict = [replace(f, text=f.text.replace("threshold: 0.984", "threshold: 1.0")) for f in old.scorers]
    rules = {
        name: replace(rule, revision="r2" if name == "spam.scorer-en" else "r1") for name, rule in old.rules.items()
    }
    new = replace(old, scorers=tuple(strict), rules=rules, digest="e" * 64)
    before, after = (build_detector(book, EVERY, cage_mode="off") for book in (old, new))
    difference = since(edition_of(before, TODAY, "code"), edition_of(after, TODAY, "code"))
    few = narrowed(new, difference.changed)
    fresh = build_detector(few, EVERY, cage_mode="off").detect(sample)
    assert [file.path for file in few.scorers] == ["scorers/spam-en.yaml"]
    assert "threshold: 0.984" in text
    assert updated(before.detect(sample), fresh, difference, after) == after.detect(sample)


def test_a_text_longer_than_a_message_is_passed_over_and_the_coverage_says_so(detector: Detector) -> None:
    long = detector.detect(Sample("a.txt", ("word " * MOST_SCORED + OVER["spam.scorer-en"]).encode()))
    assert long.findings == ()
    assert any(note.startswith("not scored") for note in long.coverage.notes)
    assert not any(
        note.startswith("not scored") for note in detector.detect(Sample("a.txt", ORDINARY.encode())).coverage.notes
    )


def _in_and_out(one_in: int) -> tuple[Sample, Sample]:
    """The same message with another ending: one content that is in the sample, one that is not."""
    text = OVER["spam.scorer-en"]
    samples = [Sample("a.txt", f"{text} {number}".encode()) for number in range(200)]
    drawn = [is_in_sample(hashlib.sha256(sample.data).hexdigest(), one_in) for sample in samples]
    return samples[drawn.index(True)], samples[drawn.index(False)]


def test_scorers_in_the_nursery_read_a_sample_of_contents_and_the_coverage_says_which() -> None:
    built = build_detector(scoring_book(), Limits(nursery_sample=16), cage_mode="off")
    inside, outside = (built.detect(sample) for sample in _in_and_out(16))
    assert ([finding.rule for finding in inside.findings], OUT_OF_SAMPLE in inside.coverage.notes) == (
        ["spam.scorer-en"],
        False,
    )
    assert (outside.findings, OUT_OF_SAMPLE in outside.coverage.notes) == ((), True)


def test_a_scorer_that_left_the_nursery_reads_every_content() -> None:
    built = build_detector(scoring_book(RuleStatus.REVIEW), Limits(nursery_sample=16), cage_mode="off")
    for sample in _in_and_out(16):
        detection = built.detect(sample)
        assert [finding.rule for finding in detection.findings] == ["spam.scorer-en"]
        assert OUT_OF_SAMPLE not in detection.coverage.notes


def test_members_of_one_archive_are_in_the_sample_together() -> None:
    built = build_detector(scoring_book(), Limits(nursery_sample=2), cage_mode="off")
    for salt in range(12):
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            for number in range(4):
                archive.writestr(f"{number}.txt", f"{OVER['spam.scorer-en']} {number} {salt}")
        drawn = is_in_sample(hashlib.sha256(body.getvalue()).hexdigest(), 2)
        assert len(built.detect(Sample("a.zip", body.getvalue())).findings) == (4 if drawn else 0)


def test_a_scorer_that_leaves_the_nursery_counts_as_changed() -> None:
    before, after = (
        edition_of(build_detector(scoring_book(status), Limits(), cage_mode="off"), TODAY, "code")
        for status in (RuleStatus.NURSERY, RuleStatus.REVIEW)
    )
    assert set(since(before, after).changed) == set(OVER)

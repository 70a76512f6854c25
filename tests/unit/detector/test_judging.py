"""What becomes of views: names, hash lists, large texts, floods, notes, places."""

import datetime
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.detection.bundle import Bundle, open_bundle
from scanner.detection.chunks import OVERLAP, chunks
from scanner.detection.clock import NoClock
from scanner.detection.detector import Detector
from scanner.detection.engine.reporting import printable, printable_text
from scanner.detection.hashes import in_force
from scanner.detection.judging import MOST_HELD, Judging
from scanner.detection.reading import sha256_of
from scanner.detection.unpack.views import View
from scanner.domain.content import Sample
from scanner.domain.coverage import Reach, Reason
from scanner.domain.findings import Layer
from scanner.domain.limits import Limits
from scanner.domain.rules import HashEntry, Rulebook, RuleFile, RuleKind
from tests.unit.detector.books import CLAUSE, book_of, rule_of, yara_file

YARA = """
rule marker { strings: $m = "EVIL-MARKER" condition: $m }
rule two { strings: $a = "first-part" $b = "second-part" condition: all of them }
rule shape { condition: filesize == 7 }
"""
PACK = f"""
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
    venue: [澳门新葡京娱乐城]
  when: venue
  tests: {{hit: ['澳门新葡京娱乐城'], miss: ['天气', '新闻']}}
"""
TODAY = datetime.date(2026, 6, 1)


def book(**more: object) -> Rulebook:
    extra = [
        rule_of("words.casino", RuleKind.KEYWORDS),
        rule_of("lists.deny", RuleKind.HASH),
        rule_of("lists.allow", RuleKind.HASH),
    ]
    keywords = [RuleFile("keywords/test.yaml", "test", PACK)]
    return book_of(yara_file(YARA), keywords=keywords, more=extra, **more)  # type: ignore[arg-type]


Make = Callable[..., Detector]


@pytest.fixture
def make() -> Make:
    def build(rules: Rulebook | None = None, **changes: object) -> Detector:
        limits = replace(Limits(), **changes)  # type: ignore[arg-type]
        rules = rules or book()
        return Detector(rules, limits, _bundle(), "off", today=lambda: TODAY)

    return build


@cache
def _bundle() -> Bundle:
    """Hash lists are no part of it, so one does for all."""
    return open_bundle(book(), 1_000)


def test_the_objects_key_is_read_and_has_no_place(make: Make) -> None:
    (finding,) = make().detect(Sample("promo/澳门新葡京娱乐城.txt", b"none")).findings[:1]
    assert (finding.rule, finding.layer, finding.path, finding.offset) == ("words.casino", Layer.NAME, "", None)


def test_yara_is_not_asked_of_names(make: Make) -> None:
    assert make().detect(Sample("EVIL-MARKER.txt", b"x")).findings == ()


def test_words_are_found_where_they_stand(make: Make) -> None:
    data = "你好，澳门新葡京娱乐城欢迎你".encode("gb18030")
    (finding,) = make().detect(Sample("a.txt", data)).findings
    assert finding.offset is not None
    assert data[finding.offset : finding.offset + finding.length].decode("gb18030") == "澳门新葡京娱乐城"
    assert (finding.clause, finding.revision) == (CLAUSE, "r1")


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16"])
def test_a_word_on_the_border_of_two_pieces_of_a_large_text_is_found_where_it_stands(codec: str, make: Make) -> None:
    size = 200_000
    word = "澳门新葡京娱乐城"
    for shift in range(-40, 40, 7):
        filler = "天" * (
            (size + shift) // len("天".encode(codec.removesuffix("16") + ("16-le" if codec == "utf-16" else "")))
        )
        data = (filler + word + "天" * 200_000).encode(codec)
        sample = Sample("a.txt", data, f"text/plain; charset={codec}")
        found = make(text_chars=size).detect(sample).findings
        assert [f.rule for f in found] == ["words.casino"]
        assert found[0].offset == data.index(word.encode(codec if codec != "utf-16" else "utf-16-le"))


def test_pieces_of_a_large_view_cover_it_and_overlap() -> None:
    data = random.Random(1).randbytes(1_000_000)
    view = View("", data, "text", frozenset({"text"}))
    parts = list(chunks(view, 300_000))
    assert all(data[begin : begin + len(part.data)] == part.data for part, begin in parts)
    ends = [begin + len(part.data) for part, begin in parts]
    assert parts[0][1] == 0
    assert ends[-1] == len(data)
    assert all(end - following[1] >= OVERLAP - 8 for end, following in zip(ends, parts[1:], strict=False))


def test_a_denied_hash_is_a_finding_and_an_allowed_one_hides_nothing(make: Make) -> None:
    data = b"EVIL-MARKER"
    digest = sha256_of(data)
    entries = [HashEntry("sha256", digest, "lists.deny"), HashEntry("sha256", digest, "lists.allow", allow=True)]
    detection = make(book(hashes=entries)).detect(Sample("a.bin", data))
    assert [f.rule for f in detection.findings] == ["lists.deny", "test.marker"]
    assert detection.findings[0].length == len(data)
    assert any(note.startswith("allowed by lists.allow") for note in detection.coverage.notes)


def test_a_hash_entry_ends_with_its_day_and_is_rolled_out_by_content() -> None:
    digest = sha256_of(b"x")
    assert in_force(HashEntry("sha256", digest, "r", expires="2026-06-01"), digest, TODAY)
    assert not in_force(HashEntry("sha256", digest, "r", expires="2026-05-31"), digest, TODAY)
    drawn = [in_force(HashEntry("sha256", "", "r", rollout=0.25), sha256_of(bytes([n])), TODAY) for n in range(256)]
    assert 40 <= sum(drawn) <= 90
    assert not in_force(HashEntry("sha256", digest, "r", rollout=0.0), digest, TODAY)


def test_pictures_alike_are_found_within_their_distance(make: Make) -> None:
    entries = [HashEntry("pdq", "0" * 64, "lists.deny", distance=31)]
    hashes = make(book(hashes=entries))._hashes
    near, far = f"{(1 << 31) - 1:064x}", f"{(1 << 32) - 1:064x}"
    assert [distance for _, distance in hashes.alike(near, sha256_of(b"x"), TODAY)] == [31]
    assert list(hashes.alike(far, sha256_of(b"x"), TODAY)) == []


def test_a_rule_without_strings_points_at_the_whole_view(make: Make) -> None:
    (finding,) = make().detect(Sample("a.bin", b"1234567")).findings
    assert (finding.rule, finding.offset, finding.length) == ("test.shape", 0, 7)


def test_a_flood_of_findings_is_counted_and_leaves_room_for_other_rules(make: Make) -> None:
    detector = make(finding_count=5)
    judging = detector.judging(1e18, NoClock())
    for number in range(MOST_HELD + 50):
        judging.view(View(f"m{number}", b"EVIL-MARKER", "text", frozenset({"text"})))
    judging.view(View("last", b"first-part second-part", "text", frozenset({"text"})))
    assert judging.dropped == 50
    assert "test.two" in {finding.rule for finding in judging.findings}


def test_only_so_many_findings_are_kept_and_all_are_counted(make: Make) -> None:
    detection = make(finding_count=1).detect(Sample("a.txt", b"EVIL-MARKER first-part second-part"))
    assert len(detection.findings) == 1
    assert detection.finding_count == 2


def test_views_after_the_deadline_are_a_gap(make: Make) -> None:
    judging = make().judging(0.0, NoClock())
    judging.view(View("", b"EVIL-MARKER", "text", frozenset({"text"})))
    judging.names("a.txt", ())
    assert {gap.reason for gap in judging.gaps} == {Reason.TIMEOUT}
    assert judging.findings == []


def test_the_same_bytes_seen_twice_are_asked_once_and_told_at_both_places(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging = make().judging(1e18, NoClock())
    asked: list[str] = []
    real = Judging.ask
    monkeypatch.setattr(Judging, "ask", lambda self, view: asked.append(view.path) or real(self, view))
    for path in ("a", "b", "a"):
        judging.view(View(path, b"EVIL-MARKER", "text", frozenset({"text"})))
    assert asked == ["a"]
    assert sorted(finding.path for finding in judging.findings) == ["a", "b"]


def test_the_coverage_names_rules_engines_limits_and_views(make: Make) -> None:
    detector = make()
    coverage = detector.detect(Sample("a.txt", b"plain")).coverage
    assert coverage.reach is Reach.FULL
    assert coverage.rules_run == 6
    assert coverage.rulebook_digest == "d" * 64
    assert coverage.limits_digest == Limits().digest
    assert [word.split("/")[0].split(" ")[0] for word in coverage.engines] == ["yara-python", "hyperscan", "keywords"]
    assert [(view.layer, view.size, view.reader) for view in coverage.views] == [("raw", 5, "raw")]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.sampled_from(
            [b"EVIL-MARKER", b"first-part", b"second-part", b"\0\xff", "澳门新葡京娱乐城".encode(), b" x "]
        ),
        max_size=8,
    )
)
def test_every_hit_points_at_its_bytes_and_order_does_not_matter(make: Make, parts: list[bytes]) -> None:
    data = b"-".join(parts)
    detector = make()
    found = detector.detect(Sample("a.txt", data)).findings
    for finding in found:
        assert finding.offset is not None
        bytes_there = data[finding.offset : finding.offset + finding.length]
        assert bytes_there == finding.matched.encode() or finding.rule == "test.shape"
        assert len(finding.excerpt) <= Limits().excerpt_chars
        assert finding.excerpt.isprintable()
    assert found == detector.detect(Sample("a.txt", data)).findings


@given(st.binary(max_size=300))
def test_an_excerpt_is_printable_and_bounded(data: bytes) -> None:
    shown = printable(data, 40)
    assert shown.isprintable()
    assert len(shown) <= 40


def test_an_excerpt_shows_letters_and_hides_control_bytes() -> None:
    assert printable("百家乐\x1b[31m red\r\n\tend".encode(), 80) == "百家乐·[31m red end"
    assert printable_text("plain words", 5) == "plain"

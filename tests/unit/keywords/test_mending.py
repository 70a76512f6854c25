"""Words written with other hanzi of the same sound are read as they are meant; ordinary text stays as it is."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.words import keyword_finding
from scanner.domain.findings import Confidence, Layer
from scanner.domain.rules import RuleKind
from scanner.keywords import mending
from scanner.keywords.frequency import benign_counts
from scanner.keywords.matcher import Matcher
from scanner.keywords.mendable import Mend, Spoken, odd_places
from scanner.keywords.mending import Vocabulary, mended, mends_of, words_of
from scanner.keywords.packs import parse_pack
from scanner.text.sounds import sound_forms, sound_text
from scanner.text.views import plain_view, text_views
from tests.unit.detector.books import rule_of

WORDS = ("短信", "代发", "真人荷官", "一单一结", "开户口", "洗钱")
PACK = """
schema: 1
pack: test
version: 1
patterns: {price: '一单\\S{0,4}元'}
rules:
- id: test.posting
  clause: 3.1.3.5.8
  severity: high
  confidence: high
  ceiling: review
  status: review
  description: bulk posting
  author: test
  reference: test
  terms:
    what: [短信, 抖音]
    offer: [代发, {t: 群发, exact: true}]
  when: what and (offer or price)
  tests: {hit: ['短信代发'], miss: ['短信']}
"""


def vocabulary(words: tuple[str, ...] = WORDS) -> Vocabulary:
    return Vocabulary(words)


def plain_mends(text: str, words: tuple[str, ...]) -> list[Mend]:
    """Every word that may be meant anywhere, by the plainest way."""
    odd, sounds = odd_places(Spoken.of(text).ranks), sound_text(text)
    found = []
    for word in words:
        for start in range(len(text) - len(word) + 1):
            end = start + len(word)
            changed = [place for place in range(len(word)) if word[place] != text[start + place]]
            fits = 0 < len(changed) <= len(word) // 2 and all(odd[start + place] for place in changed)
            if fits and sounds[start:end] in sound_forms(word) and text[start:end] not in words:
                found.append((start, end, word))
    return found


LETTERS = "短端断信新心代带发罚法真珍人仁荷河官关一单但但结接开凯户虎口钱前洗喜 a1我们的"


@settings(deadline=None)
@given(st.text(LETTERS, max_size=40))
def test_what_is_mended_is_what_the_plain_way_finds(text: str) -> None:
    candidates, chosen = plain_mends(text, WORDS), mends_of(Spoken.of(text), vocabulary())
    assert set(chosen) <= set(candidates)
    assert bool(chosen) == bool(candidates)
    assert all(one[1] <= other[0] for one, other in pairwise(chosen))
    for start, end, _ in candidates:
        assert any(begin < end and start < stop for begin, stop, _ in chosen)


@settings(deadline=None)
@given(st.text(LETTERS, max_size=60))
def test_a_mended_view_is_as_long_and_has_the_same_places(text: str) -> None:
    view = plain_view(text, Layer.TEXT)
    other = mended(view, vocabulary())
    if other is not None:
        assert len(other.text) == len(view.text)
        assert len(other.folded.text) == len(view.folded.text)
        assert other.places is view.places


def test_a_pair_that_stands_in_benign_text_is_not_mended() -> None:
    counts = benign_counts().counts
    assert "发现" in counts
    assert not odd_places(Spoken.of("发现").ranks)[0]
    assert mends_of(Spoken.of("代法律"), vocabulary()) == []


def test_one_odd_place_in_a_long_text_is_left_alone() -> None:
    short, long = plain_view("端信", Layer.TEXT), plain_view("我们今天去看电影。" * 30 + "端信", Layer.TEXT)
    assert mended(short, vocabulary()) is not None
    assert mended(long, vocabulary()) is None


def test_a_long_text_is_mended_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "PIECE", 7)
    view = plain_view("端信代罚123端信代罚", Layer.TEXT)
    other = mended(view, vocabulary())
    assert other is not None
    assert other.text == "短信代发123短信代发"


def test_a_flood_of_places_to_mend_hides_none_of_them() -> None:
    view = plain_view("端信代罚" * 30_000, Layer.TEXT)
    other = mended(view, vocabulary())
    assert other is not None
    assert other.text == "短信代发" * 30_000


def test_words_come_from_terms_and_patterns_but_not_from_their_classes() -> None:
    assert words_of(["短信", "a短信群b", "信"], ["一单(?:一结)?[元块钱]{1,2}"]) == ("一单", "一结", "短信", "短信群")


def test_a_word_with_a_hanzi_that_hardly_anybody_writes_is_no_word_to_be_meant() -> None:
    assert words_of(["私訫"], []) == ()


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    built = Matcher.build([parse_pack("keywords/test.yaml", PACK)])
    return Matcher.load("d", built.dump("d"))


def test_a_hit_in_mended_text_points_at_the_bytes_as_they_are_written(matcher: Matcher) -> None:
    data = "<p>端信代罚 1.5</p>".encode()
    views, _ = text_views(data, "page")
    hits = [hit for hit in matcher.scan(views) if hit.layer is Layer.TEXT]
    (hit,) = hits
    assert hit.meant
    assert hit.offset is not None
    assert data[hit.offset : hit.offset + hit.length].decode() == hit.original == "端信"
    assert "短信 (as 端信)" in hit.why


def test_the_source_of_a_page_is_read_as_written_because_people_read_its_text(matcher: Matcher) -> None:
    views, _ = text_views("<p>端信代罚 1.5</p>".encode(), "page")
    assert [view.layer for view in views] == [Layer.SOURCE, Layer.TEXT]
    assert {hit.layer for hit in matcher.scan(views)} == {Layer.TEXT}
    script, _ = text_views("x = '端信代罚 1.5'".encode(), "script")
    assert [hit.meant for hit in matcher.scan(script)] == [True]


def test_patterns_see_the_mended_text_too(matcher: Matcher) -> None:
    assert [hit.rule for hit in matcher.scan([plain_view("端信，翌单两元", Layer.TEXT)])] == ["test.posting"]


def test_a_term_that_is_to_be_exact_is_never_meant(matcher: Matcher) -> None:
    assert matcher.scan([plain_view("短信裙发", Layer.TEXT)]) == ()


def test_what_is_found_as_written_is_told_as_written(matcher: Matcher) -> None:
    (hit,) = matcher.scan([plain_view("短信代发 端信代罚", Layer.TEXT)])
    assert not hit.meant


def test_the_finding_says_that_it_was_read_by_sound_and_is_of_low_confidence(matcher: Matcher) -> None:
    (hit,) = matcher.scan([plain_view("端信代罚", Layer.TEXT)])
    finding = keyword_finding(hit, rule_of("test.posting", RuleKind.KEYWORDS), "", 240)
    assert finding.confidence is Confidence.LOW
    assert finding.is_meant


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.sampled_from(["端信", "代罚", "短信", "我们今天去看电影", "开护口", "x", "。", "番薯"]), max_size=90
    ).map("".join)
)
def test_text_that_is_refused_at_a_glance_has_nothing_to_mend(text: str) -> None:
    view = plain_view(text, Layer.TEXT)
    seen = mended(view, vocabulary())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mending, "may_be_dense", lambda places, length: True)
        assert mended(view, vocabulary()) == seen

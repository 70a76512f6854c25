"""What a pattern needs turns stretches away in which it has no hit, and never one in which it has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.findings import Layer
from scanner.keywords.evaluation import Spot
from scanner.keywords.matcher import Matcher
from scanner.keywords.pattern_needs import Branch, may_match, needs_of
from scanner.keywords.seeing import Seeing
from scanner.text.folding import EXPANDED, INVISIBLE, MARK, SPACE, fold_table
from scanner.text.views import TextView
from tests.unit.keywords.packs import sample_pack

REGEXES = (
    r"(?i:(?:\bqq|\bvx|微信?|加v)[\s:：号➕+]{0,4}[a-z0-9_-]{5,})",
    r"(?:[冲充存][值]?\s?\d{2,5}\s?元?(?:送|返)\s?\d{2,5}|首存\d送\d|[🧧元]\d{2})",
    r"(?:1[3-9]\d[\s-]?\d{4}|400-?\d{3})",
    r"[牛斗]\s?[🐮🐂]|红\s?🀄|🎣",
    r"(?i:\b[a-z]{0,4}[0-9]{1,6}\s{0,2}(?:\.|点|·)\s{0,2}(?:top|cc)\b)",
    r"\p{Han}{2,4}\s?[〔\[]\s?20\d{2}\s?[〕\]]",
    r"[^\d]\w+小时|\S日x?",
    r"(?:K|s){2}\d+?|[一-三]月",
    r"@[A-Za-z]\w{3,}",
)
PIECES = st.sampled_from(
    [
        *(
            "微信",
            "QQ",
            "vx",
            "加V",
            "：",
            "abc_12",
            "ａｂｃ",
            "-----",
            "冲",
            "充值",
            "100",
            "50",
            "元",
            "送",
            "首存1送2",
            "🧧",
        ),
        *(
            "138",
            "1234",
            "400-123",
            "①③⑧",
            "牛🐮",
            "斗 🐂",
            "红🀄",
            "🎣",
            "y53yd",
            ".",
            "点",
            "·",
            "top",
            "CC",
            " ",
            "\n",
        ),
        *(
            "国发",
            "〔2024〕",
            "[",
            "2024",
            "]",
            "小时",
            "小*时",
            "日",
            "K",
            "ſ",
            "s",
            "1",
            "一月",
            "@Abcd",
            "\u200b",
            "★",
            "\x1f",
            "的",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)
MATCHER = Matcher.build([sample_pack()])


def _within(spots: list[Spot], low: int, high: int) -> list[Spot]:
    return [spot for spot in spots if low <= spot.start < high and spot.end <= high]


@given(TEXTS, st.sampled_from(REGEXES), st.integers(0, 40), st.integers(1, 30))
@settings(max_examples=400, deadline=None)
def test_a_stretch_that_is_looked_at_by_itself_has_the_hits_that_the_whole_text_has_there(
    text: str, regex: str, low: int, size: int
) -> None:
    seeing = Seeing.of(MATCHER.program, TextView(Layer.TEXT, text))
    every = seeing._run(regex, 0)
    assert seeing.pattern_spots(regex, low, low + size) == _within(every, low, low + size)


@given(TEXTS, st.sampled_from(REGEXES))
@settings(max_examples=200, deadline=None)
def test_a_text_with_a_hit_holds_what_the_pattern_needs(text: str, regex: str) -> None:
    seeing = Seeing.of(MATCHER.program, TextView(Layer.TEXT, text))
    for spot in seeing._run(regex, 0):
        assert may_match(regex, seeing.view.folded.text[spot.start : spot.end], lambda: text)


def test_no_dropped_character_is_in_plain_text_one_that_folding_keeps() -> None:
    wide = fold_table().wide
    dropped = wide[(wide & (MARK | SPACE) != 0) & (wide & (INVISIBLE | EXPANDED) == 0)] & np.uint32((1 << 21) - 1)
    assert len(dropped) > 100
    assert not (wide.take(dropped) < EXPANDED).any()


@pytest.mark.parametrize(
    ("regex", "folded"),
    [
        (r"小时\d", [["[0123456789]", "[小]", "[时]"]]),
        (r"(?i:ab?c+)", [["[a]", "[c]"]]),
        (r"甲{0,2}乙{2}(?:丙|丁)?", [["[乙]"]]),
        (r"甲|[乙丙]", [["[甲]"], ["[丙乙]"]]),
        (r"(?:甲|[a-z_])\.", [[]]),
        (r"[^甲]\w\S\b.", [[]]),
        (r"甲(?!乙)", [[]]),
        (r"甲[[:alpha:]]", [[]]),
    ],
)
def test_the_needs_of_a_pattern_are_read_off_it(regex: str, folded: list[list[str]]) -> None:
    assert [sorted(need.pattern for need in branch.folded) for branch in needs_of(regex)] == folded


def test_a_pattern_of_pictures_needs_them_in_the_text_as_it_is_written() -> None:
    assert needs_of("[牛斗]🐮|🎣")[1].written[0].pattern == "[🎣]"
    assert needs_of("🎣")[0] != Branch((), ())
    assert not may_match("[牛斗]🐮|🎣", "牛", lambda: "牛")
    assert may_match("[牛斗]🐮|🎣", "牛", lambda: "牛🐮")

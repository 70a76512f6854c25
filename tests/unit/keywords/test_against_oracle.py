"""The fast matcher finds what the plain one finds, on generated text and on the benign sample."""

import gzip
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.domain.findings import Layer
from scanner.keywords import scanning, whole
from scanner.keywords.automata import build_automaton
from scanner.keywords.matcher import Matcher
from scanner.keywords.packs import parse_pack
from scanner.keywords.scanning import judge_view
from scanner.keywords.seeing import Seeing
from scanner.keywords.values import Pack
from scanner.text.folding import BREAK
from scanner.text.views import TextView, name_view
from tests.unit.keywords.oracle import oracle_matches

PACK = """
schema: 1
pack: oracle
version: "1"
exceptions: [百家乐园, 甲乙丙丁]
patterns:
  url: '(?:https?://|www\\.)[a-z0-9.-]+'
  digits: '\\b\\d{2,}'
lists:
  law: [条例, 判决, law text]
rules:
"""
RULE = """
- id: test.r{number}
  clause: 3.1.3.7
  severity: low
  confidence: low
  ceiling: review
  status: review
  description: made for the oracle
  author: tests
  window: {window}
  gap: {gap}
  terms:
    venue: [娱乐城, {{t: 百家乐, weight: 3, sound: true}}, {{t: bbin, weight: 2}}, 甲乙, 乙丙, {{t: 賭場, exact: true}}]
    bonus: [首存, 返水, send money, {{t: vip, word: false}}, 赌博]
  when: {when}
  tests: {{hit: [x], miss: [y]}}
"""
CONDITIONS = [
    "venue",
    "near(venue, bonus, 4)",
    "seq(venue, bonus, 6)",
    "near(venue, venue, 3)",
    "n(venue) >= 2 and bonus",
    "hits(venue) >= 3 or (bonus and url)",
    "venue and not law",
    "bonus and not (url or near(venue, bonus, 2))",
    "score() >= 4 and (venue or bonus)",
    "density(venue) >= 0.3",
    "venue and n(digits) >= 2",
    "near(venue, digits, 3) and not not bonus",
]
WITH_PATTERNS = {f"test.r{n}" for n, when in enumerate(CONDITIONS) if "url" in when or "digits" in when} | {"test.r90"}
PIECES = st.sampled_from(
    [
        *("娱乐城", "娛樂城", "百家乐", "白加了", "百家乐园", "bbin", "BBIN", "甲", "乙", "丙", "丁", "賭場", "赌场"),
        *("首存", "首-存", "返\u200b水", "send money", "sendmoney", "s e n d m o n e y", "VIP", "赌博", "贝者博"),
        *("条例", "判决", "law text", "www.a-b.com", "https://x.y", "12", "345", " ", "\n", "。", "★★", BREAK),
        *("女吴乐城", "bai jia le", "baijiale", "百\n家\n乐\n", "\ufeff", "б", "ｂｂｉｎ", "⑩⑧", "的", "了", "a", "z"),
    ]
)
TEXTS = st.lists(PIECES, max_size=24).map("".join)


def _pack(window: int, gap: int) -> Pack:
    rules = "".join(
        RULE.format(
            number=number, window=window, gap=gap, when=json.dumps(f"({when}) or (n(venue) >= 9 and n(bonus) >= 9)")
        )
        for number, when in enumerate(CONDITIONS)
    )
    unless = RULE.format(number=90, window=window, gap=gap, when="venue or bonus").replace(
        "  tests", "  unless: n(law) >= 1 or digits\n  tests"
    )
    return parse_pack("oracle.yaml", PACK + rules + unless)


PACKS = [_pack(window, gap) for window, gap in ((12, 2), (30, 0), (0, 1), (200, 4))]
MATCHERS = [Matcher.build([pack]) for pack in PACKS]


def _fast(matcher: Matcher, text: str) -> dict[str, list[int]]:
    seeing = Seeing.of(matcher.program, TextView(Layer.TEXT, text))
    out: dict[str, list[int]] = {}
    for match in judge_view(seeing).matches:
        out.setdefault(matcher.program.rules[match.rule].id, []).append(match.start)
    return out


def _plain(pack: Pack, text: str) -> dict[str, list[int]]:
    found = {rule.id: oracle_matches(pack, rule, text) for rule in pack.rules}
    return {rule: starts for rule, starts in found.items() if starts}


@given(TEXTS, st.integers(0, len(PACKS) - 1))
@settings(max_examples=200, deadline=None)
def test_the_fast_matcher_finds_what_the_plain_one_finds(text: str, number: int) -> None:
    assert _fast(MATCHERS[number], text) == _plain(PACKS[number], text)


@given(st.lists(PIECES, max_size=60).map("".join), st.integers(0, len(PACKS) - 1), st.sampled_from([7, 16, 33]))
@settings(max_examples=150, deadline=None)
def test_looking_piece_by_piece_changes_nothing(text: str, number: int, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "PIECE", size)
        patch.setattr(whole, "PIECE", size)
        patch.setattr(scanning, "ANCHOR_PIECE", size)
        plain = {rule: starts for rule, starts in _plain(PACKS[number], text).items() if rule not in WITH_PATTERNS}
        fast = {rule: starts for rule, starts in _fast(MATCHERS[number], text).items() if rule not in WITH_PATTERNS}
        assert fast == plain


@given(TEXTS, st.integers(0, len(PACKS) - 1))
@settings(max_examples=100, deadline=None)
def test_a_flood_of_anchors_is_judged_like_a_trickle(text: str, number: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "FLOOD", 1)
        assert _fast(MATCHERS[number], text) == _plain(PACKS[number], text)


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_the_other_engine_gives_the_same_hits(text: str) -> None:
    other = Matcher.build([PACKS[0]], "ahocorasick_rs")
    view = TextView(Layer.TEXT, text)
    assert other.scan([view]) == MATCHERS[0].scan([view])


@given(st.sets(st.text("ab赌博", min_size=1, max_size=4), min_size=1, max_size=8), st.text("ab赌博", max_size=40))
def test_both_engines_find_every_overlapping_occurrence(words: set[str], text: str) -> None:
    strings = sorted(words)
    plain = {(at, at + len(w), n) for n, w in enumerate(strings) for at in range(len(text)) if text.startswith(w, at)}
    for engine in ("daachorse", "ahocorasick_rs"):
        hits = build_automaton(strings, engine).find(text)
        assert len(hits) == len(plain)
        assert set(hits) == plain


def test_the_fast_matcher_finds_what_the_plain_one_finds_in_real_text() -> None:
    sample = Path(__file__).resolve().parents[4] / "shared" / "data" / "text_lines.jsonl.gz"
    if not sample.exists():
        pytest.skip("../shared/data is not beside this checkout")
    with gzip.open(sample, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 0, None, 90)]
    differing = [text for text in texts if _fast(MATCHERS[3], text) != _plain(PACKS[3], text)]
    assert len(texts) > 150
    assert differing == []


NAMES = st.lists(
    st.sampled_from(
        [
            *(
                "index",
                ".html",
                "/",
                "bb",
                "in",
                "vip",
                "send money",
                "%62bin",
                "&#98;bin",
                "\\x62",
                "=",
                "12",
                "B",
                BREAK,
            ),
            *("www.a-b.com", "bai jia le", "赌", "'YmJpbmJiaW5iYmluYmJpbmJiaW5iYmlu'", "é"),
        ]
    ),
    max_size=5,
).map("".join)


@given(NAMES, st.integers(0, len(PACKS) - 1))
@settings(deadline=None)
def test_a_name_that_is_quiet_has_no_hit(name: str, number: int) -> None:
    matcher = MATCHERS[number]
    assert not matcher.is_quiet(name) or matcher.scan([name_view(name)]) == ()


def test_an_ordinary_name_is_quiet_and_one_with_a_word_in_it_is_not() -> None:
    matcher = MATCHERS[0]
    assert matcher.is_quiet("assets/img/2026/logo-small_2.png")
    assert not any(map(matcher.is_quiet, ("b-bin.html", "x/BBIN", "%62bin", "娱乐城", "a/百家乐.txt")))

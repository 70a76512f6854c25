"""Packs that tests are written with."""

from scanner.domain.findings import Layer
from scanner.keywords.matcher import Matcher
from scanner.keywords.packs import parse_pack
from scanner.keywords.values import KeywordHit, Pack
from scanner.text.views import plain_view

HEAD = """schema: 1
pack: sample
version: 2026.11.1
exceptions: [路口交通, 皇冠假日]
patterns:
  url: '(?:https?://|www\\.)[\\w.-]+'
lists:
  law: [条例, 判决, 被告人]
rules:
"""
RULE = """- id: sample.casino
  clause: 3.1.3.5.4
  severity: high
  confidence: high
  ceiling: review
  status: review
  description: online casinos
  author: tests
  window: 200
  gap: 2
  terms:
    venue: [娱乐城, 真人荷官, {t: 百家乐, weight: 3, sound: true}, {t: bbin, word: true}]
    bonus: [首存, 返水, 送彩金]
  when: near(venue, bonus, 40) or (n(venue) >= 2 and bonus and url)
  unless: law
  tests: {hit: ['澳门娱乐城首存就送'], miss: ['今天去娱乐城唱歌']}
"""


def sample_text(*changes: tuple[str, str]) -> str:
    """The sample pack's text with some of it replaced."""
    text = HEAD + RULE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def sample_pack(*changes: tuple[str, str]) -> Pack:
    """The sample pack with some of its text replaced."""
    return parse_pack("rules/keywords/sample.yaml", sample_text(*changes))


def hits(pack: Pack, text: str, layer: Layer = Layer.TEXT) -> tuple[KeywordHit, ...]:
    """The pack's hits in a text."""
    return Matcher.build([pack]).scan([plain_view(text, layer)])


def words(pack: Pack, text: str) -> list[str]:
    """The leading words that were hit, as they stand in the text."""
    return [hit.original for hit in hits(pack, text)]


def group_pack(terms: str, when: str = "a", *, window: int = 200, gap: int = 2, extra: str = "") -> Pack:
    """A pack of one rule with the groups given as YAML lines `a: [...]`."""
    text = (
        "schema: 1\npack: small\nversion: 1\n" + extra + "rules:\n- id: small.one\n  clause: 3.1.3.7\n  severity: low\n"
        "  confidence: low\n  ceiling: review\n  status: review\n  description: made\n  author: tests\n"
        f"  window: {window}\n  gap: {gap}\n  terms:\n    {terms}\n  when: {when}\n  tests: {{hit: [x], miss: [y]}}\n"
    )
    return parse_pack("small.yaml", text)

"""Why a keyword rule hit some bytes or not: which words of each group were seen, in which view, and each window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.keywords.conditions import (
    Condition,
    Either,
    Every,
    Negation,
    Present,
    groups_of,
    render,
)
from scanner.keywords.matcher import Matcher
from scanner.keywords.program import pack_anchor
from scanner.keywords.values import KeywordHit, KeywordRule, Pack
from scanner.text.views import TextView, text_views

WORDS = 8  # words shown of one group


@dataclass(frozen=True, slots=True)
class GroupSeen:
    """The words of one group that stand in the views, wherever they stand."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartSeen:
    """One part of the condition and whether it holds in some window by itself."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class WordsExplanation:
    """What one rule saw: its groups, the parts of its condition, what exculpates, and every window that hit."""

    groups: tuple[GroupSeen, ...]
    parts: tuple[PartSeen, ...]
    exculpated: tuple[GroupSeen, ...]
    hits: tuple[KeywordHit, ...]


def explain_words(pack: Pack, rule_id: str, data: bytes, family: str) -> WordsExplanation:
    """Why the rule hits these bytes, seen as a file of that family, or not."""
    rule = next(each for each in pack.rules if each.id == rule_id)
    views, _ = text_views(data, family)
    seen = [GroupSeen(name, _words(pack, rule, name, views)) for name in sorted(set(groups_of(rule.when)))]
    unless = sorted(set(groups_of(rule.unless))) if rule.unless else []
    return WordsExplanation(
        tuple(seen),
        tuple(
            PartSeen(render(part), bool(_hits(pack, replace(rule, when=part), views)))
            for part in _parts(rule.when)
            if pack_anchor(pack, replace(rule, when=part))  # a pattern alone cannot be asked
        ),
        tuple(GroupSeen(name, found) for name in unless if (found := _words(pack, rule, name, views))),
        _hits(pack, rule, views),
    )


def words_lines(found: WordsExplanation) -> Iterator[str]:
    """The explanation for people."""
    yield "  words seen:"
    for group in found.groups:
        yield f"    {_mark(bool(group.words))} {group.name}: {', '.join(group.words) or 'none'}"
    yield "  parts of the condition, each by itself:"
    for part in found.parts:
        yield f"    {_mark(part.holds)} {part.text}"
    for group in found.exculpated:
        yield f"    unless {group.name}: {', '.join(group.words)}"
    yield "  windows:"
    for hit in found.hits:
        yield f"    ✓ {hit.layer} at {'–' if hit.offset is None else hit.offset}: {hit.excerpt}"
        yield f"        {hit.why}"
    if not found.hits:
        yield "    ✗ none in which the condition holds"


def _words(pack: Pack, rule: KeywordRule, group: str, views: Sequence[TextView]) -> tuple[str, ...]:
    if group in {pattern.name for pattern in pack.patterns}:
        return ()  # a pattern runs only inside a window
    hits = _hits(pack, replace(rule, when=Present(group), unless=None), views)
    found = dict.fromkeys(word.original for hit in hits for word in hit.words if word.group == group)
    return tuple(found)[:WORDS]


def _hits(pack: Pack, rule: KeywordRule, views: Sequence[TextView]) -> tuple[KeywordHit, ...]:
    return Matcher.build([replace(pack, rules=(rule,))]).scan(views)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """The outermost parts that can be asked alone; what is negated needs a window that something else opens."""
    parts = condition.parts if isinstance(condition, Every | Either) else (condition,)
    return tuple(part for part in parts if not isinstance(part, Negation))


def _mark(holds: bool) -> str:
    return "✓" if holds else "✗"

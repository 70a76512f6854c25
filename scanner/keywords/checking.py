"""What the loader refuses beyond what a pack's text alone shows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords.frequency import MAX_SHARE, benign_counts
from scanner.keywords.matcher import Matcher
from scanner.keywords.program import ANCHOR_MEND, NO_ANCHOR, pack_anchor
from scanner.keywords.values import Group, KeywordHit, KeywordRule, Pack, Term
from scanner.text.folding import fold_text
from scanner.text.sounds import is_hanzi
from scanner.text.views import plain_view


def check_pack(pack: Pack, clauses: Mapping[str, Ceiling] | None = None) -> tuple[RuleError, ...]:
    """Everything that speaks against loading the pack; empty when nothing does.

    `clauses` are the agreement's clauses with their ceilings; None leaves clauses unchecked.
    """
    problems: list[RuleError] = []
    anchored = tuple(rule for rule in pack.rules if pack_anchor(pack, rule) is not None)
    matcher = Matcher.build([replace(pack, rules=anchored)])
    for rule in pack.rules:
        if clauses is not None:
            problems.extend(_clause_problems(pack, rule, clauses))
        found = list(_anchor_problems(pack, rule))
        problems.extend(found or _test_problems(pack, rule, matcher))
    return tuple(problems)


def explain(pack: Pack, rule_id: str, text: str) -> tuple[KeywordHit, ...]:
    """The hits of one rule in a text, as `aup rules test` shows them; RuleError if the pack has no such rule."""
    rules = [rule for rule in pack.rules if rule.id == rule_id]
    if not rules:
        mend = f"use one of: {', '.join(rule.id for rule in pack.rules)}"
        raise RuleError(f"no rule {rule_id!r}", where=pack.path, mend=mend)
    return _hits(Matcher.build([replace(pack, rules=(rules[0],))]), rules[0], text)


def _hits(matcher: Matcher, rule: KeywordRule, text: str) -> tuple[KeywordHit, ...]:
    """The rule's hits in a text, seen as a view of a kind the rule runs on."""
    layer = next(layer for layer in (Layer.TEXT, *sorted(rule.views)) if layer in rule.views)
    return tuple(hit for hit in matcher.scan([plain_view(text, layer)]) if hit.rule == rule.id)


def _problem(pack: Pack, rule: KeywordRule, key: str, what: str, mend: str, line: int = 0) -> RuleError:
    return RuleError(f"rule {rule.id}: {key}: {what}", where=f"{pack.path}:{line or rule.line}", mend=mend)


def _clause_problems(pack: Pack, rule: KeywordRule, clauses: Mapping[str, Ceiling]) -> Iterator[RuleError]:
    ceiling = clauses.get(rule.clause)
    if ceiling is None:
        mend = f"use one of: {', '.join(sorted(clauses))}"
        yield _problem(pack, rule, "clause", f"unknown clause {rule.clause!r}", mend)
    elif rule.ceiling > ceiling:
        what = f"{rule.ceiling.name.lower()} is above the ceiling of clause {rule.clause}, {ceiling.name.lower()}"
        yield _problem(pack, rule, "ceiling", what, f"write ceiling: {ceiling.name.lower()}, or less")


def _anchor_problems(pack: Pack, rule: KeywordRule) -> Iterator[RuleError]:
    anchor = pack_anchor(pack, rule)
    if anchor is None:
        yield _problem(pack, rule, "when", NO_ANCHOR, ANCHOR_MEND)
        return
    for group in pack.groups(rule):
        if group.name in anchor.groups:
            for term in group.terms:
                yield from _term_problems(pack, rule, group, term)


def _term_problems(pack: Pack, rule: KeywordRule, group: Group, term: Term) -> Iterator[RuleError]:
    folded = fold_text(term.text)
    named = f"terms: {group.name}: {term.text!r}"
    instead = "join the group with a rarer one by `and` or near(), which then is the anchor; or use a longer term"
    if len(folded) == 1:
        what = "one hanzi" if is_hanzi(folded) else "one character"
        yield _problem(pack, rule, named, f"{what} is no anchor", instead, group.line)
        return
    share = benign_counts().share(term)
    if share > MAX_SHARE:
        what = f"too frequent for an anchor: in {share:.2%} of the benign sample, the limit is {MAX_SHARE:.2%}"
        yield _problem(pack, rule, named, what, instead, group.line)


def _test_problems(pack: Pack, rule: KeywordRule, matcher: Matcher) -> Iterator[RuleError]:
    for text in rule.must_hit:
        if not _hits(matcher, rule, text):
            mend = "change the rule or the example; `aup rules test` shows which words were seen"
            yield _problem(pack, rule, "tests: hit", f"does not hit {_short(text)!r}", mend)
    for text in rule.must_miss:
        hits = _hits(matcher, rule, text)
        if hits:
            what = f"hits {_short(text)!r}, by {hits[0].why}"
            yield _problem(pack, rule, "tests: miss", what, "narrow the rule, or move the example to hit")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"

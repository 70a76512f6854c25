"""Anchors: groups of which every true condition has a hit, so that only their terms are looked for everywhere."""

from collections.abc import Callable

from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.values import KeywordRule

Cost = Callable[[str], float]


def anchor_groups(rule: KeywordRule, terms: frozenset[str], cost: Cost) -> frozenset[str]:
    """The cheapest set of term groups, one of which every true condition needs; empty when there is none.

    `terms` are the groups that hold terms (patterns can be no anchor), `cost` how often a group's terms are seen.
    """
    return _anchors(rule.when, rule, terms, cost) or frozenset()


def _anchors(condition: Condition, rule: KeywordRule, terms: frozenset[str], cost: Cost) -> frozenset[str] | None:
    match condition:
        case Present(group) | Count(group) | Density(group):
            return frozenset({group}) if group in terms else None
        case Near(first, second):
            return _cheapest([frozenset({group}) for group in (first, second) if group in terms], cost)
        case Score():
            return frozenset(group.name for group in rule.groups) or None
        case Negation():
            return None
        case Every(parts):
            found = [_anchors(part, rule, terms, cost) for part in parts]
            return _cheapest([one for one in found if one], cost)
        case Either(parts):
            found = [_anchors(part, rule, terms, cost) for part in parts]
            return frozenset().union(*(one for one in found if one)) if all(found) else None


def _cheapest(sets: list[frozenset[str]], cost: Cost) -> frozenset[str] | None:
    return min(sets, key=lambda groups: (sum(map(cost, groups)), sorted(groups)), default=None)

"""Anchors: groups of which every true condition has a hit, so that only their terms are looked for everywhere."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.values import KeywordRule

Cost = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The anchor `groups` of a rule, and its `core`: a part that must be true for the rule to be true, and that shows
    within `reach` folded characters of a hit of an anchor."""

    groups: frozenset[str]
    core: Condition
    reach: int


def anchor_of(rule: KeywordRule, terms: frozenset[str], cost: Cost) -> Anchor | None:
    """The rule's cheapest anchor; None when its condition can be true without a hit of any group of terms.

    `terms` are the groups that hold terms (patterns can be no anchor), `cost` how often a group's terms are seen.
    """
    return _anchor(rule.when, rule, terms, cost)


def _anchor(condition: Condition, rule: KeywordRule, terms: frozenset[str], cost: Cost) -> Anchor | None:
    match condition:
        case Present(group):
            return Anchor(frozenset({group}), condition, 0) if group in terms else None
        case Count(group) | Density(group):
            return Anchor(frozenset({group}), condition, rule.window) if group in terms else None
        case Near(first, second, within):
            found = [Anchor(frozenset({group}), condition, within) for group in (first, second) if group in terms]
            return _cheapest(found, cost)
        case Score():
            own = frozenset(group.name for group in rule.groups)
            return Anchor(own, condition, rule.window) if own else None
        case Negation():
            return None
        case Every(parts):
            some = [_anchor(part, rule, terms, cost) for part in parts]
            return _cheapest([one for one in some if one], cost)
        case Either(parts):
            anchors = [_anchor(part, rule, terms, cost) for part in parts]
            every = [one for one in anchors if one]
            return _union(every) if len(every) == len(parts) else None


def _union(anchors: list[Anchor]) -> Anchor:
    groups: frozenset[str] = frozenset().union(*(one.groups for one in anchors))
    return Anchor(groups, Either(tuple(one.core for one in anchors)), max(one.reach for one in anchors))


def _cheapest(anchors: list[Anchor], cost: Cost) -> Anchor | None:
    """The one whose groups are seen least; of equal ones the one whose core says most: a nearness."""
    return min(
        anchors,
        key=lambda one: (
            sum(map(cost, sorted(one.groups))),
            isinstance(one.core, Present),
            one.reach,
            sorted(one.groups),
        ),
        default=None,
    )

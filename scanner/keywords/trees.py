"""Conditions and their quick looks as plain lists and back: what a compiled program holds of them."""

from collections.abc import Sequence
from typing import Any

from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.quick import Way

Tree = list[Any]
_LEAVES: dict[str, type[Present | Count | Near | Score | Density]] = {
    "present": Present,
    "count": Count,
    "near": Near,
    "score": Score,
    "density": Density,
}


def tree_of(condition: Condition) -> Tree:
    """The condition as nested lists."""
    match condition:
        case Present(group):
            return ["present", group]
        case Count(group, least, distinct):
            return ["count", group, least, distinct]
        case Near(first, second, within, ordered):
            return ["near", first, second, within, ordered]
        case Score(least):
            return ["score", least]
        case Density(group, share):
            return ["density", group, share]
        case Negation(inner):
            return ["not", tree_of(inner)]
        case Every(parts):
            return ["and", *map(tree_of, parts)]
        case Either(parts):
            return ["or", *map(tree_of, parts)]


def condition_of(tree: Sequence[Any]) -> Condition:
    """The condition that `tree_of` took apart; KeyError or TypeError where it is none."""
    kind, *parts = tree
    if kind == "not":
        return Negation(condition_of(parts[0]))
    if kind in ("and", "or"):
        some = tuple(map(condition_of, parts))
        return Every(some) if kind == "and" else Either(some)
    return _LEAVES[kind](*parts)


def ways_tree(ways: Sequence[Way]) -> Tree:
    """Ways as lists."""
    return [[way.groups, way.counts, way.score] for way in ways]


def ways_of_tree(tree: Sequence[Any]) -> tuple[Way, ...]:
    """The ways that `ways_tree` took apart."""
    return tuple(Way(groups, tuple((bit, least) for bit, least in counts), score) for groups, counts, score in tree)

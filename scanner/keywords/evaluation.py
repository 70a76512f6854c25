"""Judges a condition over what was seen in a window, or in a whole view."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple, Protocol

from scanner.keywords.conditions import (
    Condition,
    Count,
    Density,
    Either,
    Every,
    Near,
    Negation,
    Present,
    Score,
    groups_of,
)


class Spot(NamedTuple):
    """One hit of one term: folded characters `start` to `end`, the term's number in its group, its weight."""

    start: int
    end: int
    term: int
    weight: float


class Sight(Protocol):
    """What a condition asks of a window or a view."""

    def count(self, group: str, *, distinct: bool) -> int:
        """Hits, or distinct terms, of a group."""
        ...

    def near(self, near: Near) -> bool:
        """Whether two hits lie as near as asked."""
        ...

    def score(self) -> float:
        """Weights of the distinct terms of the rule's own groups."""
        ...

    def density(self, group: str) -> float:
        """Share of the folded characters that lie in hits of the group."""
        ...


def holds(condition: Condition, sight: Sight, wide: Sight) -> bool:
    """Whether the condition is true. `wide` is the neighbourhood, in which a negated part must not be true."""
    match condition:
        case Present(group):
            return sight.count(group, distinct=False) > 0
        case Count(group, least, distinct):
            return sight.count(group, distinct=distinct) >= least
        case Near():
            return sight.near(condition)
        case Score(least):
            return sight.score() >= least
        case Density(group, least):
            return sight.density(group) >= least
        case Negation(inner):
            return not holds(inner, wide, sight)
        case Every(parts):
            return all(holds(part, sight, wide) for part in parts)
        case Either(parts):
            return any(holds(part, sight, wide) for part in parts)


def near_each_other(near: Near, first: Sequence[Spot], second: Sequence[Spot]) -> bool:
    """Whether some hit of `first` and another of `second` (both sorted by start) are as near as asked."""
    if _follows(first, second, near.within, strict=near.ordered):
        return True
    return not near.ordered and _follows(second, first, near.within, strict=False)


def _follows(first: Sequence[Spot], second: Sequence[Spot], within: int, *, strict: bool) -> bool:
    """Whether one of `second` starts with or after (strict: after) one of `first`, at most `within` behind its end."""
    starts = [spot.start for spot in second]
    find = bisect_right if strict else bisect_left
    for spot in first:
        for place in range(find(starts, spot.start), len(second)):
            if starts[place] - spot.end > within:
                break
            if second[place][:2] != spot[:2]:
                return True
    return False


def covered(spots: Iterable[Spot]) -> int:
    """Folded characters that lie in any of the spots."""
    total, reach = 0, 0
    for start, end, _, _ in sorted(spots):
        total += max(0, end - max(start, reach))
        reach = max(reach, end)
    return total


class WindowSight:
    """What is seen in one window: per group its spots, patterns looked for when asked."""

    def __init__(
        self,
        spots: Mapping[str, Sequence[Spot]],
        length: int,
        own: Sequence[str],
        look: Callable[[str], Sequence[Spot]],
    ) -> None:
        self._spots, self._length, self._own, self._look = dict(spots), length, own, look

    def seen(self) -> dict[str, list[Spot]]:
        """What was seen and looked for, by group; empty groups are left out."""
        return {group: list(spots) for group, spots in self._spots.items() if spots}

    def spots(self, group: str) -> Sequence[Spot]:
        """The group's hits in the window, by start."""
        if group not in self._spots:
            self._spots[group] = self._look(group)
        return self._spots[group]

    def count(self, group: str, *, distinct: bool) -> int:
        """Hits, or distinct terms, of a group."""
        spots = self.spots(group)
        return len(set(map(itemgetter(2), spots))) if distinct else len(spots)

    def near(self, near: Near) -> bool:
        """Whether two hits lie as near as asked."""
        first, second = self.spots(near.first), self.spots(near.second)
        return bool(first and second) and near_each_other(near, first, second)

    def score(self) -> float:
        """Weights of the distinct terms of the rule's own groups."""
        return sum(sum({spot.term: spot.weight for spot in self.spots(group)}.values()) for group in self._own)

    def density(self, group: str) -> float:
        """Share of the folded characters that lie in hits of the group."""
        return covered(self.spots(group)) / self._length if self._length else 0.0


def could_hold(condition: Condition, sight: Sight) -> bool:
    """Whether the condition would be true if nothing forbade it."""
    match condition:
        case Negation():
            return True
        case Every(parts):
            return all(could_hold(part, sight) for part in parts)
        case Either(parts):
            return any(could_hold(part, sight) for part in parts)
        case _:
            return holds(condition, sight, sight)


def patterns_last(condition: Condition, patterns: Collection[str]) -> Condition:
    """The same condition with the parts that ask for patterns, which are dear, behind the others."""
    match condition:
        case Negation(inner):
            return Negation(patterns_last(inner, patterns))
        case Every(parts):
            return Every(_ordered(parts, patterns))
        case Either(parts):
            return Either(_ordered(parts, patterns))
        case _:
            return condition


def _ordered(parts: tuple[Condition, ...], patterns: Collection[str]) -> tuple[Condition, ...]:
    inner = [patterns_last(part, patterns) for part in parts]
    return tuple(sorted(inner, key=lambda part: any(group in patterns for group in groups_of(part))))


def has_negation(condition: Condition) -> bool:
    """Whether any part of the condition is negated."""
    match condition:
        case Negation():
            return True
        case Every(parts) | Either(parts):
            return any(map(has_negation, parts))
        case _:
            return False


def nears_of(condition: Condition) -> Iterator[Near]:
    """Every near() and seq() of the condition."""
    match condition:
        case Near():
            yield condition
        case Negation(inner):
            yield from nears_of(inner)
        case Every(parts) | Either(parts):
            for part in parts:
                yield from nears_of(part)
        case _:
            return

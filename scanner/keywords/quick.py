"""Quick looks that turn most anchors away: which groups must be seen at all, and how many of their strings.

A look never refuses what the exact judgement would accept: gaps, word borders, exceptions and negations are
left out of it, and a string that is found stands for its term. Patterns are looked for only where a way needs them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score

EPSILON = 1e-6  # what sums of weights may differ by
MAX_WAYS = 48  # ways to be true that are told apart; above, every anchor is judged


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be true: bits of the groups that must be seen, of how many strings of some of them, and what the
    strings must weigh together."""

    groups: int
    counts: tuple[tuple[int, int], ...] = ()
    score: float = 0.0

    def joined(self, other: "Way") -> "Way":
        """Both at once."""
        counts = tuple(sorted({*self.counts, *other.counts}))
        return Way(self.groups | other.groups, counts, max(self.score, other.score))


@dataclass(frozen=True, slots=True)
class Known:
    """What a string is to a rule: the bits of its groups, and what its terms weigh in the rule's score."""

    bits: int
    weight: float


ANYTHING = (Way(0),)


def ways_of(
    condition: Condition, bits: Mapping[str, int], own: Sequence[str], patterns: Collection[str]
) -> tuple[Way, ...]:
    """The ways in which a condition can be true; `bits` are those of groups and patterns, `own` groups score."""
    ways = _ways(condition, bits, own, patterns)
    if len(ways) > MAX_WAYS:
        return ANYTHING
    return tuple(dict.fromkeys(ways))


def _ways(
    condition: Condition, bits: Mapping[str, int], own: Sequence[str], patterns: Collection[str]
) -> tuple[Way, ...]:
    match condition:
        case Present(group) | Density(group):
            return (Way(bits.get(group, 0)),)
        case Count(group, least, distinct):
            bit = bits.get(group, 0)
            return (Way(bit, ((bit, least),) if distinct and least > 1 and group not in patterns else ()),)
        case Near(first, second):
            return (Way(bits.get(first, 0) | bits.get(second, 0)),)
        case Score(least):
            return tuple(Way(bits.get(group, 0), score=least) for group in own)
        case Negation():
            return ANYTHING
        case Either(parts):
            return tuple(way for part in parts for way in _ways(part, bits, own, patterns))
        case Every(parts):
            return _together([_ways(part, bits, own, patterns) for part in parts])


def _together(parts: list[tuple[Way, ...]]) -> tuple[Way, ...]:
    out: tuple[Way, ...] = ANYTHING
    for ways in parts:
        if len(out) * len(ways) > MAX_WAYS:
            continue  # leaving a part out only lets more through
        out = tuple(dict.fromkeys(one.joined(other) for one in out for other in ways))
    return out


def enough(way: Way, seen: Collection[Known]) -> bool:
    """Whether as many strings as the way asks for are among those `seen`."""
    for bit, least in way.counts:
        for one in seen:
            if one.bits & bit:
                least -= 1
        if least > 0:
            return False
    return True


def group_bits(groups: Collection[str]) -> dict[str, int]:
    """A bit for each group."""
    return {group: 1 << number for number, group in enumerate(groups)}

"""The condition language as values."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Present:
    """The group has a hit."""

    group: str


@dataclass(frozen=True, slots=True)
class Count:
    """The group has at least `least` hits, or so many distinct terms."""

    group: str
    least: int
    distinct: bool


@dataclass(frozen=True, slots=True)
class Near:
    """A hit of each group with at most `within` folded characters between them; `ordered`: the first one first."""

    first: str
    second: str
    within: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Score:
    """The weights of the distinct terms of the rule's own groups add up to at least `least`."""

    least: float


@dataclass(frozen=True, slots=True)
class Density:
    """At least that share (0 to 1) of the window's folded characters lies in hits of the group."""

    group: str
    least: float


@dataclass(frozen=True, slots=True)
class Negation:
    """Nothing of the kind within a window's length of the window."""

    inner: "Condition"


@dataclass(frozen=True, slots=True)
class Every:
    """All of them."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of them."""

    parts: tuple["Condition", ...]


Condition = Present | Count | Near | Score | Density | Negation | Every | Either


def render(condition: Condition) -> str:
    """The condition in the rule language, as `parse_condition` reads it."""
    match condition:
        case Present(group):
            return group
        case Count(group, least, distinct):
            return f"{'n' if distinct else 'hits'}({group}) >= {least}"
        case Near(first, second, within, ordered):
            return f"{'seq' if ordered else 'near'}({first}, {second}, {within})"
        case Score(least):
            return f"score() >= {_number(least)}"
        case Density(group, least):
            return f"density({group}) >= {_number(least)}"
        case Negation(inner):
            return f"not {render(inner)}"
        case Every(parts):
            return "(" + " and ".join(render(part) for part in parts) + ")"
        case Either(parts):
            return "(" + " or ".join(render(part) for part in parts) + ")"


def _number(value: float) -> str:
    """As short as it can be written without becoming another number."""
    short = f"{value:g}"
    return short if "e" not in short and float(short) == value else repr(value)


def groups_of(condition: Condition) -> Iterator[str]:
    """Every group that the condition names."""
    match condition:
        case Present(group) | Count(group) | Density(group):
            yield group
        case Near(first, second):
            yield from (first, second)
        case Negation(inner):
            yield from groups_of(inner)
        case Every(parts) | Either(parts):
            for part in parts:
                yield from groups_of(part)
        case Score():
            return


def uses_score(condition: Condition) -> bool:
    """Whether the condition asks for `score()`."""
    match condition:
        case Score():
            return True
        case Negation(inner):
            return uses_score(inner)
        case Every(parts) | Either(parts):
            return any(map(uses_score, parts))
        case _:
            return False

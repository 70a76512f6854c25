"""What must be true of a content before a rule can match it: a superset of the rule, cheap to ask.

`holds` of a rule's formula may be True where the rule does not match; it is never False where the rule does.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """These bytes occur. With `nocase` they are lower case, and ASCII letters of the content count in either case."""

    text: bytes
    nocase: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression in hyperscan's words matches; `implied` is what must occur for that.

    `rate` is about how often it matches ordinary files; it only chooses between ways.
    """

    expression: str
    nocase: bool
    implied: "Formula"
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; none: always true."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least `least` of the parts hold; `least` 1 and no part: never true."""

    least: int
    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Size:
    """The content's size compares so with `number`."""

    operator: str
    number: int


@dataclass(frozen=True, slots=True)
class Head:
    """The integer of `width` bytes at `offset` compares so with `number`; False where the content is too short."""

    width: int
    signed: bool
    big: bool
    offset: int
    operator: str
    number: int


Formula = Literal | Pattern | Every | Some | Size | Head
ALWAYS = Every(())
NEVER = Some(1, ())


def every(parts: Iterable[Formula]) -> Formula:
    """All of them, flattened."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == NEVER:
            return NEVER
        kept.update(dict.fromkeys(part.parts if isinstance(part, Every) else (part,)))
    return next(iter(kept)) if len(kept) == 1 else Every(tuple(kept))


def either(parts: Iterable[Formula]) -> Formula:
    """Any of them, flattened."""
    kept: dict[Formula, None] = {}
    for part in parts:
        if part == ALWAYS:
            return ALWAYS
        kept.update(dict.fromkeys(part.parts if isinstance(part, Some) and part.least == 1 else (part,)))
    return next(iter(kept)) if len(kept) == 1 else Some(1, tuple(kept))


def at_least(least: int, parts: Iterable[Formula]) -> Formula:
    """`least` of them; equal parts count as often as they stand there."""
    kept = []
    for part in parts:
        if part == ALWAYS:
            least -= 1
        elif part != NEVER:
            kept.append(part)
    if least <= 0:
        return ALWAYS
    if least > len(kept):
        return NEVER
    if least == 1:
        return either(kept)
    return every(kept) if least == len(kept) else Some(least, tuple(kept))


def compares(left: int, operator: str, right: int) -> bool:
    """Whether the two integers compare so."""
    match operator:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def literals_of(formula: Formula) -> set[Literal]:
    """Every literal in it, those that patterns imply included."""
    if isinstance(formula, Literal):
        return {formula}
    if isinstance(formula, Pattern):
        return literals_of(formula.implied)
    if isinstance(formula, Every | Some):
        return set().union(*(literals_of(part) for part in formula.parts))
    return set()

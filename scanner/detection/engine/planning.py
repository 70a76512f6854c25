"""What is looked for, and what its occurrence says of each piece: the prefilter's plan, as plain values.

Literals are shortened to their rarest part, common ones are left out where a rarer one must occur as well; where no
literal of a regular expression is rare, the expression itself is looked for. Each piece gets a trigger: atoms of which
one occurs whenever the piece can match.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scanner.detection.engine.commonness import rarest, share
from scanner.detection.engine.formula import (
    ALWAYS,
    Every,
    Formula,
    Head,
    Literal,
    Pattern,
    Size,
    Some,
    at_least,
    either,
    every,
)

LONGEST = 16  # bytes of a literal that are looked for
USELESS = 0.5  # share of files from which on a literal tells nothing
RARE_ENOUGH = 1 / 128  # a part this rare needs few others beside it
KEPT, KEPT_BESIDE_RARE = 4, 2
HEAD_RATE = 0.05  # taken as the share of files whose first bytes are some given ones
COMMON = 0.05  # share of files holding an expression's literals from which on it is looked for late
MOST_LITERALS = 1_024  # of one piece; a piece that needs more is asked of everything

Atom = Literal | Pattern
Trigger = Literal | Pattern | Head
Rate = Callable[[Pattern], float | None]
"""About how often an expression matches ordinary files; None where it cannot be looked for."""
Node = int | bool | list[object]  # an atom's number, or [kind, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The prefilter as values that can be written as JSON.

    `atoms` are (expression, nocase), all looked for in one pass. `late` are those of each piece that get a pass of
    their own, once all else speaks for the piece. `programs` holds one node per piece. `triggers` leads from an atom's
    number to pieces, `heads` from first bytes (width, signed, big, offset, number); `always` are asked of everything.
    """

    atoms: tuple[tuple[str, bool], ...]
    late: tuple[tuple[tuple[str, bool], ...], ...]
    programs: tuple[Node, ...]
    triggers: tuple[tuple[int, ...], ...]
    heads: tuple[tuple[int, bool, bool, int, int, tuple[int, ...]], ...]
    always: tuple[int, ...]


def plan_of(formulas: Sequence[Formula], rate: Rate) -> Plan:
    """The plan over the formulas of all pieces, in their order. `rate` tells of expressions."""
    numbers = _Numbers()
    programs: list[Node] = []
    triggers: dict[Trigger, list[int]] = {}
    late: list[tuple[tuple[str, bool], ...]] = []
    always: list[int] = []
    for piece, formula in enumerate(formulas):
        lean = lean_of(formula, rate)
        trigger = trigger_of(lean)
        numbers.late = {}
        programs.append(numbers.program(lean, trigger or frozenset()))
        late.append(tuple(_row(atom) for atom in numbers.late))
        for each in trigger or ():
            triggers.setdefault(each, []).append(piece)
        if trigger is None:
            always.append(piece)
    return Plan(
        tuple(_row(atom) for atom in numbers.early),
        tuple(late),
        tuple(programs),
        tuple(tuple(triggers.get(atom, ())) for atom in numbers.early),
        tuple(_head_row(head, pieces) for head, pieces in triggers.items() if isinstance(head, Head)),
        tuple(always),
    )


def _head_row(head: Head, pieces: Iterable[int]) -> tuple[int, bool, bool, int, int, tuple[int, ...]]:
    return head.width, head.signed, head.big, head.offset, head.number, tuple(pieces)


def _row(atom: Atom) -> tuple[str, bool]:
    if isinstance(atom, Pattern):
        return atom.expression, atom.nocase
    return "".join(f"\\x{value:02x}" for value in atom.text), atom.nocase


def lean_of(formula: Formula, rate: Rate) -> Formula:
    """The formula with short rare literals, without those that tell nothing; still a superset of the rule."""
    lean = _lean(formula, rate)
    return ALWAYS if _count(lean) > MOST_LITERALS else lean


def _lean(formula: Formula, rate: Rate) -> Formula:
    match formula:
        case Literal(text, nocase):
            short = rarest(text, LONGEST)
            return ALWAYS if share(short) >= USELESS else Literal(short, nocase)
        case Pattern(expression, nocase, implied):
            literals = _lean(implied, rate)
            if likelihood(literals) <= RARE_ENOUGH or (often := rate(formula)) is None:
                return literals
            return Pattern(expression, nocase, literals, often)
        case Every(parts):
            return _fewer(every(_lean(part, rate) for part in parts))
        case Some(1, parts):
            return either(_lean(part, rate) for part in parts)
        case Some(least, parts):
            return at_least(least, (_lean(part, rate) for part in parts))
        case _:
            return formula


def _fewer(formula: Formula) -> Formula:
    """Only the rarest parts of a conjunction, and all that costs nothing to ask."""
    if not isinstance(formula, Every):
        return formula
    cheap = [part for part in formula.parts if isinstance(part, Size | Head)]
    dear = sorted((part for part in formula.parts if not isinstance(part, Size | Head)), key=_weight)
    kept = KEPT_BESIDE_RARE if dear and likelihood(dear[0]) <= RARE_ENOUGH else KEPT
    return every([*cheap, *dear[:kept]])


def _weight(formula: Formula) -> tuple[float, int]:
    return likelihood(formula), _count(formula)


def likelihood(formula: Formula) -> float:
    """About how often the formula holds of ordinary files; only an order, and only for choosing."""
    match formula:
        case Literal(text):
            return share(text)
        case Pattern(_, _, implied, rate):
            return min(rate, likelihood(implied))
        case Every(parts):
            return min((likelihood(part) for part in parts), default=1.0)
        case Some(least, parts):
            return min(1.0, sum(likelihood(part) for part in parts) / least**2)
        case Head(operator="=="):
            return HEAD_RATE
        case _:
            return 1.0


def trigger_of(formula: Formula) -> frozenset[Trigger] | None:
    """Atoms and first bytes of which one is there whenever the formula holds; None where nothing has to be."""
    match formula:
        case Literal() | Pattern() | Head(operator="=="):
            return frozenset({formula})
        case Every(parts):
            found = [(part, trigger) for part in parts if (trigger := trigger_of(part)) is not None]
            return min(found, key=lambda pair: _weight(pair[0]))[1] if found else None
        case Some(least, parts):
            ranked = sorted(parts, key=likelihood)[: len(parts) - least + 1]
            triggers = [trigger_of(part) for part in ranked]
            known = [trigger for trigger in triggers if trigger is not None]
            return frozenset[Trigger]().union(*known) if len(known) == len(triggers) else None
        case _:
            return None


def _count(formula: Formula) -> int:
    if isinstance(formula, Every | Some):
        return sum(_count(part) for part in formula.parts)
    return int(isinstance(formula, Literal | Pattern))


class _Numbers:
    """Gives atoms their numbers while formulas become programs: early ones in the plan, late ones in their piece."""

    def __init__(self) -> None:
        self.early: dict[Atom, int] = {}
        self.late: dict[Atom, int] = {}

    def program(self, formula: Formula, trigger: frozenset[Trigger]) -> Node:
        """The formula as a node. Expressions with common literals wait, unless the piece has no other trigger."""
        match formula:
            case Literal():
                return self.early.setdefault(formula, len(self.early))
            case Pattern(_, _, implied, _):
                if formula in trigger or likelihood(implied) <= COMMON:
                    return self.early.setdefault(formula, len(self.early))
                return ["p", self.late.setdefault(formula, len(self.late))]
            case Every(parts):
                return ["&", *self._programs(parts, trigger)] if parts else True
            case Some(1, parts):
                return _any_of(self._programs(parts, trigger))
            case Some(least, parts):
                return ["+", least, *self._programs(parts, trigger)]
            case Size(operator, number):
                return ["s", operator, number]
            case Head(width, signed, big, offset, operator, number):
                return ["h", width, signed, big, offset, operator, number]

    def _programs(self, parts: Iterable[Formula], trigger: frozenset[Trigger]) -> list[object]:
        return [self.program(part, trigger) for part in parts]


def _any_of(parts: list[object]) -> Node:
    """Any part; atoms stand together in a list of their own, so that one set operation answers for them."""
    atoms = [part for part in parts if type(part) is int]
    return ["|", atoms, *(part for part in parts if type(part) is not int)] if parts else False
